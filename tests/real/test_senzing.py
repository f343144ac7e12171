"""Three real lists, read as they are: a report, and nothing written."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.cli.commands import app
from flows.hub import open_hub
from reconcile.state import customers

ROOT = Path(__file__).parents[2]
LISTS = ROOT.parent / "shared/data/matching/senzing"
NAMES = ("customers", "reference", "watchlist")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not LISTS.exists(), reason="the three lists of ../shared are not here"),
    pytest.mark.xdist_group("senzing"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with the lists in it."""
    made = tmp_path_factory.mktemp("senzing") / "project"
    shutil.copytree(ROOT / "examples/senzing", made, ignore=shutil.ignore_patterns("data", "*.db*"))
    (made / "data").mkdir()
    for name in NAMES:
        shutil.copy(LISTS / f"{name}.csv", made / "data")
    return made


def command(folder: Path, *words: str) -> Any:
    done = CliRunner().invoke(app, [*words, "--json", "--project", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def run(folder: Path) -> Any:
    """The first sync."""
    return command(folder, "sync")


def linked(folder: Path) -> Iterator[list[tuple[str, str]]]:
    """The records of each customer."""
    with open_hub(folder, {}) as hub, hub.store.read() as conn:
        for customer in customers.load(conn, list(range(1, 200))):
            yield [(record.system, record.id) for record in customer.records]


def test_every_record_of_the_three_lists_is_read(run):
    assert {one["system"]: one["read"] for one in run["systems"]} == {
        "customers": 120,
        "reference": 22,
        "watchlist": 17,
    }
    assert run["quarantined"] == []


def test_nothing_is_written(run, folder):
    assert run["written"] == 0 and run["guards"] == []
    for name in NAMES:
        assert (folder / f"data/{name}.csv").read_bytes() == (LISTS / f"{name}.csv").read_bytes()


def test_what_differs_is_reported(run, folder):
    told = command(folder, "conflicts")
    assert told["open"] == run["conflicts"]["open"] == len(told["conflicts"]) > 0
    assert set(run["conflicts"]["by_class"]) == {
        "duplicate in one system",
        "first-sync difference",
        "invalid",
    }


def test_records_linked_with_each_other_are_nearly_all_one_person(run, folder):
    with (LISTS / "actual_truthset_key.csv").open(encoding="utf-8") as file:
        truth = {
            (row["DATA_SOURCE"].lower(), row["RECORD_ID"]): row["CLUSTER_ID"] for row in csv.DictReader(file)
        }
    pairs = [pair for records in linked(folder) for pair in combinations(records, 2)]
    wrong = [pair for pair in pairs if truth[pair[0]] != truth[pair[1]]]
    assert len(pairs) >= 30 and len(wrong) <= 1


def test_a_second_run_finds_nothing_new(run, folder):
    again = command(folder, "sync")
    assert again["written"] == 0 and again["conflicts"]["new"] == {}
    assert again["conflicts"]["open"] == run["conflicts"]["open"]
