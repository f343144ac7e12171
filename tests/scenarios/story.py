"""A story as its file tells it, and as it went."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from config.yaml12 import load
from tests.scenarios.world import PROJECT, Clock, Difference, Rows, Said, Sheet, World, difference, world

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.yaml"))
Values = Mapping[str, str]
Edits = Mapping[str, Mapping[str, Values]]
"""System → record → field → value."""


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Happening(Told):
    """What somebody does outside the hub, and who it is."""

    says: str
    edit: Edits = {}
    enter: Edits = {}
    delete: Mapping[str, str] = {}
    keep: str = ""
    """The file of this system is copied aside."""
    restore: str = ""
    """That copy is saved over the file."""
    fault: Mapping[str, str] = {}
    """What goes wrong in the shop."""


class Asked(Told):
    """One open conflict."""

    cls: str = Field(alias="class")
    customer: str
    field: str
    values: Values


class Expected(Told):
    """What is true after a round; `written` is all that the hub wrote."""

    hub: str
    written: Mapping[str, Mapping[str, Values]]
    conflicts: Sequence[Asked]
    shows: Edits = {}
    counts: Mapping[str, int] = {}


class Round(Told):
    at: str
    when: Sequence[Happening]
    run: Sequence[str]
    then: Expected


class Story(Told):
    title: str
    point: str
    given: Edits = {}
    """What is other than in given.yaml."""
    rounds: Sequence[Round]


@dataclass(frozen=True, slots=True)
class Played:
    """How a round went."""

    round: Round
    said: Sequence[Said]
    before: Mapping[str, Rows]
    after: Mapping[str, Rows]
    asked: Sequence[Asked]

    @property
    def written(self) -> Difference:
        return difference(self.before, self.after)


def read(file: Path) -> Story:
    """The story of a file."""
    return Story.model_validate(load(file, file.name).data)


def company(story: Story | None = None) -> dict[str, Rows]:
    """The customers at the beginning."""
    rows: dict[str, Rows] = load(PROJECT / "given.yaml", "given.yaml").data
    for system, records in (story.given if story else {}).items():
        for record, values in records.items():
            rows[system][record] = {**rows[system][record], **values}
    return rows


def play(story: Story, folder: Path, clock: Clock) -> Iterator[Played]:
    """Let the story happen, round by round, after a first sync that finds everybody in agreement."""
    with world(folder, company(story), clock) as made:
        before = made.rows()
        first = made.command("sync")
        assert first.code == 0 and made.rows() == before, "a story begins in agreement"
        assert not _asked(made), "a story begins without conflicts"
        for told in story.rounds:
            yield _play_round(made, told)


def _play_round(made: World, told: Round) -> Played:
    made.clock.set(told.at)
    for happening in told.when:
        _happen(made, happening)
    before = made.rows()
    said = [made.command(*shlex.split(line)) for line in told.run]
    return Played(told, said, before, made.rows(), _asked(made))


def _happen(made: World, what: Happening) -> None:
    for system, records in what.edit.items():
        for record, values in records.items():
            made.systems[system].edit(record, values)
    for system, records in what.enter.items():
        for record, values in records.items():
            made.systems[system].enter(record, values)
    for system, record in what.delete.items():
        made.systems[system].delete(record)
    if what.keep:
        _sheet(made, what.keep).keep()
    if what.restore:
        _sheet(made, what.restore).restore()
    if what.fault:
        made.server.fault(**what.fault)


def _sheet(made: World, name: str) -> Sheet:
    sheet = made.systems[name]
    assert isinstance(sheet, Sheet), f"{name} is no file"
    return sheet


def _asked(made: World) -> list[Asked]:
    found: Mapping[str, Any] = json.loads(made.command("conflicts", "--json").text)
    return [
        Asked.model_validate(
            {
                "class": one["class"],
                "customer": one["name"],
                "field": one["label"],
                "values": {said["who"]: said["text"] for said in one["values"]},
            }
        )
        for one in found["conflicts"]
    ]
