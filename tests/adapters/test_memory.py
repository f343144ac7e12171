"""The reference adapter keeps to the contract, and so do its lesser selves."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.archiving import Archiving, Mark
from adapters.errors import SystemOut
from adapters.memory import EVERYTHING, MemoryAdapter
from adapters.payloads import merge, values_at
from adapters.protocol import Change
from tests.adapters.contract import PEOPLE, AdapterContract, live, push, update

START = datetime(2025, 1, 1, tzinfo=UTC)


def ticking(step=timedelta(seconds=1)):
    ticks = itertools.count()
    return lambda: START + next(ticks) * step


class TestEverything(AdapterContract):
    @pytest.fixture
    def capabilities(self):
        return replace(EVERYTHING, writable=frozenset({"name", "email", "phone", "city"}))

    @pytest.fixture
    def clock(self):
        return ticking()

    @pytest.fixture
    def adapter(self, capabilities, clock):
        adapter = MemoryAdapter("crm", PEOPLE, capabilities=capabilities, clock=clock, page_size=2)
        adapter.refuses = lambda payload: "phone: too long" if len(payload.get("phone", "")) > 20 else None
        return adapter

    @pytest.fixture
    def edit_outside(self, adapter):
        return lambda id, payload: adapter.edit(id, **payload)

    @pytest.fixture
    def remove_outside(self, adapter):
        return adapter.remove

    @pytest.fixture
    def dead(self):
        adapter = MemoryAdapter("crm", PEOPLE)
        adapter.down = True
        return adapter

    def refused(self):
        return {"phone": "0" * 21}


class TestAllAtOneMoment(TestEverything):
    """A source with a coarse clock: every record has the same time."""

    @pytest.fixture
    def clock(self):
        return lambda: START


class TestDeleteFeed(TestEverything):
    @pytest.fixture
    def capabilities(self):
        return replace(EVERYTHING, deletes="feed", conditional_write=False, returns_record=False)


class TestReadOnly(TestEverything):
    @pytest.fixture
    def capabilities(self):
        return replace(
            EVERYTHING, writes=frozenset(), incremental="no", deletes="none", searchable=frozenset()
        )


class TestArchivingByAField(TestEverything):
    """A system that knows nothing of archiving, but has a field for it."""

    @pytest.fixture
    def capabilities(self):
        return replace(EVERYTHING, writes=EVERYTHING.writes - {"archive"})

    @pytest.fixture
    def adapter(self, inner):
        return Archiving(inner, Mark(field="status", value="inactive"))

    @pytest.fixture
    def inner(self, capabilities, clock):
        return MemoryAdapter("crm", PEOPLE, capabilities=capabilities, clock=clock, page_size=2)

    @pytest.fixture
    def edit_outside(self, inner):
        return lambda id, payload: inner.edit(id, **payload)

    @pytest.fixture
    def remove_outside(self, inner):
        return inner.remove

    def refused(self):
        return None

    def test_who_takes_the_mark_away_brings_the_record_back(self, adapter, entity, first, edit_outside):
        push(adapter, entity, Change("k", "archive", entity, first.id))
        edit_outside(first.id, {"status": "active"})
        (record,) = adapter.fetch(entity, [first.id])
        assert record.in_scope


@pytest.fixture
def crm():
    return MemoryAdapter("crm", PEOPLE, clock=ticking(), page_size=2)


@pytest.mark.parametrize(
    ("fault", "status", "effect"),
    [
        ("timeout", "unknown", True),
        ("lost", "unknown", False),
        ("throttled", "deferred", False),
        ("rejected", "rejected", False),
    ],
)
def test_a_fault_meets_one_change_and_no_more(crm, fault, status, effect):
    crm.fail_next(fault)
    assert push(crm, "customer", update("customer", "1", {"name": "Een"})).status == status
    assert (crm.records["1"].payload["name"] == "Een") is effect
    assert push(crm, "customer", update("customer", "1", {"name": "Twee"})).status == "applied"


def test_a_system_that_dies_in_a_batch_leaves_the_earlier_outcomes_known(crm):
    crm.fail_next("rejected", "out")
    outcomes = crm.push("customer", [update("customer", id, {"name": "Nieuw"}) for id in "123"])
    assert next(outcomes).status == "rejected"
    with pytest.raises(SystemOut, match="crm"):
        next(outcomes)
    assert len(crm.requests) == 2


def test_a_user_in_the_window_makes_a_conditional_write_stale(crm):
    version = crm.records["1"].version
    crm.before_push = lambda change: crm.edit(change.id, name="Van een ander")
    outcome = push(crm, "customer", Change("k", "update", "customer", "1", {"name": "Nieuw"}, version))
    assert outcome.status == "stale"
    assert outcome.record.payload["name"] == "Van een ander"


def test_a_record_edited_while_pages_are_read_is_not_missed(crm):
    pages = crm.pull("customer")
    seen = [next(pages)]
    crm.edit("5", name="Eva Nieuw")
    crm.edit("1", name="Ada Nieuw")
    seen += pages
    assert seen[-1].complete
    assert {record.payload["name"] for record in live(seen)} >= {"Eva Nieuw", "Ada Nieuw", "Daan Özdemir"}


def test_what_was_handed_out_does_not_move(crm):
    (before,) = crm.fetch("customer", ["1"])
    crm.edit("1", name="Nieuw")
    before.payload["name"] += "!"
    assert before.payload["name"] == "Ada de Vries!"
    assert crm.records["1"].payload["name"] == "Nieuw"


def test_a_repeated_create_is_one_record_only_where_creates_are_idempotent():
    for idempotent in (True, False):
        crm = MemoryAdapter("crm", PEOPLE, capabilities=replace(EVERYTHING, idempotent_create=idempotent))
        crm.fail_next("timeout")
        create = Change("same-key", "create", "customer", None, {"name": "Nieuw"})
        assert push(crm, "customer", create).status == "unknown"
        assert push(crm, "customer", create).status == "applied"
        assert len(live(crm.pull("customer"))) == len(PEOPLE) + (1 if idempotent else 2)


def test_a_create_never_takes_the_id_of_another_record(crm):
    outcome = push(crm, "customer", Change("k", "create", "customer", None, {"id": "1", "name": "Nieuw"}))
    assert outcome.status == "rejected"
    assert crm.records["1"].payload["name"] == "Ada de Vries"


@pytest.mark.parametrize(
    ("now", "patch", "then"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"tags": ["x", "y"]}, {"tags": ["z"]}, {"tags": ["z"]}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        (
            {"at": [{"id": 7, "s": "x"}, {"id": 8, "s": "y"}]},
            {"at": [{"id": 8, "s": "z"}]},
            {"at": [{"id": 7, "s": "x"}, {"id": 8, "s": "z"}]},
        ),
        (
            {"at": [{"sort": "home", "tel": "1"}, {"sort": "work", "tel": "2"}]},
            {"at": [{"sort": "work", "tel": "1"}]},
            {"at": [{"sort": "home", "tel": "1"}, {"sort": "work", "tel": "1"}]},
        ),
        (
            {"at": [{"sort": "home", "tel": "1"}]},
            {"at": [{"sort": "work", "tel": "1"}]},
            {"at": [{"sort": "home", "tel": "1"}, {"sort": "work", "tel": "1"}]},
        ),
        ({"at": []}, {"at": [{"sort": "home"}]}, {"at": [{"sort": "home"}]}),
        ({"at": [{"sort": "home"}]}, {"at": []}, {"at": []}),
    ],
)
def test_a_patch_changes_what_it_names(now, patch, then):
    assert merge(now, patch) == then


def test_a_path_passes_through_lists():
    payload = {"phones": [{"number": "1"}, {"number": "2"}], "tags": ["a", "b"], "x": {"y": 3}}
    assert values_at(payload, "phones.number") == ["1", "2"]
    assert values_at(payload, "tags") == ["a", "b"]
    assert values_at(payload, "x.y") == [3]
    assert values_at(payload, "x.z") == []
