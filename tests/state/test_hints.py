"""Hints wait until they are read, each record once, and nothing that was said meanwhile is lost."""

from __future__ import annotations

from sqlalchemy import select

from reconcile.state import hints
from reconcile.state.hints import Extent
from reconcile.state.tables import delivery, hint

EARLY, LATE = "2024-05-01T08:00:00.000000Z", "2024-05-01T08:01:00.000000Z"
SYSTEMS = ("crm", "shop")


def note(store, *ids: str, at: str = EARLY, number: str = "", system: str = "crm") -> None:
    with store.note() as conn:
        hints.note(conn, "customer", system, ids, at, number)


def waiting(store, *systems: str, limit: int = 100) -> list[tuple[str, str, int]]:
    with store.read() as conn:
        return [tuple(h) for h in hints.waiting(conn, "customer", systems or SYSTEMS, limit)]


def test_a_record_waits_once_however_often_it_was_hinted(store):
    for _ in range(3):
        note(store, "7", "8")
    assert waiting(store) == [("crm", "7", 3), ("crm", "8", 3)]


def test_the_longest_waiting_is_read_first(store):
    note(store, "1", at=LATE)
    note(store, "2", system="shop")
    note(store, "2", at=LATE, system="shop")
    assert waiting(store, limit=1) == [("shop", "2", 2)]
    with store.read() as conn:
        assert hints.extent(conn, "customer", SYSTEMS) == Extent(2, EARLY, LATE)
        assert hints.extent(conn, "customer", ["books"]) is None


def test_a_delivery_that_comes_twice_is_one(store):
    note(store, "7", number="d1")
    with store.note() as conn:
        hints.answered(conn, "customer", "crm", {"7": 1})
    note(store, "7", number="d1")
    assert waiting(store) == []
    note(store, "7", number="d2")
    note(store, "7", number="d1", system="shop")
    assert waiting(store) == [("crm", "7", 1), ("shop", "7", 1)]


def test_what_is_said_while_a_record_is_read_waits_on(store):
    note(store, "7", "8")
    with store.read() as conn:
        seen = hints.about(conn, "customer", "crm", ["7", "8", "9"])
    note(store, "7", at=LATE)
    with store.note() as conn:
        hints.answered(conn, "customer", "crm", seen)
    assert waiting(store) == [("crm", "7", 2)]


def test_hints_need_no_lease_and_wait_for_none(store, lease):
    note(store, "7")
    with store.write(lease) as conn:
        assert [h.record for h in hints.waiting(conn, "customer", SYSTEMS, 9)] == ["7"]


def test_old_numbers_and_hints_of_systems_that_left_are_forgotten(store):
    note(store, "7", number="d1")
    note(store, "7", number="d2", at=LATE, system="gone")
    with store.note() as conn:
        hints.forget(conn, "customer", SYSTEMS, LATE)
    assert waiting(store, *SYSTEMS, "gone") == [("crm", "7", 1)]
    note(store, "7", number="d2", system="gone")
    assert waiting(store, "gone") == []


def test_the_store_keeps_ids_and_no_text_of_a_delivery(store):
    note(store, "7", number="Ada <ada@example.org>")
    with store.read() as conn:
        kept = [*conn.execute(select(hint)), *conn.execute(select(delivery))]
    assert "ada@" not in str(kept)
    assert {len(row.number) for row in kept[1:]} == {32}
