"""The whole contract on a real shop, when one answers on this machine; otherwise everything skips."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.errors import SystemOut
from adapters.protocol import Change
from adapters.settings import Opening, Secret
from adapters.vendure import KIND, VendureAdapter, VendureSettings
from tests.adapters.contract import PEOPLE, AdapterContract, live, push, update
from tests.adapters.test_vendure import shop_adapter

REAL = "http://127.0.0.1:18001/admin-api"
CHANNEL = "klantbeeld-contract"
LIST = "{customers(options:{take:1000}){items{id firstName lastName emailAddress phoneNumber updatedAt %s}}}"
LIST = LIST.replace("%s", "addresses{id updatedAt streetLine1 city defaultBillingAddress}")


class Door:
    """Another way into the real shop than the adapter's, as its own staff has."""

    def __init__(self) -> None:
        self.http = httpx.Client(base_url=REAL, timeout=10)
        query = 'mutation{login(username:"superadmin",password:"superadmin"){__typename}}'
        answer = self.http.post("", json={"query": query})
        self.http.headers["authorization"] = f"Bearer {answer.headers['vendure-auth-token']}"

    def ask(self, query: str, channel: str = "", **variables: Any) -> Any:
        headers = {"vendure-token": channel} if channel else {}
        body = self.http.post("", json={"query": query, "variables": variables}, headers=headers).json()
        assert "errors" not in body, body["errors"][0]["message"]
        return body["data"]

    def customers(self, channel: str = "") -> Any:
        return self.ask(LIST, channel)["customers"]["items"]

    def delete(self, rid: str) -> None:
        self.ask("mutation($c:ID!){deleteCustomer(id:$c){result}}", c=rid)

    def set_right(self) -> None:
        """The people of the contract, no more and no less, stand in the channel."""
        wanted = {own["emailAddress"]: (own, address) for own, address in map(_person, PEOPLE)}
        for row in self.customers(CHANNEL):
            own, address = wanted.get(row["emailAddress"], ({}, {}))
            as_it_should = (
                len(row["addresses"]) == 1 and own and address.items() <= row["addresses"][0].items()
            )
            if as_it_should and own.items() <= row.items():
                del wanted[row["emailAddress"]]
            else:
                self.delete(row["id"])
        for own, address in wanted.values():
            self.create(own, address)

    def create(self, own: Mapping[str, Any], address: Mapping[str, Any]) -> None:
        make = "mutation($i:CreateCustomerInput!){createCustomer(input:$i){... on Customer{id}}}"
        rid = self.ask(make, CHANNEL, i=own)["createCustomer"]["id"]
        add = "mutation($c:ID!,$i:CreateAddressInput!){createCustomerAddress(customerId:$c,input:$i){id}}"
        self.ask(add, CHANNEL, c=rid, i={**address, "countryCode": "NL"})


