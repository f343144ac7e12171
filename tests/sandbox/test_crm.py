"""The generic adapter keeps to the contract on the simulated CRM: in process, over a socket, in trouble."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.archiving import Archiving, Mark
from adapters.manifest import shipped
from adapters.protocol import Adapter, Change
from adapters.rest import RestAdapter, RestSettings
from adapters.settings import Opening, Secret
from sandbox.clock import Clock
from sandbox.crm import Crm
from tests.adapters.contract import PEOPLE, AdapterContract, live, push

TOKEN = "t0ken"


def people() -> list[dict[str, Any]]:
    rows = [{n: v for n, v in person.items() if n != "id"} for person in PEOPLE]
    return [
        {"id": person["id"], "external_id": f"x{person['id']}", "properties": row}
        for person, row in zip(PEOPLE, rows, strict=True)
    ]


def crm_of(clock: Clock, **how: Any) -> Crm:
    return Crm({"contacts": people()}, clock=clock, token=TOKEN, **how)


def adapter_of(system: Crm, clock: Clock, url: str = "", token: str = TOKEN, overlap: int = 0) -> Adapter:
    """The product's own way to it: at its address, or without one in this process."""
    opening = Opening(
        Path(),
        {"customer": "contacts"},
        lambda name: token,
        transport=None if url else system.transport(),
        clock=clock,
        sleep=clock.sleep,
    )
    settings = RestSettings(
        url=url or "http://crm.test", token=Secret(env="TOKEN"), page_size=2, overlap=overlap
    )
    rest = RestAdapter("crm", shipped("crm"), settings, opening)
    return Archiving(rest, Mark(field="archived", value=True))


class CrmContract(AdapterContract):
    volatile = frozenset({"etag", "modified_at"})

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def crm(self, clock):
        return crm_of(clock)

    @pytest.fixture
    def adapter(self, crm, clock):
        adapter = adapter_of(crm, clock)
        yield adapter
        adapter.close()

    @pytest.fixture
    def edit_outside(self, crm, clock):
        def edit(id: str, values: Mapping[str, Any]) -> None:
            clock.passes(seconds=1)
            crm.table("contacts").update(id, values)

        return edit

    @pytest.fixture
    def remove_outside(self, crm, clock):
        return crm.table("contacts").delete

    @pytest.fixture
    def dead(self, crm, clock):
        return adapter_of(crm, clock, token="another")

    def patch(self, text: str) -> dict[str, Any]:
        return {"properties": {"name": text}}

    def shown(self, payload: Mapping[str, Any]) -> Any:
        return payload["properties"].get("name")

    def new(self) -> dict[str, Any]:
        number = self.made = getattr(self, "made", 0) + 1
        return {"properties": {"name": "Nieuw", "email": f"nieuw{number}@example.org"}}

    def refused(self) -> dict[str, Any]:
        return {"properties": {"email": "bob@example.org"}}


class TestInProcess(CrmContract):
    pass


class TestOverASocket(CrmContract):
    @pytest.fixture
    def crm(self, clock):
        with crm_of(clock) as crm:
            yield crm

    @pytest.fixture
    def adapter(self, crm, clock):
        adapter = adapter_of(crm, clock, crm.url)
        yield adapter
        adapter.close()


BORNE = ("throttle", "throttle_date", "throttle_bare", "skew")
"""Trouble that the adapter bears in silence, at every operation."""


class TestInTrouble(CrmContract):
    """Each check meets some of them; waiting costs no real time."""

    @pytest.fixture
    def crm(self, clock, request):
        crm = crm_of(clock, seed=request.node.name)
        some = random.Random(request.node.name).sample(BORNE, 2)
        crm.faults.set_rates(dict.fromkeys(some, 0.05))
        return crm

    @pytest.fixture
    def adapter(self, crm, clock):
        adapter = adapter_of(crm, clock, overlap=300)
        yield adapter
        adapter.close()


@pytest.mark.parametrize("kind", BORNE)
def test_trouble_that_is_borne_in_silence_did_happen(kind):
    clock = Clock()
    crm = crm_of(clock)
    crm.faults.set_rates({kind: 0.12})
    adapter = adapter_of(crm, clock, overlap=300)
    for number in range(12):
        assert len(live(adapter.pull("customer"))) == len(PEOPLE)
        change = Change("k", "update", "customer", "1", {"properties": {"city": f"Assen {number}"}})
        assert push(adapter, "customer", change).status == "applied"
    assert crm.faults.hits[kind] > 2


def test_a_key_that_was_answered_before_makes_no_second_record():
    clock = Clock()
    crm = crm_of(clock)
    adapter = adapter_of(crm, clock)
    change = Change("the key", "create", "customer", None, {"properties": {"name": "Nieuw"}})
    crm.fault(op="create", kind="lost_answer")
    assert push(adapter, "customer", change).status == "unknown"
    again = push(adapter, "customer", change)
    assert again.status == "applied"
    assert len(crm.writes) == 1
    assert crm.witness.figures()["doubles"] == 0


def test_what_it_can_do_follows_from_its_manifest():
    can = shipped("crm").capabilities()
    assert can.writes == {"create", "update", "delete"}
    assert (can.conditional_write, can.idempotent_create, can.deletes) == (True, True, "feed")
    plain = shipped("json").capabilities()
    assert (plain.conditional_write, plain.idempotent_create) == (False, False)


def test_a_record_that_was_merged_away_is_gone_in_the_next_increment():
    clock = Clock()
    crm = crm_of(clock)
    adapter = adapter_of(crm, clock)
    cursor = list(adapter.pull("customer"))[-1].cursor
    clock.passes(minutes=1)
    crm.table("contacts").merge("2", "1")
    seen = {record.id: record for page in adapter.pull("customer", cursor) for record in page.records}
    assert seen["2"].deleted and not seen["1"].deleted
    assert [record.deleted for record in adapter.fetch("customer", ["2"])] == [True]


def test_a_batch_tells_the_fate_of_each_item():
    crm = crm_of(Clock(), seed=3)
    client = httpx.Client(
        transport=crm.transport(), base_url="http://crm.test", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    items = [
        {"id": "1", "properties": {"city": "Assen"}},
        {"id": "2", "etag": '"2-7"', "properties": {"city": "Assen"}},
        {"id": "9", "properties": {"city": "Assen"}},
        {"id": "3", "properties": {"email": "ada@example.org"}},
    ]
    answer = client.post("/contacts/batch", json={"items": items})
    assert answer.status_code == 207
    assert [one["status"] for one in answer.json()["results"]] == [200, 412, 404, 409]
    assert [event.id for event in crm.writes] == ["1"]
