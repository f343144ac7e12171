"""Nutshell keeps to the contract, on a simulated one: in process, in trouble, and in its own ways."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.errors import Denied, SystemOut
from adapters.nutshell import KIND, NutshellAdapter
from adapters.protocol import Change
from adapters.settings import Opening, Secret
from sandbox.clock import Clock
from sandbox.json_server import JsonServer
from sandbox.nutshell import Nutshell
from tests.adapters.contract import PEOPLE, AdapterContract, live, push, update
from tests.sandbox.pair import project, sync, written
from tests.sandbox.specs import faults

TOKEN = "hub@company.example:k3y"


def contact(person: Mapping[str, str]) -> dict[str, Any]:
    first, _, last = person["name"].partition(" ")
    phones = [{"isPrimary": True, "name": "mobile", "value": person["phone"]}] if person["phone"] else []
    home = {"address_1": "Dorpsstraat 1", "city": person["city"], "postalCode": "1234 AB", "country": "NL"}
    return {
        "id": f"{person['id']}-contacts",
        "firstName": first,
        "lastName": last,
        "emails": [{"isPrimary": True, "name": "work", "value": person["email"]}],
        "phones": phones,
        "addresses": [{"isPrimary": True, "name": "home", "value": home}],
    }


def crm_of(clock: Clock, **how: Any) -> Nutshell:
    return Nutshell({"contacts": map(contact, PEOPLE)}, clock=clock, token=TOKEN, **how)


def adapter_of(crm: Nutshell, clock: Clock, token: str = TOKEN, **settings: Any) -> NutshellAdapter:
    opening = Opening(
        Path(),
        {"customer": "contacts"},
        lambda name: token,
        transport=crm.transport(),
        clock=clock,
        sleep=clock.sleep,
    )
    told = {"url": "http://crm.test", "token": Secret(env="TOKEN"), "page_size": 2, **settings}
    return KIND.open("crm", KIND.settings(**told), opening)


class TestNutshell(AdapterContract):
    unknown_id = "987654321-contacts"

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
    def remove_outside(self, crm):
        return crm.table("contacts").delete

    @pytest.fixture
    def dead(self, crm, clock):
        return adapter_of(crm, clock, token="hub@company.example:wrong")

    field = "description"

    def new(self) -> dict[str, Any]:
        mail = {"isPrimary": True, "name": "work", "value": "nieuw@example.org"}
        return {"firstName": "Anna Maria", "lastName": "Berg", "description": "Nieuw", "emails": [mail]}

    def other(self) -> dict[str, Any]:
        return {**self.new(), "firstName": "Wim"}

    def at(self, payload, path):
        return next((one["value"] for one in payload["emails"]), None)


class TestByJsonPatch(TestNutshell):
    """Where JSON-RPC may not be used: nothing guards a write then, and the hub is told so."""

    @pytest.fixture
    def adapter(self, crm, clock):
        adapter = adapter_of(crm, clock, rpc=False)
        yield adapter
        adapter.close()


BORNE = ("throttle", "throttle_date", "throttle_bare", "skew")


class TestInTrouble(TestNutshell):
    """Each check meets some of them; waiting costs no real time."""

    @pytest.fixture
    def crm(self, clock, request):
        crm = crm_of(clock, seed=request.node.name)
        crm.faults.set_rates(dict.fromkeys(random.Random(request.node.name).sample(BORNE, 2), 0.05))
        return crm


@pytest.fixture
def clock() -> Clock:
    return Clock()


def emails(*texts: str) -> list[dict[str, Any]]:
    labels = ("work", "home", "other")
    return [
        {"isPrimary": not n, "name": label, "value": text}
        for n, (label, text) in enumerate(zip(labels, texts, strict=False))
    ]


@pytest.mark.parametrize("status", [200, 409])
def test_a_write_on_an_old_revision_is_stale_whatever_the_status_of_the_answer(clock, status):
    crm = crm_of(clock)
    crm.stale = status
    adapter = adapter_of(crm, clock)
    (read,) = adapter.fetch("customer", ["1-contacts"])
    crm.fault(op="update", kind="editor")  # a user, after the revision was read and before the write
    change = Change("k", "update", "customer", read.id, {"firstName": "Adelheid"}, read.version)
    assert push(adapter, "customer", change).status == "stale"
    assert crm.writes == []
    assert crm.witness.figures()["lost_edits"] == 0


def test_without_json_rpc_the_hub_is_told_that_nothing_refuses_a_stale_write(clock):
    adapter = adapter_of(crm_of(clock), clock, rpc=False)
    assert not adapter.capabilities("customer").conditional_write
    assert adapter_of(crm_of(clock), clock).capabilities("customer").conditional_write


@pytest.mark.parametrize("oldest_first", [True, False])
def test_no_event_is_missed_however_many_there_are_and_wherever_a_page_begins(clock, oldest_first):
    crm = crm_of(clock)
    crm.oldest_first = oldest_first
    adapter = adapter_of(crm, clock, overlap=0)
    cursor = list(adapter.pull("customer"))[-1].cursor
    table = crm.table("contacts")
    for number in range(250):
        clock.passes(seconds=1)
        table.update(f"{1 + number % 3}-contacts", {"description": str(number)})
    table.update("5-contacts", {"description": "the last"})
    clock.passes(seconds=1)
    seen = {r.id: r.payload["description"] for r in live(adapter.pull("customer", cursor))}
    assert seen == {
        "1-contacts": "249",
        "2-contacts": "247",
        "3-contacts": "248",
        "5-contacts": "the last",
    }


def test_an_increment_reads_only_what_events_tell_of(clock):
    crm = crm_of(clock)
    adapter = adapter_of(crm, clock, overlap=0)
    cursor = list(adapter.pull("customer"))[-1].cursor
    clock.passes(minutes=5)
    crm.table("contacts").update("2-contacts", {"description": "moved"})
    crm.table("contacts").delete("3-contacts")
    crm.counts.clear()
    seen = {r.id: r.deleted for page in adapter.pull("customer", cursor) for r in page.records}
    assert seen == {"2-contacts": False, "3-contacts": True}
    assert (crm.counts["list"], crm.counts["get"]) == (0, 1)


def test_a_page_of_html_is_no_evidence_that_a_contact_is_gone(clock):
    crm = crm_of(clock)
    adapter = adapter_of(crm, clock)
    crm.fault(op="get", kind="denied")
    with pytest.raises(Denied):
        list(adapter.fetch("customer", ["1-contacts"]))
    assert crm.problem(401, "").body.startswith(b"<html>")


def test_a_list_is_written_whole_and_keeps_what_the_change_does_not_name(clock):
    crm = crm_of(clock)
    crm.table("contacts").update("1-contacts", {"emails": emails("ada@example.org", "ada@home.example")})
    for adapter in (adapter_of(crm, clock), adapter_of(crm, clock, rpc=False)):
        patch = {"emails": [{"isPrimary": True, "value": f"ada{len(crm.writes)}@example.org"}]}
        assert push(adapter, "customer", update("customer", "1-contacts", patch)).status == "applied"
        (now,) = adapter.fetch("customer", ["1-contacts"])
        assert now.payload["emails"] == emails(patch["emails"][0]["value"], "ada@home.example")


def test_two_values_under_one_label_are_refused_before_one_is_lost(clock):
    crm = crm_of(clock)
    twice = [{**one, "name": "work"} for one in emails("ada@example.org", "ada@home.example")]
    crm.table("contacts").update("1-contacts", {"emails": twice})
    patch = {"emails": [{"isPrimary": True, "value": "new@example.org"}]}
    outcome = push(adapter_of(crm, clock), "customer", update("customer", "1-contacts", patch))
    assert (outcome.status, crm.writes) == ("rejected", [])


def test_a_telephone_number_is_shown_in_parts_and_written_as_text(clock):
    crm = crm_of(clock)
    adapter = adapter_of(crm, clock)
    patch = {"phones": [{"isPrimary": True, "value": {"E164": "+31611111111"}}]}
    assert push(adapter, "customer", update("customer", "1-contacts", patch)).status == "applied"
    assert crm.table("contacts").get("1-contacts").values["phones"] == [
        {"isPrimary": True, "name": "mobile", "value": "+31611111111"}
    ]


def test_a_new_contact_gets_the_first_and_last_name_that_were_meant(clock):
    crm = crm_of(clock)
    names = {"firstName": "Anna Maria", "lastName": "van der Berg"}
    made = push(adapter_of(crm, clock), "customer", Change("k", "create", "customer", None, names))
    (stored,) = adapter_of(crm, clock).fetch("customer", [made.record.id])
    assert {name: stored.payload[name] for name in names} == names


def test_a_name_that_was_cut_wrong_and_could_not_be_mended_is_of_unknown_fate(clock):
    crm = crm_of(clock)
    crm.fault(op="update", kind="reject")
    names = {"firstName": "Anna Maria", "lastName": "Berg"}
    made = push(adapter_of(crm, clock), "customer", Change("k", "create", "customer", None, names))
    assert (made.status, made.record is not None) == ("unknown", True)


def test_the_system_itself_keeps_to_its_own_ways(clock):
    """What the contract says of refusals, so that the adapter is tried on the true thing."""
    user, key = TOKEN.split(":")
    client = httpx.Client(transport=crm_of(clock).transport(), base_url="http://crm.test", auth=(user, key))
    two = client.post("/rest/contacts", json={"contacts": [{"name": "A"}, {"name": "B"}]})
    assert (two.status_code, two.json()["errors"][0]["status"]) == (400, "400")
    steps = [{"op": "replace", "path": "/contacts/0/description", "value": "x"}]
    plain = client.patch("/rest/contacts/1-contacts", json=steps)
    assert (plain.status_code, plain.json()) == (415, "Unsupported media type")
    assert client.get("/rest/contacts", params={"page[limit]": "10001"}).status_code == 400
    lost = client.get("/rest/contacts/99-contacts")
    assert (lost.status_code, lost.headers["content-type"]) == (404, "text/html")
    assert client.get("/rest/contacts", params={"page[page]": "9"}).json()["contacts"] == []


SPEC = "openapi-rest-2.0.0-subset.json"


def test_the_answers_are_as_the_vendor_describes_them(clock):
    crm = crm_of(clock)
    client = httpx.Client(transport=crm.transport(), base_url="http://crm.test", auth=tuple(TOKEN.split(":")))
    crm.table("contacts").update("1-contacts", {"description": "moved"})
    schemas = "#/components/schemas/"
    for path, schema in {
        "/rest/contacts": "ContactResponse",
        "/rest/contacts/1-contacts": "ContactResponse",
        "/rest/events": "EventResponse",
    }.items():
        answer = client.get(path).json()
        assert faults("nutshell", SPEC, schemas + schema, answer) == [], path
    refused = client.post("/rest/contacts", json={"contacts": []}).json()
    assert faults("nutshell", SPEC, schemas + "ContactResponse", refused) == []


def test_an_edit_on_either_side_arrives_on_the_other_and_then_all_is_quiet(tmp_path, monkeypatch):
    monkeypatch.setenv("NUTSHELL_LOGIN", TOKEN)
    ada = {"first": "Ada", "last": "de Vries", "email": "ada@example.org", "phone": "0612345678"}
    new = {"first": "Anna Maria", "last": "van der Berg", "email": "anna@example.org"}
    rows = [contact(person) for person in PEOPLE[:2]]
    with Nutshell({"contacts": rows}, token=TOKEN) as crm, JsonServer({"customers": [ada, new]}) as plain:
        project(tmp_path, "nutshell", crm, plain, f"url: '{crm.url}', token: {{env: NUTSHELL_LOGIN}}")
        sync(tmp_path)
        crm.table("contacts").update("1-contacts", {"emails": emails("ada@new.example", "ada@home.example")})
        plain.table("customers").update("1", {"last": "Berg"})
        sync(tmp_path)
        before = written(crm, plain)
        sync(tmp_path)
        assert written(crm, plain) == before
        (there,) = [row for row in plain.rows("customers") if row["last"] == "Berg"]
        (here,) = [row for row in crm.rows("contacts") if row["id"] == "1-contacts"]
        names = {(row["firstName"], row["lastName"]) for row in crm.rows("contacts")}
    assert there["email"] == "ada@new.example"
    assert (here["lastName"], here["emails"]) == ("Berg", emails("ada@new.example", "ada@home.example"))
    assert ("Anna Maria", "van der Berg") in names
    assert crm.witness.figures()["lost_edits"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_whatever_goes_wrong_no_edit_of_a_user_is_overwritten(clock, seed):
    crm = crm_of(clock, seed=seed)
    adapter = adapter_of(crm, clock)
    rates = {"editor": 0.3, "lost_answer": 0.1, "error_after": 0.1, "garbage": 0.1, "throttle": 0.1}
    statuses = set()
    for number in range(40):
        id = f"{1 + number % 5}-contacts"
        crm.faults.calm()
        (read,) = adapter.fetch("customer", [id])
        crm.faults.set_rates(rates)
        change = Change("k", "update", "customer", id, {"description": f"{seed} {number}"}, read.version)
        try:
            statuses.add(push(adapter, "customer", change).status)
        except SystemOut:
            statuses.add("out")
        clock.passes(minutes=5)
    assert {"applied", "stale", "unknown"} <= statuses
    assert crm.faults.hits["editor"] > 2
    assert crm.witness.figures()["lost_edits"] == 0
