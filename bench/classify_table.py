"""The table of the classifier bench, from the figures of whatever parts are finished."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from bench.classify_sets import SETS

__all__ = ["table"]

Figures = Mapping[str, Any]

TITLES = {
    "atis": "ATIS", "clinc150": "CLINC150", "banking77": "Banking77", "swda": "SwDA, single utterance",
    "swda-context": "SwDA, with context",
}  # fmt: skip

PEERS = {
    "majority": "majority", "tfidf": "logistic regression on tf-idf", "minilm": "logistic regression on MiniLM",
    "bert": "trainer bert",
}  # fmt: skip

PACKAGES = ("tensorflow", "keras", "ai-edge-litert", "ai-edge-quantizer", "scikit-learn", "numpy")

HEAD = """# Text classifiers

{command}
Python {python}, {packages}. 2 shared x86 cores, one used: times vary by a third from run to run.

Accuracy and macro F1 are of the test lines, which nothing was chosen on; epochs, C and sizes were chosen on the
validation lines. KB is the file on disk (logistic regression: coefficients as float32, and its terms; MiniLM and BERT:
matrices in 8 bits, word table in float32). µs is the median of one message, text to scores, one thread; files of ours
and BERTs in LiteRT.
"1 slip" and "2 slips": points of accuracy lost when a third of the words (at least one) gets that many random edits,
the same for every row (`distill/distortion.py`, `misspell_all`, seed 7).
Our files read raw bytes and have weights in 8 bits (`int8`); "float" is the accuracy before that.
"""


def table(parts: Mapping[str, Figures], command: str) -> str:
    """Markdown; a part that is not there is left out.

    Args:
        parts: figures by part ("atis/tfidf").
        command: what was run, for the head.
    """
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    lines = [HEAD.format(command=command, python=platform.python_version(), packages=packages)]
    for name in SETS:
        own = {part.split("/", 1)[1]: figures for part, figures in parts.items() if part.split("/", 1)[0] == name}
        if "set" in own:
            lines += [f"## {TITLES[name]}", "", *_set(own), ""]
    return "\n".join(lines).rstrip() + "\n"


def _set(own: Mapping[str, Figures]) -> list[str]:
    about = own["set"]
    lines = [
        f"Lines: {about['rule']}. {about['train']:,} to learn from, {about['valid']:,} to choose on, {about['test']:,} "
        f"measured on; {about['classes']} classes. Majority {100 * about['majority']:.1f} % of the test lines.",
        "",
        "| | accuracy | macro F1 | 1 slip | 2 slips | KB | µs | parameters | float |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(label, own[key]) for key, label in PEERS.items() if key in own]
    notes = [f"{PEERS[key]}: {own[key]['note']}" for key in PEERS if own.get(key, {}).get("note")]
    for key in sorted(key for key in own if key.split("/")[0] == "family"):
        found = own[key]
        recipe, trainer = found["recipe"], found.get("trainer")
        told = f"{recipe['network']} network, start {recipe.get('start', 'none')}, trainer {recipe['trainer']}"
        if trainer:
            lines.append(_row(f"trainer {trainer['name']}", trainer))
            told += f", way {recipe['way']}"
            if recipe["way"] == "plain":
                told += f" (trainer {recipe['trainer_epochs']} epochs at most)"
        lines += [_row(f"{size} ({recipe['network']}, {recipe['trainer']})", each)
                  for size, each in found["sizes"].items()]  # fmt: skip
        notes.append(
            f"our sizes: {told}, {found['epochs']} of {recipe['epochs']} epochs, batch {recipe['batch_size']}, rate "
            f"{recipe['rate']:g}, seed {recipe['seed']}; {found['minutes']:.0f} minutes for "
            f"{'the students (trainer kept from a run before)' if found.get('trainer_kept') else 'all of it'}, "
            f"{found['date']}"
        )
        kept = [f"{size} {100 * each['accuracy'] / trainer['accuracy']:.1f} %" for size, each in found["sizes"].items()
                ] if trainer else []  # fmt: skip
        if kept:
            notes.append(f"share of the trainer's accuracy kept: {', '.join(kept)}")
    lines += ["", *(f"- {note}." for note in notes)]
    return lines + _ways(own) + _starts(own) + _bits(own) + _aware(own) + _sweep(own) + _times(own)


def _row(label: str, found: Figures) -> str:
    def lost(key: str) -> str:
        return f"{100 * (found['accuracy'] - found[key]):.1f}"

    def number(key: str, form: str) -> str:
        return format(found[key], form) if key in found else ""

    floating = f"{100 * found['float_accuracy']:.2f}" if "float_accuracy" in found else ""
    return (
        f"| {label} | {100 * found['accuracy']:.2f} | {100 * found['macro_f1']:.2f} | {lost('one_slip')} | "
        f"{lost('two_slips')} | {number('kilobytes', ',.0f')} | {number('microseconds', ',.0f')} | "
        f"{number('parameters', ',')} | {floating} |"
    )


def _ways(own: Mapping[str, Figures]) -> list[str]:
    groups: dict[str, list[Figures]] = {}
    for key, found in own.items():
        kind, _, rest = key.partition("/")
        if kind == "ways":
            groups.setdefault(rest.split("/")[0], []).append(found)
    if not groups:
        return []
    lines = ["", "Joint, plain and no trainer (LSTM as the trainer; the file in 8 bits):", "",
             "| way | size | seeds | accuracy, mean | lowest to highest | trainer | 1 slip | epochs |",
             "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for way in ("joint", "plain", "none"):
        if way not in groups:
            continue
        runs = groups[way]
        accuracy = [100 * each["accuracy"] for each in runs]
        slip = np.mean([100 * (each["accuracy"] - each["one_slip"]) for each in runs])
        trainer = f"{np.mean([100 * each['trainer'] for each in runs]):.2f}" if "trainer" in runs[0] else ""
        lines.append(
            f"| {way} | {runs[0]['size']} | {len(runs)} | {np.mean(accuracy):.2f} | "
            f"{min(accuracy):.2f} to {max(accuracy):.2f} | {trainer} | {slip:.1f} | "
            f"{np.mean([each['epochs'] for each in runs]):.0f} |"
        )
    return lines


def _starts(own: Mapping[str, Figures]) -> list[str]:
    groups: dict[str, list[Figures]] = {}
    for key, found in sorted(own.items()):
        if key.startswith("start/"):
            groups.setdefault(key.split("/")[1], []).append(found)
    if not groups:
        return []
    lines = ["", "Pre-trained token encoders against random weights, from the labels alone (the file in 8 bits):", "",
             "| start | size | seeds | accuracy, mean | lowest to highest | 1 slip | epochs |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for start in ("pretrained", "none"):
        if runs := groups.get(start):
            accuracy = [100 * each["accuracy"] for each in runs]
            slip = np.mean([100 * (each["accuracy"] - each["one_slip"]) for each in runs])
            lines.append(
                f"| {start} | {runs[0]['size']} | {len(runs)} | {np.mean(accuracy):.2f} | "
                f"{min(accuracy):.2f} to {max(accuracy):.2f} | {slip:.1f} | "
                f"{np.mean([each['epochs'] for each in runs]):.0f} |"
            )
    return lines


def _bits(own: Mapping[str, Figures]) -> list[str]:
    rows = [(key.removeprefix("bits/"), found) for key, found in sorted(own.items()) if key.startswith("bits/")]
    if not rows:
        return []
    lines = ["", "Sign against ternary values, medium, from the labels alone:", "",
             "| network | rule | accuracy | macro F1 | 1 slip | 2 slips | KB | µs |",
             "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for name, found in rows:
        network, rule = name.split("/")
        lines.append(
            f"| {network} | {rule} | {100 * found['accuracy']:.2f} | {100 * found['macro_f1']:.2f} | "
            f"{100 * (found['accuracy'] - found['one_slip']):.1f} | "
            f"{100 * (found['accuracy'] - found['two_slips']):.1f} | {found['kilobytes']:.0f} | "
            f"{found['microseconds']:.0f} |"
        )
    return lines


def _aware(own: Mapping[str, Figures]) -> list[str]:
    runs = [found for key, found in sorted(own.items()) if key.startswith("aware/")]
    if not runs:
        return []
    kinds = list(runs[0]["sizes"][next(iter(runs[0]["sizes"]))])
    lines = ["", f"Quantisation-aware training: accuracy without and with {runs[0]['aware_epochs']} such epochs behind "
             f"the others, mean of {len(runs)} seeds, from the labels alone:", "",
             "| size | " + " | ".join(f"{kind}, without | with" for kind in kinds) + " |",
             "|---" * (1 + 2 * len(kinds)) + "|"]  # fmt: skip
    for size in runs[0]["sizes"]:
        means = [np.mean([100 * run["sizes"][size][kind][weights] for run in runs])
                 for kind in kinds for weights in ("without", "with")]  # fmt: skip
        lines.append(f"| {size} | " + " | ".join(f"{mean:.2f}" for mean in means) + " |")
    return lines


def _sweep(own: Mapping[str, Figures]) -> list[str]:
    found = own.get("sweep")
    if not found:
        return []
    cells: dict[tuple[int, int], Figures] = {}
    for name, each in found["nets"].items():
        first, second = name.split(" x ")
        cells[int(first), int(second)] = each
    functions, bits = sorted({t for t, _ in cells}), sorted({d for _, d in cells})
    lines = ["", "T x d of the message network (two dense layers of 128, from the labels alone): accuracy, KB", "",
             "| T \\ d | " + " | ".join(map(str, bits)) + " |", "|---" * (len(bits) + 1) + "|"]  # fmt: skip
    for t in functions:
        row = [f"{100 * cells[t, d]['accuracy']:.2f}, {cells[t, d]['kilobytes']:.0f}" for d in bits]
        lines.append(f"| {t} | " + " | ".join(row) + " |")
    return lines


def _times(own: Mapping[str, Figures]) -> list[str]:
    found = own.get("times")
    if not found:
        return []
    sizes = ", ".join(next(iter(found["runs"].values()))["sizes"])
    lines = ["", f"An epoch with {sizes} in one run against the largest alone, in processor seconds; the trainer "
             "learns in the same steps:", "", "| trainer | batch | all | largest alone | times |",
             "|---|---|---|---|---|"]  # fmt: skip
    for name, run in found["runs"].items():
        trainer, batch = name.split("/")
        ratio = run["every"] / run["largest"]
        lines.append(f"| {trainer} | {batch} | {run['every']:.1f} | {run['largest']:.1f} | {ratio:.2f} |")
    return lines
