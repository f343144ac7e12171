"""The store: one database, one writer per entity, and no write from a run that has lost its lease."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from reconcile.state.errors import LeaseHeld, LeaseLost, StoreOut, translate
from reconcile.state.migrate import to_head
from reconcile.state.sql import upsert
from reconcile.state.tables import lease as lease_table

__all__ = ["Lease", "LeaseHeld", "LeaseLost", "Store", "StoreOut", "open_store", "stamp"]

BUSY_SECONDS = 20
RELEASED = ""
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-16384",  # KiB a connection: the match keys of a page go all over their index
    "wal_autocheckpoint=8000",  # pages: at the default of 1000 every other page of records is copied at once
)
_ONE_WRITER: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)


def stamp(at: datetime) -> str:
    """A time as the store keeps it: ISO 8601 in UTC, of one length, so that text order is time order.

    Raises ValueError for a time without a zone.
    """
    if at.tzinfo is None:
        raise ValueError("a time needs a zone: use an aware datetime")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one entity, until somebody with a higher token takes it over."""

    entity: str
    owner: str
    token: int
    seconds: int = 120


class Store:
    """The hub's memory. Reads see one consistent state; writes need a lease."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self.engine = engine
        self._clock = clock
        # SQLite reads one state anyway; it would take this name for a pragma.
        one_state = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        self._readers = engine.execution_options(**one_state)
        self._writers = engine.execution_options(immediate=True)
        self._one_writer = _ONE_WRITER[engine.url.render_as_string(hide_password=False)]

    def now(self) -> str:
        """The time, as the store keeps times."""
        return stamp(self._clock())

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the store, whatever is written meanwhile. Raises StoreOut."""
        with _translated(), self._readers.connect() as conn:
            yield conn

    def acquire(self, entity: str, owner: str, seconds: int = 120) -> Lease:
        """The lease on an entity that is free or whose holder let it expire; the token always grows.

        Raises LeaseHeld, also when `owner` itself holds it, and StoreOut.
        """
        with self._begin() as conn:
            row = _lease_row(conn, entity)
            if row.expires_at > self.now():
                raise LeaseHeld(entity, row.owner, row.expires_at)
            lease = Lease(entity, owner, row.token + 1, seconds)
            values = {"owner": owner, "token": lease.token, "expires_at": self._until(lease)}
            conn.execute(update(lease_table).where(lease_table.c.entity == entity).values(values))
        return lease

    def release(self, lease: Lease) -> None:
        """Let the next one in at once; says nothing if the lease was lost before. Raises StoreOut."""
        with self._begin() as conn:
            _move_lease(conn, lease, RELEASED)

    @contextmanager
    def write(self, lease: Lease) -> Iterator[Connection]:
        """One transaction of the lease's holder: all of it is kept, or nothing. Extends the lease.

        Raises LeaseLost before anything is written when another run took over, and StoreOut.
        One at a time in a process, never one inside another.
        """
        with self._begin() as conn:
            if not _move_lease(conn, lease, self._until(lease)):
                raise LeaseLost(lease.entity, lease.token)
            yield conn

    @contextmanager
    def note(self) -> Iterator[Connection]:
        """One transaction without a lease, for what arrives while somebody may hold it: hints, and no more.

        Raises StoreOut.
        """
        with self._begin() as conn:
            yield conn

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._one_writer, _translated(), self._writers.begin() as conn:
            yield conn

    def _until(self, lease: Lease) -> str:
        return stamp(self._clock() + timedelta(seconds=lease.seconds))


def open_store(url: str, clock: Callable[[], datetime]) -> Store:
    """The store at `url`, its folder and file (mode 0600) made and its tables brought up to date.

    Raises StoreOut when it cannot be opened or was written by a newer version.
    """
    where = make_url(url)
    engine = _sqlite(where) if where.get_backend_name() == "sqlite" else _engine(where)
    with _translated():
        to_head(engine.execution_options(immediate=True))
    return Store(engine, clock)


def _engine(url: URL, **options: Any) -> Engine:
    return create_engine(url, hide_parameters=True, **options)  # parameters are customer values


def _sqlite(url: URL) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise StoreOut("the store needs a file, such as sqlite:///klantbeeld.db: check `state` in hub.yaml")
    _make_private(Path(url.database or ""))
    pool: dict[str, Any] = {"pool_size": 5, "max_overflow": 20}
    pool["pool_use_lifo"] = True  # the connection used last is the one with today's pages in its cache
    engine = _engine(url, **pool, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _settings)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    """Only the owner reads customers; SQLite gives its side files the mode of the main one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StoreOut(f"the store cannot be made at {path} ({error.strerror}): check its folder") from error


def _settings(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # the driver's own implicit BEGIN comes too late: `_begin_sqlite` says it
    for pragma in _PRAGMAS:
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(conn: Connection) -> None:
    # A writer that starts as a reader can fail half-way; IMMEDIATE waits at the door.
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("immediate") else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        ours = translate(error)
        if ours is None:
            raise
        raise ours from error


def _lease_row(conn: Connection, entity: str) -> Any:
    free = {"entity": entity, "owner": "", "token": 0, "expires_at": RELEASED}
    conn.execute(upsert(conn, lease_table).values(free).on_conflict_do_nothing())
    return conn.execute(select(lease_table).where(lease_table.c.entity == entity).with_for_update()).one()


def _move_lease(conn: Connection, lease: Lease, until: str) -> bool:
    """Set the end of a lease that is still the caller's; False if it no longer is."""
    held = (
        lease_table.c.entity == lease.entity,
        lease_table.c.token == lease.token,
        lease_table.c.owner == lease.owner,
        lease_table.c.expires_at != RELEASED,
    )
    return conn.execute(update(lease_table).where(*held).values(expires_at=until)).rowcount == 1
