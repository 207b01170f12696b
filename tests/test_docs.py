"""What the documentation shows is run: Python blocks as they stand, and the commands of the README's tables exist."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    "README.md", "docs/smart-scrolling.md", "docs/formats.md", "docs/outline-json.md", "docs/smart-reply.md",
    "docs/personal.md", "docs/export.md", "docs/page.md", "docs/serve.md",
]  # fmt: skip


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


CODE = [(page, number, code) for page in PAGES for number, code in enumerate(blocks(page, "python"))]


@pytest.mark.parametrize(("page", "number", "code"), CODE, ids=[f"{page}-{number}" for page, number, _ in CODE])
def test_python_blocks_run(page: str, number: int, code: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("web"))
    for name in ("meeting.vtt", "lecture.srt", "interview.json"):
        shutil.copy(ROOT / "examples" / name, tmp_path)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        input="",
        check=False,
    )
    assert done.returncode == 0, f"{page}, block {number}:\n{done.stderr}"


def test_the_readme_has_its_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for mark in ("run-command", "test-command"):
        assert re.search(rf"<!-- {mark} -->\n```sh\n.+\n```", text), mark


def test_every_linked_page_is_there() -> None:
    for page in ["README.md", *(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]:
        for link in re.findall(r"\]\((?!https?://|#)([^)#]+)", (ROOT / page).read_text(encoding="utf-8")):
            assert (ROOT / page).parent.joinpath(link).exists(), f"{page} links to {link}"
