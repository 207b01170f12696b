"""What people read of a family: its card, the table of its sizes, and the picture of size, accuracy and time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from distill.classify import ClassifyRecipe
from distill.classify_data import ClassifyData

__all__ = ["card", "draw_sizes", "sizes_table"]

Figures = Mapping[str, Mapping[str, Any]]
"""By size."""

CLASSES_NAMED = 50


def sizes_table(figures: Figures) -> str:
    """Size against accuracy, bytes and time as a Markdown table."""
    lines = [
        "| size | accuracy | lost by quantisation | macro F1 | KB | µs per message | parameters |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {size} | {100 * found['accuracy']:.2f} % | {100 * found['accuracy_lost']:+.2f} points | "
        f"{100 * found['macro_f1']:.2f} % | {found['kilobytes']:.0f} | {found['microseconds']:.0f} | "
        f"{found['parameters']:,} |"
        for size, found in figures.items()
    ]
    return "\n".join(lines) + "\n"


def card(data: ClassifyData, recipe: ClassifyRecipe, metrics: Mapping[str, Any]) -> str:
    """The card of a family, Markdown."""
    reads = f"a text and up to {recipe.context} utterances before it" if recipe.context else "a text"
    names = ", ".join(f"`{label}`" for label in data.labels[:CLASSES_NAMED])
    names += ", ..." if len(data.labels) > CLASSES_NAMED else ""
    parts = [
        f"""# Text classifiers

Each `.tflite` reads {reads} as raw UTF-8 bytes (the last {recipe.n_bytes} of each) and gives a score for each of
{len(data.labels)} classes. It needs LiteRT's built-in operators and nothing else.

    earmark classify {recipe.sizes[0]}.tflite "a text"

    from projection import Classifier
    Classifier.load("{recipe.sizes[0]}.tflite")(["a text"])

{sizes_table(metrics["sizes"])}
Measured on the {metrics["examples"]["valid"]} examples of the validation file, which also chose the epoch: expect a
little less on new text. Always answering the most frequent class scores {100 * metrics["majority"]:.2f} %. Times are of
one message on one thread of the machine that trained.
""",
        _aware(recipe, metrics["sizes"]),
        f"{_trainer(recipe, metrics)} {metrics['examples']['train']} training examples, {metrics['epochs']} epochs, "
        f"seed {recipe.seed};\n{_start(recipe)}every setting is in `recipe.toml`.\n",
        _again(metrics),
        f"Classes: {names}.\n\n"
        "The scores are of these classes alone: a text that belongs to none of them still gets scores that add up to "
        "1.\n",
    ]
    return "\n".join(part for part in parts if part)


def draw_sizes(path: Path, figures: Figures) -> None:
    """Accuracy against bytes and against time, as PNG."""
    from matplotlib.figure import Figure  # not pyplot: no window, no global state

    figure = Figure(figsize=(9, 4), layout="constrained")
    for axes, key, label in zip(
        figure.subplots(1, 2, sharey=True), ("kilobytes", "microseconds"), ("KB on disk", "µs per message"), strict=True
    ):
        for size, found in figures.items():
            axes.plot(found[key], 100 * found["accuracy"], "o")
            at = (found[key], 100 * found["accuracy"])
            axes.annotate(size, at, (0, 6), textcoords="offset points", ha="center")
        axes.set_xlabel(label)
        axes.grid(alpha=0.3)
        axes.margins(0.2)
        # From nothing, so that times which differ by chance alone look alike, and with room for a name at the right.
        axes.set_xlim(0, 1.25 * max(found[key] for found in figures.values()))
    figure.axes[0].set_ylabel("accuracy, %")
    figure.savefig(path, dpi=120, metadata={"Software": None})


def _trainer(recipe: ClassifyRecipe, metrics: Mapping[str, Any]) -> str:
    trainer = metrics.get("trainer")
    if not trainer:
        return "Trained from the labels alone."
    return (
        f"Trained {'together with' if recipe.way == 'joint' else 'from the cached predictions of'} a trainer "
        f"({trainer['name']}, {trainer['parameters']:,} parameters, {100 * trainer['accuracy']:.2f} % on the "
        "validation file)."
    )


def _start(recipe: ClassifyRecipe) -> str:
    if recipe.start in ("auto", "none"):
        return ""
    source = "that ship with Earmark (English chat)" if recipe.start == "pretrained" else f"of `{recipe.start}`"
    return f"begun from the token encoders {source};\n"


def _aware(recipe: ClassifyRecipe, figures: Figures) -> str:
    if not recipe.quantise_aware:
        return ""
    lines = [
        f"Accuracy of the file ({recipe.quantisation}) without and with {recipe.quantise_aware} quantisation-aware "
        "epochs behind the others; the better file is here.",
        "",
        "| size | without | with |",
        "|---|---|---|",
    ]
    lines += [
        f"| {size} | {100 * found['accuracy_not_quantise_aware']:.2f} % | "
        f"{100 * found['accuracy_quantise_aware']:.2f} % |"
        for size, found in figures.items()
    ]
    return "\n".join(lines) + "\n"


def _again(metrics: Mapping[str, Any]) -> str:
    """The command that makes these files again."""
    files = metrics.get("files")
    if files is None:
        return ""
    train, valid = files["train"], files["valid"]
    made = ", ".join(f"{name} {number}" for name, number in metrics["made_with"].items())
    return f"""Made again, from the same files with the same versions, by

    earmark distill classify --recipe recipe.toml --train {train["name"]} --valid {valid["name"]} --out again

- `{train["name"]}`: SHA-256 {train["sha256"]}
- `{valid["name"]}`: SHA-256 {valid["sha256"]}
- {made}
"""
