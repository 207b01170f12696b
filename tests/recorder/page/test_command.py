"""`earmark scroll --to html`: through the command line, failures included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from earmark.cli.page import relative_address

LINES = "Anna: The budget comes first this year.\nBo: Rent went up again, and the budget with it.\n"


def earmark(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "earmark", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_a_page_to_a_file_and_to_the_screen(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(LINES, encoding="utf-8")
    done = earmark(tmp_path, "scroll", "talk.txt", "--to", "html", "--lang", "en-GB", "-o", "page.html")
    assert (done.returncode, done.stderr) == (0, "")
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert html.startswith('<!doctype html>\n<html lang="en-GB">')
    assert "Rent went up again" in html
    again = earmark(tmp_path, "scroll", "talk.txt", "--to", "html", "--lang", "en-GB")
    assert again.stdout == html


def test_what_is_refused(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(LINES, encoding="utf-8")
    done = earmark(tmp_path, "scroll", "talk.txt", "--to", "html", "--audio", "talk.mp3")
    assert done.returncode == 1
    assert "there is no file talk.mp3 for --audio. Give the recording's sound file." in done.stderr
    done = earmark(tmp_path, "scroll", "talk.txt", "--audio", "talk.txt")
    assert done.returncode == 2
    assert "it needs --to html; got --to terminal." in " ".join(done.stderr.replace("│", " ").split())
    done = earmark(tmp_path, "scroll", "talk.txt", "--to", "html", "--lang", "<en>")
    assert done.returncode == 1
    assert "the language must be a tag such as 'en' or 'pt-BR'; got '<en>'." in done.stderr


def test_without_jinja2_the_extra_is_named(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(LINES, encoding="utf-8")
    code = (
        "import runpy, sys; sys.modules['jinja2'] = None\n"
        "sys.argv = ['earmark', 'scroll', 'talk.txt', '--to', 'html']; runpy.run_module('earmark', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "a web page of a recording needs the package 'jinja2'" in " ".join(done.stderr.split())
    assert "pip install 'earmark[page]'" in done.stderr


def test_the_way_to_the_sound(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for name, address in [
        ("a:b.mp3", "./a%3Ab.mp3"),
        ('q"<>?#%.mp3', "./q%22%3C%3E%3F%23%25.mp3"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("café.mp3", "./caf%C3%A9.mp3"),
    ]:
        assert relative_address(tmp_path / name, tmp_path) == address
        assert relative_address(tmp_path / name, tmp_path / "out") == f"../{address[2:]}"
