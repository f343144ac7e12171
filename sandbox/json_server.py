"""A plain JSON server on loopback: real HTTP, real state, faults to order. Listens on 127.0.0.1 only.

    GET /{resource}?page=&size=[&updated_since=]     {"items": [...], "page", "size", "total"}
    GET /{resource}?ids=a,b    GET /{resource}?email=x (any top-level field)    GET /{resource}/{id}
    POST /{resource}    PATCH /{resource}/{id} (deep merge)    DELETE /{resource}/{id}
    POST /__faults    GET /__counts    GET /__health

Records carry id, version (a number) and updated_at. An Idempotency-Key is not honoured.
"""

from __future__ import annotations

import argparse
import re
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from sandbox.json_faults import Fault, Faults
from sandbox.json_seed import customers
from sandbox.json_store import Row, Table

MAX_SIZE = 5000
_PATH = re.compile(r"/([^/]+)(?:/([^/]+))?")
Answer = tuple[int, bytes]


def _now() -> datetime:
    return datetime.now(UTC)


def _json(status: int, body: object) -> Answer:
    return status, orjson.dumps(body)


class JsonServer:
    """Serves `records` ({resource: rows}) while the context is open; asks for `token` as a bearer, if any."""

    def __init__(
        self,
        records: Mapping[str, Iterable[Mapping[str, Any]]],
        *,
        page_cache: bool = True,
        port: int = 0,
        token: str | None = None,
        unique: tuple[str, ...] = (),
        now: Callable[[], datetime] = _now,
    ) -> None:
        self.faults = Faults()
        self.counts: Counter[str] = Counter()
        self.writes: list[tuple[str, str, str]] = []
        """(operation, resource, id) of every write that had its effect, in order."""
        self.token = token
        self.unique = unique
        self.now = now
        self._tables = {name: Table(rows, now, page_cache) for name, rows in records.items()}
        self._httpd = _Httpd(("127.0.0.1", port), _Handler)
        self._httpd.app = self
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._httpd.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()
        self._httpd.cut_all()
        self._thread.join()

    def table(self, resource: str) -> Table:
        """The records of one resource, to edit as its own user would; raises KeyError if there is none."""
        return self._tables[resource]

    def rows(self, resource: str) -> list[Row]:
        """Copies of all records of one resource, in order of id."""
        return self._tables[resource].rows()

    def fault(self, **fault: Any) -> None:
        """Order trouble: `fault(op="create", kind="lost_answer")`; see `Fault`."""
        self.faults.add(fault)

    def read(self, resource: str, rid: str | None, query: Mapping[str, str]) -> Answer:
        """What a GET answers."""
        table = self._tables[resource]
        with table.lock:
            if rid is not None:
                row = table.get(rid)
                return _json(200, row) if row else _json(404, {"error": "not_found"})
            if "ids" in query:
                return _json(200, {"items": [r for i in query["ids"].split(",") if (r := table.get(i))]})
            wanted = query.keys() - {"page", "size", "updated_since"}
            if wanted:
                return _json(200, {"items": table.find(name := min(wanted), query[name])})
            size = min(max(int(query.get("size", 100)), 1), MAX_SIZE)
            return 200, table.page(max(int(query.get("page", 1)), 1), size, query.get("updated_since", ""))

    def write(self, op: str, resource: str, rid: str | None, body: Any) -> Answer:
        """What a POST, PATCH or DELETE does and answers."""
        table = self._tables[resource]
        with table.lock:
            if op == "delete":
                if rid is None or not table.delete(rid):
                    return _json(404, {"error": "not_found"})
                self.writes.append((op, resource, rid))
                return 204, b""
            if not isinstance(body, dict):
                return _json(400, {"error": "an object is expected"})
            if field := table.taken(self.unique, body, rid or ""):
                return _json(409, {"error": "duplicate", "field": field})
            row = table.create(body) if rid is None else table.update(rid, body)
            if row is None:
                return _json(404, {"error": "not_found"})
            self.writes.append((op, resource, row["id"]))
            return _json(201 if op == "create" else 200, row)

    def special(self, path: str, body: Any) -> Answer:
        """The server's own doors: order faults, count requests, say that it lives."""
        if path == "/__faults":
            for fault in body if isinstance(body, list) else [body]:
                self.faults.add(fault)
            return _json(200, {"pending": len(self.faults.pending)})
        if path == "/__counts":
            return _json(200, {"requests": self.counts, "faults": self.faults.hits})
        return _json(200, {"ok": True})


