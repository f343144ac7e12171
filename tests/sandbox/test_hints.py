"""Web-hooks leave with a proof that the product's own receiver accepts, and only with the right secret."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from adapters.proofs import Basic, Delivery, Hmac, Sealed, Token, proven
from sandbox import hints
from sandbox.hints import Hinted
from tests.sandbox.asking import Asking

URL = "https://hub.test/hooks/crm"
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
PARTS = {"header": "X-Sig", "part": "v1", "timestamp": "t", "over": ["timestamp", ".", "body"]}
ASKED = {"header": "X-Sig", "timestamp": "X-Time", "encoding": "base64", "url": URL}
PROOFS = [
    (hints.hmac_header("s"), Hmac(hmac="sha256", header="X-Signature")),
    (
        hints.hmac_header("s", "X-Sig", "base64", "sha256="),
        Hmac(hmac="sha256", header="X-Sig", encoding="base64", prefix="sha256="),
    ),
    (hints.hmac_parts("s", "X-Sig"), Hmac(hmac="sha256", **PARTS)),
    (
        hints.hmac_request("s", "X-Sig", "X-Time"),
        Hmac(hmac="sha256", over=["method", "url", "body", "timestamp"], **ASKED),
    ),
    (hints.hmac_body("s"), Sealed(hmac="sha256", member="HashCode", of="Content")),
    (hints.token("X-Token", "s"), Token(token="header", name="X-Token")),
    (hints.token_in_body("webhook_token", "s"), Token(token="body", name="webhook_token")),
    (hints.basic("user", "s"), Basic(basic="user")),
]


@pytest.mark.parametrize(("sign", "proof"), PROOFS, ids=lambda one: type(one).__name__)
def test_a_proof_convinces_who_knows_the_secret_and_nobody_else(sign, proof):
    signed = sign(Hinted.json({"id": "7"}), URL, AT)
    headers = {name.lower(): value for name, value in signed.headers.items()}
    delivery = Delivery("POST", "", headers, signed.body)
    assert proven(proof, "s", delivery, AT)
    assert not proven(proof, "another", delivery, AT)
    bare = hints.unsigned(Hinted.json({"id": "7"}), URL, AT)
    assert not proven(proof, "s", Delivery("POST", "", dict(bare.headers), bare.body), AT)


def test_a_hint_tells_which_record_and_has_a_number():
    asking, came = Asking(), []
    asking.crm.hooks.post = lambda url, headers, body: came.append((url, dict(headers), body)) or 200
    asking.crm.hooks.subscribe(URL, hints.hmac_header("s"))
    asking.patch("3", name="New")
    assert asking.crm.hooks.deliver() == 1
    ((url, headers, body),) = came
    assert url == URL and b'"id":"3"' in body and b"New" not in body
    assert headers["X-Delivery"] == "1" and "X-Signature" in headers


def test_what_is_refused_comes_three_times_in_all():
    asking = Asking()
    asking.crm.hooks.post = lambda url, headers, body: 500
    asking.crm.hooks.subscribe(URL)
    asking.patch("3", name="New")
    assert [asking.crm.hooks.deliver() for _ in range(4)] == [0, 0, 0, 0]
    assert asking.crm.hooks.counts == {"queued": 1, "refused": 3, "given up": 1}


def test_a_thread_posts_over_the_network_and_a_receiver_that_is_gone_is_no_error():
    came = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()
            came.set()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with Asking().crm as crm:
        crm.hooks.subscribe(f"http://127.0.0.1:{server.server_address[1]}/hooks")
        crm.hooks.start()
        crm.table("contacts").delete("1")
        assert came.wait(10)
    server.shutdown()
    server.server_close()
    crm.table("contacts").delete("2")
    crm.hooks.deliver()
    assert crm.hooks.counts["unreachable"] == 1
