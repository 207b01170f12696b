"""What can go wrong in smart scrolling.

::

    EarmarkError
    └── RecorderError
        ├── TranscriptError    a transcript cannot be read: not a known format, empty, or damaged under --strict
        ├── BoundaryError      section boundaries given by the user do not fit the transcript
        ├── SessionError       a live session was used after finish(), or a saved state does not fit
        ├── JournalError       a journal file cannot be opened, is of another version, or belongs to something else
        ├── LibraryError       the library of recordings cannot be opened or searched, or has no such recording
        ├── AsrError           sound cannot be read for speech recognition
        ├── WriteError         an outline cannot be written in the asked format (no times, too few chapters)
        └── OptionError        an option is out of its range
"""

from __future__ import annotations

from earmark.errors import EarmarkError

__all__ = [
    "AsrError",
    "BoundaryError",
    "JournalError",
    "LibraryError",
    "OptionError",
    "RecorderError",
    "SessionError",
    "TranscriptError",
    "WriteError",
]


class RecorderError(EarmarkError):
    """Base class of every error that the `recorder` room raises on purpose."""


class TranscriptError(RecorderError):
    """A transcript cannot be read, or is damaged and the reader was told to be strict."""


class BoundaryError(RecorderError):
    """Section boundaries given by the user do not fit the transcript."""


class SessionError(RecorderError):
    """A live session was used in a way its state forbids."""


class JournalError(RecorderError):
    """A session journal cannot be opened or continued."""


class LibraryError(RecorderError):
    """The library of recordings cannot be opened or searched, or has no such recording."""


class AsrError(RecorderError):
    """Sound cannot be read for speech recognition: not a WAV file, a codec that is not PCM, or cut off."""


class WriteError(RecorderError):
    """An outline cannot be written in the format that was asked for."""


class OptionError(RecorderError):
    """An option is outside its allowed range."""
