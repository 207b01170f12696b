"""What can be told of a reply from its words alone: its form, whether it says yes or no, a name for its intent."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["form_of", "intent_name", "plain_polarity", "polarity_of", "words_of"]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_JOINERS = "\u200d\ufe0f\ufe0e"  # zero-width joiner and variation selectors inside an emoji

_YES = frozenset(
    {
        "yes", "yeah", "yep", "yup", "yess", "yesss", "sure", "absolutely", "definitely", "certainly", "totally",
        "indeed", "ok", "okay", "alright", "deal", "gladly", "agreed",
    }
)  # fmt: skip
_NO = frozenset(
    {
        "no", "nope", "nah", "never", "neither", "can't", "cannot", "won't", "don't", "not", "didn't", "isn't",
        "unfortunately",
    }
)  # fmt: skip


def words_of(text: str) -> tuple[str, ...]:
    """The words, case folded, with a straight apostrophe: "Can’t, sorry!" is ("can't", "sorry")."""
    return tuple(word.casefold().replace("’", "'") for word in _WORD.findall(text))


def form_of(text: str) -> str:
    """ "emoji" for nothing but emoji, "question" for what ends in a question mark, "statement" else."""
    bare = [c for c in text if not c.isspace() and c not in _JOINERS]
    if bare and all(_is_symbol(c) for c in bare):
        return "emoji"
    return "question" if re.search(r"\?[!?\s]*$", _without_symbols(text)) else "statement"


def polarity_of(text: str) -> int:
    """1 or -1 where the first word plainly says yes or no, else 0; questions say neither."""
    return plain_polarity(text) or 0


def plain_polarity(text: str) -> int | None:
    """What the words say for certain: 1 yes, -1 no, 0 neither ("No worries", a question); None where they do not."""
    words = words_of(text)
    if not words or form_of(text) == "question":
        return 0
    if words[0] == "no" and words[1:2] in (("problem",), ("worries",), ("rush",), ("doubt",)):
        return 1 if words[1] == "doubt" else 0
    if words[:2] in (("of", "course"), ("for", "sure"), ("why", "not")):
        return 1
    if words[0] in ("i", "sorry") and any(word in _NO for word in words[1:3]):
        return -1
    return 1 if words[0] in _YES else -1 if words[0] in _NO else None


def intent_name(text: str, taken: frozenset[str] | set[str] = frozenset()) -> str:
    """A name in snake_case for what `text` says, not among `taken`: "On my way!" is "on_my_way"."""
    plain = unicodedata.normalize("NFKD", " ".join(words_of(text)).replace("'", "")).encode("ascii", "ignore").decode()
    name = "_".join(re.findall(r"[a-z0-9]+", plain)[:5])
    if not name:
        name = "_".join(["reply", *(f"{ord(c):x}" for c in text if not c.isspace() and c not in _JOINERS)][:4])
    number, found = 2, name
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk") and ord(character) > 0x7F


def _without_symbols(text: str) -> str:
    return "".join(c for c in text if not _is_symbol(c) and c not in _JOINERS)
