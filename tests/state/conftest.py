"""A store with a clock of its own, and a way to count what it asks of the database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from reconcile.state.engine import Lease, Store, open_store


class Clock:
    """Stands still until told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Counted:
    """The statements that reached the driver, in order; an executemany is one."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __len__(self) -> int:
        return len(self.statements)


@contextmanager
def counting(store: Store) -> Iterator[Counted]:
    counted = Counted()

    def note(conn, cursor, statement, parameters, context, executemany):  # the event's own names
        if not statement.startswith("BEGIN"):
            counted.statements.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield counted
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A store's file, migrated once: copying it is cheaper than migrating again."""
    path = tmp_path_factory.mktemp("migrated") / "hub.db"
    open_store(f"sqlite:///{path}", Clock()).close()
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(migrated, tmp_path) -> str:
    shutil.copy(migrated, tmp_path / "hub.db")
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture
def store(url, clock) -> Iterator[Store]:
    store = open_store(url, clock)
    yield store
    store.close()


@pytest.fixture
def lease(store) -> Lease:
    return store.acquire("customer", "this run")


@pytest.fixture
def counted():
    return counting
