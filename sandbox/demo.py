"""The demo: four systems of a Dutch company, all made up; what is wrong with them, and the truth about it."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox import plants_first, plants_second, tables
from sandbox.plant import Edit, Phase, Plant, World, notation_pairs
from sandbox.shapes import MODIFIED, Row, stamp

PROJECT = Path(__file__).resolve().parents[1]
"""Where `config/` and `mappings/` stand: the demo project."""
TRUTH = Path("data") / "truth.json"
CUSTOMERS = 620


@dataclass(frozen=True, slots=True)
class Truth:
    """What is so, whatever the four systems say."""

    seed: int
    made_at: str
    people: tuple[dict[str, Any], ...]
    """Every true customer: its values, and `records`, its ids per system."""
    notation: tuple[dict[str, Any], ...]
    """Values that two systems write differently and that mean the same."""
    plants: tuple[Plant, ...]

    def of(self, phase: Phase) -> tuple[Plant, ...]:
        """What was planted before one of the two syncs."""
        return tuple(plant for plant in self.plants if plant.phase == phase)


def make_demo(folder: Path, seed: int = 42, customers: int = CUSTOMERS, now: datetime | None = None) -> Truth:
    """Make a project folder with data, configuration and truth; the same for the same seed and time.

    `now` is aware, the present when left out: ages of records are counted from it. Raises ValueError when
    there are too few customers for all that is planted.
    """
    now = now or datetime.now(UTC)
    world = World(seed, customers, now)
    plants = (*plants_first.plants(world), *plants_second.plants(world))
    world.thin()
    for system, rows in world.tables().items():
        tables.create(folder, system, rows)
    people = tuple(
        {**asdict(person), "records": world.records[person.id]} for person in world.people.values()
    )
    truth = Truth(seed, now.isoformat(), people, tuple(notation_pairs(world)), plants)
    _write_truth(folder, truth)
    _copy_project(folder)
    return truth


def edit(folder: Path, now: datetime | None = None) -> Truth:
    """Do what users do between the first and the second sync; each edited record is stamped with `now`.

    Raises KeyError when a record to be edited is gone, so call it once.
    """
    truth = read_truth(folder)
    moment = now or datetime.now(UTC)
    edits: dict[str, dict[str, Row | None]] = defaultdict(dict)
    for plant in truth.of("second"):
        for one in plant.edits:
            edits[one.system][one.id] = _stamped(one, moment)
    for system, changes in edits.items():
        tables.change(folder, system, changes)
    return truth


def read_truth(folder: Path) -> Truth:
    """The truth about the demo in a folder."""
    stored = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
    plants = tuple(map(Plant.from_json, stored["plants"]))
    return Truth(
        stored["seed"], stored["made_at"], tuple(stored["people"]), tuple(stored["notation"]), plants
    )


def _stamped(edit: Edit, moment: datetime) -> Row | None:
    return None if edit.set is None else {**edit.set, MODIFIED[edit.system]: stamp(edit.system, moment)}


def _write_truth(folder: Path, truth: Truth) -> None:
    written: Mapping[str, Any] = {**asdict(truth), "plants": [plant.to_json() for plant in truth.plants]}
    text = json.dumps(written, ensure_ascii=False, indent=1)
    (folder / TRUTH).write_text(text + "\n", encoding="utf-8")


def _copy_project(folder: Path) -> None:
    """The repository's own configuration, unless the folder is the repository."""
    if folder.resolve() == PROJECT:
        return
    for part in ("config", "mappings"):
        for source in sorted((PROJECT / part).rglob("*")):
            if source.suffix in (".yaml", ".json") and "templates" not in source.parts:
                target = folder / source.relative_to(PROJECT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
