"""The frozen tables that one recording needs, loaded once and shared by every session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from recorder.duplicates import ScoredKeyword, select_keywords
from recorder.encoder import Encoder
from recorder.fusion import fuse
from recorder.importance import KeywordMass, SectionRating, SectionScorer
from recorder.keywords import KeywordScorer, TfidfKeywords
from recorder.observers import Observer
from recorder.options import BOTH, MODELS, TFIDF, TRANSFORMER, Options
from recorder.recording import Recording, SectionTable
from recorder.records import SectionRecord
from recorder.speaker_names import speaker_names
from recorder.tagger import Tagger
from recorder.transformer import (
    NAME,
    TransformerKeywords,
    TransformerRating,
    TransformerReader,
    TransformerTable,
)
from recorder.wordpiece import WordPiece

__all__ = ["Models", "with_transformer"]


@dataclass(frozen=True, slots=True)
class Models:
    """What finds and rates keywords and sections; a further model plugs in as one more scorer with its weight.

    Attributes:
        tagger: parts of speech.
        keyword_scorers: rate candidates; their values are normalised and averaged by `keyword_weights`.
        keyword_weights: one positive weight per scorer's name.
        section_scorers: rate sections, likewise.
        section_weights: one positive weight per scorer's name.
        observers: hear every segment, for the scorers.
    """

    tagger: Tagger
    keyword_scorers: tuple[KeywordScorer, ...]
    keyword_weights: Mapping[str, float]
    section_scorers: tuple[SectionScorer, ...]
    section_weights: Mapping[str, float]
    observers: tuple[Observer, ...] = ()

    @classmethod
    def load(cls, models: str = BOTH) -> Models:
        """The shipped English models, read once and kept.

        Args:
            models: one of `recorder.options.MODELS`.

        Raises:
            ArtifactError: a table is missing, damaged or of another version.
            OptionError: `models` is none of those.
        """
        return _shipped(Options(models=models).models)

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


@lru_cache(maxsize=len(MODELS))
def _shipped(models: str) -> Models:
    if models == TFIDF:
        return _counting()
    table, encoder = TransformerTable.load(), Encoder.load()
    table.check(encoder)
    return with_transformer(_counting(), table, encoder, alone=models == TRANSFORMER)


def with_transformer(models: Models, table: TransformerTable, encoder: Encoder, *, alone: bool = False) -> Models:
    """The transformer beside counting `models`, or instead of them."""
    keywords, rating = TransformerKeywords(table), TransformerRating(table)
    return replace(
        models,
        keyword_scorers=(keywords,) if alone else (*models.keyword_scorers, keywords),
        keyword_weights={NAME: 1.0} if alone else table.keyword_fusion,
        section_scorers=(rating,) if alone else (*models.section_scorers, rating),
        section_weights={NAME: 1.0} if alone else table.section_fusion,
        observers=(TransformerReader(encoder, WordPiece.load()),),
    )


@lru_cache(maxsize=1)
def _counting() -> Models:
    rating = SectionRating.load()
    return Models(
        tagger=Tagger.load(),
        keyword_scorers=(TfidfKeywords.load(),),
        keyword_weights={TFIDF: 1.0},
        section_scorers=(KeywordMass(rating.mass_exponent), rating),
        section_weights=rating.fusion,
    )
