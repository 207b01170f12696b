"""Whether to suggest at all, and why not, in words."""

from __future__ import annotations

from smartreply.outputs import SENSITIVE_TOPICS, Outputs, Settings

__all__ = ["gate", "is_sensitive"]

_TOPIC_NAMES = {
    "self_harm": "self-harm",
    "medical": "a medical matter",
    "violence": "violence",
    "abuse": "abuse",
    "adult": "adult content",
}


def is_sensitive(outputs: Outputs, settings: Settings) -> bool:
    """Whether the message touches a topic to which no canned reply belongs."""
    return outputs.sensitive >= settings.sensitive_threshold


def gate(outputs: Outputs, settings: Settings, *, always: bool = False) -> tuple[str, str]:
    """The status and its reason.

    Args:
        outputs: what the model says.
        settings: its thresholds.
        always: leave out the question whether a short reply is likely.
    """
    if is_sensitive(outputs, settings):
        topic = _TOPIC_NAMES[SENSITIVE_TOPICS[outputs.topic]]
        return "sensitive", (
            f"the message seems to be about {topic} (probability {outputs.sensitive:.2f}, "
            f"silent from {settings.sensitive_threshold:.2f} on)"
        )
    if outputs.english < settings.english_threshold:
        return "unsupported_language", (
            f"the message does not seem to be English (probability of English {outputs.english:.2f}, "
            f"needed {settings.english_threshold:.2f})"
        )
    figures = f"probability {outputs.trigger:.2f}, needed {settings.trigger_threshold:.2f}"
    if outputs.trigger >= settings.trigger_threshold:
        return "success", f"a short reply is likely here ({figures})"
    if always:
        return "success", f"a short reply is unlikely here, but suggestions were asked for always ({figures})"
    return "no_reply", f"a short reply is unlikely here ({figures})"
