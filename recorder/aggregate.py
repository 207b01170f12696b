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
from recorder.recording import Recording, SectionTable, Vocabulary
from recorder.records import SectionRecord, merge_records
from recorder.titles import TitleCandidate, suggest_titles
from recorder.transcript import ReadWarning

__all__ = ["Aggregator"]

_TITLE_KEYWORDS = 2  # a section is named after its best two keywords


@dataclass(frozen=True, slots=True, eq=False)
class _Merged:
    """One section with the blocks that it was made of."""

    blocks: tuple[SectionRecord, ...]
    record: SectionRecord
    table: SectionTable


@dataclass(frozen=True, slots=True)
class _Scored:
    """One section with what the models say of it."""

    record: SectionRecord
    keywords: list[ScoredKeyword]


class Aggregator:
    """Makes outlines of one recording; a section that will change no more is worked on once: when it is settled."""

    def __init__(self, models: Models, options: Options) -> None:
        self._models = models
        self._options = options
        self._vocabulary = Vocabulary()
        self._known: dict[tuple[int, int], _Merged] = {}  # by first and last segment
        self._unsettled: list[SectionRecord] = []  # blocks since the last cut that is shown

    def settle(self, record: SectionRecord, cut: Cut) -> bool:
        """A block has been closed by `cut`; returns whether `cut` also begins a section for good.

        With a wanted number of sections nothing is for good before the end.
        """
        self._unsettled.append(record)
        if self._options.sections is not None or not select_cuts([cut], granularity=self._options.granularity):
            return False
        merged = self._merge(self._unsettled)
        self._models.prepare(merged.record, merged.table)
        self._unsettled.clear()
        return True

    def needed(self, cuts: Sequence[Cut]) -> Sequence[Cut]:
        """Which of the last cuts, decided at the end, still matter: nobody will ask for finer sections any more."""
        return cuts if self._options.sections is not None else select_cuts(cuts, granularity=self._options.granularity)

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
        keywords = self._models.choose_keywords(sections, per_section=self._options.keywords)
        importance = self._importance(sections, keywords)
        scored = [_Scored(record, chosen) for record, chosen in zip(sections, keywords, strict=True)]
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

    def _sections(self, records: Sequence[SectionRecord], cuts: Sequence[Cut], choose_cuts: bool) -> Recording:
        chosen = list(cuts)
        if choose_cuts:
            chosen = select_cuts(cuts, granularity=self._options.granularity, sections=self._options.sections)
        begins = {cut.segment for cut in chosen}
        groups: list[list[SectionRecord]] = []
        for record in records:
            if not groups or record.first_segment in begins:
                groups.append([])
            groups[-1].append(record)
        merged = [self._merge(group) for group in groups]
        # Settled sections are in every outline; what is in this one alone is forgotten with the next.
        self._known = {(each.record.first_segment, each.record.last_segment): each for each in merged}
        return Recording((each.record for each in merged), [each.table for each in merged], self._vocabulary)

    def _merge(self, blocks: Sequence[SectionRecord]) -> _Merged:
        key = (blocks[0].first_segment, blocks[-1].last_segment)
        known = self._known.get(key)
        # The span is not enough: the provisional last block of an outline may be closed with the very same segments
        # later, and then carries what its observers made of the words that follow it.
        if known is None or known.blocks != tuple(blocks):
            record = merge_records(blocks)
            known = self._known[key] = _Merged(tuple(blocks), record, SectionTable.of(record, self._vocabulary))
        return known

    def _importance(self, sections: Recording, keywords: Sequence[Sequence[ScoredKeyword]]) -> list[float]:
        ratings = {scorer.name: [scorer.score(sections, keywords)] for scorer in self._models.section_scorers}
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
