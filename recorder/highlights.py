"""Which sections to mark: the most important ones that also have a highly rated keyword."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["MIN_KEYWORD_SCORE", "WORDS_PER_HIGHLIGHT", "highlighted_sections"]

WORDS_PER_HIGHLIGHT = 1_500
"""One section is marked per so many words: ten minutes of speech at 150 words a minute."""

MIN_KEYWORD_SCORE = 0.5
"""A marked section's best keyword scores at least this share of the recording's best keyword."""


def highlighted_sections(
    importance: Sequence[float],
    best_keyword: Sequence[float],
    n_words: int,
    *,
    highlights: int | None = None,
) -> frozenset[int]:
    """Indexes of the sections to mark.

    Args:
        importance: one figure per section.
        best_keyword: the score of each section's best keyword, 0 where it has none.
        n_words: words of the whole recording.
        highlights: mark at most so many, or None for one per `WORDS_PER_HIGHLIGHT` words, at least one, and never
            more than half of the sections (marking everything marks nothing).

    A recording of one section has nothing to stand out from: nothing is marked unless `highlights` asks for it.
    """
    n_sections = len(importance)
    wanted = highlights
    if wanted is None:
        wanted = min(max(1, round(n_words / WORDS_PER_HIGHLIGHT)), n_sections // 2)
    floor = MIN_KEYWORD_SCORE * max(best_keyword, default=0.0)
    able = [i for i in range(n_sections) if best_keyword[i] > 0 and best_keyword[i] >= floor]
    able.sort(key=lambda i: (-importance[i], i))
    return frozenset(able[:wanted])
