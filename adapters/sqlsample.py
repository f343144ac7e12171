"""A look into a database that nobody has described yet: its tables, and rows spread over each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from adapters.errors import SystemOut
from adapters.sqlengine import engine_for
from adapters.sqlvalues import Shape, find_shape, plain


@dataclass(frozen=True, slots=True)
class SampledTable:
    """Rows of one table in the order of its key, no more than were asked for."""

    name: str
    columns: Mapping[str, Sequence[object]]
    rows: int
    """In the table."""
    primary: str | None
    """Its primary key, when that is one column."""
    unique: frozenset[str]
    """Columns that name each row."""


def has_password(address: str) -> bool:
    """Would the address give a password away?"""
    try:
        return make_url(address).password is not None
    except ArgumentError:
        return False


def look(system: str, address: str, folder: Path, wanted: str | None, size: int) -> list[SampledTable]:
    """The tables with rows, or the one that is wanted. Nothing is written. Raises SystemOut."""
    engine, file = engine_for(system, address, folder)
    if file is not None and not file.is_file():
        raise SystemOut(f"{system}: there is no database file {file}; correct its name")
    with _translated(system):
        try:
            names = inspect(engine).get_table_names()
            if wanted is not None and wanted not in names:
                raise SystemOut(f"{system}: there is no table {wanted}; its tables are {', '.join(names)}")
            found = [_sampled(engine, name, size) for name in ([wanted] if wanted else names)]
        finally:
            engine.dispose()
    return [table for table in found if table.rows]


def _sampled(engine: Engine, name: str, size: int) -> SampledTable:
    asked = inspect(engine)
    primary = asked.get_pk_constraint(name)["constrained_columns"]
    key = primary[0] if len(primary) == 1 else asked.get_columns(name)[0]["name"]
    shape = find_shape(engine, name, key, None, None, "UTC")
    names = [column.name for column in shape.columns]
    with engine.connect() as connection:
        rows = connection.execute(select(func.count()).select_from(shape.table)).scalar_one()
        place = func.row_number().over(order_by=shape.key).label("place of the row")
        numbered = select(shape.table, place).subquery()
        step = max(1, -(-rows // size))
        spread = select(numbered).where(numbered.c[place.name] % step == 0).order_by(numbered.c[place.name])
        taken = connection.execute(spread).mappings().all()
        unique = frozenset({key}) if len(primary) == 1 else _unique(connection, shape, rows)
    columns = {column: [plain(row[column]) for row in taken] for column in names}
    return SampledTable(name, columns, rows, key if len(primary) == 1 else None, unique)


def _unique(connection: Any, shape: Shape, rows: int) -> frozenset[str]:
    counts = select(*(func.count(column.distinct()) for column in shape.columns))
    counted = connection.execute(counts).one()
    return frozenset(c.name for c, n in zip(shape.columns, counted, strict=True) if n == rows)


@contextmanager
def _translated(system: str) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        advice = "see that it runs, and check its address"
        raise SystemOut(f"{system}: the database cannot be read ({type(error).__name__}); {advice}") from None
