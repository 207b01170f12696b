"""What a training tells: a progress bar, a CSV row per epoch, TensorBoard events, and a picture of the curves."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from distill.quiet import import_tensorflow

__all__ = ["Row", "draw_curves", "progress", "write_events", "write_log"]

Row = dict[str, float]
"""One epoch: "epoch", and for every network "<name> loss", "<name> accuracy", "<name> valid loss"."""

T = TypeVar("T")


def write_log(path: Path, rows: Sequence[Row]) -> None:
    """All epochs as CSV, written afresh."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: int(value) if name == "epoch" else f"{value:.6g}" for name, value in row.items()})


def write_events(folder: Path, rows: Sequence[Row]) -> None:
    """All epochs as one TensorBoard event file in `folder`, written afresh: a scalar a column, "medium/accuracy".

    The package `tensorboard` shows them and is not needed to write them.
    """
    tf = import_tensorflow("Writing TensorBoard events")
    from tensorflow.core.framework.summary_pb2 import SummaryMetadata

    for old in folder.glob("events.out.tfevents.*"):
        old.unlink()
    scalars = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="scalars"))
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        for row in rows:
            for name, value in row.items():
                if name != "epoch":
                    # A name is "<network> <what>"; TensorBoard groups by what stands before the slash.
                    tag = name.replace(" ", "/", 1).replace(" ", "_")
                    tf.summary.write(tag, tf.constant(value, tf.float32), step=int(row["epoch"]), metadata=scalars)
    writer.close()


def draw_curves(path: Path, rows: Sequence[Row], *, title: str) -> None:
    """Training loss and validation accuracy of every network over the epochs, as PNG."""
    if not rows:
        return
    from matplotlib.figure import Figure  # not pyplot: no window, no global state

    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, ending, label in ((left, " loss", "training loss"), (right, " accuracy", "validation accuracy")):
        for name in rows[0]:
            if name.endswith(ending) and not name.endswith(" valid loss"):
                there = [row for row in rows if name in row]
                axes.plot([row["epoch"] for row in there], [row[name] for row in there], marker=".",
                          label=name.removesuffix(ending))  # fmt: skip
        axes.set_xlabel("epoch")
        axes.set_title(label)
        axes.grid(alpha=0.3)
    right.legend()
    figure.suptitle(title)
    figure.savefig(path, dpi=120, metadata={"Software": None})


@contextmanager
def progress(label: str, *, total: int, done: int = 0) -> Iterator[Any]:
    """A bar of `total` epochs on stderr, silent when that is not a terminal.

    Yields:
        An object with `over(items, size, label)`, which passes items on and moves the bar by one epoch in all.
    """
    import rich.console
    import rich.progress as bars

    console = rich.console.Console(stderr=True)
    columns = (
        bars.TextColumn("{task.description}"), bars.BarColumn(), bars.TaskProgressColumn(), bars.TimeRemainingColumn()
    )  # fmt: skip
    with bars.Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        yield _Bar(bar, bar.add_task(label, total=total, completed=done))


class _Bar:
    def __init__(self, bar: Any, task: Any) -> None:
        self.bar, self.task = bar, task

    def over(self, items: Iterable[T], size: int, label: str) -> Iterator[T]:
        self.bar.update(self.task, description=label)
        for item in items:
            yield item
            self.bar.advance(self.task, 1 / max(size, 1))
