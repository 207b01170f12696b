"""From records to an outline: everything that looks at the whole recording, in one fixed order.

Runs over closed blocks only, so its cost is sections times kept terms, whatever was said. The order is: choose the cuts
to show, merge blocks into sections, score keywords per model, fuse, choose keywords without duplicates, rate sections,
mark highlights, suggest titles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recorder.cuts import Cut, select_cuts
from recorder.duplicates import ScoredKeyword
from recorder.fusion import fuse
from recorder.highlights import highlighted_sections
from recorder.models import Models
from recorder.options import Options
from recorder.outline import Keyword, Mention, Outline, Section
from recorder.records import SectionRecord, merge_records
from recorder.titles import TitleCandidate, suggest_titles
from recorder.transcript import ReadWarning

__all__ = ["Aggregator"]

_TITLE_KEYWORDS = 2  # a section is named after its best two keywords


@dataclass(frozen=True, slots=True)
class _Scored:
    """One section with what the models say of it."""

    record: SectionRecord
    keywords: list[ScoredKeyword]


class Aggregator:
    """Makes outlines of one recording; remembers merged sections, because most of them never change again."""

    def __init__(self, models: Models, options: Options) -> None:
        self._models = models
        self._options = options
        self._merged: dict[tuple[int, int], SectionRecord] = {}

    def settled(self, cuts: Sequence[Cut]) -> tuple[int, ...]:
        """First segments of the sections that newly decided cuts begin for good."""
        if self._options.sections is not None:
            return ()
        return tuple(cut.segment for cut in select_cuts(cuts, granularity=self._options.granularity))

    def outline(
        self,
        records: Sequence[SectionRecord],
        cuts: Sequence[Cut],
        *,
        source: str | None,
        duration: float | None,
        warnings: tuple[ReadWarning, ...],
        choose_cuts: bool,
    ) -> Outline:
        """The outline of closed blocks.

        Args:
            records: one per block, in order.
            cuts: the cuts between neighbouring blocks, one fewer than `records`.
            source: the recording's name.
            duration: seconds, or None.
            warnings: handed on.
            choose_cuts: apply granularity or the number of sections; False shows every cut (a user's own).
        """
        sections = self._sections(records, cuts, choose_cuts)
        scored = self._keywords(sections)
        importance = self._importance(scored)
        best = [each.keywords[0].score if each.keywords else 0.0 for each in scored]
        n_words = sum(record.n_words for record in sections)
        marked = highlighted_sections(importance, best, n_words, highlights=self._options.highlights)
        return Outline(
            source=source,
            duration=duration,
            sections=tuple(
                self._section(number, each, importance[number], number in marked) for number, each in enumerate(scored)
            ),
            titles=suggest_titles(_title_candidates(scored)),
            warnings=warnings,
        )

    def _sections(
        self, records: Sequence[SectionRecord], cuts: Sequence[Cut], choose_cuts: bool
    ) -> list[SectionRecord]:
        chosen = list(cuts)
        if choose_cuts:
            chosen = select_cuts(cuts, granularity=self._options.granularity, sections=self._options.sections)
        begins = {cut.segment for cut in chosen}
        groups: list[list[SectionRecord]] = []
        for record in records:
            if not groups or record.first_segment in begins:
                groups.append([])
            groups[-1].append(record)
        # Only the sections of this outline are remembered: the provisional last one is another at every call.
        merged = {}
        for group in groups:
            key = (group[0].first_segment, group[-1].last_segment)
            merged[key] = self._merged.get(key) or merge_records(group)
        self._merged = merged
        return list(merged.values())

    def _keywords(self, sections: Sequence[SectionRecord]) -> list[_Scored]:
        chosen = self._models.choose_keywords(sections, per_section=self._options.keywords)
        return [_Scored(record, keywords) for record, keywords in zip(sections, chosen, strict=True)]

    def _importance(self, scored: Sequence[_Scored]) -> list[float]:
        records = [each.record for each in scored]
        keywords = [each.keywords for each in scored]
        ratings = {scorer.name: [scorer.score(records, keywords)] for scorer in self._models.section_scorers}
        return [round(value, 6) for value in fuse(ratings, self._models.section_weights)[0]]

    def _section(self, number: int, scored: _Scored, importance: float, marked: bool) -> Section:
        record = scored.record
        keywords = tuple(
            Keyword(
                keyword.text,
                round(keyword.score, 6),
                tuple(Mention(*mention) for mention in record.candidates[keyword.candidate].mentions),
            )
            for keyword in scored.keywords
        )
        return Section(
            id=f"s{number + 1}",
            start=record.start,
            end=record.end,
            first_segment=record.first_segment,
            last_segment=record.last_segment,
            title=_section_title(keywords),
            keywords=keywords,
            importance=importance,
            highlighted=marked,
        )


def _section_title(keywords: Sequence[Keyword]) -> str:
    """ "Spare parts, shipping": the best two keywords, the first capitalised."""
    text = ", ".join(keyword.text for keyword in keywords[:_TITLE_KEYWORDS])
    return text[:1].upper() + text[1:]


def _title_candidates(scored: Sequence[_Scored]) -> list[TitleCandidate]:
    """Every section's chosen keywords, with their occurrences in the whole recording."""
    totals: dict[tuple[str, ...], int] = {}
    wanted = {each.record.candidates[keyword.candidate].stems for each in scored for keyword in each.keywords}
    for each in scored:
        for candidate in each.record.candidates:
            if candidate.stems in wanted:
                totals[candidate.stems] = totals.get(candidate.stems, 0) + candidate.count
    return [
        TitleCandidate(keyword.text, stems, keyword.score, totals[stems])
        for each in scored
        for keyword in each.keywords
        for stems in (each.record.candidates[keyword.candidate].stems,)
    ]
