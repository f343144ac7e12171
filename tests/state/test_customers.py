"""Customers come back as they went in."""

from __future__ import annotations

import orjson
import pytest

from reconcile.records import Candidate, GoldenValue, Hold, Lineage, Lock
from reconcile.resolve import Base
from reconcile.state import conflicts, customers, links, outbox, refs, staging
from reconcile.state.customers import RecordState
from reconcile.state.documents import decode_base, encode_base
from reconcile.state.staging import NewReading
from reconcile.values import BLANK, CLEAR
from tests.state.build import AT, conflict, entry, linked

ADDRESS = ("Dorpsstraat", "12", "a", "1234 AB", "Utrecht", "NL")


@pytest.mark.parametrize(
    "base",
    [
        {},
        {"phone": Base("+31612345678", 3)},
        {"phone": Base(BLANK, 0), "score": Base(7, 1), "active": Base(False, 2)},
        {"address": Base(ADDRESS, 2)},
        {"address": Base("", 2, ADDRESS)},
        {"address": Base(("a", "b"), 2, ("c", "d")), "note": Base('look: ,[ and [["', 1, "x,[y")},
        {"phone": Base("b", 2, BLANK)},
    ],
)
def test_a_base_comes_back_as_it_went_in_and_a_blank_before_is_not_a_missing_one(base):
    assert decode_base(encode_base(base)) == base


def test_a_customer_comes_back_with_everything_a_decision_needs(store, lease):
    base = {"phone": Base("1", 2, "0"), "address": Base(ADDRESS, 1)}
    golden = {
        "phone": GoldenValue("1", 2, Lineage("crm", "7", "only value", 1, AT)),
        "address": GoldenValue(ADDRESS, 1, Lineage("shop", "7", "books", 1, AT)),
        "fax": GoldenValue(CLEAR, 4, Lineage("", "", "decision 12", 1, AT)),
        "mobile": GoldenValue(BLANK, 1, Lineage("crm", "7", "agreed", 1, AT)),
    }
    holds = (Hold("phone", "shop", "read-only"), Hold("fax", "*", "lost", "date", "2024-06-01", 4))
    with store.write(lease) as conn:
        id, [crm, shop] = linked(conn, "crm", "shop")
        canonical = orjson.dumps({"phone": "1", "address": ADDRESS, "mobile": None})
        changed, invalid = orjson.dumps({"phone": [None, AT]}), orjson.dumps({"address": "no such postcode"})
        news = NewReading(
            crm, 5, 1, "archived", "person", "v2", AT, AT, "m1", b"{}", canonical, changed, invalid
        )
        staging.update_records(conn, [news])
        customers.save_record_state(conn, [RecordState(crm, base, {"phone", "fax"}), RecordState(shop, {})])
        [one] = customers.load(conn, [id])
        one.golden, one.holds, one.locks = (
            golden,
            holds,
            {"fax": Lock(None, "Ada"), "phone": Lock("2025", "B")},
        )
        one.rev, one.status = 3, "archived"
        customers.save_customers(conn, [one])
    with store.read() as conn:
        [back] = customers.load(conn, [id, id, 999])
    assert back == one
    assert (back.golden, back.holds, back.rev, back.status) == (golden, holds, 3, "archived")
    first, second = back.records
    assert (first.system, first.values["address"], first.values["mobile"]) == ("crm", ADDRESS, BLANK)
    assert (first.base, first.claims) == (base, {"phone", "fax"})
    assert (first.changed, first.invalid) == ({"phone": (None, AT)}, {"address": "no such postcode"})
    assert (first.rid, first.customer, first.presence, first.role) == (crm, id, "archived", "primary")
    assert (first.rev, first.epoch, first.version, first.held, first.pending) == (5, 1, "v2", False, False)
    assert (second.base, second.claims, second.first_read_at) == ({}, frozenset(), AT)


