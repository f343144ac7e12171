"""Both laws for every mapping of every project in the repository, over records made from the mapping."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import first_day, ground
from config.loader import load_project
from config.project import init_project
from reconcile.errors import RecordError
from reconcile.mapping import apply_patch, check_laws
from reconcile.mapping.compiled import CompiledMapping
from reconcile.mapping.model import EntityMapping
from reconcile.values import BLANK, CLEAR, Golden
from tests.types import generating

ROOT = Path(__file__).parents[2]
RECORDS = 1000
LEFT_OVER = ("build", "demo", "rehearsal")
PROJECTS = sorted(
    found.parents[1].relative_to(ROOT)
    for found in ROOT.glob("**/config/hub.yaml")
    if not any(
        part.startswith(".") or part in ("build", "demo", "rehearsal")
        for part in found.parts[len(ROOT.parts) :]
    )
)


SHORT = [raw for raw in generating.RAW_ODDITIES if not (isinstance(raw, str) and len(raw) > 99)]


class Environment(dict[str, str]):
    """Any variable that a project asks for."""

    def __missing__(self, name: str) -> str:
        return f"https://{name.lower().replace('_', '-')}.example"

    def __contains__(self, name: object) -> bool:
        return True

    def get(self, name, default=None):
        return self[name]


def wishes(mapping: CompiledMapping, rng: random.Random) -> dict[str, Golden]:
    """Values that a hub may want a system to have: nothing wrong, no placeholders, some to be emptied."""
    wanted: dict[str, Golden] = {}
    for field in mapping.lenses:
        kind = mapping.types[field]
        raw = rng.choice(SHORT if rng.random() < 0.1 else kind.examples)
        value = kind.normalise(generating.change(raw, rng) if rng.random() < 0.3 else raw)
        if rng.random() < 0.8 and not kind.validate(value):
            wanted[field] = value if rng.random() < 0.9 else BLANK
    if mapping.placeholders:
        mapping.placeholders.blank(wanted)
    return {field: CLEAR if value is BLANK else value for field, value in wanted.items()}


def scratched(raw: object, rng: random.Random) -> object:
    """The record as people and systems leave it: gaps, other notations, keys that are not there."""
    if isinstance(raw, dict):
        kept = {name: value for name, value in raw.items() if name == "id" or rng.random() < 0.95}
        return {name: value if name == "id" else scratched(value, rng) for name, value in kept.items()}
    if isinstance(raw, list):
        return [scratched(one, rng) for one in raw]
    if isinstance(raw, str) and rng.random() < 0.3:
        return rng.choice((generating.variant(raw, rng)[: len(raw)], "", None, " "))  # no more than fits
    return raw


def record(declared: EntityMapping, mapping: CompiledMapping, rng: random.Random) -> dict[str, object]:
    start = copy.deepcopy(rng.choice([{}, *(one.raw for one in declared.examples if one.raw)]))
    wanted = {
        field: value
        for field, value in wishes(mapping, rng).items()
        if mapping.terms[field].writable and (value is CLEAR or mapping.refuses(field, value) is None)
    }
    made = scratched(apply_patch(start, mapping.write(start or None, wanted), mapping), rng)
    assert isinstance(made, dict)
    return {**made, "unmapped": {"x": [1, {"y": None}]}}


def records(
    declared: EntityMapping, mapping: CompiledMapping, rng: random.Random
) -> Iterator[dict[str, object]]:
    """RECORDS that the mapping can read; any other is set aside when it is pulled, and never written to."""
    made = 0
    while made < RECORDS:
        raw = record(declared, mapping, rng)
        try:
            mapping.read(raw)
        except RecordError:
            continue
        made += 1
        yield raw


def prove(folder: Path, name: str) -> None:
    """`name` seeds the records: the same ones wherever the repository stands."""
    project = load_project(folder, Environment())
    assert project.compiled
    for (system, entity), mapping in project.compiled.items():
        rng, read = random.Random(f"{name} {system}"), 0
        for raw in records(project.mappings[system][entity], mapping, rng):
            before = copy.deepcopy(raw)
            assert check_laws(mapping, raw) == [], (system, raw)
            wanted = wishes(mapping, rng)
            assert check_laws(mapping, raw, wanted) == [], (system, raw, wanted)
            assert raw == before
            read += len(mapping.read(raw)[1])
        assert read > RECORDS, system


@pytest.mark.parametrize("folder", PROJECTS, ids=str)
def test_every_mapping_in_the_repository_obeys_both_laws(folder):
    prove(ROOT / folder, str(folder))


def test_the_mappings_of_a_new_project_obey_both_laws(tmp_path):
    init_project(tmp_path)
    prove(tmp_path, "new")


def test_the_mappings_that_are_measured_with_obey_both_laws(tmp_path):
    ground.make_project(tmp_path, {"one": "http://one.example", "system1": "http://two.example"})
    prove(tmp_path, "measured")


@pytest.mark.skipif(not first_day.DATA.exists(), reason="the labelled customers of ../shared are not here")
def test_the_mappings_of_a_first_day_obey_both_laws(tmp_path):
    first_day.make_project(tmp_path, first_day.DATA, [])
    prove(tmp_path, "measured")
