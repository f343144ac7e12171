"""The hub at work on simulated systems with users and troubles: what it may lose, and what it may not."""

from __future__ import annotations

import random
import time

import pytest

from config.project import write_project
from flows import steps
from flows.cli.progress import runner
from flows.hub import open_hub
from sandbox.records import leaves, nested
from sandbox.rehearsal import Rehearsal, planted
from sandbox.styles import slip

EDITED = ("first_name", "last_name", "phone", "street", "city")
RATES = {"editor": 0.4, "lost_answer": 0.03, "late": 0.15, "page_drift": 0.2, "restyle": 0.15}
VALUES = {"late": 0.2}
STRICT = "crm"
"""Refuses what builds on an old version."""


def test_the_truth_says_who_is_who_and_what_differs():
    one = planted(50, 3)
    assert one == planted(50, 3) != planted(50, 4)
    ids = {(name, row["id"]) for name, rows in one["rows"].items() for row in rows}
    known = {(name, id.removeprefix("c-")) for who in one["people"] for name, id in who["records"].items()}
    assert ids == known
    assert {other["field"] for other in one["differences"]} == {"phone", "birth_date"}


@pytest.mark.parametrize("seed", [1, 2])
def test_no_edit_is_lost_outside_the_window_and_no_record_is_made_twice(seed, tmp_path):
    draw = random.Random(seed)
    with Rehearsal(12, seed, {}) as rehearsal:
        write_project(tmp_path, rehearsal.files())
        sync(tmp_path)
        for system in rehearsal.systems.values():
            system.faults.set_rates(RATES, VALUES)
        for _ in range(4):
            edit(rehearsal, draw)
            sync(tmp_path)
        for system in rehearsal.systems.values():
            system.faults.calm()
        time.sleep(VALUES["late"])
        for _ in range(3):
            sync(tmp_path)
        written = {name: len(system.writes) for name, system in rehearsal.systems.items()}
        sync(tmp_path)
        assert written == {name: len(system.writes) for name, system in rehearsal.systems.items()}
        figures = rehearsal.figures()
    assert sum(len(one["faults"]) for one in figures.values()) > 4
    assert figures[STRICT]["lost_edits"] == 0
    for one in figures.values():
        assert one["hub_writes"] > 3
        assert (one["doubles"], one["written_blind"]) == (0, 0)
        assert one["longest_window"] < 5  # seconds, after which the hub reads again


def edit(rehearsal, draw):
    """Users of every system mend a few values."""
    for system in rehearsal.systems.values():
        (table,) = system.tables.values()
        for record in draw.sample(table.live(), 3):
            told = {p: v for p, v in leaves(record.values) if p.split(".")[-1] in EDITED and v}
            path = draw.choice(sorted(told))
            table.update(record.id, nested(path, slip(told[path])))


def sync(folder):
    with open_hub(folder) as hub:
        result = steps.sync(hub, runner(None))
        if result.hits:
            steps.apply(hub, runner(None), result.plan or 0)
