"""The sheets of a workbook that nobody has described yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters import excelbook, excelsheet
from adapters.excelbook import Book
from adapters.excelsheet import Row
from adapters.excelvalues import CellError, Shown, as_text, shown
from adapters.excelzip import BookError
from config.sampling.table import CannotSample

_TITLES = 20
"""Rows above the header that may hold a title or a logo."""


@dataclass(frozen=True, slots=True)
class SheetRows:
    name: str
    header: int
    """The number of the row that names the columns."""
    columns: dict[str, list[object]]


def sheets(path: Path, wanted: str | None) -> list[SheetRows]:
    """The sheets with rows below a header, or the one that is wanted. Raises CannotSample."""
    try:
        book = excelbook.book(path.read_bytes())
        names = [book.sheet(wanted)[0]] if wanted else list(book.sheets)
        found = [_read(book, name) for name in names]
    except BookError as error:
        raise CannotSample(f"{path.name}: {error}") from None
    except OSError as error:
        raise CannotSample(f"{path.name}: {error.strerror}; correct its name or its permissions") from None
    return [sheet for sheet in found if sheet is not None]


def _read(book: Book, name: str) -> SheetRows | None:
    cells = excelsheet.sheet(book.package.read(book.sheets[name]))
    rows = [row for row in cells.rows.values() if any(cell.raw for cell in row.cells.values())]
    header = _header(book, rows)
    if header is None:
        return None
    named = [(column, " ".join(as_text(_shown(book, header, column)).split())) for column in header.cells]
    names = [text for _, text in named if text]
    if twice := sorted(text for text, count in Counter(names).items() if count > 1):
        told = ", ".join(twice)
        raise BookError(f"sheet {name} names twice: {told}; give each column a name of its own")
    below = [row for row in rows if row.number > header.number]
    columns: dict[str, list[object]] = {
        text: [_shown(book, row, column) for row in below] for column, text in named if text
    }
    return SheetRows(name, header.number, columns) if below and len(columns) > 1 else None


def _header(book: Book, rows: Sequence[Row]) -> Row | None:
    """The first row that is nearly as wide as the widest and holds nothing but texts."""
    first = rows[:_TITLES]
    widths = {row.number: sum(bool(cell.raw) for cell in row.cells.values()) for row in first}
    wide = max(widths.values(), default=0)
    for row in first:
        texts = [_shown(book, row, column) for column in row.cells]
        all_text = all(value is None or isinstance(value, str) for value in texts)
        if widths[row.number] >= max(2, 0.6 * wide) and all_text:
            return row
    return None


def _shown(book: Book, row: Row, column: int) -> Shown:
    """What a cell shows; an error such as #N/A shows nothing."""
    cell = row.cells.get(column)
    try:
        return shown(cell, book) if cell else None
    except CellError:
        return None
