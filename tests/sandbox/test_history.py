"""The same seed makes the same history, and the witness tells what happened in it."""

from __future__ import annotations

import random

import httpx
import pytest

from sandbox.faults import KINDS
from tests.sandbox.asking import Asking

RATES = {kind: 0.15 for kind in KINDS if kind not in ("quota", "denied")}


def history(seed: int, rates: dict[str, float]) -> Asking:
    """A careless hub: it reads now and then, and writes what it likes."""
    asking, draw = Asking(rates, seed=seed), random.Random(seed)
    asking.crm.hooks.subscribe("http://hub.test")
    asking.crm.hooks.post = lambda url, headers, body: 204
    for number in range(300):
        asking.clock.passes(seconds=draw.randint(1, 40))
        id = str(draw.randint(1, 10))
        acts = [
            lambda: asking.list(limit=3, after=draw.randint(0, 9)),
            lambda id=id: asking.get(id),
            lambda id=id, number=number: asking.patch(id, name=f"Hub {number}"),
            lambda id=id, number=number: asking.table.update(id, {"properties": {"name": f"User {number}"}}),
            lambda number=number: asking.create(name="New", email=f"new{number % 7}@example.org"),
        ]
        try:
            draw.choice(acts)()
        except httpx.HTTPError:
            continue
        finally:
            asking.crm.hooks.deliver()
    return asking


def told(asking: Asking) -> tuple[object, ...]:
    crm = asking.crm
    return crm.journal.events, list(crm.requests), crm.faults.hits, crm.witness.figures(), crm.hooks.counts


def test_the_same_seed_is_the_same_history():
    one, again, other = history(3, RATES), history(3, RATES), history(4, RATES)
    assert told(one) == told(again)
    assert told(one) != told(other)
    assert len(one.crm.faults.hits) > 15


def test_the_kept_requests_tell_which_faults_they_met():
    crm = history(3, RATES).crm
    met = [kind for one in crm.requests for kind in one.faults]
    hooks = {kind: count for kind, count in crm.faults.hits.items() if kind.startswith("hook")}
    assert len(met) == sum(crm.faults.hits.values()) - sum(hooks.values()) > 100
    assert sum(crm.counts.values()) == len(crm.requests)


def test_an_edit_that_the_hub_never_saw_is_lost_when_the_hub_writes_over_it():
    asking = Asking()
    asking.get()
    asking.clock.passes(seconds=3)
    asking.table.update("1", {"properties": {"name": "User"}})
    asking.clock.passes(seconds=4)
    asking.patch(name="Hub")
    (case,) = asking.crm.witness.overwritten
    assert (case.path, case.edit, case.write, case.seen, case.window) == ("properties.name", 1, 2, False, 7.0)
    figures = asking.crm.witness.figures()
    assert (figures["lost_edits"], figures["edits_in_window"], figures["longest_window"]) == (1, 1, 7.0)


@pytest.mark.parametrize("look", ["get", "list", "search"])
def test_an_edit_that_the_hub_saw_is_its_own_decision(look):
    asking = Asking()
    asking.table.update("1", {"properties": {"name": "User"}})
    {"get": asking.get, "list": asking.list, "search": lambda: asking.list(email="m1@example.org")}[look]()
    asking.patch(name="Hub")
    figures = asking.crm.witness.figures()
    assert (figures["lost_edits"], figures["overwritten_seen"], figures["edits_in_window"]) == (0, 1, 0)


@pytest.mark.parametrize("kind", ["lost_answer", "truncated", "error_after", "garbage"])
def test_an_answer_that_did_not_arrive_showed_nothing(kind):
    asking = Asking()
    asking.table.update("1", {"properties": {"name": "User"}})
    asking.crm.fault(op="get", kind=kind)
    try:
        answer = asking.get()
    except httpx.HTTPError:
        answer = None
    assert answer is None or kind in ("error_after", "garbage")
    asking.patch(name="Hub")
    assert asking.crm.witness.figures()["lost_edits"] == 1


def test_a_stale_list_shows_no_edit_and_takes_no_knowledge_away():
    asking = Asking()
    asking.clock.passes(hours=1)
    asking.table.update("1", {"properties": {"name": "User"}})
    asking.table.update("2", {"properties": {"name": "User"}})
    asking.get("2")
    asking.crm.faults.order({"op": "list", "kind": "stale_list", "value": 1800})
    asking.list()
    asking.patch("1", name="Hub")
    asking.patch("2", name="Hub")
    assert [one.seen for one in asking.crm.witness.overwritten] == [False, True]


def test_an_edit_of_another_field_or_to_the_same_value_is_not_lost():
    asking = Asking()
    asking.table.update("1", {"properties": {"email": "other@example.org"}})
    asking.table.update("2", {"properties": {"name": "Same"}})
    asking.patch("1", name="Hub")
    asking.patch("2", name="Same")
    assert asking.crm.witness.figures()["lost_edits"] == 0
    assert asking.crm.witness.figures()["edits_in_window"] == 2


def test_deleting_a_record_loses_the_edit_that_was_not_seen():
    asking = Asking()
    asking.table.update("1", {"properties": {"name": "User"}})
    asking.client.delete("/contacts/1")
    assert [one.path for one in asking.crm.witness.overwritten] == ["properties.name"]


def test_a_second_record_for_an_identity_is_a_double_made_by_the_hub_and_not_by_a_user():
    asking = Asking()
    asking.table.create({"properties": {"email": "M1@example.org"}})
    assert asking.crm.witness.figures()["doubles"] == 0
    crm = asking.crm
    with crm.lock, crm.journal.acting("hub"):
        made = asking.table.create({"properties": {"email": "m2@example.org"}})
    (double,) = crm.witness.doubles
    assert (double.id, double.of) == (made.id, "2")
