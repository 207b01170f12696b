"""How usual a stem is in conversation: the background against which a section's words are counted.

The table is counted by `distill.background` over windows of conversations about as long as one section ("documents").
A stem seen nowhere in the table is at least as rare as the pruning threshold of the recipe.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from earmark.artifacts import load_table
from earmark.errors import ArtifactError

__all__ = ["BACKGROUND_KIND", "BACKGROUND_VERSION", "Background", "BackgroundTable", "Usage"]

BACKGROUND_KIND = "background"
BACKGROUND_VERSION = 1
_DEFAULT = Path(__file__).parent / "pretrained" / "en" / "background.json"


@dataclass(frozen=True, slots=True)
class Usage:
    """How a stem, or a phrase of stems, is used in the background.

    Attributes:
        documents: windows of conversation that contain it.
        occurrences: how often it occurs in all.
        breadth: how many of the sources it occurs in: telephone talk, podcasts, lectures, meetings, chats, ...
    """

    documents: int
    occurrences: int
    breadth: int


_UNSEEN = Usage(0, 0, 0)


@dataclass(frozen=True, slots=True)
class BackgroundTable:
    """The table as it stands on disk.

    Attributes:
        documents: windows counted.
        words: words in all windows.
        sources: names of the sources; `Usage.breadth` counts these. At most 35.
        usage: stem, or stems joined by one space ("littl bit") -> its usage.
    """

    documents: int
    words: int
    sources: tuple[str, ...]
    usage: dict[str, Usage]

    def to_body(self) -> dict[str, Any]:
        """The JSON body: sorted entries joined by commas, and beside them document counts, occurrences above the
        document count, and breadth as one digit of base 36."""
        entries = sorted(self.usage)
        rows = [self.usage[entry] for entry in entries]
        return {
            "documents": self.documents,
            "words": self.words,
            "sources": list(self.sources),
            "entries": ",".join(entries),
            "counts": [row.documents for row in rows],
            "repeats": [row.occurrences - row.documents for row in rows],
            "breadth": "".join(_DIGITS[row.breadth] for row in rows),
        }

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> BackgroundTable:
        """The inverse of `to_body`."""
        entries = body["entries"].split(",") if body["entries"] else []
        rows = zip(entries, body["counts"], body["repeats"], body["breadth"], strict=True)
        usage = {entry: Usage(count, count + repeats, int(breadth, 36)) for entry, count, repeats, breadth in rows}
        return cls(body["documents"], body["words"], tuple(body["sources"]), usage)


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Background:
    """Look-ups in the background table. Stems are those of `recorder.text.stem`; a phrase is its stems joined by one
    space, and only phrases that are frequent in conversation ("littl bit") are in the table.

    >>> background = Background.load()
    >>> background.idf("yeah") < background.idf("meet") < background.idf("batteri") < background.idf("zyzzyva")
    True
    """

    def __init__(self, body: dict[str, Any]) -> None:
        """Compile the body of a background table (`BackgroundTable.to_body`)."""
        self.n_documents: int = body["documents"]
        self.n_words: int = body["words"]
        self.n_sources: int = len(body["sources"])
        entries = body["entries"].split(",") if body["entries"] else []
        self._counts: list[int] = body["counts"]
        self._repeats: list[int] = body["repeats"]
        self._breadth: str = body["breadth"]
        self._rows = dict(zip(entries, range(len(self._counts)), strict=True))

    @classmethod
    def load(cls, path: Path | None = None) -> Background:
        """The table of `path`, or the shipped English one, which is read once and kept.

        Raises:
            ArtifactError: the file is missing, damaged or of another version.
        """
        return _shipped() if path is None else cls(_read(path))

    def __contains__(self, stem: str) -> bool:
        return stem in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def usage(self, stem: str) -> Usage:
        """Everything known about a stem or phrase; zeros for one that is not in the table."""
        row = self._rows.get(stem)
        if row is None:
            return _UNSEEN
        documents = self._counts[row]
        return Usage(documents, documents + self._repeats[row], int(self._breadth[row], 36))

    def documents(self, stem: str) -> int:
        """In how many documents a stem or phrase occurs; 0 when it is not in the table."""
        row = self._rows.get(stem)
        return 0 if row is None else self._counts[row]

    def occurrences(self, stem: str) -> int:
        """How often it occurs in all documents; 0 when it is not in the table."""
        row = self._rows.get(stem)
        return 0 if row is None else self._counts[row] + self._repeats[row]

    def breadth(self, stem: str) -> int:
        """In how many of the `n_sources` sources it occurs, 0 when it is not in the table: small for specific terms."""
        row = self._rows.get(stem)
        return 0 if row is None else int(self._breadth[row], 36)

    def idf(self, stem: str) -> float:
        """ln((1 + n_documents) / (1 + documents)), at least 0; a stem not in the table gets the highest value,
        ln(1 + n_documents). With 30,000 documents: in all of them 0.0, in 300 of them 4.6, unseen 10.3."""
        return math.log((1 + self.n_documents) / (1 + self.documents(stem)))


def _read(path: Path) -> dict[str, Any]:
    body = load_table(path, kind=BACKGROUND_KIND, version=BACKGROUND_VERSION)
    missing = {"documents", "words", "sources", "entries", "counts", "repeats", "breadth"} - body.keys()
    if missing:
        raise ArtifactError(
            f"the background table {path} lacks {sorted(missing)}. Reinstall earmark, or count it anew."
        )
    return body


@lru_cache(maxsize=1)
def _shipped() -> Background:
    return Background(_read(_DEFAULT))
