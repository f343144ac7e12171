"""Values by number, conflicts, decisions, plans, the outbox, runs."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import func, select

from reconcile.records import Candidate
from reconcile.state import conflicts, outbox, plans, refs, runs
from reconcile.state.conflicts import Decision
from reconcile.state.tables import value
from reconcile.values import CLEAR, MISSING
from tests.state.build import AT, conflict, entry

LATER = "2024-05-01T09:00:00.000000+00:00"


def test_an_equal_value_of_a_customer_and_field_keeps_its_number(store, lease):
    with store.write(lease) as conn:
        a, b, again, other = refs.refs(
            conn, [(1, "phone", "1"), (1, "phone", "2"), (1, "phone", "1"), (2, "phone", "1")], AT
        )
        assert a == again
        assert len({a, b, other}) == 3
        assert refs.refs(conn, [(2, "phone", "1"), (1, "mobile", "1"), (1, "phone", "2")], LATER)[::2] == [
            other,
            b,
        ]
        assert conn.scalar(select(func.count()).select_from(value)) == 4


def test_values_come_back_by_number_and_raw_ones_in_the_systems_own_shape(store, lease):
    raw = {"tags": ["a", "b"], "street": {"line": None}}
    said = [
        ("phone", "1"),
        ("address", ("a", "b")),
        ("fax", CLEAR),
        ("fax", None),
        ("score", 7),
        ("on", True),
    ]
    with store.write(lease) as conn:
        numbers = refs.refs(conn, [(1, field, one) for field, one in [*said, ("raw:shop", raw)]], AT)
        assert refs.get_values(conn, [*numbers, 999]) == dict(
            zip(numbers, [one for _, one in said] + [raw], strict=True)
        )


def test_what_was_not_seen_has_no_number(store, lease):
    with store.write(lease) as conn, pytest.raises(ValueError, match="phone was not seen"):
        refs.refs(conn, [(1, "phone", MISSING)], AT)


def test_numbers_for_a_page_of_values_cost_three_statements(store, lease, counted):
    with store.write(lease) as conn, counted(store) as asked:
        refs.refs(conn, [(customer, "phone", str(customer)) for customer in range(400)], AT)
    assert len(asked) == 3


def test_a_conflict_keeps_its_id_while_candidates_come_and_go(store, lease):
    with store.write(lease) as conn:
        a, b, c = refs.refs(conn, [(1, "phone", said) for said in "abc"], AT)
        [id] = conflicts.insert_conflicts(conn, "customer", [conflict(1, ("a", a), ("b", b))])
        [stored] = conflicts.list_open(conn, "customer")
        assert (stored.id, [one.value for one in stored.candidates]) == (id, ["a", "b"])
        changed = dataclasses.replace(
            stored, candidates=(*stored.candidates, Candidate("c", (), c)), fingerprint="def"
        )
        conflicts.update_conflicts(conn, [changed])
        assert conflicts.get(conn, id) == changed
        assert conflicts.list_open(conn, "product") == []


def test_a_closed_conflict_stays_closed_in_the_way_it_was(store, lease):
    with store.write(lease) as conn:
        [a] = refs.refs(conn, [(1, "phone", "a")], AT)
        [id] = conflicts.insert_conflicts(conn, "customer", [conflict(1, ("a", a))])
        conflicts.close_conflicts(conn, [(id, "decided")], 2, AT)
        conflicts.close_conflicts(conn, [(id, "withdrawn")], 3, AT)
        assert conflicts.list_open(conn, "customer") == []
        assert conflicts.get(conn, id).state == "decided"
        assert conflicts.get(conn, id + 1) is None


def test_a_conflict_whose_values_have_no_number_is_refused(store, lease):
    with store.write(lease) as conn, pytest.raises(ValueError, match="no number"):
        conflicts.insert_conflicts(conn, "customer", [conflict(1, ("a", 0))])


def test_decisions_are_kept_with_the_fingerprint_they_were_made_on(store, lease):
    made = Decision(0, 3, 1, "phone", "crm", None, "abc", "Ada", "asked the customer", AT, 1)
    with store.write(lease) as conn:
        ids = conflicts.add_decisions(conn, [made, dataclasses.replace(made, customer=2, choice="keep")])
        assert conflicts.decisions(conn, [1]) == [dataclasses.replace(made, id=ids[0])]
        assert [one.choice for one in conflicts.decisions(conn, [1, 2])] == ["crm", "keep"]


def test_a_plan_comes_back_in_pages_of_customers(store, lease):
    with store.write(lease) as conn:
        items = [(customer, f"f{customer}") for customer in range(9, 0, -1)]
        id = plans.save_plan(conn, "customer", 1, "h1", AT, "waiting", {"crm": {"updates": 3}}, items)
        assert plans.plan_items(conn, id, limit=4) == sorted(items)[:4]
        assert plans.plan_items(conn, id, after=8) == [(9, "f9")]
        stored = plans.get_plan(conn, id)
        assert (stored.hash, stored.state, stored.summary) == ("h1", "waiting", {"crm": {"updates": 3}})
        assert plans.get_plan(conn, id + 1) is None


def test_the_newest_waiting_plan_is_the_one_to_approve(store, lease):
    with store.write(lease) as conn:
        assert plans.newest_waiting(conn, "customer") is None
        old, new = (
            plans.save_plan(conn, "customer", run, f"h{run}", AT, "waiting", {}, []) for run in (1, 2)
        )
        assert plans.newest_waiting(conn, "customer").id == new
        plans.replace_waiting(conn, "customer", but=new)
        assert plans.get_plan(conn, old).state == "replaced"
        plans.set_plan_state(conn, new, "applied")
        assert plans.newest_waiting(conn, "customer") is None


def test_an_entry_is_stored_once_however_often_it_is_wanted(store, lease):
    with store.write(lease) as conn:
        outbox.add(conn, [entry("a"), entry("b", system="shop")])
        outbox.add(conn, [entry("a", detail="again"), entry("c")])
        assert [one.key for one in outbox.work(conn, "customer", "crm", ["ready"], LATER)] == ["a", "c"]
        [first, *_] = outbox.of_run(conn, 1)
        assert first == entry("a")
        assert first.fields == {"phone": (1, None, 3)}


def test_an_entry_is_work_when_its_time_has_come_and_its_state_is_asked_for(store, lease):
    with store.write(lease) as conn:
        outbox.add(conn, [entry("now"), entry("later", not_before=LATER), entry("unknown", state="unknown")])
        outbox.add(conn, [entry("done", state="acked"), entry("other", entity="product")])

        def keys(states, now):
            return [one.key for one in outbox.work(conn, "customer", "crm", states, now)]

        assert keys(["ready"], AT) == ["now"]
        assert keys(["ready"], LATER) == ["now", "later"]
        assert keys(["ready", "unknown"], AT) == ["now", "unknown"]
        assert [one.key for one in outbox.work(conn, "customer", "crm", ["ready"], LATER, limit=1)] == ["now"]


def test_what_became_of_an_entry_is_stored_whole(store, lease):
    with store.write(lease) as conn:
        outbox.add(conn, [entry("a", action="create", record=None), entry("b")])
        [one, other] = outbox.work(conn, "customer", "crm", ["ready"], AT)
        outcome = {"state": "unknown", "detail": "no answer", "token": 4, "attempts": 1, "not_before": LATER}
        changed = dataclasses.replace(one, **outcome, before=9, version="v3", record="77")
        outbox.set_state(conn, [changed])
        assert outbox.open_for(conn, [1]) == [changed, other]


def test_what_an_older_run_was_sending_has_an_unknown_fate(store, lease):
    with store.write(lease) as conn:
        outbox.add(conn, [entry("old", state="sending", token=1), entry("mine", state="sending", token=2)])
        outbox.add(
            conn, [entry("waits", token=1), entry("other", entity="product", state="sending", token=1)]
        )
        assert [(one.key, one.state) for one in outbox.recover(conn, "customer", 2)] == [("old", "unknown")]
        assert {one.key: one.state for one in outbox.open_for(conn, [1])} == {
            "old": "unknown",
            "mine": "sending",
            "waits": "ready",
            "other": "sending",
        }
        assert outbox.recover(conn, "customer", 2) == []


def test_only_an_entry_that_waits_can_be_superseded(store, lease):
    with store.write(lease) as conn:
        outbox.add(conn, [entry("waits"), entry("goes", state="sending")])
        ids = [one.id for one in outbox.open_for(conn, [1])]
        outbox.supersede(conn, ids, "a newer change replaced it")
        assert [(one.key, one.state, one.detail) for one in outbox.of_run(conn, 1)] == [
            ("waits", "superseded", "a newer change replaced it"),
            ("goes", "sending", ""),
        ]


def test_a_run_is_told_with_its_counts_and_one_that_died_is_interrupted(store, lease):
    with store.write(lease) as conn:
        first = runs.start_run(conn, "sync", "customer", 1, AT)
        second = runs.start_run(conn, "apply", "customer", 2, AT)
        runs.end_run(conn, second, "partial", {"read": 7}, LATER)
        assert runs.interrupt_older(conn, "customer", 3, LATER) == [first]
        assert [(run.id, run.state, run.counts) for run in runs.list_runs(conn)] == [
            (second, "partial", {"read": 7}),
            (first, "interrupted", {}),
        ]
        assert runs.get_run(conn, first).ended_at == LATER
        assert runs.get_run(conn, 99) is None
        assert len(runs.list_runs(conn, limit=1)) == 1
