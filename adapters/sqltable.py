"""A table of a database as a system, read in the order of its keys or of its changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.sql import ColumnElement

from adapters import sqlwrite
from adapters.errors import SystemOut
from adapters.protocol import Capabilities, Change, Outcome, Page, SourceRecord
from adapters.registry import Kind
from adapters.settings import KindSettings, Opening, Secret, Zone
from adapters.sqlengine import engine_for
from adapters.sqlvalues import Shape, ShapeError, code, find_shape, plain, restored, typed
from adapters.times import like, moment

PAGE = 1000


class SqlSettings(KindSettings):
    """`{kind: sql, url: sqlite:///shop.db}`; a URL that holds a password comes from the environment."""

    url: str | Secret
    key: str | None = None
    """The column that names each row; the primary key when left out."""
    modified: str | None = None
    """The column that says when a row was last changed, moved by everything that writes the table."""
    version: str | None = None
    """A column that differs after each change; a digest of the row when left out."""
    zone: Zone = "UTC"
    """Where the times of `modified` are, when they do not say so."""
    overlap: int = 300
    """Seconds to read again at each increment: the longest that a transaction stays open there."""


class SqlAdapter:
    """Reads and writes the tables that `resources` names, one for each entity.

    Tables are looked at once, on opening; a database that is out then stays out until it is opened again.
    """

    def __init__(self, system: str, settings: SqlSettings, opening: Opening) -> None:
        self._system, self._settings, self._clock = system, settings, opening.clock
        url = settings.url if isinstance(settings.url, str) else opening.secrets(settings.url.env)
        self._engine, self._file = engine_for(system, url, opening.folder)
        self._resources = opening.resources
        self._shapes: dict[str, Shape] = {}
        self._reason = ""
        try:
            self._look()
        except SystemOut as error:
            self._reason = str(error)  # check and pull say so

    @property
    def system(self) -> str:
        return self._system

    def capabilities(self, entity: str) -> Capabilities:
        shape, modified = self._shapes.get(entity), self._settings.modified
        unseen = (f"rows whose {modified} is empty or does not move with an edit",) if modified else ()
        return Capabilities(
            writes=sqlwrite.WRITES,
            incremental="filter" if modified else "no",
            blind_spots=unseen,
            deletes="absence",
            conditional_write=True,
            searchable=shape.searchable if shape else frozenset(),
            fetch_batch=500,
            write_batch=100,
            returns_record=True,
            writable=shape.writable if shape else None,
        )

    def check(self) -> None:
        for entity in self._resources:
            shape = self._shape(entity)
            with self._asking() as connection:
                connection.execute(select(shape.key).limit(1)).all()

    def close(self) -> None:
        self._engine.dispose()

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        """Changes since a cursor, `overlap` included; all rows without one, or if `modified` was set anew."""
        shape = self._shape(entity)
        high = None
        if since and shape.modified is not None:
            known = json.loads(since)
            high = known["high"] if known["column"] == shape.modified.name else None
        yield from self._everything(shape) if high is None else self._increment(shape, high)

    def _everything(self, shape: Shape) -> Iterator[Page]:
        with self._asking() as connection:
            high = None
            if shape.modified is not None:
                high = connection.execute(select(func.max(shape.modified))).scalar_one()
            doubles, problems = _problems(connection, shape)
        last: Any = None
        while True:
            rows = self._rows(
                shape, [shape.key], shape.key.is_not(None) if last is None else shape.key > last
            )
            records = [shape.record(row) for row in rows if row[shape.key.name] not in doubles]
            if len(rows) < PAGE:
                yield Page(records, self._cursor(shape, high), not problems, problems)
                return
            yield Page(records)
            last = rows[-1][shape.key.name]

    def _increment(self, shape: Shape, known: Any) -> Iterator[Page]:
        assert shape.modified is not None
        modified, high = shape.modified, restored(shape.modified, known)
        behind: ColumnElement[bool] = modified >= self._earlier(shape, high)
        with self._asking() as connection:
            doubles, problems = _problems(connection, shape)
        while True:
            rows = self._rows(shape, [modified, shape.key], and_(shape.key.is_not(None), behind))
            records = [shape.record(row) for row in rows if row[shape.key.name] not in doubles]
            at = rows[-1][modified.name] if rows else high
            high = _later(high, at)
            if len(rows) < PAGE:
                yield Page(records, self._cursor(shape, high), problems=problems)
                return
            yield Page(records, self._cursor(shape, high))
            behind = or_(modified > at, and_(modified == at, shape.key > rows[-1][shape.key.name]))

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[SourceRecord]:
        """Leaves out an id that names several rows."""
        shape = self._shape(entity)
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            keys = [key for key in (typed(shape.key, id) for id in some) if key is not None]
            found: dict[str, list[Mapping[str, Any]]] = {}
            for row in self._rows(shape, [shape.key], shape.key.in_(keys), limit=None):
                found.setdefault(str(plain(row[shape.key.name])), []).append(row)
            for id in some:
                rows = found.get(id, [])
                if len(rows) < 2:
                    yield shape.record(rows[0]) if rows else SourceRecord(id, {}, deleted=True)

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        shape = self._shape(entity)
        if unknown := keys.keys() - shape.searchable:
            raise ValueError(f"{self._system} cannot search by {', '.join(sorted(unknown))}")
        columns = [(shape.table.columns[name], wanted) for name, wanted in keys.items()]
        values = [(column, typed(column, wanted)) for column, wanted in columns]
        either = [column == value for column, value in values if value is not None]
        if either:
            yield from (shape.record(row) for row in self._rows(shape, [shape.key], or_(*either), limit=None))

    def push(self, entity: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """A transaction for each change. Raises SystemOut when the database no longer answers."""
        if not changes:
            return
        shape = self._shape(entity)
        for change in changes:
            with self._asking() as connection:
                outcome = sqlwrite.write(connection, shape, change)
            yield outcome

    def _rows(
        self, shape: Shape, order: Sequence[Any], where: ColumnElement[bool], limit: int | None = PAGE
    ) -> Sequence[Mapping[str, Any]]:
        with self._asking() as connection:
            query = select(shape.table).where(where).order_by(*order).limit(limit)
            return [dict(row) for row in connection.execute(query).mappings()]

    def _cursor(self, shape: Shape, high: Any) -> str | None:
        """A time that has yet to come must not hide what is changed until then."""
        if shape.modified is None or high is None:
            return None
        at, now = moment(high, shape.zone), self._clock()
        safe = (like(now, high, shape.zone) or high) if at and at > now else high
        return json.dumps({"column": shape.modified.name, "high": plain(safe)})

    def _earlier(self, shape: Shape, high: Any) -> Any:
        """Where to read from, so that a transaction that was still open is not missed."""
        at = moment(high, shape.zone)
        return (
            like(at - timedelta(seconds=self._settings.overlap), high, shape.zone) if at else None
        ) or high

    def _shape(self, entity: str) -> Shape:
        if self._reason:
            raise SystemOut(self._reason)
        return self._shapes[entity]

    def _look(self) -> None:
        settings = self._settings
        for entity, resource in self._resources.items():
            try:
                with self._asking():
                    self._shapes[entity] = find_shape(
                        self._engine,
                        resource,
                        settings.key,
                        settings.modified,
                        settings.version,
                        settings.zone,
                    )
            except ShapeError as error:
                raise SystemOut(f"{self._system}: {error}") from error

    @contextmanager
    def _asking(self) -> Iterator[Connection]:
        """A connection whose errors are the hub's own. Raises SystemOut."""
        if self._file is not None and not self._file.is_file():
            raise SystemOut(f"{self._system}: there is no database file {self._file}; correct `url`")
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            why = f"the database does not answer ({code(error)}); see that it runs, and check `url`"
            raise SystemOut(f"{self._system}: {why}") from None  # the error may hold values
        except SQLAlchemyError as error:
            why = f"the database cannot be used ({type(error).__name__}); check `url` and the table"
            raise SystemOut(f"{self._system}: {why}") from None


def _problems(connection: Connection, shape: Shape) -> tuple[set[Any], list[tuple[str, str]]]:
    """Keys that name several rows, and what is wrong with rows that cannot be told apart."""
    if shape.unique and not shape.key.nullable:
        return set(), []
    counts = select(shape.key, func.count()).group_by(shape.key)
    several = connection.execute(counts.having(or_(func.count() > 1, shape.key.is_(None)))).all()
    problems = [
        (str(plain(key)), f"its {shape.key.name} names {count} rows")
        if key is not None
        else (f"rows without {shape.key.name}", f"{count} rows have none")
        for key, count in several
    ]
    return {key for key, _ in several}, problems


def _later(one: Any, other: Any) -> Any:
    """The database ordered them; where Python cannot, the one read last is the later."""
    return max(one, other) if type(one) is type(other) else other


def open_sql(system: str, settings: SqlSettings, opening: Opening) -> SqlAdapter:
    return SqlAdapter(system, settings, opening)


KIND = Kind("sql", SqlSettings, open_sql)
