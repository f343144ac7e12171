"""A small company for one story: two files, a web shop over HTTP, and the hub's own commands between them."""

from __future__ import annotations

import csv
import io
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from typer.testing import CliRunner

from flows.cli.commands import app
from sandbox.json_server import JsonServer

PROJECT = Path(__file__).parent / "project"
KEYS = {"crm": ("Nummer", ";"), "books": ("Code", ",")}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
OWN = ("id", "version", "updated_at")
Rows = dict[str, dict[str, str]]
"""Record id → field → value, as the system itself shows it."""
Difference = dict[str, dict[str, dict[str, str] | None]]
"""System → record → field → new value; None: the record is gone."""


class Clock:
    """The time that everybody in a story has; it moves only when the story says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> None:
        """To `Tuesday 10:30` of the week that begins on Monday 2 March 2026."""
        day, time = text.split()
        hour, minute = map(int, time.split(":"))
        later = datetime(2026, 3, 2 + DAYS.index(day), hour, minute, tzinfo=UTC)
        assert later >= self.now, f"{text}: in a story the clock does not run back"
        self.now = later


class System(Protocol):
    """A business application as its own people use it."""

    def rows(self) -> Rows: ...
    def enter(self, record: str, values: Mapping[str, str]) -> None: ...
    def edit(self, record: str, values: Mapping[str, str]) -> None: ...
    def delete(self, record: str) -> None: ...


class Sheet:
    """A CSV file; whoever saves it writes all of it."""

    def __init__(self, path: Path, key: str, delimiter: str) -> None:
        self.path, self.key, self.delimiter = path, key, delimiter
        self._copy = b""

    def rows(self) -> Rows:
        found = csv.DictReader(io.StringIO(self.path.read_text("utf-8")), delimiter=self.delimiter)
        return {row[self.key]: {n: v for n, v in row.items() if n != self.key} for row in found}

    def enter(self, record: str, values: Mapping[str, str]) -> None:
        self._save(self.rows() | {record: dict(values)} if self.path.exists() else {record: dict(values)})

    def edit(self, record: str, values: Mapping[str, str]) -> None:
        rows = self.rows()
        rows[record].update(values)
        self._save(rows)

    def delete(self, record: str) -> None:
        self._save({id: row for id, row in self.rows().items() if id != record})

    def keep(self) -> None:
        """Somebody puts a copy aside."""
        self._copy = self.path.read_bytes()

    def restore(self) -> None:
        """Somebody saves that copy over the file."""
        assert self._copy, "no copy was kept"
        self.path.write_bytes(self._copy)

    def _save(self, rows: Rows) -> None:
        columns = list(dict.fromkeys(name for row in rows.values() for name in row))
        text = io.StringIO()
        sheet = csv.writer(text, delimiter=self.delimiter)
        sheet.writerow([self.key, *columns])
        sheet.writerows([id, *(row.get(name, "") for name in columns)] for id, row in rows.items())
        self.path.write_text(text.getvalue(), "utf-8", newline="")


class Shop:
    """The web shop, a JSON server."""

    def __init__(self, server: JsonServer) -> None:
        self.server = server
        self.table = server.table("customers")

    def rows(self) -> Rows:
        shown = self.server.rows("customers")
        return {row["id"]: {n: v for n, v in row.items() if n not in OWN} for row in shown}

    def enter(self, record: str, values: Mapping[str, str]) -> None:
        self.table.create(values, record)

    def edit(self, record: str, values: Mapping[str, str]) -> None:
        self.table.update(record, values)

    def delete(self, record: str) -> None:
        self.table.delete(record)


@dataclass(frozen=True, slots=True)
class Said:
    """A command, how it ended and what it said."""

    line: str
    code: int
    text: str


@dataclass
class World:
    """One story's company while the story lasts."""

    folder: Path
    clock: Clock
    systems: Mapping[str, System]
    server: JsonServer
    runner: CliRunner = field(default_factory=CliRunner)

    def command(self, *words: str) -> Said:
        """Give the hub a command as a person types it, and hear what it says."""
        done = self.runner.invoke(app, [*words, "--project", str(self.folder)], catch_exceptions=False)
        return Said(shlex.join(("klantbeeld", *words)), done.exit_code, done.stdout)

    def rows(self) -> dict[str, Rows]:
        """What every system shows now."""
        return {name: system.rows() for name, system in self.systems.items()}


@contextmanager
def world(
    folder: Path, given: Mapping[str, Mapping[str, Mapping[str, str]]], clock: Clock
) -> Iterator[World]:
    """The company with the customers of `given`: system → record → field → value."""
    shutil.copytree(PROJECT, folder)
    with JsonServer({"customers": []}, clock=clock) as server:
        hub = folder / "config/hub.yaml"
        hub.write_text(hub.read_text("utf-8").replace("http://127.0.0.1:{port}", server.url), "utf-8")
        sheets = {name: Sheet(folder / f"{name}.csv", *keys) for name, keys in KEYS.items()}
        systems: dict[str, System] = {**sheets, "shop": Shop(server)}
        for name, records in given.items():
            for record, values in records.items():
                systems[name].enter(record, values)
        yield World(folder, clock, systems, server)


def difference(before: Mapping[str, Rows], after: Mapping[str, Rows]) -> Difference:
    """What was written: exactly the values that are not as they were."""
    found: Difference = {}
    for system in after:
        for record in sorted({*before[system], *after[system]}):
            told = _changed(before[system].get(record), after[system].get(record))
            if told is None or told:
                found.setdefault(system, {})[record] = told
    return found


def _changed(old: Mapping[str, str] | None, new: Mapping[str, str] | None) -> dict[str, str] | None:
    if new is None:
        return None
    return {n: new.get(n, "") for n in {**(old or {}), **new} if new.get(n) != (old or {}).get(n)}
