"""Training the English gate: chat in English against our sentences in other languages and salads of their words."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from distill.distortion import Distortion, distort
from distill.reply.gate_data import (
    corpus_messages,
    english_lists,
    fold_of,
    foreign_messages,
    measured_messages,
    read_sections,
)  # fmt: skip
from distill.reply.gate_training import Examples, GateCourse, GateReader, Say, fit_gate, silent
from distill.reply.word_salad import script_salads, word_salads
from projection import Projection
from projection.tokens import tokenize

if TYPE_CHECKING:
    from models.reply_gates import EnglishGate

__all__ = ["EnglishRecipe", "english_entries", "train_english_gate"]

SHORT = 2
"""Words of a message up to which Latin words that no list knows are taken for names or slips, and pass."""

LATIN_LEAST = 4
"""Words of a foreign message from which on it must be refused."""


@dataclass(frozen=True, slots=True)
class EnglishRecipe:
    """Everything that decides the gate.

    Attributes:
        chat: English messages, spread over the corpora.
        words: most frequent words of the corpora in the word list.
        copies: variants of each of our own messages, English or not.
        salads: messages made of the words of other languages.
        scripts: messages in made-up words of other scripts.
        singles: messages of one to three English words.
        rare: messages of one or two rare words of the chat: names, slips and the like.
        refused: share of English training chat, held out, that the threshold may refuse.
        folds: parts for cross-validation on our own foreign messages; 0 for none.
        distortion: slips in English messages.
        course: how it is trained.
    """

    chat: int = 36_000
    words: int = 1500
    copies: int = 12
    salads: int = 30_000
    scripts: int = 4_000
    singles: int = 8_000
    rare: int = 16_000
    refused: float = 0.003
    folds: int = 0
    distortion: Distortion = field(default_factory=lambda: Distortion(typo=0.06, punctuation=0.25, case=0.25))
    course: GateCourse = field(default_factory=lambda: GateCourse(epochs=4, batch=512, rate=5e-3))


QUICK = EnglishRecipe(copies=2, scripts=300, folds=0, course=GateCourse(epochs=3, batch=128, rate=5e-3))


def train_english_gate(
    data: Path,
    projection: Projection,
    *,
    quick: bool = False,
    say: Say = silent,
    recipe: EnglishRecipe | None = None,
) -> tuple[EnglishGate, dict[str, Any]]:
    """The gate and its figures, "threshold" among them: a message below it counts as not English.

    Args:
        data: folder of the corpora; not read when `quick`.
        projection: what the gate's token values come from.
        quick: learn from our own lists alone, in some seconds, and measure nothing held out.
        say: told how it goes.
        recipe: other settings than the usual ones.

    Raises:
        CorpusError: a corpus file is missing or damaged.
        MissingExtraError: the extra `train` is not installed.
    """
    recipe = recipe or (QUICK if quick else EnglishRecipe())
    foreign = foreign_messages()
    chat = _own_english()[::4] if quick else corpus_messages(data)
    reader = GateReader(projection)
    chat = chat[:: max(1, len(chat) // recipe.chat)]
    held = chat[::12] if not quick else []
    chat = [text for index, text in enumerate(chat) if quick or index % 12]
    counts = Counter(token for text in chat for token in set(tokenize(text, projection)))
    figures: dict[str, Any] = {}
    for fold in range(recipe.folds):
        say(f"English gate, part {fold + 1} of {recipe.folds} of the foreign messages held out")
        kept, out = _split(foreign, fold, recipe.folds)
        gate = _train(chat, counts, kept, reader, recipe, salads=not quick, say=say)
        _measure_fold(figures, gate, out, held, reader, recipe)
    say("English gate on everything")
    gate = _train(chat, counts, foreign, reader, recipe, salads=not quick, say=say)
    figures = _summed(figures)
    figures["threshold"] = _threshold(gate, held, reader, recipe) if held else 0.5
    own, _ = english_lists()
    shares, _ = reader.judge(gate, own)
    figures["own English messages refused"] = [text for text, share in zip(own, shares, strict=True)
                                               if share < figures["threshold"]]  # fmt: skip
    if not quick:
        figures["English refused"] = _refused(gate, measured_messages(data), reader, figures["threshold"])
    return gate, figures


def english_entries(
    counts: Counter[str], foreign: Mapping[str, Sequence[str]], projection: Projection, *, words: int
) -> dict[str, tuple[int, int, int]]:
    """The word list: token to `models.reply_gates.ENGLISH_COLUMNS`.

    English are our own list and the most frequent words of English chat by `counts`; foreign are words that occur in
    `foreign` twice or more (and are rare in `counts`, or English too); neutral are marks and emoji.
    """
    _, own = english_lists()
    frequent = sorted(filter(_is_word, counts), key=lambda token: (-counts[token], token))
    english = dict.fromkeys((*own, *_own_tokens(projection), *frequent[:words]))
    elsewhere: Counter[str] = Counter()
    for lines in foreign.values():
        for line in lines:
            elsewhere.update({token for form in (line, plain(line)) for token in tokenize(form, projection)})
    entries: dict[str, tuple[int, int, int]] = {}
    for token in english:
        if _is_word(token):
            entries[token] = (1, int(elsewhere[token] >= 2), 0)
    for token in sorted(elsewhere):
        if _is_word(token) and token not in english and (elsewhere[token] >= 2 and counts[token] < 20):
            entries[token] = (0, 1, 0)
    for token in (*_marks(), *emoji(projection)):
        entries.setdefault(token, (0, 0, 1))
    return entries


def emoji(projection: Projection) -> list[str]:
    """The emoji of the word list, as tokens: faces, hands, hearts, animals, food and things, some with skin tones."""
    points = [
        *range(0x1F300, 0x1F3FB), *range(0x1F400, 0x1F540), *range(0x1F5A4, 0x1F5A5), *range(0x1F5FB, 0x1F650),
        *range(0x1F680, 0x1F6C6), *range(0x1F90C, 0x1FA00), *range(0x1FA70, 0x1FAF9), *range(0x2600, 0x2620),
        *range(0x2639, 0x263C), *range(0x2648, 0x2654), *range(0x2665, 0x2667), *range(0x26A0, 0x26AC), 0x26BD, 0x26BE,
        0x26C4, 0x26C5, 0x26D4, 0x26EA, *range(0x26F2, 0x26F6), 0x26FA, 0x2702, 0x2705, *range(0x2708, 0x2710), 0x2712,
        0x2714, 0x2716, 0x2728, 0x2733, 0x2734, 0x2744, 0x2747, 0x274C, 0x274E, *range(0x2753, 0x2756), 0x2757, 0x2763,
        0x2764, 0x2795, 0x2796, 0x2797, 0x27A1, 0x2B05, 0x2B06, 0x2B07, 0x2B50, 0x2B55, 0x2190, 0x2191, 0x2192, 0x2193,
    ]  # fmt: skip
    hands = "👍👎👏🙏👌🙌💪✌👋🤞🤷🤦🤝👊✊🤙🤘☝🙋💁🙆🙅🏃🤟🫶👉👈"
    found = [chr(point) for point in points]
    found += [hand + chr(tone) for hand in hands for tone in range(0x1F3FB, 0x1F400)]
    for person in "🤷🤦🙋💁🙆🙅":
        for tone in ("", *map(chr, range(0x1F3FB, 0x1F400))):
            found += [f"{person}{tone}\u200d{sign}" for sign in "♀♂"]
    found += ["❤\u200d🔥", "❤\u200d🩹"]
    tokens = [tokenize(each, projection) for each in found]
    return list(dict.fromkeys(each[0] for each in tokens if len(each) == 1 and not _is_word(each[0])))


def plain(text: str) -> str:
    """`text` without accents, as many people type; "ç" to "c", "ø" and "ß" stay."""
    letters = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(each for each in letters if unicodedata.category(each) != "Mn"))


def _own_english() -> list[str]:
    """Our own lines in English, whatever they were written for."""
    return [line for lines in read_sections("sensitive.txt").values() for line in lines]


def _own_tokens(projection: Projection) -> list[str]:
    return [token for text in english_lists()[0] for token in tokenize(text, projection) if _is_word(token)]


def _marks() -> list[str]:
    """Punctuation marks, and runs of those that chat repeats."""
    runs = [mark * count for mark in ".,!?-*^)(_~:" for count in range(2, 6)]
    return [*'.,!?:;-()"/*&%$€£+=#@…“”–—¿¡_~<>[]|^°', *runs]


def _is_word(token: str) -> bool:
    return any(each.isalnum() for each in token)


def _split(
    foreign: Mapping[str, Sequence[str]], fold: int, folds: int
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    kept: dict[str, list[str]] = {}
    out: dict[str, list[str]] = {}
    for language, lines in foreign.items():
        for number, line in enumerate(lines):
            (out if fold_of(number, folds) == fold else kept).setdefault(language, []).append(line)
    return kept, out


def _train(
    chat: Sequence[str],
    counts: Counter[str],
    foreign: Mapping[str, Sequence[str]],
    reader: GateReader,
    recipe: EnglishRecipe,
    *,
    salads: bool,
    say: Say,
) -> EnglishGate:
    import keras

    from models.reply_gates import EnglishGate

    projection = reader.rows.table.projection
    keras.utils.set_random_seed(recipe.course.seed)
    entries = english_entries(counts, foreign, projection, words=recipe.words)
    gate = EnglishGate(entries, projection)
    yes, no = _english_texts(chat, recipe, salads=salads), _foreign_texts(foreign, recipe, salads=salads)
    if salads:
        yes += _rare(chat, entries, recipe)
        no = [text for text in no if not _unknown(text, entries)]
    say(f"  {len(gate.lexicon.entries):,} words in the list, {len(yes):,} English and {len(no):,} foreign messages")
    targets = np.concatenate([np.ones((len(yes), 1), np.float32), np.zeros((len(no), 1), np.float32)])
    half = np.float32(len(targets) / 2)  # both sides count alike
    weights = np.concatenate([np.full(len(each), half / len(each), np.float32) for each in (yes, no)])
    fit_gate(gate, Examples([*yes, *no], targets, weights), reader, recipe.course, say)
    return gate


def _english_texts(chat: Sequence[str], recipe: EnglishRecipe, *, salads: bool) -> list[str]:
    chance = random.Random(f"{recipe.course.seed}/english")
    messages, words = english_lists()
    found = [distort(text, recipe.distortion, chance) if chance.random() < 0.5 else text for text in chat]
    found += [_part(text, chance) for text in chat[:: 3 if salads else 1]]
    light = replace(recipe.distortion, typo=0.0)
    for text in messages:
        found += [text] + [distort(text, light, chance) for _ in range(recipe.copies)]
    found += [text for text in _own_english() for _ in range(2)] if salads else []
    found += [_number(chance) for _ in range(len(messages))] * 4
    found += [_stretched(word, chance) for word in words for _ in range(3)]
    found += ["".join(chance.choices(("ha", "he", "a", "h", "lol"), (9, 3, 1, 1, 0.3), k=2 + int(6 * chance.random())))
              for _ in range(len(messages))]  # fmt: skip
    found += [" ".join(chance.choices(words, k=1 + int(3 * chance.random()))) + chance.choice(["", "?", "!"])
              for _ in range(recipe.singles // (1 if salads else 10))]  # fmt: skip
    return found + (word_salads(["en"], recipe.singles, seed=recipe.course.seed, longest=3) if salads else [])


def _foreign_texts(foreign: Mapping[str, Sequence[str]], recipe: EnglishRecipe, *, salads: bool) -> list[str]:
    chance = random.Random(f"{recipe.course.seed}/foreign")
    found = []
    for lines in foreign.values():
        for text in lines:
            found += [text, plain(text)]
            for copy in range(recipe.copies):
                variant = distort(plain(text) if chance.random() < 0.4 else text, recipe.distortion, chance)
                found.append(_part(variant, chance, least=3) if copy % 2 else variant)
    found += script_salads(recipe.scripts, seed=recipe.course.seed)
    return found + (word_salads(None, recipe.salads, seed=recipe.course.seed, longest=9) if salads else [])


def _rare(chat: Sequence[str], entries: Mapping[str, Sequence[int]], recipe: EnglishRecipe) -> list[str]:
    """Messages of one or two neighbouring words of which no one is sure that they are English, but nor that not."""
    chance = random.Random(f"{recipe.course.seed}/rare")
    words = [text.split() for text in chat]
    runs = [" ".join(each[start : start + size]) for each in words for size in (1, 2) for start in range(len(each))]
    runs = [run for run in dict.fromkeys(runs) if _unknown(run, entries)]
    return chance.choices(runs, k=recipe.rare) if runs else []


def _unknown(text: str, entries: Mapping[str, Sequence[int]]) -> bool:
    """Whether a text of one or two Latin words has one that the list does not know, and none that it calls foreign."""
    words = text.split()
    if len(words) > SHORT or not text.isascii():
        return False
    rows = [entries.get(word.strip('.,!?;:"()*').lower()) for word in words]
    return None in rows and all(row is None or row[0] or not row[1] for row in rows)


def _number(chance: random.Random) -> str:
    """A number, time, price or the like."""
    high, low = int(10 ** (1 + 7 * chance.random())), int(60 * chance.random())
    forms = (
        "{0}",
        "{1}:{2:02}",
        "${0}",
        "£{1}.{2:02}",
        "{1}%",
        "{1}{3}",
        "{1} {3}",
        "#{0}",
        "+{0}",
        "{1}/{2}",
        "{1}th",
    )
    return chance.choice(forms).format(high, 1 + high % 24, low, chance.choice(("am", "pm", "k", "km", "min", "$")))


def _stretched(word: str, chance: random.Random) -> str:
    """The last letter several times, as in "soooo"."""
    return word + word[-1] * (1 + int(5 * chance.random()))


def _part(text: str, chance: random.Random, *, least: int = 1) -> str:
    """Some neighbouring words of a text."""
    words = text.split()
    if len(words) <= least:
        return text
    size = least + int((len(words) - least) * chance.random())
    start = int((len(words) - size + 1) * chance.random())
    return " ".join(words[start : start + size])


# === Figures ===


def _threshold(gate: EnglishGate, held: Sequence[str], reader: GateReader, recipe: EnglishRecipe) -> float:
    """Below which `recipe.refused` of the held-out English messages fall; never above 0.5."""
    shares, _ = reader.judge(gate, held)
    return round(min(0.5, float(np.quantile(shares, recipe.refused))), 4)


def _refused(gate: EnglishGate, sets: Mapping[str, Sequence[str]], reader: GateReader, threshold: float) -> Any:
    """Per set the messages, how many are refused, and by how many words they have."""
    found: dict[str, Any] = {}
    lengths: dict[str, list[int]] = {}
    for name, texts in sets.items():
        shares, _ = reader.judge(gate, texts)
        refused = shares < threshold
        found[name] = {"messages": len(texts), "refused": int(refused.sum()), "share": round(float(refused.mean()), 5)}
        for text, each in zip(texts, refused, strict=True):
            row = lengths.setdefault(_length(text), [0, 0])
            row[0] += 1
            row[1] += int(each)
    found["by words"] = {name: lengths[name] for name in sorted(lengths)}
    total = sum(len(texts) for texts in sets.values())
    found["share"] = round(sum(found[name]["refused"] for name in sets) / max(total, 1), 5)
    return found


def _measure_fold(
    figures: dict[str, Any],
    gate: EnglishGate,
    out: Mapping[str, Sequence[str]],
    held: Sequence[str],
    reader: GateReader,
    recipe: EnglishRecipe,
) -> None:
    """Adds the held-out foreign messages, as written and without accents, to the counts [messages, refused]."""
    threshold = _threshold(gate, held, reader, recipe)
    for language, lines in out.items():
        texts = list(dict.fromkeys([*lines, *(plain(line).lower() for line in lines)]))
        shares, _ = reader.judge(gate, texts)
        for text, share in zip(texts, shares, strict=True):
            long = len(text.split()) >= LATIN_LEAST or language in ("zh", "ja", "ko", "th")
            for key, name in (("by language", language), ("by words", _length(text))):
                if key == "by language" and not long:
                    continue
                row = figures.setdefault(key, {}).setdefault(name, [0, 0])
                row[0] += 1
                row[1] += int(share < threshold)
    figures.setdefault("thresholds", []).append(threshold)


def _summed(figures: dict[str, Any]) -> dict[str, Any]:
    if not figures:
        return {}
    rows = figures["by language"].values()
    total, refused = sum(row[0] for row in rows), sum(row[1] for row in rows)
    return {
        "held-out foreign messages of 4 words or more": {
            "messages": total,
            "refused": refused,
            "share": round(refused / total, 4),
            "by language": {name: round(row[1] / row[0], 3) for name, row in figures["by language"].items()},
        },
        "held-out foreign messages by words": {
            name: {"messages": row[0], "refused": row[1]} for name, row in sorted(figures["by words"].items())
        },
        "thresholds of the parts": figures["thresholds"],
    }


def _length(text: str) -> str:
    count = len(text.split())
    return (
        f"{count} words" if 2 <= count <= 3 else "1 word" if count < 2 else "4 to 7 words" if count < 8 else "8+ words"
    )
