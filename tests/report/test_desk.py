"""How a run is told in one line, and when the open questions count as others than before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.desk import ending, mark
from flows.pull import PullReport
from flows.steps import Result
from tests.report.questions import candidate, question

PUSHED = {"shop": {"outcomes": {"applied": 3, "stale": 1}, "out": ""}}
WAITING = ["shop: 90 updates, more than 25", "crm: 3 writes wait for approval"]


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (Result(1, "sync"), "0 written, 0 open questions"),
        (Result(1, "sync", pushes=PUSHED, open_conflicts=2), "3 written, 2 open questions"),
        (Result(1, "sync", quarantined=4), "0 written, 0 open questions; 4 records cannot be read"),
        (
            Result(1, "sync", pulls=[PullReport("crm", out="no answer")]),
            "0 written, 0 open questions; crm is out: no answer",
        ),
        (
            Result(1, "sync", plan=12, hits=WAITING),
            f"plan 12 waits: klantbeeld apply 12 ({WAITING[0]}; {WAITING[1]})",
        ),
    ],
)
def test_how_a_run_ended_fits_in_a_line(result: Result, told: str) -> None:
    assert ending(result) == told


def test_the_mark_is_that_of_the_set_in_whatever_order() -> None:
    assert mark([question(1), question(2)]) == mark([question(2), question(1)])


@pytest.mark.parametrize(
    "others",
    [
        [],
        [question(1)],
        [question(1), question(2), question(3)],
        [question(1), question(3)],
        [question(1), replace(question(2), fingerprint="other candidates")],
    ],
)
def test_another_set_or_other_candidates_have_another_mark(others: list) -> None:
    assert mark(others) != mark([question(1), question(2)])


def test_a_mark_tells_nothing_of_a_value() -> None:
    named = question(1, candidates=(candidate("quibusvliet"),), why="a reason")
    assert mark([named]) == mark([question(1)])
