"""Every planted bug of the push protocol is caught, and the docs say by which test."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconcile.errors import HubError
from tests.engine.protocol_bugs import BUGS, OFTEN, name_of

PAGE = Path(__file__).parents[2] / "docs/what-is-proved.md"
BEGIN, END = "<!-- bugs -->\n", "<!-- end of bugs -->\n"


def caught(bug: Callable[[pytest.MonkeyPatch], None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        bug(patch)
        with pytest.raises((AssertionError, LookupError, HubError, pytest.fail.Exception)):
            BUGS[bug]()


@pytest.mark.parametrize("bug", OFTEN, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_caught(bug: Callable[[pytest.MonkeyPatch], None]) -> None:
    caught(bug)


@pytest.mark.long
@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug not in OFTEN], ids=lambda bug: bug.__name__)
def test_every_planted_bug_is_caught(bug: Callable[[pytest.MonkeyPatch], None]) -> None:
    caught(bug)


def test_the_page_says_what_catches_each_bug() -> None:
    rows = [f"| {bug.__name__.replace('_', ' ')} | `{name_of(story)}` |\n" for bug, story in BUGS.items()]
    told = "".join(["| planted bug | caught by |\n", "| --- | --- |\n", *rows])
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    known, after = rest.split(END)
    if os.environ.get("KLANTBEELD_WRITE_DOCS"):
        PAGE.write_text(before + BEGIN + told + END + after, "utf-8")
    assert known == told, "run KLANTBEELD_WRITE_DOCS=1 python -m pytest tests/engine/test_protocol_bugs.py"


def test_enough_bugs_are_planted() -> None:
    assert len(BUGS) >= 25
    assert len(OFTEN) == 8
