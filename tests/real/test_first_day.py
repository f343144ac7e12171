"""The first day of a company with four systems, on made-up Dutch customers with known truth."""

from __future__ import annotations

import gzip
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from benchmarks import first_day
from benchmarks.first_day import DATA, DECISIONS, FIRST_SYNC

RECORDS = 1500

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.exists(), reason="the labelled customers of ../shared are not here"),
    pytest.mark.xdist_group("first_day"),
]


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first records of the file."""
    part = tmp_path_factory.mktemp("first_day") / "some.csv.gz"
    with gzip.open(DATA, "rt", encoding="utf-8") as whole, gzip.open(part, "wt", encoding="utf-8") as out:
        out.writelines(islice(whole, RECORDS + 1))
    return part


@pytest.fixture(scope="module")
def before(some: Path) -> dict[str, Any]:
    return first_day.first_day(some, [], 20, 42)


@pytest.fixture(scope="module")
def after(some: Path) -> dict[str, Any]:
    return first_day.first_day(some, FIRST_SYNC, 20, 42)


def test_a_first_day_writes_nothing_and_asks_about_what_really_differs(before):
    assert before["records"] == RECORDS and before["written"] == 0
    assert before["between systems"] > 300 and before["settled"] == 0
    assert len(before["sample"]) == 20


def test_nine_tenths_of_the_questions_are_few_group_decisions(before):
    assert 0 < before["decisions for 90 %"] <= DECISIONS
    assert 0 < before["decisions for 90 % of those between systems"] <= DECISIONS


def test_rules_for_the_first_sync_leave_few_disagreements_for_a_person(before, after):
    assert after["between systems"] + after["settled"] == before["between systems"]
    assert 0 < after["between systems"] < before["between systems"] / 50


def test_neither_notation_nor_a_cut_off_postcode_is_a_question(before):
    """What still looks like it is a partner's name in front, a day for a month, another mailbox."""
    judged = before["judged"]
    notation = {name for name in judged if name.endswith("notation")}
    assert notation <= {"family_name: notation", "birth_date: notation", "email: notation"}
    assert sum(judged[name] for name in notation) < before["between systems"] / 50
