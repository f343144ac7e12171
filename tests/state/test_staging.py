"""Observations, keys and cursors."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from reconcile.state import customers, quarantine, staging
from reconcile.state.quarantine import Quarantined
from reconcile.state.staging import Cursor, NewReading
from reconcile.state.tables import match_key, record
from tests.state.build import AT, linked, new_record

LATER = "2024-05-01T09:00:00.000000+00:00"


def reading(rid: int, **columns) -> NewReading:
    given = {"rid": rid, "rev": 2, "touched": 1, "presence": "present", "kind": "person", "version": "v2"}
    given |= {"modified_at": LATER, "read_at": LATER, "mapping": "m1", "raw": b"{}", "canonical": b"{}"}
    return NewReading(**given | columns)


def keys(conn) -> list[tuple[int, int]]:
    return [tuple(row) for row in conn.execute(select(match_key).order_by(match_key.c.key, match_key.c.rid))]


def test_a_new_record_is_known_with_its_raw_values_and_nothing_else_is(store, lease):
    with store.write(lease) as conn:
        staging.insert_records(conn, [new_record(5, id="7", changed=b"{}"), new_record(6, "shop", id="8")])
        found = staging.known(conn, "customer", "crm", ["7", "8", "9"])
    assert list(found) == ["7"]
    assert found["7"]._asdict() == {
        "rid": 5,
        "rev": 1,
        "mapping": "m1",
        "version": "v1",
        "presence": "present",
        "customer": None,
        "touched": 1,
        "modified_at": AT,
        "read_at": AT,
        "raw": b'{"id":"7"}',
        "canonical": new_record(5).canonical,
        "changed": b"{}",
        "invalid": None,
    }


def test_a_new_reading_replaces_what_was_seen_and_leaves_the_link(store, lease):
    with store.write(lease) as conn:
        customer, [rid] = linked(conn, "crm")
        staging.update_records(
            conn, [reading(rid, canonical=b'{"email":"b@example.org"}', invalid=b'{"iban":"x"}')]
        )
        found = staging.known(conn, "customer", "crm", ["7"])["7"]
        first_read = conn.scalar(select(record.c.first_read_at))
    assert (found.rid, found.rev, found.version, found.customer) == (rid, 2, "v2", customer)
    assert (found.canonical, found.invalid) == (b'{"email":"b@example.org"}', b'{"iban":"x"}')
    assert (found.read_at, first_read) == (LATER, AT)


def test_records_that_show_nothing_new_are_only_read_later(store, lease):
    with store.write(lease) as conn:
        staging.insert_records(conn, [new_record(1), new_record(2)])
        before = staging.known(conn, "customer", "crm", ["r1", "r2"])
        staging.mark_read(conn, [1], LATER)
        after = staging.known(conn, "customer", "crm", ["r1", "r2"])
    assert after == {"r1": before["r1"]._replace(read_at=LATER), "r2": before["r2"]}


def test_numbers_of_new_records_follow_the_largest(store, lease):
    with store.write(lease) as conn:
        assert staging.next_rid(conn) == 1
        staging.insert_records(conn, [new_record(1), new_record(7)])
        assert staging.next_rid(conn) == 8


def test_keys_are_replaced_for_known_records_and_repeats_count_once(store, lease):
    with store.write(lease) as conn:
        staging.insert_records(conn, [new_record(1), new_record(2)])
        staging.replace_keys(conn, [(1, (30, -20, 30)), (2, (30,))])
        assert keys(conn) == [(-20, 1), (30, 1), (30, 2)]
        staging.replace_keys(conn, [(1, (40,))], known_rids=[1])
        assert keys(conn) == [(30, 2), (40, 1)]
        staging.replace_keys(conn, [], known_rids=[1])
        assert keys(conn) == [(30, 2)]


def test_a_record_takes_its_keys_along_when_it_is_erased(store, lease):
    with store.write(lease) as conn:
        staging.insert_records(conn, [new_record(1), new_record(2)])
        staging.replace_keys(conn, [(1, (10,)), (2, (10,))])
        conn.execute(record.delete().where(record.c.rid == 1))
        assert keys(conn) == [(10, 2)]


def test_a_record_that_went_is_news_once_and_keeps_its_customer(store, lease):
    with store.write(lease) as conn:
        customer, rids = linked(conn, "crm", "shop")
        customers.save_record_state(conn, [customers.RecordState(rid, {}) for rid in rids])
        assert customers.touched(conn, "customer") == []
        staging.set_presence(conn, [rids[0]], "deleted")
        assert customers.touched(conn, "customer") == [customer]
        assert set(staging.present_ids(conn, "customer", "crm")) == set()
        assert set(staging.present_ids(conn, "customer", "shop")) == {"7"}
        staging.set_presence(conn, [rids[0]], "deleted")
        assert staging.known(conn, "customer", "crm", ["7"])["7"].rev == 2


def test_a_cursor_is_kept_per_system_and_entity(store, lease):
    whole = Cursor("crm", "customer", "c1", AT, 120, AT, "m1")
    with store.write(lease) as conn:
        assert staging.get_cursor(conn, "customer", "crm") == Cursor("crm", "customer")
        staging.save_cursor(conn, Cursor("crm", "customer", "c0"))
        staging.save_cursor(conn, whole)
        staging.save_cursor(conn, Cursor("crm", "product", "p1"))
        assert staging.get_cursor(conn, "customer", "crm") == whole


def test_a_quarantined_record_waits_with_its_latest_reason_until_it_can_be_read(store, lease):
    rows = [Quarantined("customer", "crm", id, "no id", 1, AT) for id in ("7", "8")]
    with store.write(lease) as conn:
        quarantine.add(conn, rows)
        quarantine.add(conn, [rows[0]._replace(reason="address is no group", run=2)])
        assert [(one.id, one.reason, one.run) for one in quarantine.waiting(conn, "customer")] == [
            ("7", "address is no group", 2),
            ("8", "no id", 1),
        ]
        quarantine.clear(conn, "customer", "crm", ["7"])
        assert quarantine.waiting(conn, "customer") == rows[1:]


@pytest.mark.parametrize("size", [1, 500])
def test_a_page_costs_the_same_number_of_statements_whatever_its_size(store, lease, counted, size):
    ids = [f"r{rid}" for rid in range(1, size + 1)]
    with store.write(lease) as conn, counted(store) as asked:
        staging.known(conn, "customer", "crm", ids)
        first = staging.next_rid(conn)
        staging.insert_records(conn, [new_record(first + n, id=id) for n, id in enumerate(ids)])
        staging.replace_keys(conn, [(first + n, (n, n + 1, n + 2)) for n in range(size)])
        staging.save_cursor(conn, Cursor("crm", "customer", "next"))
    assert len(asked) == 5
    with store.write(lease) as conn, counted(store) as asked:
        rows = [reading(one.rid) for one in staging.known(conn, "customer", "crm", ids).values()]
        staging.update_records(conn, rows)
        staging.replace_keys(conn, [(row.rid, (1,)) for row in rows], [row.rid for row in rows])
    assert len(asked) == 4
    with store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(match_key)) == size
