"""Choosing three: simple diversification beside the set that a simulated answerer would like best (SimSR).

    python -m bench.reply_selection --data DIR [--cache DIR] [--model student.tflite]

Simple: the product's rules, best reply first, no two of a family. SimSR-like: the model's own distribution over replies
stands for what the user may want to say; of the N best replies those three are taken whose expected cosine to it,
best of three, is highest. Without --model, MiniLM's cosine ranks the shipped list. Writes
bench/results/reply_selection.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.reply_data import Case, joined, read_messages
from bench.reply_entries import YAML, read_entries
from bench.reply_judge import Figures, Judge
from bench.reply_minilm import MiniLm
from bench.reply_scorers import MiniLmScorer, Student
from bench.reply_suggest import Offer, ranked_logits
from smartreply.replies import ReplyEntry
from smartreply.selection import ECHO_LOGIT, Columns, choose

__all__ = ["SetRule", "choose_set", "main"]

Floats = NDArray[np.float32]
Rule = Callable[[int], Sequence[int]]


@dataclass(frozen=True, slots=True)
class SetRule:
    """Settings of the set-level choice.

    Attributes:
        candidates: how many of the best replies a set is taken from.
        answers: how many of the best replies stand for the true one.
        temperature: of their softmax.
        apart: no two of a family, no two questions, no two of nothing but emoji.
        exhaustive: every set of three, instead of one reply after the other.
    """

    candidates: int = 15
    answers: int = 50
    temperature: float = 1.0
    apart: bool = True
    exhaustive: bool = True


def choose_set(logits: Floats, vectors: Floats, columns: Columns, rule: SetRule) -> list[int]:
    """Three rows with the highest expected best-of-three cosine, best logit first.

    Args:
        logits: float32 [R].
        vectors: float32 [R, D], unit rows.
        columns: of the same R replies.
        rule: settings.
    """
    order = np.argsort(-logits, kind="stable")
    order = order[logits[order] > ECHO_LOGIT / 2]
    answers = order[: rule.answers]
    weights = np.exp((logits[answers] - logits[answers].max()) / rule.temperature)
    candidates = _candidates(order, columns, rule)
    weights = (weights / weights.sum()).astype(np.float32)
    similar = vectors[answers] @ vectors[candidates].T
    pick = _exhaustive if rule.exhaustive else _greedy
    return [int(candidates[k]) for k in sorted(pick(similar, weights, _clashes(candidates, columns, rule)))]


def _candidates(order: NDArray[np.intp], columns: Columns, rule: SetRule) -> NDArray[np.intp]:
    """The best rows; where replies must stand apart, enough of them that three families of statements are there."""
    number = rule.candidates
    while rule.apart and number < len(order) and _families(order[:number], columns) < 3:
        number += 1
    return order[:number]


def _families(rows: NDArray[np.intp], columns: Columns) -> int:
    """Of how many families there are statements: those never clash by their form."""
    return len(set(columns.family[rows][columns.form[rows] == 0].tolist()))


def _clashes(rows: NDArray[np.intp], columns: Columns, rule: SetRule) -> NDArray[np.bool_]:
    """Which pairs must not stand together, bool [N, N]."""
    if not rule.apart:
        return np.eye(len(rows), dtype=np.bool_)
    form, family = columns.form[rows], columns.family[rows]
    same = (form[:, None] == form[None, :]) & (form[:, None] > 0)
    return np.asarray((family[:, None] == family[None, :]) | same, np.bool_)


def _exhaustive(similar: Floats, weights: Floats, clashes: NDArray[np.bool_]) -> list[int]:
    trios = np.array(list(combinations(range(len(clashes)), 3)))
    a, b, c = trios.T
    trios = trios[~(clashes[a, b] | clashes[a, c] | clashes[b, c])]
    a, b, c = trios.T
    value = weights @ np.maximum(np.maximum(similar[:, a], similar[:, b]), similar[:, c])
    return [int(k) for k in trios[int(value.argmax())]]


def _greedy(similar: Floats, weights: Floats, clashes: NDArray[np.bool_]) -> list[int]:
    covered = np.full(len(similar), -1.0, np.float32)
    shut = np.zeros(len(clashes), np.bool_)
    picked: list[int] = []
    for _ in range(3):
        value = weights @ np.maximum(covered[:, None], similar)
        best = int(np.where(shut, -np.inf, value).argmax())
        picked.append(best)
        covered = np.maximum(covered, similar[:, best])
        shut |= clashes[best]
    return picked


def main() -> int:
    """Compare the rules on the validation messages and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--cache", type=Path, default=Path("build/reply-bench"))
    parser.add_argument("--model", type=Path, help="a student's .tflite")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "reply_selection.md")
    options = parser.parse_args()
    minilm = MiniLm(options.cache / "minilm.npz")
    entries = read_entries(options.model or YAML)
    cases = read_messages(options.data)
    logits, vectors, polar = _model(options.model, entries, cases, minilm)
    judge = Judge(cases, entries, frozenset(), minilm)
    source = options.model.name if options.model else "MiniLM cosine * 20"
    lines = [
        "# Choosing three",
        "",
        f"`python -m bench.reply_selection --data DIR`, {date.today()}; {len(cases):,} validation messages (half of",
        f"those of PersonaChat and EmpatheticDialogues), {len(entries):,} replies, ranked by {source}.",
        "N candidates, M simulated answers, T their temperature. Each set counts the same.",
        "",
        "| rule | best of three | close (0.7) | intents of three | always three | Self-similarity |",
        "|---" * 6 + "|",
    ]
    for name, rule in _rules(logits, vectors, Columns.of(entries), polar):
        offers = [Offer(tuple(entries[row].text for row in rule(k))) for k in range(len(cases))]
        lines.append(_line(name, judge(offers), cases))
        print(lines[-1], flush=True)
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _model(
    path: Path | None, entries: Sequence[ReplyEntry], cases: Sequence[Case], minilm: MiniLm
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Logits [n, R], the replies' vectors [R, D], and which messages ask a yes/no question."""
    texts = [entry.text for entry in entries]
    if path is None:
        logits = ranked_logits(MiniLmScorer(minilm), entries, minilm, cases, scale=20.0, prior=0.0)
        return logits, minilm(texts), np.zeros(len(cases), np.bool_)
    model = Student(path)
    found = [model.read(case.message, joined(case.context)) for case in cases]
    polar = np.array([float(one["polar"].reshape(-1)[0]) for one in found]) >= model.setting("polar_threshold")
    return np.stack([one["logits"][0] for one in found]), model.replies(texts), polar


def _rules(logits: Floats, vectors: Floats, columns: Columns, polar: NDArray[np.bool_]) -> Iterator[tuple[str, Rule]]:
    yield "the three best", lambda k: [int(row) for row in np.argsort(-logits[k], kind="stable")[:3]]
    yield "simple", lambda k: choose(logits[k], columns, polar=False, k=3)
    if polar.any():
        yield (
            "simple, with the rule for yes/no questions",
            lambda k: choose(logits[k], columns, polar=bool(polar[k]), k=3),
        )
    yield "set, families ignored, N=30 M=50 T=1", _by(logits, vectors, columns, SetRule(30, 50, 1.0, apart=False))
    for temperature in (0.5, 1.0, 2.0):
        for candidates in (15, 30):
            for answers in (25, 100):
                rule = SetRule(candidates, answers, temperature)
                name = f"set, N={candidates} M={answers} T={temperature:g}"
                yield name, _by(logits, vectors, columns, rule)
    greedy = SetRule(30, 100, 1.0, exhaustive=False)
    yield "set, greedy, N=30 M=100 T=1", _by(logits, vectors, columns, greedy)


def _by(logits: Floats, vectors: Floats, columns: Columns, rule: SetRule) -> Rule:
    return lambda k: choose_set(logits[k], vectors, columns, rule)


def _line(name: str, figures: Figures, cases: Sequence[Case]) -> str:
    sources = np.array([case.source for case in cases])

    def mean(values: NDArray[np.float64]) -> float:
        return float(np.mean([values[sources == source].mean() for source in np.unique(sources)]))

    return (
        f"| {name} | {mean(figures.best):.3f} | {mean(figures.close):.3f} | {mean(figures.intents):.2f} "
        f"| {mean(figures.intents == 3):.3f} | {mean(figures.alike):.3f} |"
    )


if __name__ == "__main__":
    raise SystemExit(main())
