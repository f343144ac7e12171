"""Mailchimp keeps to the contract, on a simulated audience: in process, in trouble, its own ways."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.errors import Transient
from adapters.mailchimp import KIND, MailchimpAdapter
from adapters.protocol import Change
from adapters.settings import Opening, Secret
from sandbox.clock import Clock
from sandbox.mailchimp import Mailchimp, hashed
from tests.adapters.contract import PEOPLE, AdapterContract, live, push, update
from tests.sandbox.specs import Listening, faults

TOKEN, URL = "t0ken-us21", "http://mail.test/3.0/lists/a1"
IDS = [f"{int(person['id']):032x}" for person in PEOPLE]
ADA, BOB, CHLOE = IDS[:3]


def member(person: Mapping[str, str], id: str) -> dict[str, Any]:
    fields = {"FNAME": person["name"], "PHONE": person["phone"]}
    return {"id": id, "email_address": person["email"], "merge_fields": fields}


def audience_of(clock: Clock, **how: Any) -> Mailchimp:
    rows = [member(person, id) for person, id in zip(PEOPLE, IDS, strict=True)]
    return Mailchimp({"members": rows}, clock=clock, token=TOKEN, **how)


def adapter_of(
    audience: Mailchimp | Listening, clock: Clock, token: str = TOKEN, overlap: int = 0, page_size: int = 2
) -> MailchimpAdapter:
    opening = Opening(
        Path(),
        {"customer": "members"},
        lambda name: token,
        transport=audience.transport(),
        clock=clock,
        sleep=clock.sleep,
    )
    settings = KIND.settings(url=URL, token=Secret(env="KEY"), page_size=page_size, overlap=overlap)
    return KIND.open("mail", settings, opening)


class TestMailchimp(AdapterContract):
    volatile = frozenset({"last_changed", "full_name"})
    unknown_id = "f" * 32

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def audience(self, clock):
        return audience_of(clock)

    @pytest.fixture
    def adapter(self, audience, clock):
        adapter = adapter_of(audience, clock)
        yield adapter
        adapter.close()

    @pytest.fixture
    def edit_outside(self, audience, clock):
        def edit(id: str, values: Mapping[str, Any]) -> None:
            clock.passes(seconds=1)
            audience.table("members").update(id, values)

        return edit

    @pytest.fixture
    def remove_outside(self, audience):
        return audience.table("members").delete

    @pytest.fixture
    def dead(self, audience, clock):
        return adapter_of(audience, clock, token="another")

    def patch(self, text: str) -> dict[str, Any]:
        return {"merge_fields": {"FNAME": text}}

    def shown(self, payload: Mapping[str, Any]) -> Any:
        return payload["merge_fields"].get("FNAME")

    def new(self) -> dict[str, Any]:
        return {**self.patch("Nieuw"), "email_address": "nieuw@example.org"}

    def other(self) -> dict[str, Any]:
        return {**self.patch("Ander"), "email_address": "ander@example.org"}

    def refused(self) -> dict[str, Any]:
        return {"email_address": "bob@example.org"}


BORNE = ("throttle", "throttle_bare", "throttle_403", "skew")
"""Trouble that the adapter bears in silence, at every operation."""


class TestMailchimpInTrouble(TestMailchimp):
    @pytest.fixture
    def audience(self, clock, request):
        audience = audience_of(clock, seed=request.node.name)
        some = random.Random(request.node.name).sample(BORNE, 2)
        audience.faults.set_rates(dict.fromkeys(some, 0.05))
        return audience

    @pytest.fixture
    def adapter(self, audience, clock):
        adapter = adapter_of(audience, clock, overlap=300)
        yield adapter
        adapter.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def audience(clock):
    return audience_of(clock)


@pytest.fixture
def adapter(audience, clock):
    return adapter_of(audience, clock)


def now(adapter: MailchimpAdapter, id: str) -> Any:
    (record,) = adapter.fetch("customer", [id])
    return record.payload


class TestTheAddress:
    def test_a_changed_address_is_another_hash_of_the_same_member(self, adapter):
        before = now(adapter, ADA)["id"]
        outcome = push(adapter, "customer", update("customer", ADA, {"email_address": "ada@example.com"}))
        assert (outcome.status, outcome.record.id) == ("applied", ADA)
        assert outcome.record.payload["id"] == hashed("ada@example.com") != before
        assert len(live(adapter.pull("customer"))) == len(PEOPLE)

    def test_an_address_that_a_user_changed_comes_as_the_same_member(self, adapter, audience, clock):
        cursor = list(adapter.pull("customer"))[-1].cursor
        clock.passes(minutes=1)
        audience.table("members").update(ADA, {"email_address": "ada@example.com"})
        seen = {record.id: record for record in live(adapter.pull("customer", cursor))}
        assert seen[ADA].payload["email_address"] == "ada@example.com"

    def test_letter_case_makes_no_second_member(self, adapter, audience):
        (found,) = adapter.search("customer", {"email_address": " ADA@Example.org "})
        assert found.id == ADA
        change = Change("k", "create", "customer", None, {"email_address": "ADA@example.org"})
        outcome = push(adapter, "customer", change)
        assert (outcome.status, outcome.detail) == ("rejected", "refused (400): Member Exists")
        assert audience.witness.figures()["doubles"] == 0

    def test_another_s_address_is_refused(self, adapter):
        outcome = push(adapter, "customer", update("customer", ADA, {"email_address": "BOB@example.org"}))
        assert outcome.detail == "refused (400): Member Exists"


class TestTheStatus:
    @pytest.mark.parametrize("status", ["unsubscribed", "cleaned"])
    def test_who_left_cannot_be_subscribed_but_asked(self, adapter, audience, status):
        audience.table("members").update(ADA, {"status": status})
        outcome = push(adapter, "customer", update("customer", ADA, {"status": "subscribed"}))
        assert (outcome.status, outcome.detail) == ("rejected", "refused (400): Member In Compliance State")
        assert push(adapter, "customer", update("customer", ADA, {"status": "pending"})).status == "applied"

    def test_a_new_member_without_a_consent_is_never_mailed(self, adapter):
        change = Change("k", "create", "customer", None, {"email_address": "nieuw@example.org"})
        assert push(adapter, "customer", change).record.payload["status"] == "transactional"

    def test_the_status_of_a_new_member_is_that_of_its_consent(self, adapter):
        payload = {"email_address": "nieuw@example.org", "status": "unsubscribed"}
        outcome = push(adapter, "customer", Change("k", "create", "customer", None, payload))
        assert outcome.record.payload["status"] == "unsubscribed"


class TestArchiving:
    def test_who_is_archived_is_seen_in_the_next_increment(self, adapter, audience, clock):
        cursor = list(adapter.pull("customer"))[-1].cursor
        clock.passes(minutes=1)
        audience.table("members").archive(BOB)
        pages = list(adapter.pull("customer", cursor))
        assert {record.id: record.in_scope for record in live(pages)}[BOB] is False
        assert pages[-1].cursor is not None

    @pytest.mark.parametrize("status", ["cleaned", "pending"])
    def test_who_bounced_or_is_asked_cannot_be_archived(self, adapter, audience, status):
        audience.table("members").update(ADA, {"status": status})
        outcome = push(adapter, "customer", Change("k", "archive", "customer", ADA))
        assert (outcome.status, outcome.detail) == ("rejected", "refused (405): Method Not Allowed")

    def test_an_archived_member_is_found_by_its_address_and_not_made_again(self, adapter, audience):
        audience.table("members").archive(BOB)
        (found,) = adapter.search("customer", {"email_address": "bob@example.org"})
        assert (found.id, found.in_scope) == (BOB, False)

    def test_an_address_that_was_deleted_for_good_cannot_come_back(self, adapter, audience):
        client = httpx.Client(transport=audience.transport(), base_url=URL, auth=("x", TOKEN))
        assert (
            client.post(f"/members/{hashed('ada@example.org')}/actions/delete-permanent").status_code == 204
        )
        assert [record.deleted for record in adapter.fetch("customer", [ADA])] == [True]
        change = Change("k", "create", "customer", None, {"email_address": "ada@example.org"})
        outcome = push(adapter, "customer", change)
        assert outcome.detail == "refused (400): Forgotten Email Not Subscribed"

    def test_the_hub_never_deletes(self, adapter):
        assert adapter.capabilities("customer").writes == {"create", "update", "archive"}


class TestFieldsAndTags:
    def test_a_part_of_a_postal_address_leaves_the_rest_of_it(self, adapter, audience):
        home = {"addr1": "Kerkstraat 1", "city": "Breda", "zip": "4811 AA", "country": "NL"}
        audience.table("members").update(ADA, {"merge_fields": {"ADDRESS": home}})
        patch = {"merge_fields": {"ADDRESS": {"city": "Assen"}}}
        assert push(adapter, "customer", update("customer", ADA, patch)).status == "applied"
        assert now(adapter, ADA)["merge_fields"]["ADDRESS"] == {**home, "city": "Assen"}

    def test_a_required_field_that_others_left_empty_does_not_stop_a_write(self, adapter, audience):
        audience.required = ("LNAME",)
        assert push(adapter, "customer", update("customer", ADA, {"language": "en"})).status == "applied"

    def test_tags_are_set_and_taken_away_by_name(self, adapter, audience):
        audience.table("members").update(ADA, {"tags": ["vip", "oud"]})
        patch = {"tags": ["vip", "nieuw"], "language": "en"}
        outcome = push(adapter, "customer", update("customer", ADA, patch))
        assert outcome.record.payload["tags"] == ["vip", "nieuw"]
        assert outcome.record.payload == now(adapter, ADA)

    def test_tags_follow_an_address_that_changes_with_them(self, adapter):
        patch = {"tags": ["vip"], "email_address": "ada@example.com"}
        outcome = push(adapter, "customer", update("customer", ADA, patch))
        assert (outcome.record.payload["tags"], outcome.record.id) == (["vip"], ADA)

    def test_tags_that_are_not_set_after_the_rest_leave_the_fate_unknown(self, adapter, audience):
        audience.fault(op="update", kind="reject", after=1)
        patch = {"tags": ["vip"], "language": "en"}
        assert push(adapter, "customer", update("customer", ADA, patch)).status == "unknown"
        assert now(adapter, ADA)["language"] == "en"


class TestLimits:
    def test_a_bare_403_is_no_refusal_of_who_we_are(self, adapter, audience):
        audience.fault(op="update", kind="throttle_403", times=2)
        assert push(adapter, "customer", update("customer", ADA, {"language": "en"})).status == "applied"

    def test_a_403_with_a_reason_is(self, adapter, audience):
        audience.fault(op="update", kind="forbidden")
        with pytest.raises(Exception, match="refused with 403"):
            push(adapter, "customer", update("customer", ADA, {"language": "en"}))

    def test_a_bare_403_that_stays_means_that_the_system_is_out(self, adapter, audience):
        audience.fault(op="list", kind="throttle_403", times=100)
        with pytest.raises(Transient, match="slow down"):
            list(adapter.pull("customer"))

    def test_an_eleventh_request_at_once_is_refused(self, clock):
        audience = audience_of(clock)
        client = httpx.Client(transport=audience.transport(), base_url=URL, auth=("x", TOKEN))
        statuses: list[int] = []
        with audience.lock:
            asking = [
                threading.Thread(target=lambda: statuses.append(client.get("/members").status_code))
                for _ in range(11)
            ]
            for one in asking:
                one.start()
            while not statuses:
                threading.Event().wait(0.001)
        for one in asking:
            one.join()
        assert sorted(statuses) == [200] * 10 + [429]


def test_a_thousand_changed_members_cost_two_requests(clock):
    rows = [{"email_address": f"m{n}@example.org"} for n in range(3000)]
    audience = Mailchimp({"members": rows}, clock=clock, token=TOKEN)
    adapter = adapter_of(audience, clock, page_size=1000)
    clock.passes(hours=1)
    audience.table("members").update(audience.rows("members")[0]["contact_id"], {"vip": True})
    cursor = list(adapter.pull("customer"))[-1].cursor
    assert audience.counts == {"list": 4}
    clock.passes(hours=1)
    for record in audience.table("members").live()[:1000]:
        audience.table("members").update(record.id, {"language": "en"})
    audience.counts.clear()
    assert len(live(adapter.pull("customer", cursor))) == 1000
    assert audience.counts == {"list": 2}


SPEC = "swagger-marketing-3.0-audience.json"
PATHS = "#/paths/~1lists~1{list_id}~1members"


def test_what_is_answered_is_as_mailchimp_describes_it(audience):
    client = httpx.Client(transport=audience.transport(), base_url=URL, auth=("x", TOKEN))
    shown = "/get/responses/200/schema"
    assert faults("mailchimp", SPEC, f"{PATHS}{shown}", client.get("/members").json()) == []
    one = client.get(f"/members/{ADA}")
    assert faults("mailchimp", SPEC, f"{PATHS}~1{{subscriber_hash}}{shown}", one.json()) == []
    refused = client.post("/members", json={"email_address": "ada@example.org", "status": "pending"})
    assert refused.status_code == 400
    assert faults("mailchimp", SPEC, f"{PATHS}/post/responses/default/schema", refused.json()) == []


def test_what_is_sent_is_as_mailchimp_describes_it(audience):
    heard = Listening(audience)
    adapter = adapter_of(heard, Clock())
    payload = {"merge_fields": {"FNAME": "Nieuw"}, "status": "unsubscribed", "language": "en", "vip": True}
    new = Change("k", "create", "customer", None, {**payload, "email_address": "n@example.org"})
    assert (
        push(adapter, "customer", new).status
        == push(adapter, "customer", update("customer", ADA, payload)).status
        == "applied"
    )
    known = {"POST": PATHS + "/post/parameters/2/schema"}
    known["PATCH"] = PATHS + "~1{subscriber_hash}/patch/parameters/3/schema"
    assert [faults("mailchimp", SPEC, known[method], body) for method, body in heard.sent.items()] == [[], []]
