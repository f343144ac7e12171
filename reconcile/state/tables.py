"""The tables. One document per (system, record) and one per customer, never a row per field.

Customer values stand in four places and nowhere else: `record` (raw and canonical), `customer` (golden),
`value` (every value that something refers to, raw values a write replaced among them) and `identifier`.
Audit, conflicts, decisions, plans and the outbox refer to a row of `value` by its id, so that erasing a
person is deleting rows, and a digest never covers a customer value.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import BigInteger

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")  # sqlite counts rows only for INTEGER keys


class Json(LargeBinary):
    """orjson bytes: no detour through str, and none through a copy where the driver speaks bytes itself."""

    def bind_processor(self, dialect: Dialect) -> Any:
        if dialect.driver in _SPEAK_BYTES:
            return None
        return super().bind_processor(dialect)  # type: ignore[no-untyped-call]

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        if dialect.driver in _SPEAK_BYTES:
            return None
        return super().result_processor(dialect, coltype)  # type: ignore[no-untyped-call]


def _partial(name: str, where: str, *columns: str) -> Index:
    """An index over the rows that fit; a query must say this literally to be served by it."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


_SPEAK_BYTES = frozenset({"pysqlite", "psycopg"})

lease = Table(
    "lease",
    metadata,
    Column("entity", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("expires_at", Text, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),  # sync, part, plan, apply, decide, undo
    Column("entity", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("state", Text, nullable=False),  # running, done, partial, stopped, failed, interrupted
    Column("counts", Json),  # numbers and reasons; no customer values
)

cursor = Table(
    "cursor",
    metadata,
    Column("system", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("cursor", Text),
    Column("full_scan_at", Text),
    Column("full_scan_count", Integer),
    Column("as_of", Text),  # when the last finished pull began
    Column("mapping", Text),  # version of mapping and types that read it
    Column("shape", Json),  # names that all records had at the last full scan, and sorts of value
    Column("drift", Text),  # how the system changed under its mapping; null: it did not
    PrimaryKeyConstraint("system", "entity"),
)

record = Table(
    "record",
    metadata,
    Column("rid", Id, primary_key=True),
    Column("entity", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("presence", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("customer", Id),  # null: not linked (yet)
    Column("role", Text),  # primary, secondary; review: possible matches, a person is asked
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("link_rule", Text),
    Column("held", Integer, nullable=False, server_default="0"),
    Column("touched", Integer, nullable=False),  # news that no plan has taken into account
    Column("rev", Integer, nullable=False),
    Column("version", Text),
    Column("modified_at", Text),
    Column("read_at", Text, nullable=False),
    Column("first_read_at", Text, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("raw", Json, nullable=False),
    Column("canonical", Json, nullable=False),
    Column("changed", Json),
    Column("invalid", Json),
    Column("base", Json),
    Column("claims", Text),  # space separated field names
    Column("missed", Id),  # the run that first did not find it by id, when it is invisible
    Column("merged_into", Text),  # the id of the record in the same system that it is part of now
    UniqueConstraint("entity", "system", "id"),
    _partial("ix_record_customer", "customer is not null", "customer"),
    _partial(
        "ix_record_linked", "customer is not null and presence = 'present'", "entity", "system"
    ),  # to count them without reading them
    _partial(
        "ix_record_merged", "merged_into is not null", "entity", "system"
    ),  # to follow them to what they are part of; few
    _partial(
        "ix_record_missed", "presence = 'invisible'", "entity", "system"
    ),  # to look for them by id again; hardly ever any
    _partial(
        "ix_record_touched", "touched = 1", "entity", "customer"
    ),  # pages of customers with news, and the unlinked ones, without a sort
)

match_key = Table(
    "match_key",
    metadata,
    Column(
        "key", BigInteger, nullable=False
    ),  # 64 bits of a digest over rule and values; rules check the values
    Column("rid", Id, ForeignKey("record.rid", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("key", "rid"),
    Index("ix_match_key_rid", "rid"),
    sqlite_with_rowid=False,
)

customer = Table(
    "customer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("entity", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),  # active, archived, merged, restricted, erased
    Column("merged_into", Id),
    Column("rev", Integer, nullable=False),  # 0: minted, never merged: its links may still be thought over
    Column("golden", Json),  # {field: [value, version]}
    Column("lineage", Json),  # {field: [system, record, how, run, at]}
    Column("holds", Json),
    Column("locks", Json),
    Index(
        "ix_customer_provisional", "entity", sqlite_where=text("rev = 0"), postgresql_where=text("rev = 0")
    ),
    sqlite_autoincrement=True,  # an id is never used twice
)

value = Table(
    "value",
    metadata,
    Column("id", Id, primary_key=True),
    Column("customer", Id, nullable=False),
    Column("field", Text, nullable=False),  # a canonical field, or "raw:<system>" for what a write replaced
    Column("value", Json, nullable=False),
    Column("at", Text, nullable=False),
    Index("ix_value_customer", "customer"),
    sqlite_autoincrement=True,
)

conflict = Table(
    "conflict",
    metadata,
    Column("id", Id, primary_key=True),
    Column("entity", Text, nullable=False),
    Column("customer", Id, nullable=False),
    Column("field", Text, nullable=False),
    Column("system", Text, nullable=False, server_default=""),
    Column("cls", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("candidates", Json, nullable=False),  # [[value id, [[system, record, since], …]], …]
    Column("fingerprint", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("opened_run", Id, nullable=False),
    Column("state", Text, nullable=False),
    Column("closed_at", Text),
    Column("closed_run", Id),
    Index(
        "ix_conflict_open",
        "customer",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    sqlite_autoincrement=True,
)

decision = Table(
    "decision",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conflict", Id, nullable=False),
    Column("customer", Id, nullable=False),
    Column("field", Text, nullable=False),
    Column("choice", Text, nullable=False),  # a system's name, keep, clear, different, value
    Column("value", Id),  # value.id
    Column("fingerprint", Text, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("run", Id, nullable=False),
    sqlite_autoincrement=True,
)

plan = Table(
    "plan",
    metadata,
    Column("id", Id, primary_key=True),
    Column("entity", Text, nullable=False),
    Column("run", Id, nullable=False),
    Column("hash", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("state", Text, nullable=False),  # proposed, waiting, applied, rejected, replaced
    Column("summary", Json, nullable=False),  # counts per system, guards that fired
    Column("undoes", Id),  # the run that it undoes
    sqlite_autoincrement=True,
)

plan_item = Table(
    "plan_item",
    metadata,
    Column("plan", Id, ForeignKey("plan.id", ondelete="CASCADE"), nullable=False),
    Column("customer", Id, nullable=False),
    Column("fingerprint", Text, nullable=False),  # of the inputs: revisions, never values
    PrimaryKeyConstraint("plan", "customer"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False),
    Column("run", Id, nullable=False),
    Column("entity", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("customer", Id, nullable=False),
    Column("record", Text),  # null: a create whose id is not known yet
    Column("epoch", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("fields", Json, nullable=False),  # {field: [desired value id, expected value id, golden version]}
    Column("before", Id),  # value.id of the raw values that a write replaced
    Column("version", Text),  # the vendor's
    Column("state", Text, nullable=False),  # ready sending unknown acked stale rejected dead superseded
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Text),
    Column("token", Integer, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    Column("at", Text, nullable=False),
    Column("urgent", Integer, nullable=False, server_default="0"),  # a withdrawal: before all others
    Column("restores", Id),  # value.id of a patch with raw values to put back, sent as it is
    UniqueConstraint("key"),
    Index(
        "ix_outbox_work",
        "system",
        sqlite_where=text("state in ('ready', 'sending', 'unknown')"),
        postgresql_where=text("state in ('ready', 'sending', 'unknown')"),
    ),
    Index(
        "ix_outbox_unsettled",  # asked for every record that is loaded; small, however long the queue
        "system",
        "record",
        sqlite_where=text("state in ('sending', 'unknown')"),
        postgresql_where=text("state in ('sending', 'unknown')"),
    ),
    Index(
        "ix_outbox_dead",
        "entity",
        sqlite_where=text("state = 'dead'"),
        postgresql_where=text("state = 'dead'"),
    ),
    Index("ix_outbox_customer", "customer"),
    sqlite_autoincrement=True,
)

identifier = Table(
    "identifier",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", Text, nullable=False),  # email, phone, sms, post
    Column("value", Text, nullable=False),  # an address or number, one text for all its notations
    UniqueConstraint("channel", "value"),
    sqlite_autoincrement=True,
)

reaches = Table(  # which records show an identifier now, in systems that hold consent
    "reaches",
    metadata,
    Column("identifier", Id, nullable=False),
    Column("rid", Id, ForeignKey("record.rid", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("identifier", "rid"),
    Index("ix_reaches_rid", "rid"),
    sqlite_with_rowid=False,
)

consent_event = Table(
    "consent_event",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("identifier", Id, nullable=False),
    Column("channel", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("state", Text, nullable=False),  # granted, denied, withdrawn, unknown, bounced
    Column("at", Text),  # the source's time; null: nobody knows
    Column("seen_at", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("proof", Integer, nullable=False),
    Column("basis", Text, nullable=False),  # what the hub made it from; names identifiers by number
    Column("run", Id, nullable=False),
    Column("chain", Text, nullable=False),  # sha256 over the previous chain and this row
    Index("ix_consent_event_identifier", "identifier"),
    sqlite_autoincrement=True,
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("entity", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("run", Id, nullable=False),
    Column("at", Text, nullable=False),
    PrimaryKeyConstraint("entity", "system", "id"),
)

hint = Table(  # a system said that a record changed; gone as soon as it was read
    "hint",
    metadata,
    Column("entity", Text, nullable=False),
    Column("system", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("times", Integer, nullable=False),  # who reads it answers what was said until then
    Column("first_at", Text, nullable=False),
    Column("last_at", Text, nullable=False),
    PrimaryKeyConstraint("entity", "system", "record"),
)

delivery = Table(  # web-hooks that came, by a digest of the number their system gave them
    "delivery",
    metadata,
    Column("system", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("at", Text, nullable=False),
    PrimaryKeyConstraint("system", "number"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Id, primary_key=True),
    Column("at", Text, nullable=False),
    Column("run", Id, nullable=False),
    Column("what", Text, nullable=False),
    Column("customer", Id),
    Column("system", Text),
    Column("record", Text),
    Column("detail", Json, nullable=False),  # field names, versions, rules, ids of values; never values
    Column("chain", Text, nullable=False),  # sha256 over the previous chain and this row
    sqlite_autoincrement=True,
)
