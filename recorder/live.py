"""Final lines of a running recogniser, one at a time: JSON in, segments out, nothing read ahead.

A recogniser prints what it has heard, line by line, while the recording runs (vosk, sherpa-onnx, or anything that
writes {"start", "end", "text", "speaker"}; see `recorder.readers.final` for the shapes). vosk's own `Result()` spreads
one value over many lines, opened by "{" alone and closed by "}" alone: that is read too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from recorder.errors import TranscriptError
from recorder.readers.final import parse_final
from recorder.transcript import ReadWarning, Segment

__all__ = ["LONGEST_LINE", "read_finals", "split_lines"]

LONGEST_LINE = 1 << 20
"""Bytes of one line that are kept: anything longer is not text (sound without --pcm, say) and must not fill memory."""
_LONGEST_VALUE = 50_000
"""Lines that one value may be spread over."""


def read_finals(
    lines: Iterable[str | bytes],
    *,
    name: str = "<stdin>",
    strict: bool = False,
    warn: Callable[[ReadWarning], None],
) -> Iterator[Segment]:
    """Segments of final lines; each is yielded before the next line is asked for.

    Empty lines, partial hypotheses and silence give nothing. A line that cannot be used is skipped, and one that had to
    be mended is kept, each with a warning.

    Args:
        lines: with or without line ends; bytes are UTF-8.
        name: what to call the input in messages.
        strict: raise where there would be a warning.
        warn: called with each warning, which carries the line number from 1.

    Raises:
        TranscriptError: under `strict`, the first line that cannot be used as it is.
    """
    for number, text, fault in _values(lines):
        mends: list[str] = []
        segment = None
        if fault is None:
            try:
                segment = parse_final(text, mends.append)
            except TranscriptError as error:
                fault = str(error)
        if strict and (fault or mends):
            raise TranscriptError(
                f"{name}:{number}: {fault or mends[0]}. Mend the line, or leave out --strict to go on with a warning."
            )
        for mend in mends:
            warn(ReadWarning(name, number, mend))
        if fault is not None:
            warn(ReadWarning(name, number, f"{fault}; skipped"))
        if segment is not None:
            yield segment


def _values(lines: Iterable[str | bytes]) -> Iterator[tuple[int, str, str | None]]:
    """(number of its first line, text, what is wrong with it or None) of each line, or of lines that make one value."""
    opened = 0  # line number of the "{" of the value under way; 0 when there is none
    held: list[str] = []
    for number, raw in enumerate(lines, 1):
        text, fault = _decode(raw)
        if opened:
            inside = fault is None and text[:1].isspace() and len(held) < _LONGEST_VALUE
            if inside or text.rstrip() == "}":
                held.append(text)
                if not inside:
                    yield opened, "".join(held), None
                    opened, held = 0, []
                continue
            yield opened, "", f"a value opened with '{{' is not closed before line {number}"
            opened, held = 0, []
        if fault is None and text.rstrip() == "{":
            opened, held = number, [text]
        else:
            yield number, text, fault
    if opened:
        yield opened, "", "a value opened with '{' is not closed before the end"


def _decode(raw: str | bytes) -> tuple[str, str | None]:
    """The line as text, and what is wrong with it, or None."""
    if len(raw) >= LONGEST_LINE:
        return "", f"the line is longer than {LONGEST_LINE} bytes"
    if isinstance(raw, str):
        return raw, None
    try:
        return raw.decode("utf-8"), None
    except UnicodeDecodeError as error:
        return "", f"not UTF-8: byte {raw[error.start]:#04x} at {error.start + 1}"


def split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    r"""Lines, with their line ends, of bytes that come in any pieces; each as soon as its "\n" is there.

    The last line may lack the line end. Of a line longer than `LONGEST_LINE` only that much is kept.
    """
    held = bytearray()
    for chunk in chunks:
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            held += part[: LONGEST_LINE - len(held)]
            yield bytes(held) + b"\n"
            held.clear()
        held += rest[: LONGEST_LINE - len(held)]
    if held:
        yield bytes(held)
