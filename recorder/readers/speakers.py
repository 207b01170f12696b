"""Which "Name: text" lines are turns of a speaker, and which are "Note: ..." or "Subject: ...".

One line alone cannot tell; the whole file can. Names come back, look like names, and stand before a good part of
the lines. "10:30" and "http://" never qualify: the colon must be followed by white space.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["Turn", "find_names", "plausible_name", "shaped_name", "turn_of"]

Turn = tuple[str, int]
"""A speaker's name, and the offset in the line where the speech begins."""

_TURN = re.compile(
    r"""\s*(?:>>+\s*)?(?:-\s+)?(?P<bold>\*\*|__)?
    (?:\[(?P<boxed>[^\[\]:\n]{1,48})\] | (?P<name>[^\W_][^:：\n\[\]<>]{0,47}))
    (?P<tail>\*\*|__)?\s{0,2}(?::(?:\*\*|__)?(?=\s|$)|：)\s*""",
    re.VERBOSE,
)
_LETTER = re.compile(r"[^\W\d_]")
_FORBIDDEN = re.compile(r"""[?!;"/\\@=|*#{}“”…]""")
_PARTICLE_LIST = "de van von der den of the da la le bin al ben el and"
_PARTICLES = frozenset(_PARTICLE_LIST.split())
_NOT_NAME_LIST = """note notes nb warning caution example examples question questions answer ps p.s date
    time subject re fwd fw
    todo action actions agenda summary title http https ftp tip tips remember important update edit source sources
    link url from to cc bcc sent location place duration participants attendees present absent topic topics recorded
    transcript language kind reminder hint result results conclusion first second third fourth fifth firstly secondly
    finally lastly next then so now well also but and or because however plus yes no okay ok right anyway again
    meaning namely e.g i.e figure table step chapter part section item list total version definition problem solution
    pros cons idea ideas goal goals point points fact facts"""
_NOT_NAMES = frozenset(_NOT_NAME_LIST.split())
_COUNTED_LIST = "step chapter part section item figure table example question point note option day"
_COUNTED = frozenset(_COUNTED_LIST.split())


def turn_of(line: str) -> Turn | None:
    """The name that `line` may begin with, as written, or None; whether it is a speaker `find_names` decides."""
    if ":" not in line[:130] and "：" not in line[:130]:
        return None
    match = _TURN.match(line)
    if match is None:
        return None
    name = (match["boxed"] or match["name"]).strip().strip("*_").strip()
    return (name, match.end()) if plausible_name(name) else None


def plausible_name(name: str) -> bool:
    """Whether `name` can be a speaker's: at most five words, no sentence marks, none of "Note", "Step 2", ..."""
    words = name.split()
    if not 1 <= len(words) <= 5 or not _LETTER.search(name) or _FORBIDDEN.search(name):
        return False
    lowered = name.casefold().rstrip(".")
    if lowered in _NOT_NAMES or (len(words) == 2 and words[0].casefold() in _COUNTED and words[1].isdecimal()):
        return False
    if name.count(",") > 1 or ("," in name and len(words) > 3):
        return False
    # A full stop belongs to "Dr." or "J." only: "Okay. I said" is no name.
    return all(len(word.rstrip(".,)")) <= 4 for word in words if "." in word)


def shaped_name(name: str) -> bool:
    """Whether a name is written as names are: capitals, or a label such as SPEAKER_00 or spk7."""
    words = [word for word in name.split() if word.casefold() not in _PARTICLES]
    return bool(words) and all(not word[0].islower() or any(map(str.isdigit, word)) for word in words)


def find_names(lines: Iterable[str]) -> frozenset[str]:
    """The names of the speakers of a file, given its lines without times; empty when there are no turns.

    The lines have turns when names that come back stand before three lines in ten, or names of any kind before six
    in ten, or when one of the first three lines has a name and at least two names come back (long wrapped turns).
    """
    counts: Counter[str] = Counter()
    opening = False
    total = 0
    for line in lines:
        if not line.strip():
            continue
        total += 1
        turn = turn_of(line)
        if turn is not None:
            counts[turn[0]] += 1
            opening = opening or total <= 3
    named = {name: count for name, count in counts.items() if count > 1 or shaped_name(name)}
    return _decide(named, total, opening)


def _decide(named: dict[str, int], total: int, opening: bool) -> frozenset[str]:
    everything = sum(named.values())
    recurring: Sequence[int] = [count for count in named.values() if count > 1]
    if everything < 2:
        return frozenset()
    often = sum(recurring) * 10 >= total * 3 or everything * 10 >= total * 6
    long_turns = opening and len(recurring) > 1 and sum(recurring) >= 4
    return frozenset(named) if often or long_turns else frozenset()
