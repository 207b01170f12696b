"""The numpy reference: bytes to characters, tokens, hashes and bits, exactly as docs/projection.md says.

Integers only, so there is nothing to round. The exported graph and the Keras layer must agree with this bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from projection.characters import DROP, character_table, slot_table
from projection.config import Projection
from projection.constants import hash_numbers, lane_constants, message_threshold, token_thresholds
from projection.rows import as_rows

__all__ = [
    "Features", "TokenBits", "features", "message_features", "message_sums", "ngrams", "project_messages",
    "project_tokens", "slots", "token_numbers", "word_hashes",
]  # fmt: skip

Texts = Sequence[str | bytes] | NDArray[np.uint8]
_U = np.uint32
_FINISH = 0x21F0AAAD
_BATCH = 4096  # texts tokenised at a time
_CHUNK = 4096  # features projected at a time: some megabytes


class TokenBits(NamedTuple):
    """`values` int8 [batch, words, bits] in -1, 0, 1, all 0 where there is no token; `mask` bool [batch, words]."""

    values: NDArray[np.int8]
    mask: NDArray[np.bool_]


class Features(NamedTuple):
    """A bag of weighted hashes per row: `row` (rising), `hash` uint32 and `weight` int32, all of one length."""

    row: NDArray[np.intp]
    hash: NDArray[np.uint32]
    weight: NDArray[np.int32]


def project_tokens(texts: Texts, projection: Projection | None = None) -> TokenBits:
    """The token level of each text (texts, or uint8 [batch, n_bytes] from `encode_batch`)."""
    projection = projection or Projection()
    rows = as_rows(texts, projection.n_bytes)
    values = np.zeros((len(rows), projection.words, projection.bits), np.int8)
    mask = np.zeros((len(rows), projection.words), np.bool_)
    for start in range(0, len(rows), _BATCH):
        part = slice(start, start + _BATCH)
        values[part], mask[part] = _project_tokens(rows[part], projection)
    return TokenBits(values, mask)


def _project_tokens(rows: NDArray[np.uint8], projection: Projection) -> TokenBits:
    codes = slots(rows)
    tokens, count, lengths = token_numbers(codes, projection.words)
    mask = np.arange(projection.words) < count[:, None]
    bag = features(codes, tokens, projection)
    first, which = _distinct(codes, tokens, mask, lengths)  # a token's values depend on nothing but its characters
    number = np.full(mask.size, -1)
    number[first] = np.arange(len(first))
    wanted = number[bag.row] >= 0
    bag = Features(number[bag.row[wanted]], bag.hash[wanted], bag.weight[wanted])
    order = np.argsort(bag.row, kind="stable")
    bag = Features(bag.row[order], bag.hash[order], bag.weight[order])
    sums = _sums(bag, len(first), lane_constants(projection.seed, projection.bits, 1))[:, : projection.bits]
    threshold = token_thresholds(projection)[lengths.reshape(-1)[first]][:, None]
    values = np.zeros((*mask.shape, projection.bits), np.int8)
    values[mask] = _decide(sums, threshold, projection.rule)[which]
    return TokenBits(values, mask)


def project_messages(texts: Texts, projection: Projection | None = None) -> NDArray[np.int8]:
    """The message level: int8 [batch, functions * function_bits] in -1, 0, 1; 0 throughout where there is no token."""
    projection = projection or Projection()
    sums, squares = message_sums(texts, projection)
    values = _decide(sums, message_threshold(projection)[squares][:, None], projection.message_rule)
    return np.where(squares[:, None] > 0, values, 0).astype(np.int8)


def _distinct(
    codes: NDArray[np.uint32], tokens: NDArray[np.intp], mask: NDArray[np.bool_], lengths: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Message * words + token of one example of each distinct token, and for each token which example it equals."""
    longest = int(lengths.max(initial=0))
    there = np.nonzero(mask.reshape(-1))[0]
    spelt = np.zeros((mask.size, longest), np.uint32)
    row, column = np.nonzero((codes != 0) & (tokens >= 0))
    token = row * mask.shape[1] + tokens[row, column]
    begins = np.searchsorted(token, token)  # characters of one token are neighbours, in order
    spelt[token, np.arange(len(token)) - begins] = codes[row, column]
    keys = np.ascontiguousarray(spelt[there]).view(np.dtype((np.void, 4 * longest))).reshape(-1)
    _, example, which = np.unique(keys, return_index=True, return_inverse=True)
    return there[example], which.reshape(-1)


