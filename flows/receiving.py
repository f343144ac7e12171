"""Where web-hooks arrive: a delivery is proved, its ids are noted durably, and only then it is answered.

Nothing else happens while a system waits for its answer. The server speaks plain HTTP, on this machine
unless told otherwise; a web server with a certificate stands in front of it.
"""

from __future__ import annotations

import socket
import socketserver
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from adapters.bucket import Bucket, Clock
from adapters.proofs import Basic, Delivery, proven
from adapters.webhooks import Webhooks, meant
from reconcile import times
from reconcile.errors import HubError
from reconcile.state import hints
from reconcile.state.engine import Store, StoreOut

LARGEST = 1 << 20
"""Bytes of a body; a batch of a hundred events has fifty thousand."""
MOST_IDS = 1000
"""Records that one delivery may be about."""
A_SECOND, AT_ONCE = 50, 1000
"""Deliveries of one system: on average, and in a burst."""
CONNECTIONS = 64
"""At the same time; more are turned away."""
PATIENCE = 15.0
"""Seconds that one connection may last, however slowly it speaks."""
FOLDER = "hooks"

Tell = Callable[[Mapping[str, Any]], None]
"""Takes what happened, in names, numbers and reasons."""


class CannotListen(HubError):
    """The address for web-hooks cannot be used."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told: a status, and at most a challenge that it wanted back."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    why: str = ""
    """For the operator, not for the sender."""


NOWHERE = Answer(404)


@dataclass(slots=True)
class Receiver:
    """Answers deliveries for the systems that have web-hooks."""

    entity: str
    hooks: Mapping[str, tuple[Webhooks, str]]
    """By system: what was agreed with it, and the secret."""
    store: Store
    clock: Clock
    noted: Callable[[], None]
    """Called when there is something to read."""
    buckets: dict[str, Bucket] = field(init=False)

    def __post_init__(self) -> None:
        self.buckets = {name: Bucket(A_SECOND, AT_ONCE, self.clock, time.sleep) for name in self.hooks}

    def place(self, target: str) -> tuple[str, str, str] | None:
        """(system, what stands behind it, query) of an address; None when there is nothing there."""
        try:
            split = urlsplit(target)
        except ValueError:
            return None
        _, folder, system, *behind = [*split.path.split("/"), "", ""][:4]
        if folder != FOLDER or system not in self.hooks or split.path.count("/") > 3:
            return None
        return system, behind[0], split.query

    def probe(self, system: str, behind: str, query: str) -> Answer:
        """A GET asks whether somebody is there, and may want its challenge read back."""
        hooks, secret = self.hooks[system]
        asked = Delivery("GET", query, {}, b"", behind)
        if not self._is_at(hooks, secret, asked):
            return NOWHERE
        wanted = dict(parse_qsl(query)).get(hooks.challenge or "", "")
        if not wanted.isascii() or not wanted.isprintable():
            return Answer(400, why="a challenge that is no plain text")
        return Answer(
            200, {"Content-Type": "text/plain", "X-Content-Type-Options": "nosniff"}, wanted.encode()
        )

    def receive(self, system: str, delivery: Delivery) -> Answer:
        """Prove, note, answer."""
        hooks, secret = self.hooks[system]
        if not self._is_at(hooks, secret, delivery):
            return NOWHERE
        if not proven(hooks.proof, secret, delivery, self.clock()):
            asks = {"WWW-Authenticate": 'Basic realm="klantbeeld"'} if isinstance(hooks.proof, Basic) else {}
            return Answer(401, asks, why="it does not prove where it comes from; compare the secrets")
        if not self.buckets[system].spare():
            return Answer(429, {"Retry-After": "5"}, why=f"more than {A_SECOND} a second")
        return self._note(system, hooks, delivery)

    def _note(self, system: str, hooks: Webhooks, delivery: Delivery) -> Answer:
        try:
            found = meant(hooks, delivery)
        except ValueError:
            return Answer(400, why="its body is neither JSON nor a form")
        if len(found.ids) > MOST_IDS:
            return Answer(413, why=f"it is about more than {MOST_IDS} records")
        if found.refused and not found.ids:
            return Answer(400, why="its id could leave its place in a path")
        number = delivery.header(hooks.delivery) if hooks.delivery else ""
        try:
            with self.store.note() as conn:
                hints.note(conn, self.entity, system, found.ids, times.iso(self.clock()), number)
        except StoreOut as error:
            return Answer(503, {"Retry-After": "30"}, why=str(error))
        if found.ids:
            self.noted()
        if found.refused:
            return Answer(200, why=f"{found.refused} of its ids could leave their place in a path")
        return Answer(
            200, why="" if found.ids else f"it has no id at {hooks.id}: a test of theirs, or another path"
        )

    def _is_at(self, hooks: Webhooks, secret: str, delivery: Delivery) -> bool:
        """Where the address is the proof, a wrong one is none; elsewhere nothing stands behind the name."""
        if hooks.proof == "path":
            return proven("path", secret, delivery, self.clock())
        return delivery.behind == ""


class Handler(BaseHTTPRequestHandler):
    """One connection, one request: HTTP/1.0, so that nobody keeps it."""

    server: HookServer
    server_version, sys_version = "klantbeeld", ""
    timeout = PATIENCE

    def do_GET(self) -> None:
        place = self.server.receiver.place(self.path)
        self._answer(place, self.server.receiver.probe(*place) if place else NOWHERE)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        place = self.server.receiver.place(self.path)
        answer = self._delivered(*place) if place else NOWHERE
        self._answer(place, answer)
        if answer.status in (404, 413):
            self._drain()

    def _drain(self) -> None:
        """A body that nobody read, closed upon, could take the answer with it."""
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1.0)
        left = 2 * LARGEST
        while left > 0 and (piece := self.connection.recv(1 << 16)):
            left -= len(piece)

    def _delivered(self, system: str, behind: str, query: str) -> Answer:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            return Answer(411, why="it does not say how long its body is")
        if len(length) > 12 or int(length) > LARGEST:
            return Answer(413, why=f"its body has more than {LARGEST} bytes")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return Answer(400, why="its body breaks off")
        names = {name.lower() for name in self.headers}
        headers = {name: ", ".join(self.headers.get_all(name, [])) for name in names}
        return self.server.receiver.receive(system, Delivery("POST", query, headers, body, behind))

    def _answer(self, place: tuple[str, str, str] | None, answer: Answer) -> None:
        self.server.explain(place[0] if place else "", answer)
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Addresses may hold secrets: nothing of a request is logged but what `explain` says."""


