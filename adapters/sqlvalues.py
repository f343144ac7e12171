"""A database table as it was found, and its values as plain ones that survive JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Time,
    event,
    inspect,
)
from sqlalchemy.exc import DBAPIError, NoSuchTableError
from sqlalchemy.types import NullType

from adapters.protocol import SourceRecord
from adapters.times import moment

WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_WORDS = re.compile(r"\w+")
_SORTS = re.compile(r"UNIQUE|NOT NULL|CHECK|FOREIGN KEY|DUPLICATE", re.IGNORECASE)


class ShapeError(Exception):
    """The table is not there or not usable; the text says what was found and what to do."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table and the columns that matter to the hub."""

    table: Table
    key: Column[Any]
    unique: bool
    """The database sees to it that a key names one row."""
    modified: Column[Any] | None
    version: Column[Any] | None
    names: frozenset[str]
    """Columns and constraints: the words of an error that may be repeated."""
    zone: ZoneInfo

    @property
    def columns(self) -> list[Column[Any]]:
        """Those that hold text, numbers or times, and no files."""
        return [column for column in self.table.columns if not isinstance(column.type, LargeBinary)]

    @property
    def writable(self) -> frozenset[str]:
        counted = self.key.name if isinstance(self.key.type, Integer) and self.key.primary_key else None
        return frozenset(c.name for c in self.columns if c.computed is None and c.name != counted)

    @property
    def searchable(self) -> frozenset[str]:
        return frozenset(c.name for c in self.columns if isinstance(c.type, String | Integer))

    def record(self, row: Mapping[str, Any]) -> SourceRecord:
        payload = {str(column.name): plain(row[column.name]) for column in self.columns}
        version = digest(payload) if self.version is None else str(plain(row[self.version.name]))
        changed = None if self.modified is None else moment(row[self.modified.name], self.zone)
        return SourceRecord(str(payload[self.key.name]), payload, version, changed)


def find_shape(
    engine: Engine, resource: str, key: str | None, modified: str | None, version: str | None, zone: str
) -> Shape:
    """The table called `resource` (or schema.table). Raises ShapeError, and SQLAlchemy's errors."""
    schema, _, name = resource.rpartition(".")
    metadata = MetaData()
    if engine.dialect.name == "sqlite":
        event.listen(metadata, "column_reflect", _as_stored)
    try:
        table = Table(name, metadata, autoload_with=engine, schema=schema or None)
    except NoSuchTableError as error:
        raise ShapeError(f"there is no table {resource}; correct `resource`") from error
    primary = [column.name for column in table.primary_key]
    if key is None and len(primary) != 1:
        raise ShapeError(f"table {resource} has no primary key of one column; name one in `key`")
    key = key or primary[0]
    for wanted in filter(None, (key, modified, version)):
        if wanted not in table.columns:
            known = ", ".join(table.columns.keys())
            raise ShapeError(f"table {resource} has no column {wanted!r}; its columns are {known}")
    found = inspect(engine)
    uniques = [one["column_names"] for one in found.get_unique_constraints(name, schema or None)]
    uniques += [
        list(filter(None, one["column_names"]))
        for one in found.get_indexes(name, schema or None)
        if one["unique"]
    ]
    return Shape(
        table,
        table.columns[key],
        primary == [key] or [key] in uniques,
        table.columns[modified] if modified else None,
        table.columns[version] if version else None,
        frozenset({*table.columns.keys(), *(str(one.name) for one in table.constraints if one.name)}),
        ZoneInfo(zone),
    )


def restored(column: Column[Any], value: Any) -> Any:
    """A plain value of the column as the database takes it."""
    if isinstance(column.type, DateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, Date) else value


def plain(value: Any) -> Any:
    """Text, a number, a truth value, None, or lists and objects of these. Decimals and times turn to text."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if value is None or isinstance(value, str | int | float | dict | list):
        return value
    return str(value)


def typed(column: Column[Any], id: str) -> Any:
    """The column's value that an id or a searched text stands for; None when it cannot have it."""
    if not isinstance(column.type, Integer):
        return id
    return int(id) if WHOLE.fullmatch(id) else None


def objection(column: Column[Any], value: Any) -> str | None:
    """Why the column cannot hold this value as it is, or None."""
    if isinstance(value, dict | list) and not isinstance(column.type, JSON | NullType):
        return "a column holds one value, not an object or a list"
    if isinstance(column.type, Integer) and isinstance(value, str) and not WHOLE.fullmatch(value):
        return "the column holds whole numbers"
    length = column.type.length if isinstance(column.type, String) else None
    if length and isinstance(value, str) and len(value) > length:
        return f"longer than the {length} characters of the column"
    return None


def stored(column: Column[Any], value: Any) -> Any:
    """A value without objections, in the column's own type."""
    return int(value) if isinstance(column.type, Integer) and isinstance(value, str) else value


def digest(payload: Mapping[str, Any]) -> str:
    """A version for a table that keeps none."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()[:16]


def code(error: DBAPIError) -> str:
    """What sort of error it is, in the database's own name for it; its text may hold values."""
    names = (getattr(error.orig, name, None) for name in ("sqlite_errorname", "sqlstate", "pgcode"))
    return str(next(filter(None, names), type(error.orig).__name__))


def refusal(error: DBAPIError, names: frozenset[str]) -> str:
    """Which rule of the database a change broke, by names of columns and constraints only."""
    text = str(error.orig)
    # SQLite names a CHECK that has no name by its expression, which holds column names
    sort = _SORTS.search(text)
    diagnosis = getattr(error.orig, "diag", None)
    told = [getattr(diagnosis, name, None) for name in ("column_name", "constraint_name")]
    words = [word for word in dict.fromkeys(_WORDS.findall(text)) if word in names]
    rule = sort[0].upper() if sort else code(error)
    return f"the database refuses it ({rule}): {', '.join(list(filter(None, told)) or words) or 'no column'}"


def _as_stored(_inspector: object, _table: object, column: dict[str, Any]) -> None:
    """SQLite keeps times and decimals as people's programs wrote them: not every notation can be parsed."""
    if isinstance(column["type"], DateTime | Date | Time | Numeric | Boolean):
        column["type"] = NullType()