def message_sums(texts: Texts, projection: Projection) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Before the rule: int32 [batch, message_bits], and the sum of squared weights of each message, [batch]."""
    rows = as_rows(texts, projection.n_bytes)
    bag = message_features(rows, projection)
    squares = np.bincount(bag.row, bag.weight.astype(np.int64) ** 2, minlength=len(rows)).astype(np.intp)
    sums = _sums(bag, len(rows), lane_constants(projection.seed, projection.message_bits, 2))
    return sums[:, : projection.message_bits], squares


def slots(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Folded character codes with a 0 before each token, the last n_bytes of them; uint32 [batch, n_bytes].

    The slots are filled from the end, so the last one holds the last character and the zeros to spare come first; the
    first slot is always 0.
    """
    codes = _characters(rows)
    kinds = (codes >> _U(26)).astype(np.intp)
    codes = _push_right(codes, (kinds != DROP).astype(np.intp))
    kinds = (codes >> _U(26)).astype(np.intp)
    before, kinds_before = np.zeros_like(codes), np.zeros_like(kinds)
    before[:, 1:], kinds_before[:, 1:] = codes[:, :-1], kinds[:, :-1]
    result = _push_right(codes, slot_table()[16 * kinds + 2 * kinds_before + (codes == before)])
    result[:, 0] = 0
    return result


def _push_right(codes: NDArray[np.uint32], sizes: NDArray[np.intp] | NDArray[np.int32]) -> NDArray[np.uint32]:
    """Each code takes as many slots as its size says, its own being the last of them; size 0 is left out."""
    running: NDArray[np.intp] = np.cumsum(sizes, axis=1)
    place = running + (codes.shape[1] - 1 - running[:, -1:])
    result = np.zeros_like(codes)
    row, column = np.nonzero((sizes > 0) & (place >= 0))
    result[row, place[row, column]] = codes[row, column]
    return result