class HookServer(ThreadingHTTPServer):
    """Listens for deliveries: few at a time, and none for long."""

    daemon_threads = True
    request_queue_size = CONNECTIONS

    def __init__(self, host: str, port: int, receiver: Receiver, tell: Tell) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.receiver, self._tell = receiver, tell
        self._open: dict[Any, float] = {}
        self._lock = threading.Lock()
        self._told: dict[tuple[str, str], float] = {}
        super().__init__((host, port), Handler)

    def server_bind(self) -> None:
        """Without asking a name server what this machine is called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def explain(self, system: str, answer: Answer) -> None:
        """Tell the operator why something was not taken: once a minute, or a flood would drown the rest."""
        key, now = (system, answer.why), time.monotonic()
        with self._lock:
            if not answer.why or now - self._told.get(key, -60.0) < 60.0:
                return
            self._told[key] = now
        self._tell(
            {
                "event": "refused" if answer.status >= 400 else "ignored",
                "system": system,
                "status": answer.status,
                "why": answer.why,
            }
        )

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            full = len(self._open) >= CONNECTIONS
            if not full:
                self._open[request] = time.monotonic() + PATIENCE
        if full:
            self.shutdown_request(request)
        else:
            super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Called all the time: who takes too long is cut off."""
        with self._lock:
            late = [request for request, until in self._open.items() if until < time.monotonic()]
        for request in late:
            _cut(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is the sender's loss, who sends again; a fault of ours is told without its
        message, which may hold what was sent."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
            self._tell({"event": "failed", "why": f"a delivery was not answered: unexpected {where}"})

    def finish(self) -> None:
        """Take nothing new, and let what is being answered be answered."""
        self.shutdown()
        until = time.monotonic() + 5.0
        while self._open and time.monotonic() < until:
            time.sleep(0.01)
        self.server_close()


def _cut(request: socket.socket) -> None:
    try:
        request.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it went by itself


@contextmanager
def listening(host: str, port: int, receiver: Receiver, tell: Tell) -> Iterator[int]:
    """Deliveries are taken for as long as the block runs; the port. Raises CannotListen."""
    try:
        server = HookServer(host, port, receiver, tell)
    except (OSError, OverflowError) as error:
        raise CannotListen(
            f"web-hooks cannot be taken at {host}:{port} ({error}): choose another --port"
        ) from None
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="web-hooks", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.finish()
        thread.join()
