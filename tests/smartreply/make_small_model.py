"""Writes tests/smartreply/data/small.tflite: an untrained student with gates and a few replies, in 8 bits.

    python -m tests.smartreply.make_small_model

Needs the extra `train`. Made anew when the exported file's form changes.
"""

from __future__ import annotations

from pathlib import Path

from distill.reply.export import export_reply
from tests.models import small_reply

PATH = Path(__file__).parent / "data" / "small.tflite"


if __name__ == "__main__":
    PATH.write_bytes(export_reply(small_reply.net(), small_reply.gates(), small_reply.replies(), small_reply.SETTINGS))
