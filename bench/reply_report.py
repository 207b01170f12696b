"""The report in sections, so that one part can be measured again without the others."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["write_section"]


def write_section(path: Path, head: list[str], section: list[str]) -> None:
    """Put a section, whose first line is its "## " title, into the report: in place of its like, or sorted in.

    The head is written anew each time. An empty section changes nothing.
    """
    if not section:
        return
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    found = {part.split("\n", 1)[0]: part.strip() for part in re.split(r"(?m)^(?=## )", old)[1:]}
    found[section[0]] = "\n".join(section).strip()
    parts = ["\n".join(head).strip(), *(found[title] for title in sorted(found))]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
