"""Live sessions, and the batch call as one of them.

The law: any chunking of the same segments, with `outline()` asked in between and the session saved and restored
anywhere, gives a byte-identical outline, because batch IS the stream fed at once. A closed block leaves only its
record (integer counts); everything global happens in `aggregate`, over records in order.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from recorder.aggregate import Aggregator
from recorder.chapters import check_boundaries
from recorder.errors import JournalError, SessionError, TranscriptError
from recorder.journal import Checkpoint, Journal
from recorder.models import Models
from recorder.open_block import OpenBlock
from recorder.options import Options
from recorder.outline import Outline
from recorder.records import SectionRecord
from recorder.sectioner import Cut, FixedSectioner, Sectioner, TrainedSectioner
from recorder.transcript import ReadWarning, Segment, Transcript

__all__ = ["STATE_VERSION", "Session", "SmartScroll"]

STATE_VERSION = 1


class SmartScroll:
    """Turns transcripts into outlines: sections, keywords, highlights, titles.

    One object serves any number of recordings; it holds only frozen tables and is safe to share between threads
    (each `Session` belongs to one thread at a time).

        outline = SmartScroll().outline(read_transcript("meeting.vtt"))

    Args:
        options: granularity, number of sections, keywords and highlights.
        models: the tables to use; None loads the shipped English ones that `options` asks for.
    """

    def __init__(self, options: Options | None = None, *, models: Models | None = None) -> None:
        self.options = options if options is not None else Options()
        self._given = models
        self.models = models if models is not None else Models.load(self.options.models)

    def outline(
        self,
        transcript: Transcript | Iterable[Segment],
        boundaries: Sequence[int] | None = None,
    ) -> Outline:
        """The outline of a whole transcript.

        Args:
            transcript: a `Transcript`, or its segments in order.
            boundaries: first segment indexes of the sections to use instead of finding them (0 may be left out).

        Raises:
            TranscriptError: there is no segment with a word in it.
            BoundaryError: a boundary is not a rising segment index inside the transcript.
        """
        if isinstance(transcript, Transcript):
            session = self.session(source=transcript.source, boundaries=boundaries, warnings=transcript.warnings)
            session.feed(transcript.segments)
        else:
            session = self.session(boundaries=boundaries)
            session.feed(transcript)
        return session.finish()

    def session(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        source: str | None = None,
        boundaries: Sequence[int] | None = None,
        warnings: Iterable[ReadWarning] = (),
    ) -> Session:
        """A live session; with `path` it writes an SQLite journal there as it goes.

        Raises:
            JournalError: `path` exists already or cannot be written.
            BoundaryError: `boundaries` do not rise.
        """
        kept = None if boundaries is None else check_boundaries(boundaries)
        session = Session(self, source=source, boundaries=kept, warnings=tuple(warnings))
        if path is not None:
            meta = {"source": source, "options": self.options.to_dict(), "boundaries": kept}
            session._journal = Journal.create(Path(path), meta)
            session._journal.warn(session._warnings)
        return session

    def resume(self, path: str | os.PathLike[str]) -> Session:
        """Continue the session whose journal is at `path`, with the options it was started with.

        Raises:
            JournalError: there is no journal, or it is damaged or of another version.
        """
        journal = Journal.open(Path(path))
        session = self.replay(journal)
        session._journal = journal
        return session

    def replay(self, journal: Journal) -> Session:
        """The session as `journal` has it now; feeding it writes nothing, so that others may go on writing.

        Raises:
            JournalError: the journal is damaged.
        """
        meta = journal.meta()
        scroll = SmartScroll(Options.from_dict(meta["options"]), models=self._given)
        boundaries = meta["boundaries"]
        session = Session(scroll, source=meta["source"], boundaries=None if boundaries is None else tuple(boundaries))
        try:
            session._replay(journal)
        except (KeyError, TypeError, ValueError) as error:
            raise JournalError(f"the journal {journal.path} is damaged ({type(error).__name__}: {error}).") from error
        if meta.get("finished"):
            session._finished = True
        return session

    def restore(self, state: dict[str, Any]) -> Session:
        """A session from `Session.to_dict()`, with the options it was started with.

        Raises:
            SessionError: `state` is not such a dict, or of another version.
        """
        if not isinstance(state, dict) or state.get("version") != STATE_VERSION:
            got = state.get("version") if isinstance(state, dict) else type(state).__name__
            raise SessionError(f"a saved session must have version {STATE_VERSION}, got {got!r}.")
        scroll = SmartScroll(Options.from_dict(state["options"]), models=self._given)
        return Session._from_dict(scroll, state)


class Session:
    """One recording while it runs; made by `SmartScroll.session`, `resume` or `restore`."""

    def __init__(
        self,
        scroll: SmartScroll,
        *,
        source: str | None,
        boundaries: tuple[int, ...] | None,
        warnings: tuple[ReadWarning, ...] = (),
    ) -> None:
        self._scroll = scroll
        self._source = source
        self._boundaries = boundaries
        self._warnings = list(warnings)
        self._sectioner: Sectioner = TrainedSectioner.load() if boundaries is None else FixedSectioner(boundaries)
        self._open = OpenBlock(scroll.models)
        self._records: list[SectionRecord] = []  # one per closed block
        self._cuts: list[Cut] = []  # one between each two neighbours of records + the open block
        self._seen = 0
        self._duration: float | None = None
        self._finished = False
        self._broken = False
        self._journal: Journal | None = None
        self._aggregator = Aggregator(scroll.models, scroll.options)

    @property
    def n_segments(self) -> int:
        """How many segments have been fed."""
        return self._seen

    @property
    def finished(self) -> bool:
        """Whether `finish` has been called."""
        return self._finished

    def warn(self, warning: ReadWarning) -> None:
        """Keep a reader's warning for the outline."""
        self._warnings.append(warning)
        if self._journal is not None:
            self._journal.warn([warning])

    def feed(self, segments: Segment | Iterable[Segment]) -> tuple[int, ...]:
        """Take one final segment, or several in order.

        Returns:
            First segment indexes of the sections that this call has begun for good (at the session's granularity;
            with `sections=N` sections are settled only at the end, and nothing is returned).

        Raises:
            SessionError: the session is finished.
            JournalError: the journal cannot be written; drop the session then, and resume it from the journal.
        """
        if self._finished:
            raise SessionError("this session is finished; start a new one for another recording.")
        if self._broken:
            raise SessionError(
                "the last segment could not be journalled: drop this session, resume it from its journal."
            )
        batch = [segments] if isinstance(segments, Segment) else list(segments)
        for segment in batch:
            if not isinstance(segment, Segment):
                raise SessionError(f"feed() takes Segment objects, got {type(segment).__name__}.")
        begun: list[int] = []
        if self._journal is None:
            for segment in batch:
                begun += self._take(segment)
        else:
            for segment in batch:
                begun += self._take_journalled(segment)
        return tuple(begun)

    def outline(self) -> Outline:
        """The outline so far: closed sections as they will stay, the rest provisionally as one more section.

        Raises:
            TranscriptError: nothing with a word in it has been fed yet.
        """
        records, cuts = list(self._records), list(self._cuts)
        if self._open:
            records.append(self._open.record())
        return self._aggregate(records, cuts)

    def finish(self) -> Outline:
        """End the recording and return its outline; a second call returns the same.

        Raises:
            TranscriptError: nothing with a word in it has been fed.
            BoundaryError: a user's boundary lies beyond the last segment.
        """
        if not self._finished:
            self._end()
        return self._aggregate(self._records, self._cuts)

    def close(self) -> None:
        """Close the journal, if there is one; the session can be resumed from it."""
        if self._journal is not None:
            self._journal.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def to_dict(self) -> dict[str, Any]:
        """The whole state as JSON-ready values: `SmartScroll.restore` continues from it exactly."""
        return {
            "version": STATE_VERSION,
            "options": self._scroll.options.to_dict(),
            "source": self._source,
            "boundaries": None if self._boundaries is None else list(self._boundaries),
            "warnings": [warning.to_dict() for warning in self._warnings],
            "seen": self._seen,
            "duration": self._duration,
            "finished": self._finished,
            "sectioner": self._sectioner.to_dict(),
            "open": [segment.to_dict() for segment in self._open],
            "heard": self._open.heard(),
            "records": [record.to_dict() for record in self._records],
            "cuts": [_cut_row(cut) for cut in self._cuts],
        }

    @classmethod
    def _from_dict(cls, scroll: SmartScroll, state: dict[str, Any]) -> Session:
        boundaries = state["boundaries"]
        session = cls(
            scroll,
            source=state["source"],
            boundaries=None if boundaries is None else tuple(boundaries),
            warnings=tuple(ReadWarning(w["source"], w["line"], w["reason"]) for w in state["warnings"]),
        )
        session._sectioner = session._restored_sectioner(state["sectioner"])
        session._records = [SectionRecord.from_dict(record) for record in state["records"]]
        session._cuts = [Cut(*cut) for cut in state["cuts"]]
        session._settle_again()
        session._seen = state["seen"]
        session._duration = state["duration"]
        session._finished = state["finished"]
        session._open = OpenBlock(scroll.models, session._n_closed(), state.get("heard"))
        for segment in state["open"]:
            session._open.add(Segment.from_dict(segment))
        return session

    # --- taking segments -------------------------------------------------------------------------------------------

    def _take(self, segment: Segment) -> list[int]:
        utterance = self._open.add(segment)
        self._seen += 1
        for time in (segment.start, segment.end):
            if time is not None and (self._duration is None or time > self._duration):
                self._duration = time
        return self._cut(self._sectioner.feed(segment, utterance.tokens))

    def _cut(self, cuts: Iterable[Cut]) -> list[int]:
        """Close a block at each cut; returns the first segments of sections that begin for good."""
        begun = []
        for cut in cuts:
            self._records.append(self._open.close(cut.segment))
            self._cuts.append(cut)
            if self._aggregator.settle(self._records[-1], cut):
                begun.append(cut.segment)
        return begun

    def _n_closed(self) -> int:
        """Segments of closed blocks."""
        return self._records[-1].last_segment + 1 if self._records else 0

    def _take_journalled(self, segment: Segment) -> list[int]:
        """Take one segment and write it, with the blocks it closed, in one transaction."""
        assert self._journal is not None
        first_block = len(self._records)
        begun = self._take(segment)
        blocks = [
            (record.to_dict(), _cut_row(cut))
            for record, cut in zip(self._records[first_block:], self._cuts[first_block:], strict=True)
        ]
        checkpoint = Checkpoint(self._seen, self._sectioner.to_dict(), self._open.heard()) if blocks else None
        try:
            self._journal.write(
                self._seen - 1, [segment], first_block=first_block, blocks=blocks, checkpoint=checkpoint
            )
        except BaseException:
            self._broken = True  # memory is now one segment ahead of the disk
            raise
        return begun

    def _end(self) -> None:
        first_block = len(self._records)
        self._cut(self._aggregator.needed(self._sectioner.finish()))
        if self._open:
            self._records.append(self._open.close(self._seen))
        self._finished = True
        if self._journal is not None:
            cuts = [_cut_row(cut) for cut in self._cuts[first_block:]]
            blocks = [
                (record.to_dict(), cuts[i] if i < len(cuts) else None)
                for i, record in enumerate(self._records[first_block:])
            ]
            self._journal.write(self._seen, [], first_block=first_block, blocks=blocks, finished=True)

    def _replay(self, journal: Journal) -> None:
        """Rebuild from a journal: closed blocks as they are, the unclosed tail from its segments."""
        self._warnings = journal.warnings()
        for record, cut in journal.blocks():
            self._records.append(SectionRecord.from_dict(record))
            if cut is not None:
                self._cuts.append(Cut(*cut))
        self._settle_again()
        checkpoint = journal.checkpoint()
        seen = checkpoint.seen if checkpoint else 0
        if checkpoint is not None:
            self._sectioner = self._restored_sectioner(checkpoint.sectioner)
            self._open = OpenBlock(self._scroll.models, self._n_closed(), checkpoint.heard)
        finished = bool(journal.meta().get("finished"))
        for number, segment in enumerate(journal.segments()):
            for time in (segment.start, segment.end):
                if time is not None and (self._duration is None or time > self._duration):
                    self._duration = time
            self._seen = number + 1
            if finished or number < self._n_closed():
                continue
            utterance = self._open.add(segment)
            if number >= seen:
                self._cut(self._sectioner.feed(segment, utterance.tokens))

    def _settle_again(self) -> None:
        """Tell the aggregator of blocks that were closed before the state was saved."""
        for record, cut in zip(self._records, self._cuts, strict=False):  # a finished session's last block has no cut
            self._aggregator.settle(record, cut)

    def _restored_sectioner(self, state: dict[str, Any]) -> Sectioner:
        if self._boundaries is None:
            return TrainedSectioner.from_dict(state)
        return FixedSectioner.from_dict(state)

    # --- the outline -----------------------------------------------------------------------------------------------

    def _aggregate(self, records: Sequence[SectionRecord], cuts: Sequence[Cut]) -> Outline:
        if not any(record.n_words for record in records):
            raise TranscriptError(
                f"the transcript{f' {self._source}' if self._source else ''} has no words "
                f"({self._seen} segments were read): there is nothing to outline."
            )
        return self._aggregator.outline(
            records,
            cuts,
            source=self._source,
            duration=self._duration,
            warnings=tuple(self._warnings),
            choose_cuts=self._boundaries is None,
        )


def _cut_row(cut: Cut) -> tuple[int, float]:
    return cut.segment, cut.strength
