"""A sheet of an Excel workbook as a system: read whole, and written such that no other cell changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field

from adapters import excelbook, exceltable, files, wholefile
from adapters.errors import SystemOut
from adapters.exceldraft import WRITES, Draft
from adapters.exceltable import ExcelTable
from adapters.excelvalues import as_text
from adapters.excelzip import BookError
from adapters.protocol import Capabilities, Change, Outcome, Page, SourceRecord
from adapters.registry import Kind
from adapters.settings import KindSettings, Opening, Zone
from adapters.wholefile import PAGE


class ExcelSettings(KindSettings):
    """`{kind: excel, path: customers.xlsx, key: Number}`"""

    path: str
    key: str
    """The header of the column that names each record, and never changes."""
    sheet: str | None = None
    """Its tab; when left out the mapping's `resource`, and the first one when that is left out too."""
    header: int | None = Field(default=None, ge=1)
    """The row that names the columns; when left out the first that names the key."""
    modified: str | None = None
    """The column that says when a row was last changed."""
    zone: Zone = "UTC"
    """Where that column's times are."""


class ExcelAdapter:
    """Reads one sheet for each entity and changes single cells of it; formulas and all the rest stay.

    Rows it cannot read are problems. As long as there are such rows no pull is complete, and no record that
    is not found counts as gone. A cell that shows an error counts as not known.
    """

    def __init__(
        self, system: str, settings: ExcelSettings, folder: Path, resources: Mapping[str, str]
    ) -> None:
        self._system, self._settings, self._resources = system, settings, resources
        self._path = (folder / settings.path).resolve()
        self._last: tuple[str, str | None, ExcelTable] | None = None
        """(digest, entity) of the table read last: reading takes long, and a file is often still the same."""
        self._columns: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        for entity in resources:
            try:
                loaded, _, _ = self._load(entity)
            except SystemOut:
                continue  # check and pull say so
            self._columns[entity] = frozenset(loaded.columns), loaded.typed()

    @property
    def system(self) -> str:
        return self._system

    def capabilities(self, entity: str) -> Capabilities:
        columns, typed = self._columns.get(entity, (frozenset(), frozenset()))
        return Capabilities(
            writes=WRITES,
            deletes="absence",
            conditional_write=True,
            searchable=columns,
            fetch_batch=PAGE,
            write_batch=PAGE,
            returns_record=True,
            writable=typed or None,
        )

    def check(self) -> None:
        for entity in self._resources:
            self._load(entity)

    def close(self) -> None:
        """Nothing is kept open between requests."""
        self._last = None

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        """The whole sheet, or nothing when the file is still the one of `since`."""
        loaded, cursor, _ = self._load(entity)
        if since == cursor:
            yield Page([], cursor)
            return
        records = list(loaded.records())
        *firsts, last = range(0, max(len(records), 1), PAGE)
        for start in firsts:
            yield Page(records[start : start + PAGE])
        yield Page(records[last:], cursor, complete=loaded.whole, problems=loaded.problems)

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[SourceRecord]:
        """Leaves out an id of which nobody can tell whether it is gone, because rows cannot be read."""
        loaded, _, _ = self._load(entity)
        yield from filter(None, map(loaded.find, ids))

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        if unknown := keys.keys() - self.capabilities(entity).searchable:
            raise ValueError(f"{self._system} has no column {', '.join(sorted(unknown))} to search by")
        loaded, _, _ = self._load(entity)
        for record in loaded.records():
            if any(as_text(record.payload.get(name)) == wanted for name, wanted in keys.items()):
                yield record

    def push(self, entity: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One rewrite for all changes, on the file as it is right then."""

        def begin() -> tuple[Draft, files.FileState]:
            loaded, _, seen = self._load(entity)
            return Draft(loaded), seen

        return wholefile.rewrite(self._path, changes, begin)

    def _load(self, entity: str) -> tuple[ExcelTable, str, files.FileState]:
        """(records, cursor, state of the file)"""
        try:
            seen = files.state(self._path)
            content = self._path.read_bytes()
            cursor = hashlib.sha256(content).hexdigest()
            return self._table(content, cursor, entity), cursor, seen
        except BookError as error:
            raise SystemOut(f"{self._system}: {self._settings.path}: {error}") from None
        except OSError as error:
            advice = "put the file there, or correct `path` or its permissions"
            raise SystemOut(f"{self._system}: {self._path}: {error.strerror}; {advice}") from error

    def _table(self, content: bytes, cursor: str, entity: str) -> ExcelTable:
        """Raises BookError."""
        if self._last and self._last[:2] == (cursor, entity):
            return self._last[2]
        settings = self._settings
        book = excelbook.book(content)
        _, part = book.sheet(self._tab(book, entity))
        zone = ZoneInfo(settings.zone)
        read = exceltable.table(book, part, settings.key, settings.header, settings.modified, zone)
        self._last = cursor, entity, read
        return read

    def _tab(self, book: excelbook.Book, entity: str) -> str | None:
        """The sheet that people named. An entity's own name is one only where there is such a sheet."""
        if self._settings.sheet:
            return self._settings.sheet
        resource = self._resources.get(entity, entity)
        there = {name.casefold() for name in book.sheets}
        return None if resource == entity and resource.casefold() not in there else resource


def open_excel(system: str, settings: ExcelSettings, opening: Opening) -> ExcelAdapter:
    return ExcelAdapter(system, settings, opening.folder, opening.resources)


KIND = Kind("excel", ExcelSettings, open_excel)
