"""Making utterances: splitting text that is too long for one, joining words that are too short for one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from recorder.readers.report import Report
from recorder.transcript import Segment, Word

__all__ = ["LONG", "VERY_LONG", "join_single_words", "join_words", "split_long"]

LONG = 200
"""A paragraph of more words than this is split into sentences, in a file of few and long paragraphs."""

VERY_LONG = 1000
"""The same in any other file: one turn of this length is a talk, in which topics may change."""

_LONG_SENTENCE = 60
_CHUNK = 25
_PAUSE = 1.0
_JOINED = 30
_ENOUGH = 20
"""From this many segments on, a file of single words is taken for what it is."""

_TOKEN = re.compile(r"\S+")
_WIDE_STOP = re.compile("[^。！？]*[。！？]*")
_CLOSERS = "\"'”’)]»*"
_LETTERED = re.compile(r"(?:[A-Za-z]\.)+|(?i:mr|mrs|ms|dr|prof|st|vs|etc|approx|jr|sr|fig|inc|ltd|dept)\.")


def split_long(text: str, limit: int = LONG) -> list[str]:
    """`text` as it is when it has at most `limit` words; otherwise its sentences.

    A sentence of more than 60 words (recognisers that write no full stops give one for an hour) is cut into even
    chunks of about 25. Nothing but white space between the pieces is lost.
    """
    spans = _token_spans(text)
    if len(spans) <= limit:
        return [text]
    pieces: list[str] = []
    first = 0
    for index, (start, end) in enumerate(spans):
        if index + 1 == len(spans) or _ends_sentence(text[start:end]):
            pieces += _chunks(text, spans[first : index + 1])
            first = index + 1
    return pieces


def _token_spans(text: str) -> list[tuple[int, int]]:
    """Where the words are; text without spaces (Chinese, Japanese) counts sentence by sentence, then letters."""
    spans: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if end - start <= 60 or match.group().isascii():
            spans.append((start, end))
            continue
        for piece in _WIDE_STOP.finditer(text, start, end):
            spans += [(at, min(at + 8, piece.end())) for at in range(piece.start(), piece.end(), 8)]
    return spans


def _ends_sentence(token: str) -> bool:
    bare = token.rstrip(_CLOSERS)
    return bare.endswith((".", "?", "!", "…", "。", "！", "？")) and _LETTERED.fullmatch(bare) is None


def _chunks(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    count = 1 if len(spans) <= _LONG_SENTENCE else -(-len(spans) // _CHUNK)
    bounds = [len(spans) * part // count for part in range(count + 1)]
    return [text[spans[low][0] : spans[high - 1][1]] for low, high in pairwise(bounds) if low < high]


def join_words(words: Sequence[Word], speaker: str | None = None) -> list[Segment]:
    """Utterances from single words: cut at a full stop, a pause of a second, or thirty words."""
    segments: list[Segment] = []
    group: list[Word] = []
    for word in words:
        if group and _is_over(group, word):
            segments.append(_utterance(group, speaker))
            group = []
        group.append(word)
    if group:
        segments.append(_utterance(group, speaker))
    return segments


def _is_over(group: Sequence[Word], word: Word) -> bool:
    last = group[-1]
    if len(group) >= _JOINED or _ends_sentence(last.text):
        return True
    known = last.end if last.end is not None else last.start
    return (
        word.start is not None and known is not None and (word.start - known >= _PAUSE or word.start < known - _PAUSE)
    )


def _utterance(group: Sequence[Word], speaker: str | None) -> Segment:
    start = next((word.start for word in group if word.start is not None), None)
    end = next((word.end for word in reversed(group) if word.end is not None), None)
    if start is not None and end is not None and end < start:
        end = None
    return Segment(start, end, " ".join(word.text for word in group), speaker, tuple(group))


def join_single_words(placed: Sequence[tuple[int | None, Segment]], report: Report) -> list[tuple[int | None, Segment]]:
    """Join the segments of a file that has one timed word per segment; any other file is given back as it is."""
    single = sum(len(segment.text.split()) <= 1 for _, segment in placed)
    timed = sum(segment.start is not None for _, segment in placed)
    if len(placed) < _ENOUGH or single * 10 < len(placed) * 9 or timed * 10 < len(placed) * 9:
        return list(placed)
    joined: list[tuple[int | None, Segment]] = []
    group: list[Word] = []
    line, speaker = placed[0][0], placed[0][1].speaker

    def close() -> None:
        joined.extend((line, segment) for segment in join_words(group, speaker))
        group.clear()

    for number, segment in placed:
        if segment.speaker != speaker:
            close()
        if not group:
            line, speaker = number, segment.speaker
        if segment.text:
            group.append(Word(segment.text, segment.start, segment.end))
    close()
    report.note(
        None, f"one word per segment: {len(placed)} segments joined to {len(joined)} utterances that keep word times"
    )
    return joined
