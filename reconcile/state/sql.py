"""The little SQL that the store says more than once, the same to SQLite and to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import UpdateBase

Row = tuple[Any, ...]

Item = TypeVar("Item")
BATCH = 500
"""Ids in one look-up: below every database's limit of parameters, and one statement for a page."""


def batches(items: Sequence[Item], size: int = BATCH) -> Iterator[Sequence[Item]]:
    """The items in the same order, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def upsert(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that can say what to do about a row that is already there."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


def take_ids(conn: Connection, table: Table, count: int) -> list[int]:
    """Numbers for that many new rows, ascending; none is ever given out again once a row had it.

    Taken before the insert, because rows that give their numbers back go in one statement each.
    """
    if conn.dialect.name == "postgresql":
        take = text("select nextval(pg_get_serial_sequence(:name, 'id')) from generate_series(1, :count)")
        return list(conn.scalars(take, {"name": f'"{table.name}"', "count": count}))
    # Filled in by SQLite itself for an AUTOINCREMENT table, from numbers that are given as well.
    newest = text("select seq from sqlite_sequence where name = :name")
    first = (conn.execute(newest, {"name": table.name}).scalar() or 0) + 1
    return list(range(first, first + count))


def only_one(conn: Connection, what: str) -> None:
    """Wait until no other transaction does `what`; SQLite has one writer anyway."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("select pg_advisory_xact_lock(hashtext(:what))"), {"what": what})


class Bulk:
    """One statement for many rows, each a tuple in the order of `columns`.

    Compiled once per database and handed to the driver: Core's own executemany builds and copies a dict for
    each row, which costs 7 µs for a new record where the driver needs 9. Bind names are the columns' own;
    constants must be literals.
    """

    def __init__(self, statement: UpdateBase, columns: Sequence[str]) -> None:
        self._statement = statement
        self._columns = tuple(columns)
        self._compiled = lru_cache(maxsize=4)(self._compile)

    def __call__(self, conn: Connection, rows: Collection[Row]) -> None:
        """Run it for these rows, in order, in one call to the driver."""
        if rows:
            sql, arrange = self._compiled(conn.dialect)
            conn.exec_driver_sql(sql, [arrange(row) for row in rows])

    def _compile(self, dialect: Dialect) -> tuple[str, Callable[[Row], Any]]:
        compiled = self._statement.compile(dialect=dialect)
        columns = self._columns
        if not compiled.positional:
            return str(compiled), lambda row: dict(zip(columns, row, strict=True))
        order = [columns.index(name) for name in compiled.positiontup or ()]
        return str(compiled), itemgetter(*order) if len(order) > 1 else lambda row: row
