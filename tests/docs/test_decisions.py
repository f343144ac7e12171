"""Every row of the tables in `docs/how-a-decision-is-made.md` is what the hub decides."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from reconcile.decide import answers
from reconcile.records import Candidate, Conflict, ConflictClass
from tests.docs.cells import decided
from tests.docs.pages import ROOT, tables

PAGE = ROOT / "docs" / "how-a-decision-is-made.md"
ROWS = [(kind, row) for kind, rows in tables(PAGE) for row in rows]


def test_the_page_has_its_tables():
    assert len(ROWS) >= 20


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=[" | ".join(row.values()) for _, row in ROWS])
def test_a_row_is_decided_as_it_says(kind, row):
    assert decided(row, kind) == row["decision"]


CLASSES = get_args(ConflictClass)
BETWEEN = ("update-update", "first-sync difference", "edit by non-owner", "reverted", "undone")
ABOUT_A_VALUE = ("loss", "rejected", "read-only")


def question(cls: ConflictClass) -> Conflict:
    """One open question of a class, as the hub asks it."""
    between = cls in BETWEEN
    record = cls in ("update-delete", "duplicate in one system", "still the same customer?")
    candidates = tuple(Candidate(v, ((s, "1", None),)) for v, s in [("A", ""), ("B", "crm"), ("C", "shop")])
    field, system = "" if record else "email", "" if between else "crm"
    return Conflict(1, 1, field, system, cls, "high", "steward", "", candidates, "", 1)


def test_the_page_tells_every_answer_to_every_class():
    table = re.findall(
        r"^\| (.+) \| (.+) \|$", PAGE.read_text("utf-8").split("## What a steward")[1], re.MULTILINE
    )
    told = {cls: answer for asked, answer in table for cls in CLASSES if f"*{cls}*" in asked}
    told |= dict.fromkeys(BETWEEN, next(answer for asked, answer in table if asked == "systems disagree"))
    assert told.keys() == set(CLASSES)
    for cls in CLASSES:
        known = {"crm": "system", "shop": "system"}
        taken = {known.get(answer, answer) for answer in answers(question(cls))}
        assert set(re.findall(r"`(\w+)`|the name of a (system)", told[cls])) == {
            ("", "system") if answer == "system" else (answer, "") for answer in taken
        }, cls
