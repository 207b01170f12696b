"""The reply list that the bench ranks: from the reviewable YAML, or from a student's file, which has the priors too."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.reply_metrics import plain
from distill.reply.reply_yaml import read_reply_yaml
from smartreply.replies import ReplyEntry
from smartreply.reply_list import read_replies

__all__ = ["YAML", "counted", "read_entries"]

YAML = Path(__file__).parents[1] / "smartreply" / "pretrained" / "en" / "replies.yaml"


def read_entries(path: Path) -> tuple[ReplyEntry, ...]:
    """The replies of a `.tflite` or a `.yaml`."""
    if path.suffix == ".tflite":
        return read_replies(path.read_bytes(), place=str(path))
    return read_reply_yaml(path)


def counted(entries: Sequence[ReplyEntry], counts: Mapping[str, int]) -> tuple[ReplyEntry, ...]:
    """A list without priors gets log(1 + how often somebody answered just that); one that has them stays as it is."""
    if any(entry.prior for entry in entries):
        return tuple(entries)
    return tuple(dataclasses.replace(entry, prior=math.log1p(counts.get(plain(entry.text), 0))) for entry in entries)
