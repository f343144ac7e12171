"""No cell of a report starts a formula, whatever a customer is called."""

from __future__ import annotations

import random

import pytest

from reconcile.escape import FORMULA, cell, screen
from reconcile.report import rows, table
from tests.report.questions import BOOK, candidate, question

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", " ", "\u200b", "＝", "\x00", "'", "a", "\u202e")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+31 6 12345678", "'+31 6 12345678"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r=1", "'=1"),
        ("\n=1", "'=1"),
        ("  =1", "'=1"),
        ("\u200b=1", "'=1"),
        ("＝1", "'＝1"),
        ("van der Berg", "van der Berg"),
        ("a=1", "a=1"),
        ("two\nlines\t here", "two lines here"),
        ("", ""),
    ],
)
def test_a_cell_is_text(text: str, shown: str) -> None:
    assert cell(text) == shown
    assert cell(cell(text)) == cell(text)


@pytest.mark.parametrize("seed", range(20))
def test_no_start_makes_a_formula(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choices(STARTS, k=chance.randint(1, 5))) + "1+1"
    for shown in (cell(text), screen(text)):
        assert shown[0] not in FORMULA
        assert shown == shown.strip()
        assert "\t" not in shown and "\n" not in shown


@pytest.mark.parametrize("seed", range(20))
def test_no_cell_of_a_table_is_a_formula(seed: int) -> None:
    chance = random.Random(seed)
    start = chance.choice("=+-@\t\r")
    asked = question(
        field="note",
        why=f"{start}why",
        owner=f"{start}owner",
        candidates=(candidate(f"{start}1", (f"{start}crm", f"{start}7", None)), candidate("x")),
    )
    [line] = table(rows([asked], BOOK, {10: f"{start}Ada"}))
    assert [name for name, text in line.items() if text[:1] in FORMULA and text] == []
    assert f"{start}1".strip() in line["values"]


def test_a_cell_of_a_screen_is_cut() -> None:
    assert len(screen("x" * 10_000)) == 200
