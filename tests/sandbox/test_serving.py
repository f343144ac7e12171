"""Over a socket: the same state and faults as in process, and a back door for tests and people."""

from __future__ import annotations

import socket
import time

import httpx
import pytest

from sandbox.clock import Clock
from sandbox.crm import Crm
from sandbox.desk import Limit
from tests.sandbox.asking import PEOPLE


@pytest.fixture
def crm():
    with Crm({"contacts": PEOPLE}, clock=Clock(), token="t0ken") as crm:
        yield crm


@pytest.fixture
def client(crm):
    with httpx.Client(base_url=crm.url, headers={"Authorization": "Bearer t0ken"}) as client:
        yield client


@pytest.fixture
def door(crm):
    with httpx.Client(base_url=f"{crm.url}/__sandbox") as door:
        yield door


def test_it_starts_in_a_fifth_of_a_second():
    used, began = time.process_time(), time.perf_counter()
    with Crm({"contacts": PEOPLE}) as crm:
        assert httpx.get(f"{crm.url}/contacts/1", trust_env=False).status_code == 200
        assert min(time.process_time() - used, time.perf_counter() - began) < 0.2


def test_socket_and_process_share_one_state(crm, client):
    inside = httpx.Client(transport=crm.transport(), headers={"Authorization": "Bearer t0ken"})
    assert client.patch("/contacts/1", json={"properties": {"name": "New"}}).status_code == 200
    assert inside.get("http://any/contacts/1").json()["properties"]["name"] == "New"
    assert crm.counts == {"update": 1, "get": 1}


def test_who_is_not_known_is_refused_but_for_the_back_door(crm, door):
    assert httpx.get(f"{crm.url}/contacts").status_code == 401
    assert door.get("").json()["records"] == {"contacts": 10}


@pytest.mark.parametrize("kind", ["lost_request", "lost_answer", "late", "truncated"])
def test_an_answer_that_does_not_come_is_a_broken_connection_and_the_next_one_comes(crm, client, kind):
    crm.fault(op="update", kind=kind)
    with pytest.raises(httpx.RemoteProtocolError):
        client.patch("/contacts/1", json={"properties": {"name": "New"}})
    assert bool(crm.writes) == (kind in ("lost_answer", "truncated"))
    assert client.get("/contacts/1").status_code == 200


def test_a_connection_is_held_while_others_are_answered(crm, client):
    crm.fault(op="get", kind="lost_answer", value=0.5)
    with pytest.raises(httpx.ReadTimeout):
        client.get("/contacts/1", timeout=0.1)
    began = time.perf_counter()
    assert client.get("/contacts/2").status_code == 200
    assert time.perf_counter() - began < 0.4


def test_a_client_that_dies_in_the_middle_of_a_request_did_not_ask(crm, client):
    address = crm.url.removeprefix("http://").split(":")
    for sent in (b"PATCH /conta", b"PATCH /contacts/1 HTTP/1.1\r\nContent-Length: 40\r\n\r\n{}"):
        with socket.create_connection((address[0], int(address[1]))) as dying:
            dying.sendall(sent)
    assert client.get("/contacts/1").status_code == 200
    assert crm.counts == {"get": 1}


def test_a_path_or_a_body_that_is_none_is_refused_in_the_system_s_form(client):
    assert client.get("/contacts/1/2/3").json() == {"error": "no_such_path"}
    assert client.get("/things").json() == {"error": "no_such_resource"}
    assert client.post("/contacts", content=b"{").json() == {"error": "not_json"}
    assert client.get("/contacts?limit=x").json() == {"error": "not_a_number", "field": "limit"}


def test_too_many_requests_wait_for_the_next_window():
    class Slow(Crm):
        limits = (Limit(2, 60),)

    clock = Clock()
    client = httpx.Client(transport=Slow(clock=clock).transport(), base_url="http://slow.test")
    answers = [client.get("/contacts") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    clock.passes(seconds=float(answers[2].headers["retry-after"]))
    assert client.get("/contacts").status_code == 200


def test_what_is_done_at_the_back_door_is_a_user_s(crm, door, client):
    client.get("/contacts/1")
    assert door.patch("/state/contacts/1", json={"properties": {"name": "User"}}).status_code == 200
    made = door.post("/state/contacts", json={"values": {"properties": {"name": "Made"}}}).json()
    assert made["id"] == "c-1001"
    assert door.post("/state/contacts/3/archive").json()["archived"] is True
    assert door.post("/state/contacts/3/archive?undo=1").json()["archived"] is False
    assert door.delete("/state/contacts/2?into=1").status_code == 200
    assert door.delete("/state/contacts/4").status_code == 204
    assert door.delete("/state/contacts/4").status_code == 404
    client.patch("/contacts/1", json={"properties": {"name": "Hub"}})
    log = door.get("/log?after=1").json()["events"]
    assert [(one["by"], one["act"]) for one in log] == [
        *(("user", act) for act in ("create", "archive", "restore", "merge", "merge", "delete")),
        ("hub", "update"),
    ]
    gone = [one["id"] for one in door.get("/state/contacts").json()["records"] if one["deleted"]]
    assert gone == ["2", "4"]
    truth = door.get("/truth").json()
    assert truth["figures"]["lost_edits"] == 1
    assert truth["overwritten"][0]["path"] == "properties.name"


def test_faults_clock_and_hooks_are_set_at_the_back_door(crm, door, client):
    assert "throttle" in door.put("/faults", json={"error": 1.0}).json()["kinds"]
    assert client.get("/contacts").status_code == 500
    assert door.put("/faults", json={}).json()["hits"] == {"error": 1}
    door.post("/faults", json={"op": "list", "kind": "throttle", "value": 9})
    assert client.get("/contacts").headers["retry-after"] == "9"
    came: list[str] = []
    crm.hooks.post = lambda url, headers, body: came.append(headers["X-Signature"]) or 204
    now = crm.clock()
    door.post("/clock", json={"seconds": 90})
    assert (crm.clock() - now).total_seconds() == 90
    assert door.post("/hooks", json={"url": "http://hub.test", "secret": "s"}).json()["to"] == [
        "http://hub.test"
    ]
    client.delete("/contacts/1")
    while crm.hooks.waiting() or not came:
        time.sleep(0.01)
    assert len(came[0]) == 64
    assert door.get("/requests").json()["counts"] == {"list": 2, "delete": 1}


@pytest.mark.parametrize(
    ("way", "path", "body"),
    [
        ("PUT", "/faults", {"no_such": 1}),
        ("POST", "/faults", {"op": "list", "kind": "no_such"}),
        ("POST", "/faults", [1]),
        ("POST", "/clock", {"minutes": 1}),
        ("POST", "/state/contacts", {"values": {}, "id": "1"}),
    ],
)
def test_nonsense_at_the_back_door_is_told(door, way, path, body):
    answer = door.request(way, path, json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_real_time_cannot_be_moved():
    client = httpx.Client(transport=Crm().transport(), base_url="http://crm.test/__sandbox")
    assert client.post("/clock", json={"seconds": 1}).status_code == 409
    assert client.get("/nothing").status_code == 404
