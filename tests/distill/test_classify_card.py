"""The picture of a family: every name stands inside its frame, and both scales begin at nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from distill.classify_card import draw_sizes

FIGURES = {
    "small": {"accuracy": 0.96, "kilobytes": 81.0, "microseconds": 169.0},
    "medium": {"accuracy": 1.0, "kilobytes": 216.0, "microseconds": 166.5},
    "large": {"accuracy": 1.0, "kilobytes": 670.0, "microseconds": 292.0},
}


@pytest.mark.parametrize("names", [("small", "medium"), ("small", "medium", "large"), ("medium",)])
def test_names_stand_inside_the_frame(names: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Figure] = []
    save = Figure.savefig

    def kept(figure: Figure, *arguments: Any, **options: Any) -> None:
        drawn.append(figure)
        save(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", kept)
    draw_sizes(tmp_path / "sizes.png", {name: FIGURES[name] for name in names})
    assert (tmp_path / "sizes.png").read_bytes()[:4] == b"\x89PNG"
    for axes in drawn[0].axes:
        assert axes.get_xlim()[0] == 0
        frame = axes.get_window_extent()
        assert [text.get_text() for text in axes.texts] == list(names)
        for text in axes.texts:
            box = text.get_window_extent()
            assert frame.x0 <= box.x0 < box.x1 <= frame.x1, text
            assert frame.y0 <= box.y0 < box.y1 <= frame.y1, text
