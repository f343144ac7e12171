"""The migrations end where `tables.py` is."""

from __future__ import annotations

import re
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from reconcile.state import migrate
from reconcile.state.engine import StoreOut, open_store
from reconcile.state.tables import metadata


def created(conn) -> dict[str, set[str]]:
    """Every table and index as SQLite was told to make it, as clauses: their order is nobody's business."""
    rows = conn.exec_driver_sql("select name, sql from sqlite_master where sql is not null")
    return {
        name: {clause.strip(" ,()\n\t") for clause in re.split(r",(?![^(]*\))|\n|(?<=\))(?= )", sql)}
        for name, sql in rows
        if not name.startswith(("sqlite_", "alembic_"))
    }


def test_the_migrated_schema_is_the_one_in_the_tables(store):
    with store.read() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_partial_indexes_defaults_and_table_options_are_the_same_too(store, tmp_path):
    fresh = create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    with fresh.begin() as conn:
        metadata.create_all(conn)
        expected = created(conn)
    with store.read() as conn:
        assert created(conn) == expected
    assert any("WHERE touched = 1" in clause for clause in expected["ix_record_touched"])


def test_the_names_of_the_files_tell_the_newest_revision():
    config = Config()
    config.set_main_option("script_location", str(migrate.FOLDER))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.head()


def test_an_up_to_date_store_is_opened_without_migrating(url, clock, monkeypatch):
    def fail(*_):
        raise AssertionError("migrated again")

    monkeypatch.setattr(migrate, "upgrade", fail)
    open_store(url, clock).close()


def test_a_store_of_a_newer_version_is_refused(url, store, clock):
    with store.engine.begin() as conn:
        conn.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(StoreOut, match="upgrade Klantbeeld"):
        open_store(url, clock)


def test_two_that_open_a_new_store_at_once_both_get_it(tmp_path, clock):
    opened = []
    start = threading.Barrier(2)

    def go() -> None:
        start.wait()
        opened.append(open_store(f"sqlite:///{tmp_path / 'hub.db'}", clock))

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 2
    for store in opened:
        store.close()


def test_a_migration_that_fails_leaves_nothing(tmp_path, clock, monkeypatch):
    whole = migrate.upgrade

    def half(conn):
        whole(conn)
        raise ZeroDivisionError

    monkeypatch.setattr(migrate, "upgrade", half)
    with pytest.raises(ZeroDivisionError):
        open_store(f"sqlite:///{tmp_path / 'hub.db'}", clock)
    engine = create_engine(f"sqlite:///{tmp_path / 'hub.db'}")
    with engine.connect() as conn:
        assert created(conn) == {}
