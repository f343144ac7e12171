"""Web-hooks through real sockets on loopback: what is taken is durable, and the rest is turned away."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.webhooks import Webhooks
from flows import receiving
from flows.receiving import CannotListen, Receiver, listening
from reconcile.state import hints
from reconcile.state.engine import Store, open_store
from sandbox import hints as senders
from sandbox.hints import Hinted
from tests.engine.running import fresh_store_file

SECRET = "s3cret-of-the-hook-f00df00d"
URL = "https://hub.example/hooks/crm"
PROOFS: dict[str, tuple[Any, Any]] = {
    "body": ({"hmac": "sha256", "header": "X-Sig"}, senders.hmac_header(SECRET, "X-Sig")),
    "base64": (
        {"hmac": "sha256", "header": "X-Sig", "encoding": "base64", "prefix": "v="},
        senders.hmac_header(SECRET, "X-Sig", "base64", "v="),
    ),
    "parts": (
        {"hmac": "sha256", "header": "X-Sig", "part": "v1", "timestamp": "t",
         "over": ["timestamp", ".", "body"]},
        senders.hmac_parts(SECRET, "X-Sig"),
    ),
    "request": (
        {"hmac": "sha256", "header": "X-Sig", "encoding": "base64", "timestamp": "X-Time", "url": URL,
         "over": ["method", "url", "body", "timestamp"]},
        senders.hmac_request(SECRET, "X-Sig", "X-Time"),
    ),
    "sealed": ({"hmac": "sha256", "member": "HashCode", "of": "Content"}, senders.hmac_body(SECRET)),
    "token": ({"token": "header", "name": "X-Token"}, senders.token("X-Token", SECRET)),
    "in_body": ({"token": "body", "name": "token"}, senders.token_in_body("token", SECRET)),
    "basic": ({"basic": "hub"}, senders.basic("hub", SECRET)),
    "path": ("path", senders.unsigned),
}  # fmt: skip
PLAIN = "token"


class Hub:
    """A receiver that listens, its store, and what it told."""

    def __init__(self, store: Store, **changes: Any) -> None:
        self.store, self.told, self.noted = store, [], threading.Event()
        self.now: datetime | None = None
        self.hooks = {name: (agreed(name, **changes), SECRET) for name in PROOFS}
        self.receiver = Receiver("customer", self.hooks, store, self.clock, self.noted.set)
        self.port = 0

    def clock(self) -> datetime:
        return self.now or datetime.now(UTC)

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Any = None) -> Any:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as there:
            there.request(method, path, body, headers or {})
            answer = there.getresponse()
            answer.text = answer.read()  # type: ignore[attr-defined]
            return answer

    def send(self, system: str, told: Any, sign: Any = None, **headers: str) -> int:
        hint = (sign or PROOFS[system][1])(Hinted.json(told).under(**headers), URL, self.clock())
        path = f"/hooks/{system}" + (f"/{SECRET}" if system == "path" else "")
        return self.ask("POST", path, hint.body, dict(hint.headers)).status

    def waiting(self) -> dict[str, list[tuple[str, int]]]:
        with self.store.read() as conn:
            found: dict[str, list[tuple[str, int]]] = {}
            for one in hints.waiting(conn, "customer", list(PROOFS), 5000):
                found.setdefault(one.system, []).append((one.record, one.times))
            return found


def agreed(name: str, **changes: Any) -> Webhooks:
    id = "Content.id" if name == "sealed" else "id"
    written = {"proof": PROOFS[name][0], "secret": {"env": "X"}, "id": id, "delivery": "X-Delivery"}
    return Webhooks.model_validate(written | {"challenge": "challenge"} | changes)


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with (
        fresh_store_file() as file,
        closing(open_store(f"sqlite:///{file}", lambda: datetime.now(UTC))) as store,
    ):
        one = Hub(store)
        with listening("127.0.0.1", 0, one.receiver, one.told.append) as port:
            one.port = port
            yield one


@pytest.fixture(autouse=True)
def afresh(hub: Hub) -> None:
    with hub.store.note() as conn:
        hints.forget(conn, "customer", [], "9999")
    hub.told.clear()
    hub.noted.clear()
    hub.now = None


@pytest.mark.parametrize("system", PROOFS)
def test_a_proved_delivery_is_noted_before_it_is_answered(hub, system):
    assert hub.send(system, {"id": "7", "name": "Ada"}) == 200
    assert hub.waiting() == {system: [("7", 1)]}
    assert hub.noted.is_set()


@pytest.mark.parametrize("system", PROOFS)
def test_what_is_not_proved_is_refused_and_leaves_nothing(hub, system):
    sign = PROOFS["token" if system == "body" else "body"][1]
    if system == "path":
        assert hub.ask("POST", "/hooks/path", b'{"id": "7"}').status == 404
        assert hub.ask("POST", f"/hooks/path/{SECRET[:-1]}x", b'{"id": "7"}').status == 404
    else:
        assert hub.send(system, {"id": "7"}, sign) == 401
        assert [(t["event"], t["status"]) for t in hub.told] == [("refused", 401)]
    assert (hub.waiting(), hub.noted.is_set()) == ({}, False)
    assert SECRET not in str(hub.told)


def test_basic_asks_for_credentials(hub):
    answer = hub.ask("POST", "/hooks/basic", b"{}")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_a_thousand_hints_of_one_record_are_one(hub):
    events = [{"id": 7}] * 99 + [{"id": 8}]
    assert {hub.send("path", events) for _ in range(10)} == {200}
    assert [record for record, _ in hub.waiting()["path"]] == ["7", "8"]


def test_a_delivery_that_is_replayed_is_taken_and_notes_nothing(hub):
    assert [hub.send("body", {"id": "7"}, X_Delivery="d1") for _ in range(3)] == [200] * 3
    assert hub.waiting() == {"body": [("7", 1)]}


def test_what_was_signed_long_ago_is_refused(hub):
    hint = PROOFS["parts"][1](Hinted.json({"id": "7"}), URL, datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    for now, status in (
        (datetime(2026, 3, 2, 8, 4, tzinfo=UTC), 200),
        (datetime(2026, 3, 2, 8, 6, tzinfo=UTC), 401),
    ):
        hub.now = now
        assert hub.ask("POST", "/hooks/parts", hint.body, dict(hint.headers)).status == status


@pytest.mark.parametrize("id", ["../../admin", "a/b", "..", "7\u0000", "x" * 500])
def test_an_id_that_could_leave_its_place_is_refused(hub, id):
    assert hub.send("path", {"id": id}) == 400
    assert hub.send("path", [{"id": id}, {"id": "8"}]) == 200
    assert hub.waiting() == {"path": [("8", 1)]}


def test_a_delivery_about_no_record_is_taken_and_told_to_the_operator_once(hub):
    assert [hub.send("path", told) for told in ({"test": True}, [], None, "7")] == [200] * 4
    assert (hub.waiting(), [t["event"] for t in hub.told]) == ({}, ["ignored"])
    assert not hub.noted.is_set()


def test_a_body_that_cannot_be_read_is_refused(hub):
    assert hub.ask("POST", f"/hooks/path/{SECRET}", b"{").status == 400
    assert hub.ask("POST", "/hooks/token", b"id=7", {"X-Token": SECRET}).status == 400


def test_a_body_that_is_too_large_is_refused_whether_it_is_sent_or_only_announced(hub):
    before = time.monotonic()
    assert hub.ask("POST", "/hooks/token", b" " * (receiving.LARGEST + 1), {"X-Token": SECRET}).status == 413
    assert hub.ask("POST", "/hooks/token", b"", {"Content-Length": "99999999999"}).status == 413
    assert hub.ask("POST", "/hooks/token", b"", {"Content-Length": "9" * 5000}).status == 413
    assert hub.send("path", [{"id": n} for n in range(receiving.MOST_IDS + 1)]) == 413
    assert time.monotonic() - before < 4
    assert hub.waiting() == {}


@pytest.mark.parametrize(
    "headers", [{"Content-Length": "-1"}, {"Content-Length": "x"}, {"Transfer-Encoding": "chunked"}]
)
def test_a_body_of_unknown_length_is_refused(hub, headers):
    assert hub.ask("POST", "/hooks/token", None, headers).status == 411


def test_a_body_that_breaks_off_is_refused(hub):
    with closing(socket.create_connection(("127.0.0.1", hub.port), 10)) as there:
        there.sendall(
            b"POST /hooks/token HTTP/1.1\r\nX-Token: %s\r\nContent-Length: 9\r\n\r\n{}" % SECRET.encode()
        )
        there.shutdown(socket.SHUT_WR)
        assert b" 400 " in there.recv(999)


def test_a_flood_is_slowed_down_for_its_system_and_no_other(hub):
    hub.now = datetime.now(UTC)
    while hub.receiver.buckets["base64"].spare():
        pass
    assert hub.send("base64", {"id": "7"}) == 429
    assert hub.send("body", {"id": "7"}) == 200
    assert hub.waiting() == {"body": [("7", 1)]}
    hub.now += timedelta(seconds=1)
    assert [hub.send("base64", {"id": "7"}) for _ in range(receiving.A_SECOND + 1)].count(429) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_probe_is_answered_and_notes_nothing(hub, method):
    assert hub.ask(method, "/hooks/token").status == 200
    assert hub.ask(method, f"/hooks/path/{SECRET}").status == 200
    assert hub.ask(method, "/hooks/path").status == 404
    assert hub.ask(method, f"/hooks/path/{SECRET}x").status == 404
    assert hub.waiting() == {}


def test_a_challenge_is_read_back_as_plain_text(hub):
    answer = hub.ask("GET", "/hooks/token?challenge=a%3Cb%3E1&x=2")
    assert (answer.text, answer.headers["Content-Type"]) == (b"a<b>1", "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert hub.ask("GET", "/hooks/token?other=1").text == b""
    assert hub.ask("GET", "/hooks/token?challenge=a%0d%0aX:y").status == 400


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/hooks",
        "/hooks/",
        "/hooks/zzz",
        "/hooks/token/x",
        "/hooks/token/../body",
        "/hooks/a/b/c",
        "/x/token",
    ],
)
def test_there_is_nothing_anywhere_else(hub, path):
    for method in ("GET", "POST"):
        assert hub.ask(method, path, b"{}" if method == "POST" else None, {"X-Token": SECRET}).status == 404


def test_other_methods_are_not_understood(hub):
    assert hub.ask("PUT", "/hooks/token", b"{}").status == 501


def test_a_store_that_is_out_asks_to_send_again(hub, monkeypatch):
    def out(*given: Any) -> None:
        raise receiving.StoreOut("the disk of the store is full")

    monkeypatch.setattr(hints, "note", out)
    assert hub.send("token", {"id": "7"}) == 503
    assert "disk" in hub.told[0]["why"]


def test_a_refusal_is_told_once_a_minute(hub):
    answers = [hub.ask("POST", "/hooks/in_body", b'{"id": 1}').status for _ in range(20)]
    assert set(answers) == {401}
    assert len(hub.told) <= 1


def test_a_fault_of_ours_is_told_without_what_was_sent(hub, monkeypatch):
    def broken(*given: Any) -> None:
        raise KeyError("ada@example.org")

    monkeypatch.setattr(receiving, "meant", broken)
    with pytest.raises(http.client.HTTPException):
        hub.send("token", {"id": "7"})
    assert "KeyError at test_receiving.py" in hub.told[0]["why"]
    assert "ada" not in str(hub.told)


def test_who_says_nothing_is_cut_off_and_others_are_answered_meanwhile(hub, monkeypatch):
    monkeypatch.setattr(receiving, "PATIENCE", 0.2)
    silent = [socket.create_connection(("127.0.0.1", hub.port), 10) for _ in range(3)]
    silent[0].sendall(b"POST /hooks/token HTTP/1.1\r\n")
    assert hub.send("token", {"id": "7"}) == 200
    for one in silent:
        assert one.recv(1) == b""
        one.close()


def test_more_connections_than_there_are_places_are_turned_away(hub, monkeypatch):
    monkeypatch.setattr(receiving, "CONNECTIONS", 2)
    silent = [socket.create_connection(("127.0.0.1", hub.port), 10) for _ in range(2)]
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        while True:  # until both of them have their place
            hub.send("token", {"id": "7"})
    for one in silent:
        one.close()


def test_a_port_that_is_taken_is_told(hub):
    with pytest.raises(CannotListen, match="--port"), listening("127.0.0.1", hub.port, hub.receiver, print):
        pass


def test_what_was_answered_is_still_there_after_the_process_is_gone(hub):
    """Its transaction was over before the answer: another connection, as after a kill, sees it."""
    assert hub.send("token", {"id": "7"}) == 200
    url = hub.store.engine.url.render_as_string()
    with closing(open_store(url, lambda: datetime.now(UTC))) as other, other.read() as conn:
        assert [one.record for one in hints.waiting(conn, "customer", ["token"], 9)] == ["7"]


def test_many_at_once_are_all_taken(hub):
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: statuses.append(hub.send("path", {"id": n}))) for n in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 40
    assert len(hub.waiting()["path"]) == 40
    assert json.dumps(hub.told) == "[]"
