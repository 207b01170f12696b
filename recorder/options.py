"""What a user may choose, checked once, in one place."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from recorder.errors import OptionError

__all__ = ["BOTH", "MODELS", "TFIDF", "TRANSFORMER", "Options"]

TFIDF, TRANSFORMER, BOTH = "tfidf", "transformer", "both"

MODELS = (TFIDF, TRANSFORMER, BOTH)
"""Which models rate keywords and sections; both are run side by side and fused."""


@dataclass(frozen=True, slots=True)
class Options:
    """Choices for one recording; the defaults are what `earmark scroll FILE` uses.

    Attributes:
        granularity: 0..1; 0 gives few long sections, 1 many short ones. Ignored when `sections` is given.
        sections: about how many sections to make, or None to let the text decide.
        keywords: at most so many keywords per section (1..20).
        highlights: exactly how many sections to mark at most, or None for one per
            `importance.WORDS_PER_HIGHLIGHT` words.
        models: which models rate keywords and sections, one of `MODELS`.

    Raises:
        OptionError: a value is outside its range.
    """

    granularity: float = 0.5
    sections: int | None = None
    keywords: int = 5
    highlights: int | None = None
    models: str = TFIDF

    def __post_init__(self) -> None:
        value = self.granularity
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1 or math.isnan(value):
            raise OptionError(f"'granularity' must be a number from 0 (few sections) to 1 (many), got {value!r}.")
        _check_count("sections", self.sections, 1, 100_000, optional=True)
        _check_count("keywords", self.keywords, 1, 20, optional=False)
        _check_count("highlights", self.highlights, 0, 100_000, optional=True)
        if self.models not in MODELS:
            raise OptionError(f"'models' must be one of {', '.join(MODELS)}, got {self.models!r}.")

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Options:
        """The inverse of `to_dict`; keys of a later release are an error, missing ones take the default."""
        try:
            return cls(**data)
        except TypeError as error:
            raise OptionError(f"these are not options of this release: {data!r} ({error}).") from error


def _check_count(name: str, value: object, low: int, high: int, *, optional: bool) -> None:
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        allowed = f"a whole number from {low} to {high}" + (", or None" if optional else "")
        raise OptionError(f"'{name}' must be {allowed}, got {value!r}.")
