"""A sheet with changes made to it, and what becomes of each change."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.excelsheet import LAST_ROW, Cell, New, edited, letters
from adapters.exceltable import CONTROL, ExcelTable, told
from adapters.excelvalues import Shown, as_text, same, shown, written
from adapters.protocol import Action, Change, Outcome, SourceRecord
from adapters.wholefile import next_key

WRITES: frozenset[Action] = frozenset({"create", "update", "delete"})
_DIGITS = 15


class Draft:
    """The sheet as it will be; `apply` tells what becomes of each change if the draft is stored."""

    def __init__(self, table: ExcelTable) -> None:
        self.table = table
        self._news: dict[int, dict[int, New]] = {}
        self._shown: dict[str, dict[str, Shown]] = {}
        """What the records that moved will show."""
        self._places = dict(table.places)
        self._last = table.last

    @property
    def moved(self) -> bool:
        """Something differs from the file."""
        return bool(self._news)

    def content(self) -> bytes:
        return self.table.book.replaced(self.table.part, edited(self.table.sheet, self._news))

    def apply(self, change: Change) -> Outcome:
        if change.action not in WRITES:
            return _no(change, f"a workbook does not {change.action}; do it in the sheet itself")
        if wrong := self._wrong(change):
            return _no(change, wrong)
        if change.action == "create":
            return self._create(change)
        id = change.id or ""
        if id not in self._places:
            return _no(change, self._absent(id))
        now = self.table.made(self._shown[id]) if id in self._shown else self.table.record(self._places[id])
        if change.expected_version not in (None, now.version):
            return Outcome(change.key, "stale", now, "the row was changed meanwhile")
        return self._delete(change, now) if change.action == "delete" else self._update(change, now)

    def _delete(self, change: Change, now: SourceRecord) -> Outcome:
        """Empty the row and leave it where it is, so that no formula elsewhere points at another one."""
        number, columns = self._places[now.id], self.table.columns
        typed = {name: at for name, at in columns.items() if not self.table.is_computed(number, at)}
        if self.table.key not in typed or any(self._fixed(number, name) for name in typed):
            return _no(
                change, "a formula or merged cells hold part of its row; delete it in the sheet itself"
            )
        old = {at: self._sample(number, number, at) for at in typed.values()}
        self._news[number] = {at: New("", "", cell.style) for at, cell in old.items() if cell}
        del self._places[now.id]
        return Outcome(change.key, "applied", SourceRecord(now.id, {}, deleted=True))

    def _update(self, change: Change, now: SourceRecord) -> Outcome:
        number = self._places[now.id]
        news: dict[str, Shown] = {
            name: value
            for name, value in change.payload.items()
            if name not in now.payload or not same(now.payload[name], value)
        }
        if not news:
            return Outcome(change.key, "already", now)
        if self.table.key in news:
            return _no(change, f"{self.table.key}: a key does not change")
        if wrong := next(filter(None, (self._fixed(number, name) for name in news)), ""):
            return _no(change, wrong)
        return self._stored(change, number, {**now.payload, **news}, news, number)

    def _create(self, change: Change) -> Outcome:
        if self.table.unread:
            return _no(change, "some rows cannot be read and may hold this record; repair them first")
        key = as_text(change.payload.get(self.table.key)) or self._next_key()
        if key is None:
            return _no(change, "the keys are not all numbers, so a new record must bring its own")
        if key in self._places or key in self.table.doubles:
            return _no(change, "there is already a record with this key")
        if not key.strip() or CONTROL.search(key):
            return _no(change, "this key is blank or holds a control character")
        if self._last >= LAST_ROW:
            return _no(change, "the sheet is full")
        number = self._last + 1
        values = {**dict.fromkeys(self.table.columns), **change.payload, self.table.key: key}
        outcome = self._stored(change, number, values, values, self.table.last)
        if outcome.status == "applied":
            self._last, self._places[key] = number, number
        return outcome

    def _stored(
        self, change: Change, number: int, values: Mapping[str, Shown], news: Mapping[str, Shown], like: int
    ) -> Outcome:
        """Put `news` into a row; cells that are not there yet look like those of the row `like`."""
        cells: dict[int, New] = {}
        for name, value in news.items():
            column = self.table.columns[name]
            cell = written(value, self._sample(number, like, column), self.table.book)
            if isinstance(cell, str):
                return _no(change, f"{name}: {cell}")
            cells[column] = cell
        if number != like:
            cells |= self._dressed(number, like, cells)
        self._news[number] = self._news.get(number, {}) | cells
        now = dict(values)
        for name in news:
            now[name] = self._reads(cells[self.table.columns[name]])
        record = self.table.made(now)
        self._shown[record.id] = now
        return Outcome(change.key, "applied", record)

    def _sample(self, number: int, like: int, column: int) -> Cell | None:
        """The cell whose style and sort the new one takes."""
        if (new := self._news.get(number, {}).get(column)) is not None:
            return _as_read(new)
        row = self.table.sheet.rows.get(like)
        cell = row.cells.get(column) if row and row.number > self.table.header else None
        if cell and cell.formula:  # its style, but not its sort
            return cell._replace(raw="", sort="n")
        return cell

    def _dressed(self, number: int, like: int, cells: Mapping[int, New]) -> dict[int, New]:
        """The styles of the other cells of a new row."""
        row, there = self.table.sheet.rows.get(like), self.table.sheet.rows.get(number)
        if row is None or row.number == self.table.header:
            return {}
        return {
            column: New("", "", cell.style)
            for column, cell in row.cells.items()
            if column not in cells and cell.style and not (there and column in there.cells)
        }

    def _reads(self, cell: New) -> Shown:
        """What a reader of the new cell will see."""
        return shown(_as_read(cell), self.table.book)

    def _wrong(self, change: Change) -> str:
        for name, value in change.payload.items():
            if name not in self.table.columns:
                return f"{name}: there is no such column"
            if value is not None and not isinstance(value, str | int):
                return f"{name}: a cell holds text, a whole number or yes or no, not {type(value).__name__}"
        return ""

    def _fixed(self, number: int, name: str) -> str:
        """Why this cell of a row cannot be written, or ""."""
        column = self.table.columns[name]
        if self.table.is_computed(number, column):
            return f"{name}: {letters(column)}{number} holds a formula, which stays as it is"
        if (number, column) in self.table.covered:
            return f"{name}: {letters(column)}{number} is part of merged cells, which more rows share"
        return ""

    def _absent(self, id: str) -> str:
        if rows := self.table.doubles.get(id):
            return f"its key stands on rows {told(rows)}; leave one of them"
        if self.table.unread:
            return f"no readable row has this key; see {', '.join(list(self.table.unread)[:3])}"
        return "the record is gone"

    def _next_key(self) -> str | None:
        return next_key([*self._places, *self.table.doubles], _DIGITS)


def _as_read(new: New) -> Cell:
    """The new cell as it will be found in the file."""
    return Cell(0, new.sort or "n", new.style, new.text, False, 0, 0)


def _no(change: Change, why: str) -> Outcome:
    return Outcome(change.key, "rejected", detail=why)
