"""From what stands behind `--from` to tables: files, databases, systems that answer at an address."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from adapters import csvformat, sqlsample
from adapters.csvformat import FormatError
from adapters.protocol import SourceRecord
from adapters.registry import KINDS
from adapters.settings import Opening
from config.probe import secrets
from config.sampling import workbook
from config.sampling.table import SAMPLE, CannotSample, Table, system_name, unique_columns
from reconcile.mapping.paths import spell

CSV, EXCEL, SQL = "csv", "excel", "sql"
KIND_OF = {
    **dict.fromkeys((".csv", ".txt", ".tsv"), CSV),
    **dict.fromkeys((".xlsx", ".xlsm"), EXCEL),
    **dict.fromkeys((".db", ".sqlite", ".sqlite3"), SQL),
}
_ENTITY = "customer"
_ROOT = Path("/")


def tables(source: str, folder: Path, environ: Mapping[str, str]) -> list[Table]:
    """The tables of one source; files are only read. Raises CannotSample, and SystemOut for what is out."""
    kind, _, address = source.partition(":")
    if kind in KINDS and address.startswith(("http://", "https://")):
        return [_live(kind, address, folder, environ)]
    if "://" in source:
        return _database(*_split_address(source), folder)
    path, part = _split_path(source)
    sort = KIND_OF.get(path.suffix.lower())
    if sort is None or sort not in KINDS:
        known = ", ".join(suffix for suffix, name in KIND_OF.items() if name in KINDS)
        raise CannotSample(f"{path.name}: found {path.suffix or 'no suffix'}, expected a file with {known}")
    if not path.is_file():
        raise CannotSample(f"{path}: there is no such file; correct its name")
    if sort == SQL:
        return _database(f"sqlite:///{path.resolve()}", part, folder)
    return [_csv(path, folder)] if sort == CSV else _workbook(path, part, folder)


def relative(path: Path, folder: Path) -> str:
    """Where a file lies, seen from the project; whole when they have nothing but the root in common."""
    path, folder = path.resolve(), folder.resolve()
    shared = Path(os.path.commonpath([path, folder]))
    return str(path) if shared == _ROOT else Path(os.path.relpath(path, folder)).as_posix()


def _split_path(source: str) -> tuple[Path, str | None]:
    """shop.db:customers is a file and a table in it."""
    whole = Path(source)
    if whole.is_file() or ":" not in source:
        return whole, None
    file, _, part = source.rpartition(":")
    return Path(file), part


def _split_address(source: str) -> tuple[str, str | None]:
    address, _, part = source.rpartition(":")
    named = "://" in address and "/" not in part and not part.isdigit()
    return (address, part) if named else (source, None)


def _csv(path: Path, folder: Path) -> Table:
    try:
        sheet = csvformat.read(path.read_bytes())
    except FormatError as error:
        raise CannotSample(f"{path.name}: {error}") from None
    except OSError as error:
        raise CannotSample(f"{path.name}: {error.strerror}; correct its name or its permissions") from None
    rows = [row.cells for row in sheet.rows if row.cells and not row.problem]
    columns = {name: [cells[at] for cells in rows] for at, name in enumerate(sheet.columns) if name}
    return Table(
        system_name(path.stem),
        CSV,
        path.name,
        {"path": relative(path, folder)},
        columns,
        len(rows),
        unique_columns(columns),
        found=sheet.found,
        unread=sum(bool(row.problem) for row in sheet.rows),
    )


def _workbook(path: Path, part: str | None, folder: Path) -> list[Table]:
    found = workbook.sheets(path, part)
    stem = system_name(path.stem)
    return [
        Table(
            stem,
            EXCEL,
            f"{path.name}, {sheet.name}",
            {"path": relative(path, folder)} | ({"header": sheet.header} if sheet.header > 1 else {}),
            sheet.columns,
            len(next(iter(sheet.columns.values()))),
            unique_columns(sheet.columns),
            resource=sheet.name,
        )
        for sheet in found
    ]


def _database(address: str, part: str | None, folder: Path) -> list[Table]:
    stem, url, variables = _addressed(address, folder)
    shown = Path(address).name if address.startswith("sqlite:///") else stem
    found = sqlsample.look(stem, _from_here(address), Path(), part, SAMPLE)
    return [
        Table(
            stem,
            SQL,
            f"{shown}, {table.name}",
            {"url": url},
            table.columns,
            table.rows,
            table.unique,
            resource=table.name,
            primary=table.primary,
            variables=variables,
        )
        for table in found
    ]


def _addressed(address: str, folder: Path) -> tuple[str, object, dict[str, str]]:
    """(name, `url` for hub.yaml, variables): a password stays out of the file."""
    stem = system_name(Path(address.partition("?")[0]).stem)
    if address.startswith("sqlite:///"):
        return stem, f"sqlite:///{relative(Path(address.removeprefix('sqlite:///')), folder)}", {}
    if sqlsample.has_password(address):
        variable = f"{stem.upper()}_URL"
        return stem, {"env": variable}, {variable: address}
    return stem, address, {}


def _from_here(address: str) -> str:
    """A file of SQLite as seen from the folder in which the command runs."""
    if not address.startswith("sqlite:///"):
        return address
    return f"sqlite:///{Path(address.removeprefix('sqlite:///')).resolve()}"


def _live(kind: str, address: str, folder: Path, environ: Mapping[str, str]) -> Table:
    model = KINDS[kind].settings
    lacking = [name for name, f in model.model_fields.items() if f.is_required() and name != "url"]
    if lacking or "url" not in model.model_fields:
        needs = ", ".join(lacking) or "no address"
        raise CannotSample(f"{kind}: needs {needs}; name the system in config/hub.yaml yourself")
    url, _, resource = address.rstrip("/").rpartition("/")
    name = system_name(resource)
    settings = model.model_validate({"url": url})
    reach = Opening(folder, {_ENTITY: resource}, secrets(environ))
    adapter = KINDS[kind].open(name, settings, reach)
    try:
        pulled = (record for page in adapter.pull(_ENTITY) for record in page.records)
        records = list(islice(pulled, SAMPLE))
    finally:
        adapter.close()
    if not records:
        raise CannotSample(f"{address}: it shows no records; see that the address is right")
    return _of_records(name, kind, address, {"url": url}, resource, records)


def _of_records(
    name: str, kind: str, origin: str, settings: dict[str, object], resource: str, records: list[SourceRecord]
) -> Table:
    flat = [dict(_flat(record.payload, ())) for record in records]
    paths = list(dict.fromkeys(path for one in flat for path in one))
    lists = tuple(path for path in paths if any(isinstance(one.get(path), list) for one in flat))
    columns = {path: [one.get(path) for one in flat] for path in paths if path not in lists}
    ids = [record.id for record in records]
    primary = next((p for p, values in columns.items() if list(map(str, values)) == ids), None)
    unique = unique_columns(columns)
    return Table(
        name,
        kind,
        origin,
        settings,
        columns,
        len(records),
        unique,
        resource=resource,
        primary=primary,
        nested=True,
        lists=lists,
    )


def _flat(payload: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, value in payload.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*above, name))
        else:
            yield spell((*above, name)), value
