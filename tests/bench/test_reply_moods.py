"""Moods of intents, and sets of the wrong mood in the bench of situations."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.reply_moods import MOODS as MOODS_FILE
from bench.reply_moods import jarring, read_moods
from bench.reply_situations import HEAD, suited
from distill.reply.reply_yaml import read_reply_yaml
from distill.reply.situations import Situation
from distill.reply.train import REPLIES
from earmark.errors import EarmarkError
from smartreply import Reply, Suggestions
from smartreply.replies import ReplyEntry

MOODS = {"great": "glad", "aww": "glad", "oh_no": "sorry"}


def test_files_are_read_and_what_is_wrong_is_told(tmp_path: Path) -> None:
    path = tmp_path / "moods.txt"
    path.write_text("# made up\ngreat glad\n\noh_no sorry  # pity\n", encoding="utf-8")
    assert read_moods(["great", "oh_no", "who"], path) == {"great": "glad", "oh_no": "sorry"}
    assert read_moods(["who"], path) == {}, "a shorter list may lack them"
    for line in ("who cross", "great sorry", "who", "who glad sorry"):
        path.write_text(f"great glad\n{line}\n", encoding="utf-8")
        with pytest.raises(EarmarkError, match=rf"moods\.txt:2: expected an intent, once.*Got '{line}'"):
            read_moods(["great"], path)


def test_the_other_mood_jars_where_all_agree() -> None:
    assert jarring(["oh_no", "what_happened"], MOODS) == {"great", "aww"}
    assert jarring(["aww"], MOODS) == {"oh_no"}
    assert jarring(["aww", "oh_no"], MOODS) == frozenset(), "a funny mishap may have both"
    assert jarring(["what_happened"], MOODS) == frozenset()


def test_the_shipped_ones_belong_to_the_shipped_replies() -> None:
    intents = {reply.intent for reply in read_reply_yaml(REPLIES)}
    moods = read_moods(intents)
    lines = [line for line in MOODS_FILE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    assert len(moods) == len(lines), "every intent of the file is in the list"
    assert set(moods.values()) == {"glad", "sorry"}


class Offers:
    """A model that offers the same three to every message."""

    def __init__(self, *intents: str) -> None:
        self.replies = tuple(ReplyEntry(name, name, name) for name in ("great", "oh_no", "who", "aww", "why"))
        self._offered = Suggestions("success", tuple(Reply(name, 0.1, name) for name in intents), "")

    def suggest(self, messages: object, *, always: bool) -> Suggestions:
        assert always
        return self._offered


def test_sets_of_the_wrong_mood_are_counted() -> None:
    texts = tuple(f"it broke {number}" for number in range(40))
    bad = Situation("broken", texts, ("oh_no", "why"))
    held = len(bad.split()[1])
    assert held > 2
    other = Situation("who", tuple(f"guess who {number}" for number in range(40)), ("who",))
    for intents, share in ((("oh_no", "who", "great"), "1.000"), (("oh_no", "who", "why"), "0.000")):
        row = suited("made up", Offers(*intents), [bad, other])  # type: ignore[arg-type]
        assert row.endswith(f"| {share} of {held} |"), "of messages without a mood nothing is counted"
        assert row.count("|") == HEAD.partition("\n")[0].count("|")