def _person(person: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    first, _, last = person["name"].partition(" ")
    email = person["email"].replace("example.org", "contract.example")
    own = {"firstName": first, "lastName": last, "emailAddress": email, "phoneNumber": person["phone"]}
    return own, {"streetLine1": "Kerkstraat 1", "city": person["city"], "defaultBillingAddress": True}


def _answers() -> bool:
    try:
        return httpx.get(REAL.replace("admin-api", "health"), timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    """The real shop with a channel for these tests alone; its own customers must come out as they went in."""
    if not _answers():
        pytest.skip(f"no Vendure answers at {REAL}")
    door = Door()
    before = door.customers()
    zone = door.ask("mutation($i:CreateZoneInput!){createZone(input:$i){id}}", i={"name": CHANNEL})
    zone_id = zone["createZone"]["id"]
    money = {"defaultLanguageCode": "en", "pricesIncludeTax": False, "defaultCurrencyCode": "EUR"}
    zones = {"defaultTaxZoneId": zone_id, "defaultShippingZoneId": zone_id}
    make = "mutation($i:CreateChannelInput!){createChannel(input:$i){... on Channel{id}}}"
    made = door.ask(make, i={"code": CHANNEL, "token": CHANNEL, **money, **zones})
    yield door
    for row in door.customers(CHANNEL):
        door.delete(row["id"])
    door.ask("mutation($c:ID!){deleteChannel(id:$c){result}}", c=made["createChannel"]["id"])
    door.ask("mutation($c:ID!){deleteZone(id:$c){result}}", c=zone_id)
    assert door.customers() == before
    door.http.close()


@pytest.mark.real
class TestRealVendure(AdapterContract):
    """The whole contract on a real shop, in a channel of its own, so that its customers are left alone."""

    field = "firstName"

    @pytest.fixture
    def adapter(self, door: Door) -> Iterator[VendureAdapter]:
        door.set_right()
        adapter = shop_adapter(None, REAL, channel=CHANNEL, page_size=2)
        yield adapter
        adapter.close()

    @pytest.fixture
    def edit_outside(self, door: Door) -> Callable[[str, Mapping[str, Any]], None]:
        query = "mutation($i:UpdateCustomerInput!){updateCustomer(input:$i){__typename}}"
        return lambda rid, patch: door.ask(query, i={"id": rid, **patch})

    @pytest.fixture
    def remove_outside(self, door: Door) -> Callable[[str], None]:
        return door.delete

    @pytest.fixture
    def dead(self) -> VendureAdapter:
        return shop_adapter(None, "http://127.0.0.1:9/admin-api")

    def new(self) -> dict[str, Any]:
        return {**self.patch("Nieuw"), "lastName": "Contract", "emailAddress": "nieuw@contract.example"}

    def refused(self) -> dict[str, Any]:
        return {"emailAddress": "bob@contract.example"}

    def test_an_address_edited_in_the_shop_is_seen(self, adapter, door, first):
        (address,) = first.payload["addresses"]
        query = "mutation($i:UpdateAddressInput!){updateCustomerAddress(input:$i){id}}"
        door.ask(query, i={"id": address["id"], "city": "Assen"})
        after = next(record for record in live(adapter.pull("customer")) if record.id == first.id)
        assert after.payload["addresses"][0]["city"] == "Assen"
        assert after.version != first.version

    def test_addresses_are_changed_and_added_in_one_change(self, adapter, first):
        (address,) = first.payload["addresses"]
        new = {"streetLine1": "Markt 1", "countryCode": "NL", "defaultBillingAddress": True}
        patch = {"lastName": "Ander", "addresses": [{"id": address["id"], "city": "Assen"}, new]}
        outcome = push(adapter, "customer", update("customer", first.id, patch))
        assert outcome.status == "applied"
        old, added = outcome.record.payload["addresses"]
        assert (old["city"], old["streetLine1"]) == ("Assen", address["streetLine1"])
        assert added["defaultBillingAddress"] and not old["defaultBillingAddress"]
        assert [outcome.record] == list(adapter.fetch("customer", [first.id]))

    def test_an_address_of_another_customer_is_left_alone(self, adapter, records):
        theirs = records[1].payload["addresses"][0]["id"]
        patch = {"addresses": [{"id": theirs, "city": "Assen"}]}
        assert push(adapter, "customer", update("customer", records[0].id, patch)).status == "stale"
        assert live(adapter.pull("customer")) == records

    def test_an_email_in_capitals_is_found_and_read_back_small(self, adapter, first):
        outcome = push(
            adapter, "customer", update("customer", first.id, {"emailAddress": "ADA2@Contract.Example"})
        )
        assert outcome.record.payload["emailAddress"] == "ada2@contract.example"
        found = adapter.search("customer", {"emailAddress": "ADA2@Contract.Example"})
        assert [record.id for record in found] == [first.id]

    def test_wrong_credentials_are_denied(self, door):
        opening = Opening(Path(), {"customer": "customers"}, lambda name: "wrong", sleep=lambda s: None)
        settings = VendureSettings(url=REAL, username=Secret(env="U"), password=Secret(env="P"))
        with pytest.raises(SystemOut, match="InvalidCredentialsError"):
            KIND.open("shop", settings, opening).check()

    def test_two_creates_are_two_records(self, adapter, count):
        payloads = [{**self.new(), "emailAddress": f"{name}@contract.example"} for name in "ab"]
        changes = [Change(str(n), "create", "customer", None, payload) for n, payload in enumerate(payloads)]
        outcomes = list(adapter.push("customer", changes))
        assert len({outcome.record.id for outcome in outcomes}) == 2
        assert len(live(adapter.pull("customer"))) == count + 2
