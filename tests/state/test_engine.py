"""The file, the settings, the lease, and what happens when the database does not serve."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from reconcile.state import runs, staging
from reconcile.state.engine import LeaseHeld, LeaseLost, Store, StoreOut, open_store, stamp
from reconcile.state.staging import Cursor
from tests.state.build import AT, new_record


def pragma(store: Store, name: str) -> object:
    with store.read() as conn:
        return conn.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_the_folder_is_made_and_only_the_owner_reads_the_file_and_its_side_files(tmp_path, clock):
    path = tmp_path / "state" / "here" / "hub.db"
    store = open_store(f"sqlite:///{path}", clock)
    with store.write(store.acquire("customer", "me")) as conn:
        runs.start_run(conn, "sync", "customer", 1, AT)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["hub.db", "hub.db-shm", "hub.db-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()


def test_a_file_that_others_could_read_is_closed_to_them(url, clock):
    path = Path(url.removeprefix("sqlite:///"))
    path.chmod(0o644)
    open_store(url, clock).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 20000)],
)
def test_every_connection_is_durable_and_patient(store, name, value):
    with store.read():  # holds the first connection, so that the second is a new one
        assert pragma(store, name) == value
    assert pragma(store, name) == value


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(store, lease):
    with store.read() as reader:
        before = runs.list_runs(reader)
        with store.write(lease) as conn:
            runs.start_run(conn, "sync", "customer", lease.token, AT)
        assert runs.list_runs(reader) == before == []
    with store.read() as reader:
        assert len(runs.list_runs(reader)) == 1


def test_a_lease_that_is_held_names_its_owner_and_end(store, lease):
    with pytest.raises(LeaseHeld, match=r"this run is working on customer until 2024-05-01T08:02:00"):
        store.acquire("customer", "another run")
    assert store.acquire("product", "another run").token == 1  # another entity is another lease


def test_an_expired_lease_is_taken_over_and_the_token_grows_also_after_a_release(store, lease, clock):
    clock.passes(121)
    second = store.acquire("customer", "another run")
    store.release(second)
    third = store.acquire("customer", "a third run")
    assert [lease.token, second.token, third.token] == [1, 2, 3]


def test_each_write_extends_the_lease(store, lease, clock):
    for _ in range(3):
        clock.passes(100)
        with store.write(lease):
            pass
    with pytest.raises(LeaseHeld):
        store.acquire("customer", "another run")


def test_a_stale_token_commits_nothing(url, store, lease, clock):
    clock.passes(121)
    other = open_store(url, clock)
    theirs = other.acquire("customer", "another run")
    with pytest.raises(LeaseLost, match="start a new run"), store.write(lease) as conn:
        runs.start_run(conn, "sync", "customer", lease.token, AT)
    with other.write(theirs) as conn:
        runs.start_run(conn, "sync", "customer", theirs.token, AT)
    with store.read() as conn:
        assert [run.token for run in runs.list_runs(conn)] == [theirs.token]
    other.close()


def test_a_lost_lease_cannot_be_released_nor_can_a_released_one_write(store, lease, clock):
    clock.passes(121)
    theirs = store.acquire("customer", "another run")
    store.release(lease)
    with pytest.raises(LeaseHeld):
        store.acquire("customer", "a third run")
    store.release(theirs)
    with pytest.raises(LeaseLost), store.write(theirs):
        pass


def test_two_stores_that_ask_at_once_get_one_lease(url, clock):
    stores = [open_store(url, clock) for _ in range(2)]
    got, refused = [], []
    start = threading.Barrier(2)

    def ask(store: Store, owner: str) -> None:
        start.wait()
        try:
            got.append(store.acquire("customer", owner))
        except LeaseHeld as held:
            refused.append(held)

    threads = [threading.Thread(target=ask, args=(store, f"run {n}")) for n, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [lease.token for lease in got] == [1]
    assert [held.owner for held in refused] == [got[0].owner]
    for store in stores:
        store.close()


def test_writers_of_one_process_wait_for_each_other(store, lease):
    def start_ten() -> None:
        for _ in range(10):
            with store.write(lease) as conn:
                runs.start_run(conn, "sync", "customer", lease.token, AT)

    threads = [threading.Thread(target=start_ten) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as conn:
        assert len(runs.list_runs(conn, limit=100)) == 40


class Killed(BaseException):
    """The process ends here."""


def test_a_page_and_its_cursor_are_kept_together_or_not_at_all(store, lease):
    def store_page(dies: bool) -> None:
        with store.write(lease) as conn:
            staging.insert_records(conn, [new_record(1), new_record(2)])
            staging.replace_keys(conn, [(1, [11]), (2, [11])])
            if dies:
                raise Killed
            staging.save_cursor(conn, Cursor("crm", "customer", "page 2"))

    with pytest.raises(Killed):
        store_page(dies=True)
    with store.read() as conn:
        assert set(staging.present_ids(conn, "customer", "crm")) == set()
        assert staging.get_cursor(conn, "customer", "crm").cursor is None
    store_page(dies=False)
    with store.read() as conn:
        assert set(staging.present_ids(conn, "customer", "crm")) == {"r1", "r2"}
        assert staging.get_cursor(conn, "customer", "crm").cursor == "page 2"


def test_a_full_disk_keeps_nothing_and_says_what_to_do(store, lease):
    with store.read() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar()

    def no_more(conn):
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    event.listen(store.engine, "begin", no_more)
    with pytest.raises(StoreOut, match="free some space"), store.write(lease) as conn:
        runs.start_run(conn, "sync", "customer", lease.token, AT)
        staging.insert_records(conn, [new_record(rid, raw=b"x" * 4000) for rid in range(1, 50)])
    event.remove(store.engine, "begin", no_more)
    with store.read() as conn:
        assert runs.list_runs(conn) == []


def test_another_process_that_keeps_the_store_locked_is_named_as_the_cause(url, store, lease):
    def impatient(raw, *_):
        raw.execute("PRAGMA busy_timeout=10")

    event.listen(store.engine, "checkout", impatient)
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreOut, match="locked by another process"), store.write(lease):
        pass
    other.execute("ROLLBACK")
    with store.write(lease) as conn:
        assert runs.start_run(conn, "sync", "customer", lease.token, AT) == 1
    other.close()


def test_a_store_that_cannot_be_written_says_so(store, lease):
    def read_only(conn):
        conn.exec_driver_sql("PRAGMA query_only=ON")

    event.listen(store.engine, "begin", read_only)
    with pytest.raises(StoreOut, match="check the owner and mode"), store.write(lease):
        pass


def test_a_file_that_is_no_store_is_refused(tmp_path, clock):
    (tmp_path / "notes.txt").write_bytes(b"these are notes, and no database at all " * 40)
    with pytest.raises(StoreOut, match=r"no store: check `state` in hub\.yaml"):
        open_store(f"sqlite:///{tmp_path / 'notes.txt'}", clock)


def test_a_store_without_a_file_or_in_an_impossible_place_is_refused(tmp_path, clock):
    with pytest.raises(StoreOut, match="needs a file"):
        open_store("sqlite://", clock)
    (tmp_path / "file").touch()
    with pytest.raises(StoreOut, match="cannot be made"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'hub.db'}", clock)


def test_an_error_of_our_own_statement_shows_no_values(store, lease):
    with pytest.raises(IntegrityError) as caught, store.write(lease) as conn:
        staging.insert_records(conn, [new_record(1, id="7"), new_record(2, id="7")])
    assert "ada1@example.org" not in str(caught.value)


def test_times_are_of_one_length_and_zone_so_that_text_order_is_time_order(clock):
    assert stamp(clock()) == AT
    assert stamp(datetime.fromisoformat("2024-05-01T10:00:00.5+02:00")) == "2024-05-01T08:00:00.500000+00:00"
    with pytest.raises(ValueError, match="zone"):
        stamp(datetime(2024, 5, 1))


def test_the_umask_does_not_widen_the_mode(tmp_path, clock):
    old = os.umask(0)
    try:
        open_store(f"sqlite:///{tmp_path / 'hub.db'}", clock).close()
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "hub.db").stat().st_mode) == 0o600


def test_a_store_that_is_closed_opens_again_with_what_it_held(url, store, lease, clock):
    with store.write(lease) as conn:
        runs.start_run(conn, "sync", "customer", lease.token, AT)
    store.close()
    again = open_store(url, clock)
    with again.read() as conn:
        assert [run.kind for run in runs.list_runs(conn)] == ["sync"]
    again.close()
