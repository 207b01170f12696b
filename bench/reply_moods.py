"""Glad intents and sorry ones: "That's so sweet!" under bad news is worse than a dull reply; so is pity under good."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from earmark.errors import EarmarkError

__all__ = ["MOODS", "jarring", "read_moods"]

MOODS = Path(__file__).parent / "reply_moods.txt"

_OTHER = {"glad": "sorry", "sorry": "glad"}


def read_moods(intents: Iterable[str], path: Path = MOODS) -> dict[str, str]:
    """By intent "glad" or "sorry"; most have no mood and are left out.

    Args:
        intents: those of the reply list; others in the file are passed over, so that a shorter list can be measured.
        path: lines of an intent and a mood; "#" begins a comment.

    Raises:
        EarmarkError: an intent twice, or another mood.
    """
    known = set(intents)
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        words = line.partition("#")[0].split()
        if words and (len(words) != 2 or words[1] not in _OTHER or words[0] in found):
            raise EarmarkError(f"{path}:{number}: expected an intent, once, and 'glad' or 'sorry'. Got {line!r}.")
        if words:
            found[words[0]] = words[1]
    return {intent: mood for intent, mood in found.items() if intent in known}


def jarring(wanted: Collection[str], moods: Mapping[str, str]) -> frozenset[str]:
    """The intents that jar where `wanted` suit: those of the other mood, when all that have one agree.

    >>> sorted(jarring(["oh_no", "what_happened"], {"oh_no": "sorry", "great": "glad", "aww": "glad"}))
    ['aww', 'great']
    >>> jarring(["oh_no", "great"], {"oh_no": "sorry", "great": "glad"})
    frozenset()
    """
    felt = {moods[intent] for intent in wanted if intent in moods}
    if len(felt) != 1:
        return frozenset()
    other = _OTHER[felt.pop()]
    return frozenset(intent for intent, mood in moods.items() if mood == other)
