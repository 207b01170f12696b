import importlib

import pytest

pytestmark = pytest.mark.runtime

SURFACE = {
    "earmark": [
        "EarmarkError", "Message", "Options", "Outline", "Reply", "ReplySet", "Segment", "SmartReply", "SmartScroll",
        "Suggestions", "Transcript", "__version__", "read_transcript", "write_outline",
    ],
    "projection": [
        "Classifier", "NearIndex", "Projection", "ProjectionError", "TokenBits", "encode", "encode_batch",
        "hamming_distance", "hamming_matrix", "pack_bits", "project_messages", "project_tokens", "tokenize",
        "unpack_bits",
    ],
    "recorder": [
        "FORMATS", "WRITERS", "Keyword", "Mention", "Options", "Outline", "ReadWarning", "Section", "Segment",
        "Session", "SmartScroll", "Transcript", "Word", "read_boundaries", "read_transcript", "write_outline",
    ],
    "smartreply": [
        "Message", "MessageError", "PersonalError", "Reply", "ReplyEntry", "ReplyError", "ReplySet", "SmartReply",
        "SmartReplyError", "Suggestions", "read_history",
    ],
}  # fmt: skip


@pytest.mark.parametrize("room", sorted(SURFACE))
def test_the_public_names_are_pinned(room: str) -> None:
    module = importlib.import_module(room)
    assert sorted(module.__all__) == sorted(SURFACE[room])
    for name in module.__all__:
        assert getattr(module, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        importlib.import_module("earmark").nonsense  # noqa: B018


def test_version_agrees_with_the_changelog_and_the_metadata() -> None:
    import importlib.metadata

    import earmark

    assert importlib.metadata.version("earmark") == earmark.__version__
