"""One change of a table, as one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Connection, Float, and_, delete, insert, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.sql import ColumnElement

from adapters.protocol import Action, Change, Outcome, SourceRecord
from adapters.sqlvalues import Shape, code, objection, plain, refusal, stored, typed

WRITES: frozenset[Action] = frozenset({"create", "update", "delete"})


def write(connection: Connection, shape: Shape, change: Change) -> Outcome:
    """Carry out and commit one change; nothing of it stays unless the outcome is applied (or unknown)."""
    try:
        outcome = _carry_out(connection, shape, change)
    except (IntegrityError, DataError, ProgrammingError) as error:
        connection.rollback()
        return _no(change, refusal(error, shape.names))
    except DBAPIError as error:  # without a commit the database undoes what was done
        connection.rollback()
        return Outcome(change.key, "deferred", detail=f"the database broke off ({code(error)})")
    if outcome.status != "applied":
        connection.rollback()
        return outcome
    return _commit(connection, shape, change, outcome)


def _commit(connection: Connection, shape: Shape, change: Change, outcome: Outcome) -> Outcome:
    try:
        connection.commit()
    except IntegrityError as error:  # a constraint that is looked at when all is done
        connection.rollback()
        return _no(change, refusal(error, shape.names))
    except DBAPIError as error:
        connection.rollback()
        return Outcome(change.key, "unknown", detail=f"no answer to the commit ({code(error)})")
    return outcome


def _carry_out(connection: Connection, shape: Shape, change: Change) -> Outcome:
    if change.action not in WRITES:
        return _no(change, f"a table does not {change.action}")
    if reason := _objection(shape, change):
        return _no(change, reason)
    if change.action == "create":
        return _create(connection, shape, change)
    rows = _rows(connection, shape, change.id)
    if not rows:
        return _no(change, "the record is gone")
    if len(rows) > 1:
        return _no(change, f"{shape.key.name} names {len(rows)} rows; make it unique")
    record = shape.record(rows[0])
    if change.expected_version not in (None, record.version):
        return Outcome(change.key, "stale", record, "the row was changed meanwhile")
    if change.action == "delete":
        return _delete(connection, shape, change, rows[0])
    return _update(connection, shape, change, rows[0])


def _update(connection: Connection, shape: Shape, change: Change, row: dict[str, Any]) -> Outcome:
    values = {name: stored(shape.table.columns[name], value) for name, value in change.payload.items()}
    if values.pop(shape.key.name, row[shape.key.name]) != row[shape.key.name]:
        return _no(change, f"{shape.key.name}: a key does not change")
    news = {name: value for name, value in values.items() if plain(row[name]) != value}
    if not news:
        return Outcome(change.key, "already", shape.record(row))
    found = connection.execute(update(shape.table).where(_still(shape, row, set(news))).values(news))
    if found.rowcount != 1:
        return Outcome(change.key, "stale", detail="the row was changed meanwhile")
    (after,) = _rows(connection, shape, change.id)
    return Outcome(change.key, "applied", shape.record(after))


def _delete(connection: Connection, shape: Shape, change: Change, row: dict[str, Any]) -> Outcome:
    names = {column.name for column in shape.columns} if change.expected_version else set[str]()
    found = connection.execute(delete(shape.table).where(_still(shape, row, names)))
    if found.rowcount != 1:
        return Outcome(change.key, "stale", detail="the row was changed meanwhile")
    return Outcome(change.key, "applied", SourceRecord(str(change.id), {}, deleted=True))


def _create(connection: Connection, shape: Shape, change: Change) -> Outcome:
    values = {name: stored(shape.table.columns[name], value) for name, value in change.payload.items()}
    statement = insert(shape.table).values(values)
    if connection.dialect.insert_returning:
        key = connection.execute(statement.returning(shape.key)).scalar_one()
    else:
        made = connection.execute(statement).inserted_primary_key
        key = values.get(shape.key.name, made[0] if made and shape.key.primary_key else None)
    if key is None:
        return _no(change, f"{shape.key.name}: the database gives no key, so a new record must bring its own")
    (row,) = _rows(connection, shape, str(plain(key)))
    return Outcome(change.key, "applied", shape.record(row))


def _rows(connection: Connection, shape: Shape, id: str | None) -> list[dict[str, Any]]:
    """Rows with exactly this key; a database may find more, such as another case."""
    key = typed(shape.key, id or "")
    if key is None:
        return []
    found = connection.execute(select(shape.table).where(shape.key == key)).mappings()
    return [dict(row) for row in found if str(plain(row[shape.key.name])) == id]


def _still(shape: Shape, row: dict[str, Any], names: set[str]) -> ColumnElement[bool]:
    """The row, if these columns (and its version) are what was read: no edit in between is overwritten."""
    guarded = names | ({shape.version.name} if shape.version is not None else set())
    columns = [c for c in shape.columns if c.name in guarded and not isinstance(c.type, JSON | Float)]
    return and_(shape.key == row[shape.key.name], *(c.is_not_distinct_from(row[c.name]) for c in columns))


def _objection(shape: Shape, change: Change) -> str | None:
    if unknown := sorted(change.payload.keys() - shape.writable - {shape.key.name}):
        return f"cannot be written: {', '.join(unknown)}"
    for name, value in change.payload.items():
        if reason := objection(shape.table.columns[name], value):
            return f"{name}: {reason}"
    return None


def _no(change: Change, why: str) -> Outcome:
    return Outcome(change.key, "rejected", detail=why)
