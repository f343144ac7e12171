"""The records in a CSV file, and a draft of the file with changes made."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from adapters import csvformat
from adapters.csvformat import FormatError, Row, Sheet
from adapters.protocol import Action, Change, Outcome, SourceRecord
from adapters.times import moment
from adapters.wholefile import next_key

WRITES: frozenset[Action] = frozenset({"create", "update", "delete"})
_DIGITS = 18
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The rows of a sheet by the value of its key column."""

    sheet: Sheet
    key: int
    modified: int | None = None
    zone: tzinfo = UTC
    places: dict[str, int] = field(default_factory=dict)
    """Where each record stands among the rows of the sheet."""
    doubles: dict[str, list[int]] = field(default_factory=dict)
    """Lines that share a key, by key: none of them is a record."""
    unread: dict[str, str] = field(default_factory=dict)
    """What is wrong, by place, with rows that may hide any record."""

    @property
    def problems(self) -> list[tuple[str, str]]:
        shared = [(id, f"its key stands on lines {_and(lines)}") for id, lines in self.doubles.items()]
        return [*self.unread.items(), *shared]

    def record(self, row: Row) -> SourceRecord:
        payload = {name: row.cells[place] for place, name in enumerate(self.sheet.columns) if name}
        changed = moment(row.cells[self.modified], self.zone) if self.modified is not None else None
        return SourceRecord(row.cells[self.key], payload, _digest(row.text), changed)

    def records(self) -> Iterator[SourceRecord]:
        return (self.record(self.sheet.rows[place]) for place in self.places.values())

    def find(self, id: str) -> SourceRecord | None:
        """The record, or a tombstone; None where nobody can tell, because rows cannot be read."""
        if id in self.places:
            return self.record(self.sheet.rows[self.places[id]])
        return None if self.unread or id in self.doubles else SourceRecord(id, {}, deleted=True)


def table(sheet: Sheet, key: str, modified: str | None = None, zone: tzinfo = UTC) -> CsvTable:
    """The records of a sheet. Raises FormatError when it lacks a column named here."""
    for name in (key, modified):
        if name is not None and name not in sheet.columns:
            raise FormatError(
                f"it has no column {name!r}; its columns are {', '.join(filter(None, sheet.columns))}"
            )
    made = CsvTable(
        sheet, sheet.columns.index(key), sheet.columns.index(modified) if modified else None, zone
    )
    for place, row in enumerate(sheet.rows):
        if problem := row.problem or _key_problem(row, made.key):
            made.unread[f"line {row.line}"] = problem
        elif row.cells:
            _enter(made, row, place)
    return made


def _enter(made: CsvTable, row: Row, place: int) -> None:
    id = row.cells[made.key]
    if id in made.doubles:
        made.doubles[id].append(row.line)
    elif id in made.places:
        made.doubles[id] = [made.sheet.rows[made.places.pop(id)].line, row.line]
    else:
        made.places[id] = place


def _key_problem(row: Row, key: int) -> str:
    if row.cells and not row.cells[key].strip():
        return "has no key"
    return "has a control character in its key" if row.cells and _CONTROL.search(row.cells[key]) else ""


class Draft:
    """The file as it will be; `apply` tells what becomes of each change if the draft is stored."""

    def __init__(self, table: CsvTable) -> None:
        self.table = table
        self.moved = False
        """Something differs from the file."""
        self._rows: dict[int, Row | None] = {}
        self._places = dict(table.places)
        self._next = len(table.sheet.rows)

    def content(self) -> bytes:
        rows = [self._row(place) for place in range(self._next)]
        return csvformat.write(self.table.sheet, [row.text for row in rows if row])

    def apply(self, change: Change) -> Outcome:
        if change.action not in WRITES:
            return _no(change, f"a CSV file does not {change.action}")
        cells = self._cells(change)
        if isinstance(cells, str):
            return _no(change, cells)
        if change.action == "create":
            return self._create(change, cells)
        place = self._places.get(change.id or "")
        row = None if place is None else self._row(place)
        if place is None or row is None:
            return _no(change, self._absent(change.id))
        if change.expected_version not in (None, _digest(row.text)):
            return Outcome(change.key, "stale", self.table.record(row), "the row was changed meanwhile")
        return (
            self._delete(change, place)
            if change.action == "delete"
            else self._update(change, place, row, cells)
        )

    def _update(self, change: Change, place: int, row: Row, cells: Mapping[int, str]) -> Outcome:
        if cells.get(self.table.key, change.id) != change.id:
            return _no(change, f"{self.table.sheet.columns[self.table.key]}: a key does not change")
        news = {at: value for at, value in cells.items() if value != row.cells[at]}
        if not news:
            return Outcome(change.key, "already", self.table.record(row))
        text = csvformat.changed(self.table.sheet, row, news)
        whole = tuple(news.get(at, value) for at, value in enumerate(row.cells))
        return self._stored(change, place, Row(row.line, text, whole))

    def _delete(self, change: Change, place: int) -> Outcome:
        self._rows[place], self.moved = None, True
        del self._places[str(change.id)]
        return Outcome(change.key, "applied", SourceRecord(str(change.id), {}, deleted=True))

    def _create(self, change: Change, cells: Mapping[int, str]) -> Outcome:
        if self.table.unread:
            return _no(change, "some rows cannot be read and may hold this record; repair them first")
        key = cells.get(self.table.key) or self._next_key()
        if key is None:
            return _no(change, "the keys are not all numbers, so a new record must bring its own")
        if key in self._places or key in self.table.doubles:
            return _no(change, "there is already a record with this key")
        if not key.strip() or _CONTROL.search(key):
            return _no(change, "this key is blank or holds a control character")
        whole = tuple(
            {**cells, self.table.key: key}.get(at, "") for at in range(len(self.table.sheet.columns))
        )
        place, self._next = self._next, self._next + 1
        self._places[key] = place
        return self._stored(change, place, Row(0, csvformat.added(self.table.sheet, whole), whole))

    def _stored(self, change: Change, place: int, row: Row) -> Outcome:
        self._rows[place], self.moved = row, True
        return Outcome(change.key, "applied", self.table.record(row))

    def _row(self, place: int) -> Row | None:
        return self._rows[place] if place in self._rows else self.table.sheet.rows[place]

    def _cells(self, change: Change) -> dict[int, str] | str:
        """The new cells by place, or why there can be none."""
        columns, cells = self.table.sheet.columns, {}
        for name, value in change.payload.items():
            text = _text(value)
            if not name or name not in columns:
                return f"{name}: there is no such column"
            if text is None:
                return f"{name}: a cell holds text, not {type(value).__name__}"
            if not csvformat.encodable(self.table.sheet, text):
                return (
                    f"{name}: {self.table.sheet.encoding} lacks one of its characters; save the file as UTF-8"
                )
            cells[columns.index(name)] = text
        return cells

    def _absent(self, id: str | None) -> str:
        if lines := self.table.doubles.get(id or ""):
            return f"its key stands on lines {_and(lines)}; leave one of them"
        if self.table.unread:
            return f"no readable row has this key; see {', '.join(list(self.table.unread)[:3])}"
        return "the record is gone"

    def _next_key(self) -> str | None:
        return next_key([*self._places, *self.table.doubles], _DIGITS)


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    return "" if value is None else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.rstrip("\r\n").encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _no(change: Change, why: str) -> Outcome:
    return Outcome(change.key, "rejected", detail=why)


def _and(lines: Sequence[int]) -> str:
    return f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"
