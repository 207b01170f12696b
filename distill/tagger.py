"""Training the part-of-speech tagger: nltk's averaged perceptron on treebanks cut as the recorder cuts text.

Three steps: the treebanks' tokens are aligned with `recorder.text.tokenize`; nltk trains on every sentence twice, once
as written and once as a speech recogniser would write it; the weights are rounded to integers and the small ones
dropped. The result is one JSON table that `recorder.tagger` loads.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from nltk.tag.perceptron import PerceptronTagger

from distill.checkpoint import make_folder
from distill.corpora import CorpusError, read_jsonl
from earmark.artifacts import save_table
from recorder.tagger import TAGGER_KIND, TAGGER_VERSION, Tagger, TaggerTable
from recorder.text import is_word, tokenize

__all__ = [
    "TaggedSentence",
    "TaggerRecipe",
    "as_recognised",
    "as_written",
    "compress",
    "evaluate",
    "read_treebank",
    "train_perceptron",
    "train_tagger",
]

TaggedSentence = list[tuple[str, str]]
"""Tokens of one sentence with their universal part-of-speech tags."""


@dataclass(frozen=True, slots=True)
class TaggerRecipe:
    """Everything that decides what comes out of the training.

    Attributes:
        treebanks: names of the sets under `pos/`; `<name>.train` trains, `<name>.valid` measures.
        iterations: passes over the training sentences.
        seed: of the shuffling between passes.
        scale: weights are multiplied with this and rounded to integers.
        smallest: weights whose integer is smaller than this in magnitude are dropped.
    """

    treebanks: tuple[str, ...] = ("gum", "ewt")
    iterations: int = 6
    seed: int = 20
    scale: int = 4
    smallest: int = 5


class _Tags(Protocol):
    def __call__(self, words: Sequence[str]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class _Treebank:
    """One sentence as the treebank has it."""

    tokens: tuple[str, ...]
    upos: tuple[str, ...]
    xpos: tuple[str, ...]


# --- the treebank's tokens and ours -------------------------------------------------------------------------------

_CLITIC = re.compile(r"(?i)n['’]t|['’](?:s|re|ve|ll|d|m)?")
# Words that the treebanks cut in two and the recorder leaves whole.
_FUSED = {("gon", "na"), ("wan", "na"), ("got", "ta"), ("can", "not"), ("dun", "no"), ("lem", "me"), ("gim", "me")}


def read_treebank(data: Path, name: str, split: str) -> list[_Treebank]:
    """Read `pos/<name>.<split>.jsonl.gz` below `data`.

    Raises:
        CorpusError: the file is missing, or a sentence lacks a tag for some token.
    """
    path = data / "pos" / f"{name}.{split}.jsonl.gz"
    sentences = []
    for number, row in enumerate(read_jsonl(path), start=1):
        tokens, upos, xpos = (tuple(row.get(key, ())) for key in ("tokens", "upos", "xpos"))
        if not len(tokens) == len(upos) == len(xpos):
            raise CorpusError(
                f"{path}:{number}: 'tokens', 'upos' and 'xpos' must be equally long, "
                f"got {len(tokens)}, {len(upos)} and {len(xpos)}."
            )
        sentences.append(_Treebank(tokens, upos, xpos))
    return sentences


def as_written(sentence: _Treebank) -> TaggedSentence:
    """The sentence in the recorder's tokens, case and marks kept: "gon", "na" -> "gonna"; "well", "-", "known" ->
    "well-known"."""
    return list(_aligned(sentence, hyphens=True))


def as_recognised(sentence: _Treebank) -> TaggedSentence:
    """The same in lower case and without marks; hyphenated words fall apart, as recognisers write them."""
    pairs = _aligned(sentence, hyphens=False)
    return [(word.lower(), tag) for word, tag in pairs if is_word(word) or (len(word) > 1 and _CLITIC.fullmatch(word))]


def _aligned(sentence: _Treebank, *, hyphens: bool) -> Iterator[tuple[str, str]]:
    text = ""
    owners: list[int] = []  # for each character, the number of the treebank's token
    for i, token in enumerate(sentence.tokens):
        if i and not _joined(sentence, i, hyphens=hyphens):
            text += " "
            owners.append(-1)
        text += token
        owners.extend([i] * len(token))
    for word, offset in tokenize(text):
        end = min(offset + len(word), len(owners)) - 1
        first, last = owners[offset], owners[end]
        yield word, _merged(sentence, first, max(first, last), word)


def _joined(sentence: _Treebank, i: int, *, hyphens: bool) -> bool:
    """Whether the tokens i - 1 and i were written without a space between them."""
    before, token = sentence.tokens[i - 1], sentence.tokens[i]
    if "HYPH" in (sentence.xpos[i - 1], sentence.xpos[i]):
        return hyphens
    if _CLITIC.fullmatch(token):
        return len(token) > 1 or sentence.xpos[i] == "POS"
    return (before.lower(), token.lower()) in _FUSED


def _merged(sentence: _Treebank, first: int, last: int, word: str) -> str:
    """The tag of one of our tokens that covers the treebank's tokens first..last."""
    head, tail = sentence.upos[first], sentence.upos[last]
    if first == last:
        cut = not is_word(word) and is_word(sentence.tokens[first])
        return "PUNCT" if cut else head  # the dot of "Mr.", which we cut off
    if (sentence.tokens[first].lower(), sentence.tokens[last].lower()) in _FUSED:
        return head
    if tail == "ADP" and head in ("NOUN", "VERB"):
        return "NOUN"  # follow-up
    if tail == "VERB" and sentence.xpos[last] in ("VBN", "VBG"):
        return "ADJ"  # water-based
    return tail


