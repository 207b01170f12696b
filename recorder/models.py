"""The frozen tables that one recording needs, loaded once and shared by every session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from recorder.duplicates import ScoredKeyword, select_keywords
from recorder.fusion import fuse
from recorder.importance import KeywordMass, SectionRating, SectionScorer
from recorder.keywords import KeywordScorer, TfidfKeywords
from recorder.recording import Recording, SectionTable
from recorder.records import SectionRecord
from recorder.speaker_names import speaker_names
from recorder.tagger import Tagger

__all__ = ["Models"]


@dataclass(frozen=True, slots=True)
class Models:
    """What finds and rates keywords and sections; a further model plugs in as one more scorer with its weight.

    Attributes:
        tagger: parts of speech.
        keyword_scorers: rate candidates; their values are normalised and averaged by `keyword_weights`.
        keyword_weights: one positive weight per scorer's name.
        section_scorers: rate sections, likewise.
        section_weights: one positive weight per scorer's name.
    """

    tagger: Tagger
    keyword_scorers: tuple[KeywordScorer, ...]
    keyword_weights: Mapping[str, float]
    section_scorers: tuple[SectionScorer, ...]
    section_weights: Mapping[str, float]

    @classmethod
    def load(cls) -> Models:
        """The shipped English models, read once and kept.

        Raises:
            ArtifactError: a table is missing, damaged or of another version.
        """
        return _shipped()

    def prepare(self, section: SectionRecord, table: SectionTable) -> None:
        """A section has been settled: every scorer works out what depends on it alone."""
        for keyword_scorer in self.keyword_scorers:
            keyword_scorer.prepare(section, table)
        for section_scorer in self.section_scorers:
            section_scorer.prepare(section, table)

    def choose_keywords(self, sections: Sequence[SectionRecord], *, per_section: int = 5) -> list[list[ScoredKeyword]]:
        """Every section's keywords, best first: scored by each model, fused, without duplicates or speakers' names."""
        recording = Recording.of(sections)
        fused = fuse({scorer.name: scorer.score(recording) for scorer in self.keyword_scorers}, self.keyword_weights)
        return select_keywords(recording, fused, per_section=per_section, speakers=speaker_names(recording))


@lru_cache(maxsize=1)
def _shipped() -> Models:
    rating = SectionRating.load()
    return Models(
        tagger=Tagger.load(),
        keyword_scorers=(TfidfKeywords.load(),),
        keyword_weights={"tfidf": 1.0},
        section_scorers=(KeywordMass(rating.mass_exponent), rating),
        section_weights=rating.fusion,
    )
