"""Vendure: on hand-made answers, and on a real shop when one answers on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.errors import Denied, NotUnderstood, SystemOut, Transient
from adapters.http import BadId
from adapters.protocol import Change
from adapters.settings import Opening, Secret
from adapters.vendure import KIND, VendureAdapter, VendureSettings
from tests.adapters.contract import PEOPLE, AdapterContract, live, push, update

SHOP = "https://shop.test/admin-api"
REAL = "http://127.0.0.1:18001/admin-api"
ADDRESS = {
    "id": "70",
    "updatedAt": "2026-02-02T00:00:00.000Z",
    "fullName": "Ada",
    "company": "",
    "streetLine1": "Dorpsstraat 12",
    "streetLine2": "",
    "city": "Utrecht",
    "province": "",
    "postalCode": "1234 AB",
    "phoneNumber": "",
    "country": {"code": "NL"},
    "defaultShippingAddress": True,
    "defaultBillingAddress": True,
}


def customer(rid: str = "7", *addresses: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    own = {
        "title": None,
        "firstName": "Ada",
        "lastName": "Berg",
        "emailAddress": "ada@example.org",
        "phoneNumber": "",
    }
    times = {"updatedAt": "2026-01-01T00:00:00.000Z", "addresses": list(addresses)}
    return {"id": rid, **own, **times, "__typename": "Customer", **more}


def error(code: str) -> dict[str, Any]:
    return {"errors": [{"message": "ada@example.org did it", "extensions": {"code": code}}], "data": None}


Answer = Mapping[str, Any] | Exception | Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Shop:
    """Answers each operation with what stands under its name, in order; the last answer stays."""

    def __init__(self, **answers: Answer | list[Answer]) -> None:
        self.answers = {name: list(a) if isinstance(a, list) else [a] for name, a in answers.items()}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.tokens: list[str] = []
        self.logins = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if "login(" in body["query"]:
            return self._login()
        name = next(name for name in self.answers if f"{name}(" in body["query"])
        self.asked.append((name, body["variables"]))
        self.tokens.append(request.headers.get("authorization", ""))
        answers = self.answers[name]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        made = answer(body["variables"]) if callable(answer) else answer
        return httpx.Response(200, json=made if "errors" in made else {"data": made})

    def _login(self) -> httpx.Response:
        self.logins += 1
        token = {"vendure-auth-token": f"t{self.logins}"}
        return httpx.Response(200, json={"data": {"login": {"__typename": "CurrentUser"}}}, headers=token)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.asked]


def shop_adapter(transport: Any, url: str = SHOP, **settings: Any) -> VendureAdapter:
    secrets = {"USER": "superadmin", "PASS": "superadmin"}.__getitem__
    opening = Opening(Path(), {"customer": "customers"}, secrets, transport=transport, sleep=lambda s: None)
    user = VendureSettings(url=url, username=Secret(env="USER"), password=Secret(env="PASS"), **settings)
    return KIND.open("shop", user, opening)


def on(shop: Shop, **settings: Any) -> VendureAdapter:
    return shop_adapter(httpx.MockTransport(shop), **settings)


def listing(*items: Mapping[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"customers": {"totalItems": len(items) if total is None else total, "items": list(items)}}


class TestSession:
    def test_it_logs_in_once_and_bears_the_token_of_the_header(self):
        shop = Shop(customers=listing(customer()))
        adapter = on(shop)
        for _ in range(3):
            list(adapter.pull("customer"))
        assert (shop.logins, set(shop.tokens)) == (1, {"Bearer t1"})

    def test_an_ended_session_is_renewed_once(self):
        shop = Shop(customers=[error("FORBIDDEN"), listing(customer())])
        assert [record.id for record in live(on(shop).pull("customer"))] == ["7"]
        assert shop.tokens == ["Bearer t1", "Bearer t2"]

    def test_a_user_without_the_right_is_denied_and_not_tried_for_ever(self):
        shop = Shop(customers=error("FORBIDDEN"))
        with pytest.raises(Denied, match="role"):
            on(shop).check()
        assert (shop.logins, len(shop.asked)) == (2, 2)

    def test_wrong_credentials_are_denied(self):
        answer = httpx.Response(200, json={"data": {"login": {"__typename": "InvalidCredentialsError"}}})
        with pytest.raises(Denied, match="InvalidCredentialsError"):
            shop_adapter(httpx.MockTransport(lambda request: answer)).check()

    def test_a_shop_that_keeps_its_token_in_a_cookie_is_not_understood(self):
        answer = httpx.Response(200, json={"data": {"login": {"__typename": "CurrentUser"}}})
        with pytest.raises(NotUnderstood, match="bearer"):
            shop_adapter(httpx.MockTransport(lambda request: answer)).check()

    def test_a_channel_goes_along(self):
        seen: list[str] = []

        def answer(request: httpx.Request) -> httpx.Response:
            seen.append(request.headers["vendure-token"])
            return Shop(customers=listing())(request)

        shop_adapter(httpx.MockTransport(answer), channel="dutch").check()
        assert set(seen) == {"dutch"}


class TestReading:
    def test_a_record_shows_the_country_by_its_code_and_no_times(self):
        (record,) = live(on(Shop(customers=listing(customer("7", ADDRESS)))).pull("customer"))
        (address,) = record.payload["addresses"]
        assert address["countryCode"] == "NL"
        assert not {"country", "updatedAt"} & address.keys()
        assert list(record.payload)[:2] == ["id", "title"]

    def test_an_edited_address_makes_another_version_though_the_customer_did_not_move(self):
        later = {**ADDRESS, "city": "Breda", "updatedAt": "2026-03-03T00:00:00.000Z"}
        before, after = (self._only(customer("7", address)) for address in (ADDRESS, later))
        assert before.version != after.version
        assert after.modified_at.isoformat() == "2026-03-03T00:00:00+00:00"

    def test_two_edits_within_a_second_are_two_versions(self):
        one, two = (self._only(customer(firstName=name)) for name in ("Een", "Twee"))
        assert one.modified_at == two.modified_at
        assert one.version != two.version

    def test_a_removed_address_is_another_version(self):
        assert self._only(customer("7", ADDRESS)).version != self._only(customer("7")).version

    def test_the_order_of_addresses_is_no_edit(self):
        second = {**ADDRESS, "id": "8"}
        assert self._only(customer("7", ADDRESS, second)) == self._only(customer("7", second, ADDRESS))

    def test_a_thousand_customers_are_one_request(self):
        shop = Shop(customers=listing(*(customer(str(n)) for n in range(1, 1001))))
        assert len(live(on(shop).pull("customer"))) == 1000
        assert shop.asked == [("customers", {"o": {"take": 1000, "skip": 0, "sort": {"id": "ASC"}}})]

    def test_pages_end_at_the_total(self):
        shop = Shop(
            customers=lambda v: listing(*[customer(str(v["o"]["skip"] + n)) for n in (1, 2)], total=4)
        )
        pages = list(on(shop, page_size=2).pull("customer"))
        assert [record.id for record in live(pages)] == ["1", "2", "3", "4"]
        assert [page.complete for page in pages] == [False, True]

    def test_a_list_that_stays_short_is_not_complete(self):
        shop = Shop(customers=lambda v: listing(*([] if v["o"]["skip"] else [customer()]), total=2))
        assert not list(on(shop).pull("customer"))[-1].complete

    def test_a_null_by_id_says_that_the_customer_is_gone(self):
        shop = Shop(customer={"c0": customer("7"), "c1": None})
        assert [r.deleted for r in on(shop).fetch("customer", ["7", "9"])] == [False, True]
        assert shop.asked == [("customer", {"c0": "7", "c1": "9"})]

    @pytest.mark.parametrize("odd", ["07", "7\n", " 7", "7.0", "0x7", "7e0", "+7", "-1", "", "٧"])
    def test_an_id_that_vendure_would_read_as_another_number_is_refused(self, odd):
        shop = Shop(customer={})
        with pytest.raises(BadId):
            list(on(shop).fetch("customer", [odd]))
        assert push(on(shop), "customer", update("customer", odd, {"firstName": "x"})).status == "rejected"
        assert shop.asked == []

    def test_search_asks_for_the_address_as_vendure_stores_it(self):
        shop = Shop(customers=listing(customer()))
        assert [r.id for r in on(shop).search("customer", {"emailAddress": " Ada@Example.org"})] == ["7"]
        assert shop.asked[0][1]["o"]["filter"] == {"emailAddress": {"eq": "ada@example.org"}}

    @pytest.mark.parametrize(
        ("answer", "raised"),
        [
            (error("INTERNAL_SERVER_ERROR"), Transient),
            (error("GRAPHQL_VALIDATION_FAILED"), NotUnderstood),
            ({"customers": None}, NotUnderstood),
            (httpx.ReadTimeout("slow"), Transient),
        ],
    )
    def test_a_query_that_fails_says_what_sort_of_failure_it_is(self, answer, raised):
        with pytest.raises(raised) as caught:
            list(on(Shop(customers=answer)).pull("customer"))
        assert "ada@example.org" not in str(caught.value)

    def _only(self, item: Mapping[str, Any]) -> Any:
        (record,) = live(on(Shop(customers=listing(item))).pull("customer"))
        return record


class TestWriting:
    def test_own_fields_are_one_request_and_the_answer_is_the_record(self):
        shop = Shop(updateCustomer={"updateCustomer": customer(firstName="Eva")})
        outcome = push(on(shop), "customer", update("customer", "7", {"firstName": "Eva"}))
        assert (outcome.status, outcome.record.payload["firstName"]) == ("applied", "Eva")
        assert shop.asked == [("updateCustomer", {"i": {"id": "7", "firstName": "Eva"}})]

    def test_addresses_with_an_id_are_changed_and_others_are_added(self):
        shop = Shop(
            customer={"c0": customer("7", ADDRESS)},
            updateCustomerAddress={"updateCustomerAddress": {"id": "70"}},
            createCustomerAddress={"createCustomerAddress": {"id": "71"}},
        )
        new = {"streetLine1": "Markt 1", "countryCode": "NL"}
        patch = {"addresses": [{"id": "70", "city": "Breda"}, new]}
        assert push(on(shop), "customer", update("customer", "7", patch)).status == "applied"
        assert shop.names == ["customer", "updateCustomerAddress", "createCustomerAddress", "customer"]
        assert shop.asked[1][1] == {"i": {"id": "70", "city": "Breda"}}
        assert shop.asked[2][1] == {"c": "7", "i": new}

    def test_an_address_of_another_customer_is_never_written(self):
        shop = Shop(customer={"c0": customer("7", ADDRESS)})
        patch = {"firstName": "Eva", "addresses": [{"id": "99", "city": "Breda"}]}
        assert push(on(shop), "customer", update("customer", "7", patch)).status == "stale"
        assert shop.names == ["customer"]

    def test_a_duplicate_email_is_rejected_naming_the_field(self):
        refusal = {"__typename": "EmailAddressConflictError", "errorCode": "EMAIL_ADDRESS_CONFLICT_ERROR"}
        shop = Shop(updateCustomer={"updateCustomer": refusal}, customer={"c0": customer("7", ADDRESS)})
        patch = {"emailAddress": "x@example.org", "addresses": [{"id": "70", "city": "Breda"}]}
        outcome = push(on(shop), "customer", update("customer", "7", patch))
        assert outcome.status == "rejected"
        assert "emailAddress" in outcome.detail
        assert "updateCustomerAddress" not in shop.names  # nothing at all was changed

    @pytest.mark.parametrize(
        ("answer", "status"),
        [
            (error("ENTITY_NOT_FOUND"), "stale"),
            (error("USER_INPUT_ERROR"), "rejected"),
            (error("INTERNAL_SERVER_ERROR"), "unknown"),
            ({}, "unknown"),
            (httpx.ReadTimeout("slow"), "unknown"),
            (httpx.ConnectError("refused"), "deferred"),
            ({"updateCustomer": customer("8")}, "unknown"),
        ],
    )
    def test_the_fate_of_an_update(self, answer, status):
        outcome = push(
            on(Shop(updateCustomer=answer)), "customer", update("customer", "7", {"firstName": "E"})
        )
        assert outcome.status == status
        assert "ada@example.org" not in outcome.detail

    @pytest.mark.parametrize(
        "failure", [error("ENTITY_NOT_FOUND"), error("USER_INPUT_ERROR"), httpx.ConnectError("x")]
    )
    def test_what_was_done_in_part_is_of_unknown_fate(self, failure):
        shop = Shop(
            createCustomer={"createCustomer": customer("21")},
            createCustomerAddress=failure,
        )
        payload = {"firstName": "Eva", "addresses": [{"streetLine1": "Markt 1", "countryCode": "NL"}]}
        outcome = push(on(shop), "customer", Change("k", "create", "customer", None, payload))
        assert (outcome.status, outcome.record.id) == ("unknown", "21")
        assert "in part" in outcome.detail

    def test_a_write_that_cannot_be_read_back_is_of_unknown_fate(self):
        shop = Shop(
            customer=[{"c0": customer("7", ADDRESS)}, error("INTERNAL_SERVER_ERROR")],
            updateCustomerAddress={"updateCustomerAddress": {"id": "70"}},
        )
        patch = {"addresses": [{"id": "70", "city": "Breda"}]}
        assert push(on(shop), "customer", update("customer", "7", patch)).status == "unknown"

    def test_a_refused_address_alone_is_rejected(self):
        shop = Shop(customer={"c0": customer("7", ADDRESS)}, updateCustomerAddress=error("USER_INPUT_ERROR"))
        patch = {"addresses": [{"id": "70", "city": "Breda"}]}
        assert push(on(shop), "customer", update("customer", "7", patch)).status == "rejected"

    @pytest.mark.parametrize(
        ("addresses", "named"),
        [
            ([{"city": "Breda"}], "streetLine1, countryCode"),
            ([{"id": "70", "town": "x"}], "addresses.town"),
            ("x", "list"),
        ],
    )
    def test_an_address_that_cannot_be_sent_stops_the_change_before_anything(self, addresses, named):
        shop = Shop(updateCustomer={})
        outcome = push(
            on(shop), "customer", update("customer", "7", {"firstName": "E", "addresses": addresses})
        )
        assert outcome.status == "rejected"
        assert named in outcome.detail
        assert shop.asked == []

    def test_a_delete_that_the_shop_does_not_do_is_rejected(self):
        shop = Shop(deleteCustomer={"deleteCustomer": {"result": "NOT_DELETED"}})
        assert push(on(shop), "customer", Change("k", "delete", "customer", "7")).status == "rejected"

    def test_deleting_what_is_gone_was_done_already(self):
        shop = Shop(deleteCustomer=error("ENTITY_NOT_FOUND"))
        assert push(on(shop), "customer", Change("k", "delete", "customer", "7")).status == "already"

    def test_a_write_is_sent_again_after_the_session_ended_because_it_was_surely_not_done(self):
        shop = Shop(updateCustomer=[error("FORBIDDEN"), {"updateCustomer": customer()}])
        assert push(on(shop), "customer", update("customer", "7", {"firstName": "Ada"})).status == "applied"


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
