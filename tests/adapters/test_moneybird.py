"""Moneybird keeps to the contract, on a simulated administration: in process, in trouble, its own ways."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.moneybird import KIND, MoneybirdAdapter
from adapters.protocol import Change
from adapters.settings import Opening, Secret
from sandbox.clock import Clock
from sandbox.moneybird import Moneybird
from tests.adapters.contract import PEOPLE, AdapterContract, live, push, update
from tests.sandbox.specs import Listening, faults

TOKEN, URL = "t0ken", "http://books.test/api/v2/123"
NUMBERED = [{**person, "id": str(496_081_411_808_167_000 + int(person["id"]))} for person in PEOPLE]


def contact(person: Mapping[str, str]) -> dict[str, str]:
    named = {"name": "company_name", "email": "send_invoices_to_email"}
    return {named.get(name, name): value for name, value in person.items()}


def books_of(clock: Clock, rows: Any = None, **how: Any) -> Moneybird:
    contacts = [contact(person) for person in NUMBERED] if rows is None else rows
    return Moneybird({"contacts": contacts}, clock=clock, token=TOKEN, **how)


def adapter_of(
    books: Moneybird | Listening, clock: Clock, token: str = TOKEN, overlap: int = 300
) -> MoneybirdAdapter:
    opening = Opening(
        Path(),
        {"customer": "contacts"},
        lambda name: token,
        transport=books.transport(),
        clock=clock,
        sleep=clock.sleep,
    )
    settings = KIND.settings(url=URL, token=Secret(env="TOKEN"), overlap=overlap)
    return KIND.open("books", settings, opening)


class TestMoneybird(AdapterContract):
    volatile = frozenset({"version", "updated_at"})

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def books(self, clock):
        books = books_of(clock)
        clock.passes(hours=1)
        return books

    @pytest.fixture
    def adapter(self, books, clock):
        adapter = adapter_of(books, clock)
        yield adapter
        adapter.close()

    @pytest.fixture
    def edit_outside(self, books, clock):
        return books.table("contacts").update

    @pytest.fixture
    def remove_outside(self, books):
        return books.table("contacts").delete

    @pytest.fixture
    def dead(self, books, clock):
        return adapter_of(books, clock, token="another")

    field = "company_name"

    def new(self) -> dict[str, Any]:
        return {"company_name": "Nieuw", "send_invoices_to_email": "nieuw@example.org"}

    def other(self) -> dict[str, Any]:
        return {"company_name": "Ander", "send_invoices_to_email": "ander@example.org"}

    def refused(self) -> dict[str, Any]:
        return {"send_invoices_to_email": "no address"}


BORNE = ("throttle", "throttle_date", "throttle_bare", "skew")
"""Trouble that the adapter bears in silence, at every operation."""


class TestMoneybirdInTrouble(TestMoneybird):
    @pytest.fixture
    def books(self, clock, request):
        books = books_of(clock, seed=request.node.name)
        clock.passes(hours=1)
        some = random.Random(request.node.name).sample(BORNE, 2)
        books.faults.set_rates(dict.fromkeys(some, 0.05))
        return books


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def books(clock):
    books = books_of(clock)
    clock.passes(hours=1)
    return books


@pytest.fixture
def adapter(books, clock):
    return adapter_of(books, clock)


def cursor_of(adapter: MoneybirdAdapter) -> str:
    cursor = list(adapter.pull("customer"))[-1].cursor
    assert cursor is not None
    return cursor


def test_an_increment_without_news_costs_one_request_and_shows_nothing(books, adapter):
    cursor = cursor_of(adapter)
    books.counts.clear()
    assert live(adapter.pull("customer", cursor)) == []
    assert books.counts == {"list": 1}


def test_two_edits_within_one_second_are_both_seen(books, adapter):
    first = NUMBERED[0]["id"]
    books.table("contacts").update(first, {"city": "Assen"})
    cursor = cursor_of(adapter)
    books.table("contacts").update(first, {"city": "Emmen"})  # the version does not move
    (seen,) = live(adapter.pull("customer", cursor))
    assert seen.payload["city"] == "Emmen"


def test_a_list_of_versions_that_is_empty_by_mistake_deletes_nobody(books, adapter):
    cursor = cursor_of(adapter)
    books.fault(op="list", kind="empty_list")
    seen = [record for page in adapter.pull("customer", cursor) for record in page.records]
    assert len(seen) == len(PEOPLE)
    assert not any(record.deleted for record in seen)


def test_an_archived_contact_is_seen_to_be_out_of_scope(books, adapter, clock):
    cursor = cursor_of(adapter)
    clock.passes(minutes=1)
    books.table("contacts").archive(NUMBERED[1]["id"])
    (seen,) = live(adapter.pull("customer", cursor))
    assert (seen.id, seen.in_scope) == (NUMBERED[1]["id"], False)


def test_a_thousand_changed_contacts_cost_eleven_requests(clock):
    rows = [{"company_name": f"Bedrijf {n}", "customer_id": str(n)} for n in range(3000)]
    books = books_of(clock, rows)
    adapter = adapter_of(books, clock)
    clock.passes(hours=1)
    cursor = cursor_of(adapter)
    assert books.counts == {"list": 1, "get": 30}
    clock.passes(hours=1)
    for record in books.table("contacts").live()[:1000]:
        books.table("contacts").update(record.id, {"city": "Assen"})
    books.counts.clear()
    assert len(live(adapter.pull("customer", cursor))) == 1000
    assert books.counts == {"list": 1, "get": 10}
    assert len(cursor) < 3000 * 32


def test_it_never_asks_more_often_than_moneybird_allows(books, adapter, clock):
    began = clock.now
    changes = [Change(f"k{n}", "update", "customer", NUMBERED[0]["id"], {"city": f"{n}"}) for n in range(400)]
    assert {outcome.status for outcome in adapter.push("customer", changes)} == {"applied"}
    assert not any(one.status == 429 for one in books.requests)
    assert (clock.now - began).total_seconds() > 900


def test_when_others_used_the_limit_up_the_wait_is_handed_on(books, adapter):
    proof = {"Authorization": f"Bearer {TOKEN}"}
    client = httpx.Client(transport=books.transport(), base_url=URL, headers=proof)
    answers = [client.get("/contacts.json") for _ in range(151)]
    assert answers[-1].headers["RateLimit-Remaining"] == "0"
    outcome = push(adapter, "customer", update("customer", NUMBERED[0]["id"], {"city": "Assen"}))
    assert outcome.status == "deferred"
    assert outcome.retry_after is not None and 20 < outcome.retry_after <= 300
    assert not books.writes


def test_a_value_that_is_wrong_is_named_without_its_text(books, adapter):
    patch = {"send_invoices_to_email": "no address"}
    outcome = push(adapter, "customer", update("customer", NUMBERED[0]["id"], patch))
    assert (outcome.status, outcome.detail) == ("rejected", "refused (422): send_invoices_to_email")


def test_a_text_as_error_names_the_field_beside_it(books, adapter):
    id = NUMBERED[0]["id"]
    books.invoiced.add(id)
    outcome = push(adapter, "customer", Change("k", "delete", "customer", id))
    assert (outcome.status, outcome.detail) == ("rejected", "refused (400): id, has_invoices")


def test_a_field_is_cleared_by_an_empty_text_and_an_own_field_told_by_its_id(books, adapter):
    id = NUMBERED[0]["id"]
    patch = {"phone": None, "custom_fields": [{"id": "77", "value": "gold"}]}
    outcome = push(adapter, "customer", update("customer", id, patch))
    assert outcome.record.payload["phone"] == ""
    assert outcome.record.payload["custom_fields"] == [{"id": "77", "value": "gold"}]


def test_a_search_shows_only_who_has_the_value(books, adapter):
    bob = books.table("contacts").live()[1]
    books.table("contacts").create({**bob.values, "company_name": "ada@example.org"})
    found = list(adapter.search("customer", {"send_invoices_to_email": "Ada@example.org"}))
    assert [record.id for record in found] == [NUMBERED[0]["id"]]


def test_what_it_can_do_follows_from_its_manifest(adapter):
    can = adapter.capabilities("customer")
    assert can.writes == {"create", "update", "delete", "archive"}
    assert (can.incremental, can.deletes, can.fetch_batch) == ("versions", "feed", 100)
    assert not (can.conditional_write or can.idempotent_create or can.counts_writes)
    assert can.returns_record and can.side_effects


SPEC = "openapi-v2-trimmed.json"
PATHS = "#/paths/~1{administration_id}~1contacts"


def test_what_is_sent_and_answered_is_as_moneybird_describes_it(books):
    proof = {"Authorization": f"Bearer {TOKEN}"}
    client = httpx.Client(transport=books.transport(), base_url=URL, headers=proof)
    heard = Listening(books)
    adapter = adapter_of(heard, Clock())
    payload = {"company_name": "Nieuw", "phone": None, "custom_fields": [{"id": "77", "value": "goud"}]}
    assert push(adapter, "customer", Change("k", "create", "customer", None, payload)).status == "applied"
    assert push(adapter, "customer", update("customer", NUMBERED[0]["id"], payload)).status == "applied"
    body = "requestBody/content/application~1*/schema"
    assert faults("moneybird", SPEC, f"{PATHS}{{format}}/post/{body}", heard.sent["POST"]) == []
    assert faults("moneybird", SPEC, f"{PATHS}~1{{id}}{{format}}/patch/{body}", heard.sent["PATCH"]) == []
    shown = "/get/responses/200/content/application~1json/schema"
    one, many = client.get(f"/contacts/{NUMBERED[0]['id']}.json"), client.get("/contacts.json")
    assert faults("moneybird", SPEC, f"{PATHS}~1{{id}}{{format}}{shown}", one.json()) == []
    assert faults("moneybird", SPEC, f"{PATHS}{{format}}{shown}", many.json()) == []
    versions = client.get("/contacts/synchronization.json")
    assert faults("moneybird", SPEC, f"{PATHS}~1synchronization{{format}}{shown}", versions.json()) == []
    wrong = client.post("/contacts.json", json={"contact": {"company_name": ""}})
    refused = f"{PATHS}{{format}}/post/responses"
    assert faults("moneybird", SPEC, f"{refused}/422/content/application~1json/schema", wrong.json()) == []
    unknown = client.post("/contacts.json", json={"contact": {"hobby": "x"}})
    assert faults("moneybird", SPEC, f"{refused}/400/content/application~1json/schema", unknown.json()) == []
    assert (wrong.status_code, unknown.status_code) == (422, 400)
