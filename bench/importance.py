"""Importance of sections: AUROC of turns against the spans people asked about, beside length alone.

    python -m bench.importance --data DIR

Writes bench/results/importance.md. Sections are the gold ones; every turn carries its section's score.
"""

from __future__ import annotations

import argparse
import platform
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

from distill.corpora import read_transcripts
from distill.importance import build_meetings, evaluate
from earmark.artifacts import load_table
from recorder.importance import IMPORTANCE_KIND, IMPORTANCE_VERSION
from recorder.models import Models

__all__ = ["main"]

_ROWS = {
    "length": "length of the section alone",
    "tfidf": "earmark, keyword mass alone",
    "rating": "earmark, trained rating alone",
    "fused": "**earmark, fused**",
    "fused_without_length": "earmark, fused, length regressed out",
}
_TABLE = Path(__file__).parents[1] / "recorder" / "pretrained" / "en" / "importance.json"


def main() -> int:
    """Measure the shipped table on QMSum validation and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "importance.md")
    options = parser.parse_args()
    meetings = build_meetings(read_transcripts(options.data, "qmsum", "valid"), Models.load())
    figures = evaluate(load_table(_TABLE, kind=IMPORTANCE_KIND, version=IMPORTANCE_VERSION), meetings)
    domains = sorted({meeting.domain for meeting in meetings})
    lines = [
        "# Importance of sections",
        "",
        f"`python -m bench.importance --data DIR`, {date.today()}, 2 x86 cores, Python {platform.python_version()}, "
        f"earmark {version('earmark')}, numpy {version('numpy')}, scikit-learn {version('scikit-learn')}.",
        "",
        f"QMSum validation, {len(meetings)} meetings with both asked and unasked turns; AUROC of turns against the",
        "spans of queries, mean over meetings; 0.5 is chance.",
        "",
        f"| rating | {' | '.join(domains)} | all |",
        "|---" * (len(domains) + 2) + "|",
    ]
    for key, label in _ROWS.items():
        cells = [f"{figures[key][domain]:.3f}" for domain in (*domains, "all")]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    text = "\n".join(lines) + "\n"
    options.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