class _Httpd(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    app: JsonServer

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut_all(self) -> None:
        """End connections that clients keep open, as a server that goes down does."""
        for connection in list(self._open):
            cut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are everyday; anything else is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def cut(connection: socket.socket) -> None:
    """Cut a connection without an answer."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was first


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    _verbs = {"POST": "create", "PATCH": "update", "DELETE": "delete"}

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests read `counts`."""

    def do_GET(self) -> None:
        app = cast(_Httpd, self.server).app
        url = urlsplit(self.path)
        if url.path.startswith("/__"):
            return self._send(app.special(url.path, self._body()))
        query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        try:
            resource, rid = self._place(url.path)
            op = self._op(rid, query)
            app.counts[op] += 1
            fault = app.faults.next(op)
            body = self._body()
            if not self._refused(fault):
                self._send(self._act(op, resource, rid, query, body), fault)
        except (KeyError, ValueError):
            self._send(_json(404, {"error": "no such resource or value"}))
        return None

    do_POST = do_PATCH = do_DELETE = do_GET

    def _place(self, path: str) -> tuple[str, str | None]:
        found = _PATH.fullmatch(path)
        if found is None:
            raise KeyError(path)
        return unquote(found[1]), unquote(found[2]) if found[2] else None

    def _op(self, rid: str | None, query: Mapping[str, str]) -> str:
        if self.command != "GET":
            return self._verbs[self.command]
        if rid is not None or "ids" in query:
            return "get"
        return "search" if query.keys() - {"page", "size", "updated_since"} else "list"

    def _act(self, op: str, resource: str, rid: str | None, query: Mapping[str, str], body: Any) -> Answer:
        app = cast(_Httpd, self.server).app
        if app.token and self.headers.get("Authorization") != f"Bearer {app.token}":
            return _json(401, {"error": "who are you?"})
        if self.command == "GET":
            return app.read(resource, rid, query)
        return app.write(op, resource, rid, body)

    def _refused(self, fault: Fault | None) -> bool:
        """Answer faults that come before any effect."""
        if fault is None:
            return False
        if fault.kind == "delay":
            time.sleep(fault.value)
        if fault.kind == "throttle":
            self._send(_json(429, {"error": "slow down"}), retry_after=str(fault.value or 1))
        refusals = {"error": 500, "denied": 401, "forbidden": 403}
        if fault.kind in refusals:
            self._send(_json(refusals[fault.kind], {"error": fault.kind}))
        if fault.kind == "reject":
            self._send(_json(422, {"error": "invalid", "field": fault.value}))
        return fault.kind in {"throttle", "reject", *refusals}

    def _body(self) -> Any:
        length = int(self.headers.get("Content-Length") or 0)
        return orjson.loads(self.rfile.read(length)) if length else None

    def _send(self, answer: Answer, fault: Fault | None = None, retry_after: str = "") -> None:
        status, body = answer
        kind = fault.kind if fault else ""
        if kind == "lost_answer":
            self.close_connection = True
            return cut(self.connection)
        if kind == "error_after":
            status, body = _json(500, {"error": "after the effect"})
        if kind == "garbage":
            body = b"<!doctype html><title>Bad gateway</title>"
        if kind in ("empty_list", "half_page"):
            body = _shortened(body, kind)
        length = len(body)
        if kind == "truncated":
            body, self.close_connection = body[: length // 2], True
        lines = [
            f"HTTP/1.1 {status} {self.responses[status][0]}",
            f"Date: {format_datetime(cast(_Httpd, self.server).app.now().astimezone(UTC), usegmt=True)}",
            f"Content-Type: {'text/html' if kind == 'garbage' else 'application/json'}",
            f"Content-Length: {length}",
            *([f"Retry-After: {retry_after}"] if retry_after else []),
        ]
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)  # one packet: no delayed answer
        return None


def _shortened(body: bytes, kind: str) -> bytes:
    """A list that shows too little; an empty one also says that there is nothing more."""
    answer = orjson.loads(body)
    items = answer.get("items", [])
    if kind == "empty_list":
        return orjson.dumps({**answer, "items": [], "total": 0})
    return orjson.dumps({**answer, "items": items[: len(items) // 2]})


def main(arguments: list[str] | None = None) -> None:
    """Serve seeded customers, one server per system, until the process is ended; prints `name url` lines."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.json_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of the first system; 0: any free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--customers", type=int, default=100)
    parser.add_argument("--systems", type=int, default=1)
    parser.add_argument("--size", type=int, default=0, help="page size to serialise beforehand")
    options = parser.parse_args(arguments)
    for number in range(options.systems):
        rows = customers(options.customers, options.seed, number)
        server = JsonServer(
            {"customers": rows}, port=options.port + number if options.port else 0
        ).__enter__()
        for page in range(1, options.customers // options.size + 2 if options.size else 1):
            server.table("customers").page(page, options.size)
        print(f"system{number + 1} {server.url}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
