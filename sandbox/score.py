"""Holding what the hub found against the truth of the demo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sandbox.demo import Truth
from sandbox.plant import QUIET, Phase, Plant
from sandbox.shapes import COLUMNS, meaning
from sandbox.tables import Rows

WHOLE_RECORD = ("update-delete", "duplicate in one system", "still the same customer?")
"""Classes about a record, whatever field they name."""

Found = Mapping[str, Any]
"""A conflict: class, field, system ("" for one between systems) and records, {system: [ids]}."""
Snapshot = Mapping[str, Rows]


class Score(NamedTuple):
    """One class: how many were planted, how many of these were found, how many were found that are not there.

    For a class of `QUIET`, found counts the customers about whom nobody was asked, rightly.
    """

    cls: str
    planted: int
    found: int
    false: int


class Expected(NamedTuple):
    """One conflict that should be found."""

    cls: str
    plant: Plant

    def fits(self, conflict: Found) -> bool:
        """Is this conflict the one? Same class, same field and system, and no record of anybody else."""
        return (
            conflict["class"] == self.cls
            and (self.cls in WHOLE_RECORD or conflict["field"] == self.plant.field)
            and _same_system(conflict.get("system", ""), self.plant.system)
            and about(self.plant, conflict)
        )


def score(truth: Truth, conflicts: Sequence[Found], phase: Phase) -> list[Score]:
    """Each planted thing found exactly once; a second conflict about it, or one about nothing, is false.

    `conflicts` are those of one sync. In the second phase the conflicts of the first may be among them.
    """
    wanted = _expected(truth, phase)
    known = _expected(truth, "first") if phase == "second" else []
    found: Counter[str] = Counter()
    false: Counter[str] = Counter()
    disturbed: set[str] = set()
    for conflict in conflicts:
        if match := next((one for one in wanted if one.fits(conflict)), None):
            wanted.remove(match)
            found[match.cls] += 1
        elif match := next((one for one in known if one.fits(conflict)), None):
            known.remove(match)
        else:
            false[conflict["class"]] += 1
            disturbed |= {plant.id for plant in truth.of(phase) if about(plant, conflict)}
    return list(_rows(truth, phase, found, false, disturbed))


def about(plant: Plant, conflict: Found) -> bool:
    """Are all records of the conflict this customer's?"""
    records = conflict["records"]
    ids = [(system, id) for system, ids in records.items() for id in ids]
    return bool(ids) and all(id in plant.records.get(system, ()) for system, id in ids)


def unarrived(truth: Truth, after: Snapshot) -> list[tuple[str, str]]:
    """(plant, system) of each record that does not show what a lone edit should have brought there."""
    return [
        (plant.id, system)
        for plant in truth.of("second")
        for system, expected in plant.expected.items()
        if meaning(system, after[system][plant.records[system][0]], plant.field) != expected
    ]


def lost_values(before: Snapshot, after: Snapshot) -> list[tuple[str, str, str]]:
    """(system, id, field) of each field that held a value before a sync and holds none after it.

    A record that is gone has lost all its fields; another address without an addition has lost nothing.
    Take `before` after the users' edits: what they blanked themselves is none of the hub's doing.
    """
    return [
        (system, id, field)
        for system, rows in before.items()
        for id, row in rows.items()
        for field, columns in COLUMNS[system].items()
        if _filled(row, columns) and not _filled(after[system].get(id, {}), columns)
    ]


def _filled(row: Mapping[str, str], columns: Sequence[str]) -> bool:
    return any(row.get(column, "").strip() for column in columns)


def render_table(rows: Iterable[Score]) -> str:
    """The score as a table for people."""
    lines = [("class", "planted", "found", "false"), *(tuple(map(str, row)) for row in rows)]
    width = max(len(line[0]) for line in lines)
    return "\n".join(f"{line[0]:<{width}}  {line[1]:>7}  {line[2]:>5}  {line[3]:>5}" for line in lines)


def _expected(truth: Truth, phase: Phase) -> list[Expected]:
    wanted = [Expected(plant.cls, plant) for plant in truth.of(phase) if plant.cls not in QUIET]
    if phase == "first":
        wanted += [Expected(plant.prelude, plant) for plant in truth.plants if plant.prelude]
    return wanted


def _same_system(found: str, planted: str) -> bool:
    return not found or not planted or found == planted


def _rows(
    truth: Truth, phase: Phase, found: Counter[str], false: Counter[str], disturbed: set[str]
) -> Iterator[Score]:
    planted = Counter(one.cls for one in _expected(truth, phase))
    for cls in dict.fromkeys([*planted, *sorted(false)]):
        yield Score(cls, planted[cls], found[cls], false[cls])
    for cls in QUIET:
        if plants := [plant.id for plant in truth.of(phase) if plant.cls == cls]:
            asked = len(disturbed.intersection(plants))
            yield Score(cls, len(plants), len(plants) - asked, asked)