# --- training and compression -------------------------------------------------------------------------------------


def train_perceptron(sentences: Sequence[TaggedSentence], recipe: TaggerRecipe) -> PerceptronTagger:
    """Train nltk's tagger; equal sentences and recipes give equal weights."""
    tagger = PerceptronTagger(load=False)
    state = random.getstate()
    random.seed(recipe.seed)  # nltk shuffles with the global generator
    try:
        tagger.train([sentence for sentence in sentences if sentence], nr_iter=recipe.iterations)
    finally:
        random.setstate(state)
    return tagger


def compress(tagger: PerceptronTagger, recipe: TaggerRecipe) -> TaggerTable:
    """Round the weights to integers and drop the small ones."""
    features: dict[str, dict[str, dict[str, int]]] = {}
    for feature, weights in tagger.model.weights.items():
        name, _, value = feature.rpartition(" ")
        if not name:
            name, value = feature, ""  # the bias has no argument
        kept = {tag: round(weight * recipe.scale) for tag, weight in weights.items()}
        kept = {tag: weight for tag, weight in kept.items() if abs(weight) >= recipe.smallest}
        if kept:
            features.setdefault(name, {})[value] = kept
    dictionary: dict[str, list[str]] = {}
    for word, tag in sorted(tagger.tagdict.items()):
        dictionary.setdefault(tag, []).append(word)
    tags = tuple(sorted(tagger.classes))
    return TaggerTable(tags, recipe.scale, {tag: tuple(words) for tag, words in dictionary.items()}, features)


def evaluate(tag: _Tags, sentences: Sequence[TaggedSentence]) -> dict[str, float]:
    """Accuracy over all tokens, precision and recall of VERB and NOUN, and how often one is taken for the other."""
    gold: list[str] = []
    got: list[str] = []
    for sentence in sentences:
        if sentence:
            gold.extend(tag for _, tag in sentence)
            got.extend(tag([word for word, _ in sentence]))
    pairs = list(zip(gold, got, strict=True))
    scores = {"tokens": float(len(pairs)), "accuracy": _share(sum(a == b for a, b in pairs), len(pairs))}
    for name in ("VERB", "NOUN"):
        hits = sum(a == b == name for a, b in pairs)
        scores[f"{name.lower()}_precision"] = _share(hits, got.count(name))
        scores[f"{name.lower()}_recall"] = _share(hits, gold.count(name))
    scores["noun_taken_for_verb"] = _share(sum(a == "NOUN" and b == "VERB" for a, b in pairs), gold.count("NOUN"))
    scores["verb_taken_for_noun"] = _share(sum(a == "VERB" and b == "NOUN" for a, b in pairs), gold.count("VERB"))
    return scores


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


# --- the whole run ------------------------------------------------------------------------------------------------


def train_tagger(data: Path, out: Path, recipe: TaggerRecipe | None = None) -> dict[str, Any]:
    """Train on the treebanks below `data`, write `tagger.json` into `out` and return the metrics.

    The metrics put three models side by side on every validation set, as written and as recognised: "plain" (nltk as it
    stands, trained on the sentences as written only), "full" (trained on both forms, before compression) and "shipped"
    (the file).

    Raises:
        CorpusError: a treebank is missing or damaged.
    """
    make_folder(out)
    recipe = recipe or TaggerRecipe()
    train = [sentence for name in recipe.treebanks for sentence in read_treebank(data, name, "train")]
    valid = {name: read_treebank(data, name, "valid") for name in recipe.treebanks}
    written = [as_written(sentence) for sentence in train]
    full = train_perceptron(written + [as_recognised(sentence) for sentence in train], recipe)
    table = compress(full, recipe)
    path = out / "tagger.json"
    save_table(path, kind=TAGGER_KIND, version=TAGGER_VERSION, body=table.to_body())
    models: dict[str, _Tags] = {
        "plain": _nltk_tags(train_perceptron(written, recipe)),
        "full": _nltk_tags(full),
        "shipped": Tagger.load(path).tag,
    }
    scores = {
        model: {
            f"{name}.valid {form.__name__.replace('_', ' ')}": evaluate(tag, [form(sentence) for sentence in sentences])
            for name, sentences in valid.items()
            for form in (as_written, as_recognised)
        }
        for model, tag in models.items()
    }
    return {
        "training_sentences": len(train),
        "training_tokens": sum(len(sentence) for sentence in written),
        "dictionary_words": sum(len(words) for words in table.dictionary.values()),
        "features": sum(len(values) for values in table.features.values()),
        "weights": sum(len(weights) for values in table.features.values() for weights in values.values()),
        "bytes": path.stat().st_size,
        "scores": scores,
    }


def _nltk_tags(tagger: PerceptronTagger) -> _Tags:
    def tags(words: Sequence[str]) -> list[str]:
        return [tag for _, tag in tagger.tag(list(words))]

    return tags
