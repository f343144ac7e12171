"""Vendure, on hand-made answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.errors import Denied, NotUnderstood, Transient
from adapters.ids import BadId
from adapters.protocol import Change
from adapters.settings import Opening, Secret
from adapters.vendure import KIND, VendureAdapter, VendureSettings
from tests.adapters.contract import live, push, update

SHOP = "https://shop.test/admin-api"
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
