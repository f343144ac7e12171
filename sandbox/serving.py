"""Real HTTP on loopback for a simulated system, and the same in one process without a socket."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast

from sandbox.routes import Answer, Asked, asked_for

if TYPE_CHECKING:
    import httpx

Take = Callable[[Asked], Answer]


class Serving:
    """Answers on 127.0.0.1 from `start` to `stop`, each connection in a thread. Port 0: any free one."""

    def __init__(self, take: Take, port: int = 0) -> None:
        self._take, self._port = take, port
        self._httpd: _Httpd | None = None
        self._thread = threading.Thread()

    @property
    def url(self) -> str:
        """Where it listens, or listened; raises ValueError before it ever did."""
        if not self._port:
            raise ValueError("the system is not served yet: use it in a `with` block")
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        self._httpd = _Httpd(("127.0.0.1", self._port), _Handler)
        self._httpd.take = self._take
        self._port = self._httpd.server_address[1]
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut what is still connected; not started is fine."""
        if self._httpd:
            self._httpd.shutdown()
            self._httpd.server_close()
            self._httpd.cut_all()
            self._thread.join()
            self._httpd = None


class _Httpd(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    take: Take

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

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the system keeps a log of its own."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        if len(body) < length:
            self.close_connection = True  # whoever asked died on the way: nothing was asked
            return None
        server = cast(_Httpd, self.server)
        answer = server.take(asked_for(self.command, self.path, dict(self.headers), body))
        if answer.wait:
            time.sleep(answer.wait)
        if answer.cut == "silent":
            self.close_connection = True
            return cut(self.connection)
        return self._send(answer)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

    def _send(self, answer: Answer) -> None:
        body = answer.content()
        headers = {"Content-Type": "application/json", **answer.headers}
        headers["Content-Length"] = str(len(body))
        if answer.cut == "half":
            body, self.close_connection = body[: len(body) // 2], True
        reason = self.responses[answer.status][0] if answer.status in self.responses else ""
        lines = [f"HTTP/1.1 {answer.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)  # one packet: no delayed answer


def transport(take: Take) -> httpx.MockTransport:
    """An httpx transport that asks the system directly. A lost answer is a ReadTimeout, a truncated one a
    RemoteProtocolError; nobody waits real seconds, but a wait beyond the client's read time-out is one."""
    import httpx  # here: a server needs no client, and starts faster without

    def handle(request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        answer = take(asked_for(request.method, target, request.headers, request.read()))
        patience = request.extensions.get("timeout", {}).get("read")
        if answer.cut == "silent" or (patience is not None and answer.wait > patience):
            raise httpx.ReadTimeout("no answer", request=request)
        if answer.cut == "half":
            raise httpx.RemoteProtocolError("the answer stopped halfway", request=request)
        headers = {"Content-Type": "application/json", **answer.headers}
        return httpx.Response(answer.status, headers=headers, content=answer.content())

    return httpx.MockTransport(handle)
