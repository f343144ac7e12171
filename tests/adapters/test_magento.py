"""Magento keeps to the contract, on a simulated shop: in process, in trouble, and in its own ways."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from adapters.errors import Denied
from adapters.magento import KIND, MagentoAdapter
from adapters.oauth1 import Secrets, Signed
from adapters.protocol import Change
from adapters.settings import Opening, Secret
from sandbox.clock import Clock
from sandbox.json_server import JsonServer
from sandbox.magento import Magento
from sandbox.records import Record, Table
from tests.adapters.contract import PEOPLE, AdapterContract, live, push, update
from tests.sandbox.pair import project, sync, written
from tests.sandbox.specs import faults

FOUR = ("key", "s&cret", "token", "t/secret")
TOKEN = ":".join(FOUR)
NAMES = ("consumer_key", "consumer_secret", "token", "token_secret")
URL = "http://shop.test/rest/default"


def place(id: int, person: Mapping[str, str], **more: Any) -> dict[str, Any]:
    first, _, last = person["name"].partition(" ")
    where = {
        "street": [f"Dorpsstraat {id}"],
        "city": person["city"],
        "postcode": "1234 AB",
        "country_id": "NL",
    }
    named = {"firstname": first, "lastname": last, "telephone": person["phone"] or "0301234567"}
    return {"id": id, **where, **named, **more}


def customer(person: Mapping[str, str]) -> dict[str, Any]:
    first, _, last = person["name"].partition(" ")
    number = int(person["id"])
    places = [place(number * 10, person, default_billing=True), place(number * 10 + 1, person)]
    own = {"id": person["id"], "firstname": first, "lastname": last, "email": person["email"]}
    return {**own, "addresses": places}


def shop_of(clock: Clock, **how: Any) -> Magento:
    return Magento({"customers": map(customer, PEOPLE)}, clock=clock, token=TOKEN, **how)


def adapter_of(shop: Magento, clock: Clock, four: tuple[str, ...] = FOUR, **more: Any) -> MagentoAdapter:
    known = dict(zip(NAMES, four, strict=True))
    opening = Opening(
        Path(),
        {"customer": "customers"},
        known.__getitem__,
        transport=shop.transport(),
        clock=clock,
        sleep=clock.sleep,
    )
    told = {"url": URL, "page_size": 2, "overlap": 0, **{name: Secret(env=name) for name in NAMES}, **more}
    return KIND.open("shop", KIND.settings(**told), opening)


@pytest.fixture
def clock() -> Clock:
    return Clock()


class TestMagento(AdapterContract):
    field = "firstname"
    volatile = frozenset({"updated_at"})

    @pytest.fixture
    def shop(self, clock):
        return shop_of(clock)

    @pytest.fixture
    def adapter(self, shop, clock):
        adapter = adapter_of(shop, clock)
        yield adapter
        adapter.close()

    @pytest.fixture
    def edit_outside(self, shop, clock):
        def edit(id: str, values: Mapping[str, Any]) -> None:
            clock.passes(seconds=1)
            shop.table("customers").update(id, values)

        return edit

    @pytest.fixture
    def remove_outside(self, shop):
        return shop.table("customers").delete

    @pytest.fixture
    def dead(self, shop, clock):
        return adapter_of(shop, clock, ("key", "wrong", "token", "t/secret"))

    def new(self) -> dict[str, Any]:
        return {"firstname": "Nieuw", "lastname": "Berg", "email": "nieuw@example.org", "website_id": 1}

    def refused(self) -> dict[str, Any]:
        return {"email": "bob@example.org"}


BORNE = ("throttle", "throttle_date", "throttle_bare", "skew")


class TestInTrouble(TestMagento):
    """Each check meets some of them; waiting costs no real time."""

    @pytest.fixture
    def shop(self, clock, request):
        shop = shop_of(clock, seed=request.node.name)
        shop.faults.set_rates(dict.fromkeys(random.Random(request.node.name).sample(BORNE, 2), 0.05))
        return shop

    @pytest.fixture
    def adapter(self, shop, clock):
        adapter = adapter_of(shop, clock, overlap=300)
        yield adapter
        adapter.close()


@pytest.mark.parametrize("repeats", [True, False])
def test_a_last_page_that_comes_again_is_no_page(clock, repeats):
    shop = shop_of(clock)
    shop.repeats = repeats
    pages = list(adapter_of(shop, clock).pull("customer"))
    assert [len(page.records) for page in pages] == [2, 2, 1]
    assert pages[-1].complete
    assert shop.counts["list"] == 3
    shop.table("customers").delete("5")  # now the last page is full
    assert [len(page.records) for page in adapter_of(shop, clock).pull("customer")] == [2, 2]


def test_an_address_that_a_change_does_not_name_is_still_there_after_the_write(clock):
    shop = shop_of(clock)
    adapter = adapter_of(shop, clock)
    (before,) = adapter.fetch("customer", ["1"])
    patch = {"addresses": [{"id": 10, "default_billing": True, "street": ["Kerkstraat 2"]}]}
    outcome = push(adapter, "customer", update("customer", "1", patch))
    (after,) = adapter.fetch("customer", ["1"])
    first, second = before.payload["addresses"]
    assert after.payload["addresses"] == [{**first, "street": ["Kerkstraat 2"]}, second]
    assert after.payload["default_billing"] == "10"
    assert (outcome.status, outcome.record) == ("applied", after)


def test_what_would_delete_an_address_does_so_in_the_shop_itself(clock):
    shop = shop_of(clock)
    client = httpx.Client(transport=shop.transport(), auth=Signed(Secrets(*FOUR), clock))
    sparse = {"firstname": "Ada", "lastname": "Berg", "email": "ada@example.org", "addresses": []}
    assert client.put(f"{URL}/V1/customers/1", json={"customer": sparse}).json()["addresses"] == []


def test_a_new_address_comes_beside_those_that_are_there(clock):
    shop = shop_of(clock)
    adapter = adapter_of(shop, clock)
    extra = {
        name: value for name, value in place(0, PEOPLE[0], default_shipping=True).items() if name != "id"
    }
    assert push(adapter, "customer", update("customer", "1", {"addresses": [extra]})).status == "applied"
    (now,) = adapter.fetch("customer", ["1"])
    assert [one["id"] for one in now.payload["addresses"]][:2] == [10, 11]
    assert len(now.payload["addresses"]) == 3


def test_a_change_of_an_address_is_missed_by_an_increment_and_found_by_a_full_scan(clock):
    shop = shop_of(clock)
    adapter = adapter_of(shop, clock)
    clock.passes(minutes=10)
    shop.table("customers").update("1", {"firstname": "Adelheid"})
    pages = list(adapter.pull("customer"))
    clock.passes(minutes=10)
    moved = [{**one, "city": "Assen"} for one in shop.table("customers").get("2").values["addresses"]]
    shop.table("customers").update("2", {"addresses": moved})
    assert {record.id for record in live(adapter.pull("customer", pages[-1].cursor))} == {"1"}
    before, after = ({r.id: r for r in live(found)}["2"] for found in (pages, adapter.pull("customer")))
    assert after.modified_at == before.modified_at
    assert after.version != before.version
    assert after.payload["addresses"][0]["city"] == "Assen"
    assert any("address" in spot for spot in adapter.capabilities("customer").blind_spots)


def test_a_customer_who_moved_since_is_stale_and_not_overwritten(clock):
    shop = shop_of(clock)
    adapter = adapter_of(shop, clock)
    (read,) = adapter.fetch("customer", ["1"])
    shop.table("customers").update("1", {"addresses": []})  # does not move updated_at
    change = Change("k", "update", "customer", "1", {"firstname": "Adelheid"}, read.version)
    assert push(adapter, "customer", change).status == "stale"
    assert shop.writes == []


def test_a_newsletter_that_ended_while_something_else_is_written_stays_ended(clock):
    shop = shop_of(clock)
    table, news = shop.table("customers"), {"extension_attributes": {"is_subscribed": True}}
    table.update("1", news)
    adapter = adapter_of(shop, clock)
    sent: list[Any] = []
    shop.journal.listeners.append(lambda event: sent.append(event.fields()))
    assert push(adapter, "customer", update("customer", "1", {"firstname": "Adelheid"})).status == "applied"
    assert [set(fields) for fields in sent] == [{"firstname"}]
    ended = {"extension_attributes": {"is_subscribed": False}}

    def unsubscribe(table: Table, record: Record, path: str, chance: random.Random) -> str:
        with shop.journal.acting("user"):
            table.update("1", ended)
        return "Ada"

    shop.editor = unsubscribe
    shop.fault(op="update", kind="editor")  # a customer is quicker than our write
    push(adapter, "customer", update("customer", "1", {"firstname": "Adeline"}))
    assert table.get("1").values["extension_attributes"] == {"is_subscribed": False}
    assert push(adapter, "customer", update("customer", "1", news)).status == "applied"
    assert table.get("1").values["extension_attributes"] == {"is_subscribed": True}


def test_a_token_alone_is_refused_where_the_shop_wants_a_signature(clock):
    shop = shop_of(clock)
    alone = dict.fromkeys(("consumer_key", "consumer_secret", "token_secret"))
    with pytest.raises(Denied):
        adapter_of(shop, clock, **alone).check()


def test_three_of_the_four_secrets_are_an_error():
    three = {name: Secret(env=name) for name in NAMES[:3]}
    with pytest.raises(ValidationError, match="token_secret"):
        KIND.settings(url=URL, **three)


def test_a_request_that_is_repeated_is_signed_anew(clock):
    shop = shop_of(clock)
    shop.fault(op="list", kind="truncated", times=2)  # answered, so the shop has seen those nonces
    assert len(live(adapter_of(shop, clock, page_size=100).pull("customer"))) == len(PEOPLE)
    assert shop.faults.hits["truncated"] == 2


def test_an_answer_is_as_the_vendor_describes_it(clock):
    shop = shop_of(clock)
    client = httpx.Client(transport=shop.transport(), auth=Signed(Secrets(*FOUR), clock))
    spec, schema = "swagger-admin-2.4.8-trimmed.json", "#/definitions/customer-data-customer"
    listed = client.get(f"{URL}/V1/customers/search", params={"searchCriteria[pageSize]": "2"}).json()
    assert faults("magento", spec, f"{schema}-search-results-interface", listed) == []
    assert faults("magento", spec, f"{schema}-interface", client.get(f"{URL}/V1/customers/1").json()) == []
    taken = {"firstname": "A", "lastname": "B", "email": "bob@example.org"}
    refused = client.put(f"{URL}/V1/customers/1", json={"customer": taken})
    assert refused.status_code == 400
    assert faults("magento", spec, "#/definitions/error-response", refused.json()) == []


CONSENT = "consent:\n  newsletter: {channel: email, purpose: marketing}\n"
SECRETS = ", ".join(f"{name}: {{env: {name.upper()}}}" for name in NAMES)


def test_an_edit_on_either_side_arrives_on_the_other_and_then_all_is_quiet(tmp_path, monkeypatch):
    for name, value in zip(NAMES, FOUR, strict=True):
        monkeypatch.setenv(name.upper(), value)
    there = {"street": "Kerkstraat 3", "postcode": "1234 AB", "city": "Utrecht", "country": "NL"}
    ada = {"first": "Ada", "last": "de Vries", "email": "ada@example.org", **dict.fromkeys(there, "")}
    new = {"first": "Anna", "last": "Berg", "email": "anna@example.org", "phone": "0612345678", **there}
    rows = [customer(person) for person in PEOPLE[:2]]
    with Magento({"customers": rows}, token=TOKEN) as shop, JsonServer({"customers": [ada, new]}) as plain:
        project(tmp_path, "magento", shop, plain, f"url: '{shop.url}/rest/default', {SECRETS}", CONSENT)
        sync(tmp_path)
        moved = [{**one, "city": "Assen"} for one in shop.table("customers").get("1").values["addresses"]]
        shop.table("customers").update("1", {"addresses": moved})
        plain.table("customers").update("1", {"last": "Bakker"})
        sync(tmp_path)
        sync(tmp_path, full=True)
        before = written(shop, plain)
        sync(tmp_path)
        assert written(shop, plain) == before
        (found,) = [row for row in plain.rows("customers") if row["last"] == "Bakker"]
        kept = {row["lastname"]: len(row["addresses"]) for row in shop.rows("customers")}
    assert found["city"] == "Assen"
    assert kept == {"Bakker": 2, "Jansen": 2, "Berg": 1}
