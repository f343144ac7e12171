"""The README prints what the commands print, on the demo that it makes."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import exits
from flows.cli.commands import app
from sandbox.demo import edit, make_demo
from tests.docs.pages import ROOT, blocks

README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "images" / "conflicts.svg"


def run(folder: Path, command: str) -> str:
    """What a command says on standard output, typed in the project, with one space between words."""
    with contextlib.chdir(folder):
        outcome = CliRunner().invoke(app, shlex.split(command))
    assert outcome.exit_code in (exits.DONE, exits.APPROVAL), command
    return re.sub(r"[ \t]+", " ", outcome.stdout)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All that is said: the demo up to its third sync, then every command of the README in turn."""
    folder = tmp_path_factory.mktemp("demo")
    make_demo(folder)
    told = [run(folder, "sync"), run(folder, "plan 1"), run(folder, "apply 1")]
    edit(folder)
    told += [run(folder, "sync"), run(folder, "sync"), run(folder, "conflicts --limit 0")]
    lines = [line for block in blocks(README, "sh") for line in block.text.splitlines()]
    told += [
        run(folder, line.removeprefix("klantbeeld ")) for line in lines if line.startswith("klantbeeld ")
    ]
    return "\n".join(told)


def test_what_the_readme_prints_is_what_the_commands_print(said):
    printed = [b.text for b in blocks(README, "text") if not b.text.startswith("config/")]
    lines = [re.sub(r"[ \t]+", " ", line).rstrip() for text in printed for line in text.splitlines()]
    assert len(lines) > 20
    assert [line for line in lines if line not in said] == []


def test_the_picture_is_of_todays_report(said):
    """Its questions are those of the demo. When this fails: .venv/bin/python docs/images/make.py"""
    drawn = re.sub(r"<[^>]+>", "", PICTURE.read_text("utf-8")).replace("&#160;", " ")
    names = re.findall(r"([A-Z]\w+ (?:van |de |der )*[A-Z]\w+ \(\d+\))", drawn)
    assert len(names) > 3
    assert [name for name in names if name not in said] == []


def test_the_readme_tells_every_exit_code():
    table = README.read_text("utf-8").split("## Exit codes")[1].split("##")[0]
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == set(exits.MEANINGS)
