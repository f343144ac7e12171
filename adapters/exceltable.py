"""The records in one sheet of a workbook."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from functools import cached_property

from adapters.excelbook import Book
from adapters.excelsheet import Cell, Row, Sheet, sheet
from adapters.excelvalues import CellError, Shown, as_text, is_error, shown
from adapters.excelzip import BookError
from adapters.protocol import SourceRecord
from adapters.times import moment

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOTHING = Cell(0, "n", 0, "", False, 0, 0)


@dataclass(frozen=True)
class ExcelTable:
    """The rows below the header of a sheet, by the value of their key column."""

    book: Book
    part: str
    sheet: Sheet
    header: int
    columns: Mapping[str, int]
    """Column numbers by name."""
    key: str
    modified: str | None = None
    zone: tzinfo = UTC
    places: dict[str, int] = field(default_factory=dict)
    """The row of each record."""
    doubles: dict[str, list[int]] = field(default_factory=dict)
    """Rows that share a key, by key: none of them is a record."""
    unread: dict[str, str] = field(default_factory=dict)
    """What is wrong, by place, with rows that may hide any record."""
    faults: dict[str, str] = field(default_factory=dict)
    """Records of which some cells show an error; those cells are left out."""

    @property
    def problems(self) -> list[tuple[str, str]]:
        shared = [(id, f"its key stands on rows {told(rows)}") for id, rows in self.doubles.items()]
        return [*self.unread.items(), *shared, *self.faults.items()]

    @property
    def whole(self) -> bool:
        """No record hides among rows that cannot be told."""
        return not self.unread and not self.doubles

    @cached_property
    def last(self) -> int:
        """The last row with anything in it."""
        merged = (area.bottom for area in self.sheet.merged if area.left <= max(self.columns.values()))
        return max(self.header, *merged, *(row.number for row in self.sheet.rows.values() if _filled(row)))

    @cached_property
    def covered(self) -> Mapping[tuple[int, int], int]:
        """Places inside merged areas, each with the row whose value it shows; 0 where it shows none."""
        found: dict[tuple[int, int], int] = {}
        width, height = max(self.columns.values()), max(self.sheet.rows)
        for merged in self.sheet.merged:
            for number in range(max(merged.top, self.header), min(merged.bottom, height) + 1):
                for column in range(merged.left, min(merged.right, width) + 1):
                    found[number, column] = merged.top if column == merged.left else 0
            if merged.top == merged.bottom:
                found.pop((merged.top, merged.left), None)
        return found

    def cell(self, number: int, column: int) -> Cell:
        """The cell whose value stands in this place."""
        at = self.covered.get((number, column), number) if self.sheet.merged else number
        row = self.sheet.rows.get(at)
        return row.cells.get(column, _NOTHING) if row else _NOTHING

    def text(self, number: int, column: int) -> str:
        return as_text(shown(self.cell(number, column), self.book))

    def record(self, number: int) -> SourceRecord:
        values: dict[str, Shown] = {}
        for name, column in self.columns.items():
            try:
                values[name] = shown(self.cell(number, column), self.book)
            except CellError:
                continue
        return self.made(values)

    def unknown(self, number: int) -> list[str]:
        """The columns in which this row shows an error."""
        return [name for name, column in self.columns.items() if is_error(self.cell(number, column))]

    def made(self, values: Mapping[str, Shown]) -> SourceRecord:
        """The record that shows this."""
        stamp = as_text(values.get(self.modified)) if self.modified else ""
        at = moment(stamp, self.zone) if stamp else None
        return SourceRecord(as_text(values[self.key]), values, _digest(values), at)

    def records(self) -> Iterator[SourceRecord]:
        return (self.record(number) for number in self.places.values())

    def find(self, id: str) -> SourceRecord | None:
        """The record, or a tombstone; None where nobody can tell, because rows cannot be read."""
        if id in self.places:
            return self.record(self.places[id])
        return None if self.unread or id in self.doubles else SourceRecord(id, {}, deleted=True)

    def is_computed(self, number: int, column: int) -> bool:
        if self.cell(number, column).formula:
            return True
        return any(area.holds(number, column) for area in self.sheet.computed)

    def typed(self) -> frozenset[str]:
        """The columns that people fill in: in some row, or in all, there is no formula."""
        rows = list(self.places.values())
        return frozenset(
            name
            for name, column in self.columns.items()
            if not rows or any(not self.is_computed(number, column) for number in rows)
        )


def table(
    book: Book,
    part: str,
    key: str,
    header: int | None = None,
    modified: str | None = None,
    zone: tzinfo = UTC,
) -> ExcelTable:
    """The records of a sheet. Raises BookError when it lacks a column named here."""
    cells = sheet(book.package.read(part))
    number, columns = _header(book, cells, key, header)
    for name in (key, modified):
        if name is not None and name not in columns:
            raise BookError(
                f"row {number} has no column {name!r}; its columns are {', '.join(columns)}. "
                "Set `header` to the row that names the columns"
            )
    made = ExcelTable(book, part, cells, number, columns, key, modified, zone)
    for row in cells.rows.values():
        if row.number > number:
            _enter(made, row)
    return made


def _header(book: Book, cells: Sheet, key: str, wanted: int | None) -> tuple[int, dict[str, int]]:
    """The row that names the columns: the one wanted, else the first that names the key."""
    likely: tuple[int, dict[str, int]] | None = None
    for number, row in cells.rows.items():
        if wanted is not None and number != wanted:
            continue
        names = _names(book, row)
        if wanted is not None or key in dict(names):
            return number, _unique(number, names)
        if likely is None and len(names) > 1:
            likely = number, dict(names)
    if likely is None:
        raise BookError(f"row {wanted or 1} names no columns; set `header` to the row that does")
    return likely


def _names(book: Book, row: Row) -> list[tuple[str, int]]:
    named: list[tuple[str, int]] = []
    for column, cell in sorted(row.cells.items()):
        try:
            name = " ".join(as_text(shown(cell, book)).split())
        except CellError:
            continue
        if name:
            named.append((name, column))
    return named


def _unique(number: int, names: Sequence[tuple[str, int]]) -> dict[str, int]:
    found = [name for name, _ in names]
    if twice := sorted({name for name in found if found.count(name) > 1}):
        raise BookError(f"row {number} names twice: {', '.join(twice)}; give each column a name of its own")
    if not found:
        raise BookError(f"row {number} names no columns; set `header` to the row that does")
    return dict(names)


def _enter(made: ExcelTable, row: Row) -> None:
    columns = made.columns
    if not any(cell.raw for cell in row.cells.values()):
        return
    try:
        id = made.text(row.number, columns[made.key])
    except CellError as error:
        made.unread[f"row {row.number}"] = f"its key shows {error}"
        return
    if not id.strip():
        if any(_typed(made, row.cells.get(column)) for column in columns.values()):
            made.unread[f"row {row.number}"] = "has no key"
    elif CONTROL.search(id):
        made.unread[f"row {row.number}"] = "has a control character in its key"
    elif id in made.doubles:
        made.doubles[id].append(row.number)
    elif id in made.places:
        made.doubles[id] = [made.places.pop(id), row.number]
        made.faults.pop(id, None)
    else:
        made.places[id] = row.number
        if wrong := made.unknown(row.number):
            made.faults[id] = f"row {row.number} shows an error in {', '.join(wrong)}; it counts as not known"


def _filled(row: Row) -> bool:
    return any(cell.raw or cell.formula for cell in row.cells.values())


def _typed(made: ExcelTable, cell: Cell | None) -> bool:
    """Did a person put something here that shows?"""
    if cell is None or cell.formula:
        return False
    return is_error(cell) or bool(as_text(shown(cell, made.book)).strip())


def _digest(values: Mapping[str, Shown]) -> str:
    """Differs after each change that a reader can see."""
    text = json.dumps([[name, as_text(value)] for name, value in sorted(values.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def told(rows: Sequence[int]) -> str:
    """2, 3 and 4."""
    return f"{', '.join(map(str, rows[:-1]))} and {rows[-1]}"
