"""A CSV file as a system: read whole, written whole, and everything in it is text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from adapters import csvformat, csvtable, files, wholefile
from adapters.csvformat import FormatError
from adapters.csvtable import WRITES, CsvTable, Draft
from adapters.errors import SystemOut
from adapters.protocol import Capabilities, Change, Outcome, Page, SourceRecord
from adapters.registry import Kind
from adapters.settings import KindSettings, Opening, Zone
from adapters.wholefile import PAGE


class CsvSettings(KindSettings):
    """`{kind: csv, path: customers.csv, key: number}`"""

    path: str
    key: str
    """The column that names each record, and never changes."""
    modified: str | None = None
    """The column that says when a row was last changed."""
    zone: Zone = "UTC"
    """Where that column's times are, when they do not say so."""
    encoding: str | None = None
    """Found out when left out: a byte order mark, else UTF-8, else cp1252.

    Set it when other users of a file without accents so far expect cp1252: to the hub such a file is UTF-8.
    """
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    """Found out from the header when left out."""


class CsvAdapter:
    """Reads and rewrites one file. Rows it cannot read are problems, and stay in the file as they are.

    As long as there are such rows no pull is complete, and no record that is not found counts as gone.
    """

    def __init__(self, system: str, settings: CsvSettings, folder: Path) -> None:
        self._system, self._settings = system, settings
        self._path = (folder / settings.path).resolve()
        try:
            loaded, _, _ = self._load()
        except SystemOut:
            self._columns, self._found = frozenset[str](), ""  # check and pull say so
        else:
            self._columns, self._found = frozenset(filter(None, loaded.sheet.columns)), loaded.sheet.found

    @property
    def system(self) -> str:
        return self._system

    @property
    def found(self) -> str:
        """How the file was written when opened: utf-8 with BOM, ';'. Blank when it could not be read."""
        return self._found

    def capabilities(self, entity: str) -> Capabilities:
        return Capabilities(
            writes=WRITES,
            deletes="absence",
            conditional_write=True,
            searchable=self._columns,
            fetch_batch=PAGE,
            write_batch=PAGE,
            returns_record=True,
            writable=self._columns or None,
        )

    def check(self) -> None:
        self._load()

    def close(self) -> None:
        """Nothing is kept open between requests."""

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        """The whole file, or nothing when it is still the one of `since`."""
        loaded, cursor, _ = self._load()
        if since == cursor:
            yield Page([], cursor)
            return
        records = list(loaded.records())
        *firsts, last = range(0, max(len(records), 1), PAGE)
        for start in firsts:
            yield Page(records[start : start + PAGE])
        yield Page(records[last:], cursor, complete=not loaded.problems, problems=loaded.problems)

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[SourceRecord]:
        """Leaves out an id of which nobody can tell whether it is gone, because rows cannot be read."""
        loaded, _, _ = self._load()
        yield from filter(None, map(loaded.find, ids))

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        if unknown := keys.keys() - self._columns:
            raise ValueError(f"{self._system} has no column {', '.join(sorted(unknown))} to search by")
        loaded, _, _ = self._load()
        for record in loaded.records():
            if any(record.payload.get(name) == wanted for name, wanted in keys.items()):
                yield record

    def push(self, entity: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One rewrite for all changes, on the file as it is right then."""

        def begin() -> tuple[Draft, files.FileState]:
            loaded, _, seen = self._load()
            return Draft(loaded), seen

        return wholefile.rewrite(self._path, changes, begin)

    def _load(self) -> tuple[CsvTable, str, files.FileState]:
        """(records, cursor, state of the file)"""
        settings = self._settings
        try:
            seen = files.state(self._path)
            content = self._path.read_bytes()
            sheet = csvformat.read(content, settings.encoding, settings.delimiter)
            loaded = csvtable.table(sheet, settings.key, settings.modified, ZoneInfo(settings.zone))
        except FormatError as error:
            raise SystemOut(
                f"{self._system}: {settings.path}: {error}"
            ) from None  # bytes of the file behind it
        except OSError as error:
            advice = "put the file there, or correct `path` or its permissions"
            raise SystemOut(f"{self._system}: {self._path}: {error.strerror}; {advice}") from error
        return loaded, hashlib.sha256(content).hexdigest(), seen


def open_csv(system: str, settings: CsvSettings, opening: Opening) -> CsvAdapter:
    return CsvAdapter(system, settings, opening.folder)


KIND = Kind("csv", CsvSettings, open_csv)
