"""What people type into a search box, as an FTS5 expression that is always valid."""

from __future__ import annotations

import re

from recorder.errors import LibraryError

__all__ = ["match_expression"]

_TERM = re.compile(r'(?P<no>-?)(?:(?P<column>title|keyword|speaker):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))', re.I)
_COLUMNS = {"title": "title", "keyword": "keywords", "speaker": "speakers"}
_MOST_TERMS = 32
_LONGEST = 500


def match_expression(query: str, *, prefix: bool = False) -> str:
    """The FTS5 expression of a query.

    All words must be in the section; "a phrase" must be there as it stands; `word*` finds words that begin so; -word
    must not be there; title:word, keyword:word and speaker:word look only there. Nothing else is an operator.

    Args:
        query: as typed.
        prefix: the last word may be unfinished, as in a box that searches while one types.

    Raises:
        LibraryError: there is no word to search for, or the query is too long.
    """
    if len(query) > _LONGEST:
        raise LibraryError(f"a search may have {_LONGEST} characters, this one has {len(query)}. Search for less.")
    wanted: list[str] = []
    unwanted: list[str] = []
    matches = [match for match in _TERM.finditer(query) if _text(match)]
    if len(matches) > _MOST_TERMS:
        raise LibraryError(f"a search may have {_MOST_TERMS} words, this one has {len(matches)}. Search for less.")
    for match in matches:
        last = prefix and match is matches[-1] and match["word"] is not None and match.end() == len(query)
        (unwanted if match["no"] else wanted).append(_one(match, last))
    if not wanted:
        raise LibraryError(
            f'there is no word to search for in {query!r}. Give one, such as: budget, "next year", speaker:anna.'
        )
    expression = " AND ".join(wanted)
    return f"({expression}) NOT ({' OR '.join(unwanted)})" if unwanted else expression


def _text(match: re.Match[str]) -> str:
    """The term without its marks; empty when there is no letter or digit in it (the index knows nothing else)."""
    text = match["phrase"] if match["phrase"] is not None else match["word"]
    return text if any(character.isalnum() for character in text) else ""


def _one(match: re.Match[str], prefix: bool) -> str:
    text = _text(match)
    starred = text.endswith("*") and match["word"] is not None
    quoted = '"' + text.rstrip("*").replace('"', '""').replace("\0", " ") + '"'
    column = f"{_COLUMNS[match['column'].lower()]} : " if match["column"] else ""
    return column + quoted + (" *" if starred or prefix else "")
