"""docs/projection.md in plain Python, written from its text alone: slow, and a second opinion on every bit.

Nothing of the projection room is imported. Section numbers are those of the document.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "projection.md"
M32 = 2**32
NUMBER = {"drop": 0, "space": 1, "word": 2, "punctuation": 3, "emoji": 4, "extend": 5, "join": 6, "regional": 7}


def read_ranges() -> list[tuple[int, int, str]]:
    """The class list, read from the document itself."""
    found = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"    (\w+)((?:\s+[0-9A-F]{4,5}(?:-[0-9A-F]{4,5})?)+)", line)
        if match and match[1] in NUMBER:
            for item in match[2].split():
                low, _, high = item.partition("-")
                found.append((int(low, 16), int(high or low, 16), match[1]))
    return found


RANGES = read_ranges()


# 1. Bytes
def to_bytes(text: str, n_bytes: int) -> bytes:
    data = "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text).encode()
    return cut(data, n_bytes)


def cut(data: bytes, n_bytes: int) -> bytes:
    if len(data) > n_bytes:
        data = data[len(data) - n_bytes :]
        for _ in range(3):
            if data and 0x80 <= data[0] <= 0xBF:
                data = data[1:]
    return data + bytes(n_bytes - len(data))


# 2. Characters
def split(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    for byte in data:
        if not 0x80 <= byte <= 0xBF:
            found.append(bytes([byte]))
        elif found and len(found[-1]) < 4:
            found[-1] += bytes([byte])
        elif found:
            pass  # a fourth continuation byte; what follows it is one too, or begins a character
    return found


def code_point(character: bytes) -> int | None:
    """None where it is not proper UTF-8."""
    b0 = character[0]
    b1, b2, b3 = (x & 63 for x in (character[1:] + b"\x80\x80\x80")[:3])
    if b0 < 0x80:
        return b0
    if 0xC2 <= b0 <= 0xDF:
        return (b0 - 0xC0) * 64 + b1
    if 0xE0 <= b0 <= 0xEF:
        number = (b0 - 0xE0) * 4096 + b1 * 64 + b2
        return number if number >= 0x800 else None
    if 0xF0 <= b0 <= 0xF4:
        number = (b0 - 0xF0) * 64**3 + b1 * 4096 + b2 * 64 + b3
        return number if 0x10000 <= number <= 0x10FFFF else None
    return None


def class_of(point: int | None) -> str:
    if point is not None:
        for low, high, name in RANGES:
            if low <= point <= high:
                return name
    return "word"


def coded(character: bytes) -> tuple[str, int]:
    point = code_point(character)
    name = class_of(point)
    b1, b2, b3 = (x & 63 for x in (character[1:] + b"\x80\x80\x80")[:3])
    code = NUMBER[name] * 2**26 + character[0] + 2**8 * b1 + 2**14 * b2 + 2**20 * b3
    if point is not None:
        if ord("A") <= point <= ord("Z"):
            code += 32
        elif 0xC0 <= point <= 0xDE and point != 0xD7:
            code += 32 * 2**8
        elif point == 0x2019:
            code += 0x27 - 0xE2 - 2**14 * 25
    return name, code


# 3. Tokens
def tokens(data: bytes) -> list[list[int]]:
    found: list[list[int]] = []
    before, code_before = "drop", -1
    for character in split(data):
        name, code = coded(character)
        if name == "drop":
            continue
        if name != "space":
            starts = {
                "word": before not in ("word", "join"),
                "punctuation": code != code_before,
                "emoji": before != "join",
                "regional": before not in ("regional", "join"),
                "extend": before in ("space", "drop"),
                "join": before in ("space", "drop"),
            }[name]
            if starts:
                found.append([])
            found[-1].append(code)
        before, code_before = name, code
    return found


# 4. Slots: the same, by counting what each token takes
def kept(data: bytes, words: int) -> list[list[int]]:
    room = len(data)
    found: list[list[int]] = []
    for token in reversed(tokens(data)):
        if room > 1:
            found.insert(0, token[-(room - 1) :])
        room -= len(token) + 1
    return found[-words:]


# 5. N-grams
def ngrams(token: list[int], n: int) -> list[list[int]]:
    row = [0, *token, *([0] * n)]
    found = []
    for i in range(len(token) + 1):
        gram = row[i : i + n]
        if any(gram) if n == 2 else all(gram[1:-1]):
            found.append(gram)
    return found


# 6. Hashes
def stream(seed: int, label: int) -> Iterator[int]:
    state = (seed + label * 0x85EBCA6B) % M32
    while True:
        state = (state + 0x9E3779B9) % M32
        z = (state ^ (state >> 16)) * 0x21F0AAAD % M32
        z = (z ^ (z >> 15)) * 0x735A2D97 % M32
        yield z ^ (z >> 15)


class Hashes:
    def __init__(self, seed: int, orders: list[int]) -> None:
        numbers = stream(seed, 0)
        self.multiplier, self.start, self.pair_number = next(numbers) | 1, next(numbers), next(numbers) | 1
        self.orders = orders

    def ngram(self, gram: list[int]) -> int:
        h = self.start
        for slot in gram:
            h = (h + slot) * self.multiplier % M32
        return h ^ (h >> 15)

    def token(self, token: list[int]) -> int:
        t = sum(self.ngram(gram) for n in self.orders for gram in ngrams(token, n))
        y = t * 0x21F0AAAD % M32
        return y ^ (y >> 15)

    def pair(self, a: int, b: int) -> int:
        y = (a * self.pair_number + b) * 0x21F0AAAD % M32
        return y ^ (y >> 15)


# 7. Values of a feature
def constants(seed: int, label: int, bits: int) -> list[int]:
    taken: set[int] = set()
    found: list[int] = []
    for number in stream(seed, label):
        if len(found) == (bits + 1) // 2:
            break
        c = (number | 1) % 2**16
        if c not in taken:
            found.append(number | 1)
            for value in (c, c + 0x8000, 3 * c, 0xAAAB * c):
                taken |= {value % 2**16, -value % 2**16}
    return found


def feature_values(h: int, odd: list[int]) -> list[int]:
    found = []
    for constant in odd:
        p = h * constant % M32
        for half in (p % 2**16, p // 2**16):
            found.append(half - 2**16 if half >= 2**15 else half)
    return found


# 8. Sums, 9. Rules
def decide(features: list[tuple[int, int]], odd: list[int], bits: int, rule: str) -> list[int]:
    if not features:
        return [0] * bits
    sums = [0] * bits
    for h, weight in features:
        sums = [s + weight * v for s, v in zip(sums, feature_values(h, odd), strict=False)]
    if rule == "sign":
        return [1 if s >= 0 else -1 for s in sums]
    z = math.isqrt(66402344 * sum(weight**2 for _, weight in features))
    return [(s > z) - (s < -z) for s in sums]


def project(data: bytes, settings: dict) -> tuple[list[list[int]], list[int]]:  # type: ignore[type-arg]
    """(values of each token that counts, values of the message)."""
    hashes = Hashes(settings["seed"], settings["orders"])
    there = kept(data, settings["words"])
    names = [hashes.token(token) for token in there]
    odd = constants(settings["seed"], 1, settings["bits"])
    per_token = []
    for token, name in zip(there, names, strict=True):
        bag = [(hashes.ngram(gram), 1) for n in settings["orders"] for gram in ngrams(token, n)]
        per_token.append(decide([*bag, (name, settings["word_weight"])], odd, settings["bits"], settings["rule"]))
    bag = [(hashes.ngram(g), 1) for token in there for n in settings["message_orders"] for g in ngrams(token, n)]
    bag += [(name, settings["message_word_weight"]) for name in names]
    for i, a in enumerate(names):
        bag += [(hashes.pair(a, b), 1) for b in names[i + 1 : i + 2 + settings["skips"]]]
    bits = settings["functions"] * settings["function_bits"]
    return per_token, decide(bag, constants(settings["seed"], 2, bits), bits, settings["message_rule"])