def test_open_conflicts_come_with_their_values_and_closed_ones_stay_away(store, lease):
    with store.write(lease) as conn:
        id, _ = linked(conn, "crm", "shop")
        one, two = refs.refs(conn, [(id, "phone", ("a", "b")), (id, "phone", CLEAR)], AT)
        ids = conflicts.insert_conflicts(
            conn, "customer", [conflict(id, (("a", "b"), one), (CLEAR, two)), conflict(id, ("x", one))]
        )
        conflicts.close_conflicts(conn, [(ids[1], "agreed")], 2, AT)
        [customer] = customers.load(conn, [id])
    [still_open] = customer.conflicts
    claimants = (("crm", "7", AT),)
    assert still_open.id == ids[0]
    assert still_open.candidates == (Candidate(("a", "b"), claimants, one), Candidate(CLEAR, claimants, two))


def test_a_record_is_pending_while_its_own_entry_is_sending_or_unknown(store, lease):
    with store.write(lease) as conn:
        id, _ = linked(conn, "books", "crm", "shop")
        entries = [
            entry("a", id, system="books", state="unknown"),
            entry("b", id, system="crm", state="ready"),
            entry("c", id, system="shop", record="8", state="sending"),
        ]
        outbox.add(conn, entries)
        [customer] = customers.load(conn, [id])
        assert {one.system: one.pending for one in customer.records} == {
            "books": True,
            "crm": False,
            "shop": False,
        }


def test_pages_of_customers_with_news_are_ascending_and_end(store, lease):
    with store.write(lease) as conn:
        ids = [linked(conn, "crm", "shop", id=str(n))[0] for n in range(7)]
        pages, after = [], 0
        while page := customers.touched(conn, "customer", after, limit=3):
            pages.append(page)
            after = page[-1]
        assert pages == [ids[:3], ids[3:6], ids[6:]]
        rids = [link.rid for id in ids for link in links.links_of(conn, id)]
        customers.save_record_state(conn, [RecordState(rid, {}) for rid in rids])
        assert customers.touched(conn, "customer") == []
        customers.touch(conn, ids[2:4])
        assert customers.touched(conn, "customer") == ids[2:4]


def test_a_merged_customer_says_where_it_went(store, lease):
    with store.write(lease) as conn:
        (a, _), (b, _) = linked(conn, "crm", id="1"), linked(conn, "crm", id="2")
        customers.merge_into(conn, b, a)
        assert [(one.id, one.status) for one in customers.load(conn, [b, a])] == [
            (a, "active"),
            (b, "merged"),
        ]


@pytest.mark.parametrize("size", [1, 120])
def test_a_page_is_loaded_with_four_statements_and_saved_with_two(store, lease, counted, size):
    with store.write(lease) as conn:
        ids = [linked(conn, "crm", "shop", id=str(n))[0] for n in range(size)]
        numbers = refs.refs(conn, [(id, "phone", "1") for id in ids], AT)
        conflicts.insert_conflicts(
            conn, "customer", [conflict(id, ("1", number)) for id, number in zip(ids, numbers, strict=True)]
        )
    with store.write(lease) as conn, counted(store) as asked:
        page = customers.load(conn, customers.touched(conn, "customer"))
        assert len(asked) == 5  # the list of customers among them
        customers.save_customers(conn, page)
        customers.save_record_state(
            conn, [RecordState(record.rid, record.base) for one in page for record in one.records]
        )
    assert len(asked) == 7
    assert len(page) == size


@pytest.mark.parametrize(
    ("what", "index"),
    [("touched", "ix_record_touched"), ("load", "ix_record_customer"), ("load", "ix_outbox_unsettled")],
)
def test_the_cost_of_a_page_does_not_follow_the_size_of_the_store(store, lease, counted, what, index):
    with store.write(lease) as conn, counted(store) as asked:
        id, _ = linked(conn, "crm")
        asked.statements.clear()
        if what == "touched":
            customers.touched(conn, "customer")
        else:
            customers.load(conn, [id])
    with store.read() as conn:
        plans = [
            str(conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (1,) * sql.count("?")).all())
            for sql in asked.statements
        ]
    assert any(index in plan for plan in plans)
    assert not any("SCAN record" in plan or "SCAN customer" in plan for plan in plans)
