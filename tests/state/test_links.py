"""Shared keys, minted customers and the crosswalk."""

from __future__ import annotations

from reconcile.state import customers, links, staging
from reconcile.state.links import Link, NewLink
from tests.state.build import linked, new_record


def settle(conn, rids) -> None:
    customers.save_record_state(conn, [customers.RecordState(rid, {}) for rid in rids])


def test_only_keys_that_an_unlinked_record_shares_are_told_with_all_who_have_them(store, lease):
    with store.write(lease) as conn:
        _, [old, other] = linked(conn, "crm", "shop")
        settle(conn, [old, other])
        staging.insert_records(conn, [new_record(rid) for rid in (11, 12, 13)])
        staging.replace_keys(
            conn,
            [(old, (100, 300)), (other, (300,)), (11, (100, 200)), (12, (200, -5)), (13, (200, 400))],
        )
        assert list(links.shared_keys(conn, "customer")) == [
            (100, old),
            (100, 11),
            (200, 11),
            (200, 12),
            (200, 13),
        ]
        assert list(links.shared_keys(conn, "product")) == []


def test_records_that_are_gone_or_settled_or_wait_for_a_person_do_not_ask_again(store, lease):
    with store.write(lease) as conn:
        staging.insert_records(conn, [new_record(rid) for rid in (1, 2, 3)])
        staging.replace_keys(conn, [(rid, (100,)) for rid in (1, 2, 3)])
        staging.set_presence(conn, [1], "deleted")
        links.mark_review(conn, [2])
        assert list(links.unlinked(conn, "customer")) == [3]
        settle(conn, [3])
        assert list(links.unlinked(conn, "customer")) == []
        assert list(links.shared_keys(conn, "customer")) == []
        [row] = staging.known(conn, "customer", "crm", ["r2"]).values()
        news = staging.NewReading(2, row.rev + 1, 1, "present", "person", None, None, "t", "m1", b"{}", b"{}")
        staging.update_records(conn, [news])
        assert list(links.unlinked(conn, "customer")) == [2]  # news: it may be decidable now
        assert list(links.shared_keys(conn, "customer")) == [(100, 1), (100, 2), (100, 3)]


def test_facts_come_by_rid_with_what_matching_needs(store, lease):
    with store.write(lease) as conn:
        customer, [rid] = linked(conn, "crm")
        staging.insert_records(conn, [new_record(9, "shop", kind="organisation")])
        rows = links.facts(conn, [9, rid])
    assert [
        (row.rid, row.system, row.id, row.kind, row.customer, row.role, row.presence) for row in rows
    ] == [
        (rid, "crm", "7", "person", customer, "primary", "present"),
        (9, "shop", "r9", "organisation", None, None, "present"),
    ]
    assert rows[1].canonical == new_record(9).canonical


def test_ids_are_minted_in_order_and_never_twice(store, lease):
    with store.write(lease) as conn:
        kinds = ["person", "organisation"] * 600
        ids = links.mint(conn, "customer", kinds)
        assert ids == sorted(set(ids))
        assert [one.kind for one in customers.load(conn, ids)] == kinds
        links.forget_provisional(conn, "customer")
        assert customers.load(conn, ids) == []
        assert min(links.mint(conn, "customer", ["person"])) > max(ids)
        assert links.mint(conn, "customer", []) == []


def test_a_link_begins_an_epoch_and_is_news(store, lease):
    with store.write(lease) as conn:
        customer, [rid] = linked(conn, "crm")
        settle(conn, [rid])
        [other] = links.mint(conn, "customer", ["person"])
        links.save_links(conn, [NewLink(rid, other, "secondary", "steward")])
        assert links.links_of(conn, customer) == []
        assert links.links_of(conn, other) == [Link(rid, "crm", "7", "secondary", 2, "steward", "present")]
        assert customers.touched(conn, "customer") == [other]


def test_provisional_customers_are_forgotten_and_merged_ones_are_not(store, lease):
    with store.write(lease) as conn:
        kept, [old] = linked(conn, "crm")
        [customer] = customers.load(conn, [kept])
        customer.rev = 1
        customers.save_customers(conn, [customer])
        settle(conn, [old])
        gone, new = linked(conn, "books", "shop")
        links.forget_provisional(conn, "customer")
        assert [one.id for one in customers.load(conn, [kept, gone])] == [kept]
        assert list(links.unlinked(conn, "customer")) == new
        assert [link.rid for link in links.links_of(conn, kept)] == [old]