def _characters(rows: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """At each character's first byte its folded code, with its class in the highest bits; elsewhere class DROP."""
    table = character_table()
    wide = np.zeros((rows.shape[0], rows.shape[1] + 3), _U)
    wide[:, :-3] = rows
    more = (wide >> _U(6)) == 2  # a continuation byte, 0x80 to 0xBF
    six = np.where(more, wide & _U(63), _U(0))
    first, second, third = six[:, 1:-2], six[:, 2:-1] * more[:, 1:-2], six[:, 3:] * (more[:, 1:-2] & more[:, 2:-1])
    state = table.first[rows].astype(_U)
    for step in (first, second, third):
        state = table.rest[_U(64) * state + step].astype(_U)
    more_bytes = (first << _U(8)) + (second << _U(14)) + (third << _U(20))
    return np.asarray(rows + more_bytes + table.extra[state].astype(_U), _U)


def token_numbers(codes: NDArray[np.uint32], words: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Which of the last `words` tokens each slot belongs to.

    Returns:
        tokens: [batch, slots], 0 to words - 1, negative where the slot belongs to none.
        count: [batch], how many tokens there are, at most `words`.
        lengths: [batch, words], characters per token.
    """
    filled = codes != 0
    opens = np.zeros_like(filled)
    opens[:, :-1] = ~filled[:, :-1] & filled[:, 1:]
    number = np.cumsum(opens, axis=1)
    total = number[:, -1]
    tokens = number - 1 - np.maximum(total - words, 0)[:, None]
    lengths = np.zeros((len(codes), words), np.intp)
    row, column = np.nonzero(filled & (tokens >= 0))
    np.add.at(lengths, (row, tokens[row, column]), 1)
    return tokens, np.minimum(total, words), lengths


def ngrams(codes: NDArray[np.uint32], order: int, seed: int) -> NDArray[np.uint32]:
    """Hash of the `order` slots from each slot on, within one token and the zeros around it; 0 where there is none."""
    numbers = hash_numbers(seed)
    wide = np.zeros((codes.shape[0], codes.shape[1] + order - 1), _U)
    wide[:, : codes.shape[1]] = codes
    windows = [wide[:, k : k + codes.shape[1]] for k in range(order)]
    value = np.full(codes.shape, numbers.start, _U)
    for window in windows:
        value = (value + window) * _U(numbers.multiplier)
    value ^= value >> _U(15)
    inner = windows[1:-1]
    valid = np.logical_and.reduce([w != 0 for w in inner]) if inner else (windows[0] | windows[1]) != 0
    return np.where(valid, value, _U(0))


def _finish(value: NDArray[np.uint32]) -> NDArray[np.uint32]:
    value = value * _U(_FINISH)
    return value ^ (value >> _U(15))


def word_hashes(codes: NDArray[np.uint32], tokens: NDArray[np.intp], projection: Projection) -> NDArray[np.uint32]:
    """One hash per token, from the sum of its n-gram hashes; uint32 [batch, words], 0 where there is no token."""
    total = np.zeros((len(codes), projection.words), _U)
    for order in projection.orders:
        hashes = ngrams(codes, order, projection.seed)
        row, column = np.nonzero(tokens >= 0)
        np.add.at(total, (row, tokens[row, column]), hashes[row, column])
    return _finish(total)


def features(codes: NDArray[np.uint32], tokens: NDArray[np.intp], projection: Projection) -> Features:
    """The token level's features; `row` is message * words + token."""
    bags = [_ngram_bag(codes, tokens, order, projection) for order in projection.orders]
    words = word_hashes(codes, tokens, projection).reshape(-1)
    there = np.nonzero(words)[0]
    bags.append(Features(there, words[there], np.full(len(there), projection.word_weight, np.int32)))
    return _merge(bags)


def message_features(rows: NDArray[np.uint8], projection: Projection) -> Features:
    """The message level's features of encoded texts; `row` is the message."""
    codes = slots(rows)
    tokens, count, _ = token_numbers(codes, projection.words)
    bags = []
    for order in projection.message_orders:
        bag = _ngram_bag(codes, tokens, order, projection)
        bags.append(bag._replace(row=bag.row // projection.words))
    words = word_hashes(codes, tokens, projection)
    there = np.arange(projection.words) < count[:, None]
    bags.append(_word_bag(words, there, projection.message_word_weight))
    pair = _U(hash_numbers(projection.seed).pair)
    for gap in range(1, min(projection.skips + 2, projection.words)):
        bags.append(_word_bag(_finish(words[:, :-gap] * pair + words[:, gap:]), there[:, gap:], 1))
    return _merge(bags)


def _ngram_bag(codes: NDArray[np.uint32], tokens: NDArray[np.intp], order: int, projection: Projection) -> Features:
    hashes = ngrams(codes, order, projection.seed)
    row, column = np.nonzero((tokens >= 0) & _is_ngram(codes, order))
    number = row * projection.words + tokens[row, column]
    return Features(number, hashes[row, column], np.ones(len(row), np.int32))


def _is_ngram(codes: NDArray[np.uint32], order: int) -> NDArray[np.bool_]:
    filled = np.zeros((codes.shape[0], codes.shape[1] + order - 1), np.bool_)
    filled[:, : codes.shape[1]] = codes != 0
    windows = [filled[:, k : k + codes.shape[1]] for k in range(order)]
    inner = windows[1:-1] or [windows[0] | windows[1]]
    return np.asarray(np.logical_and.reduce(inner))


def _word_bag(hashes: NDArray[np.uint32], there: NDArray[np.bool_], weight: int) -> Features:
    row, column = np.nonzero(there)
    return Features(row, hashes[row, column], np.full(len(row), weight, np.int32))


def _merge(bags: list[Features]) -> Features:
    row = np.concatenate([bag.row for bag in bags])
    order = np.argsort(row, kind="stable")
    return Features(
        row[order],
        np.concatenate([bag.hash for bag in bags])[order],
        np.concatenate([bag.weight for bag in bags])[order],
    )


def _sums(bag: Features, rows: int, constants: NDArray[np.uint32]) -> NDArray[np.int32]:
    """Sum over each row's features of weight * value, value k being an int16 half of hash * constants[k // 2]."""
    result = np.zeros((rows, 2 * len(constants)), np.int32)
    for part in _chunks(bag):
        products = part.hash[:, None] * constants
        values = products.astype("<u4").view("<i2").astype(np.int32) * part.weight[:, None]
        first = np.nonzero(np.diff(part.row, prepend=-1))[0]
        result[part.row[first]] += np.add.reduceat(values, first, axis=0)
    return result


def _chunks(bag: Features) -> Iterator[Features]:
    for start in range(0, len(bag.row), _CHUNK):
        end = start + _CHUNK
        yield Features(bag.row[start:end], bag.hash[start:end], bag.weight[start:end])


def _decide(sums: NDArray[np.int32], threshold: NDArray[np.int32], rule: str) -> NDArray[np.int8]:
    if rule == "sign":
        return np.where(sums >= 0, 1, -1).astype(np.int8)
    return ((sums > threshold).astype(np.int8) - (sums < -threshold).astype(np.int8)).astype(np.int8)
