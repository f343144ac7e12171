"""The one way to a system over HTTP: time-outs, retries, rate, circuit and judgement, alike for all.

A read is repeated until it is answered or the retries are used up. A write is repeated only when it surely
had no effect (refused connection, 429); when it perhaps had one, that is the answer: `Unsure`.
"""

from __future__ import annotations

import logging
import random
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal
from urllib.parse import urlencode

import httpx
import orjson
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from adapters.answers import NotDone, NotFound, Ok, Refused, Unsure, codes, retry_after
from adapters.bucket import Bucket, Clock, Sleep
from adapters.circuit import Circuit
from adapters.errors import Denied, NotUnderstood, Transient
from adapters.ids import encode

log = logging.getLogger(__name__)
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # below that they print query strings and headers

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
Fate = Literal["not done", "perhaps"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and counts that bound one request."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 120.0
    """From the first byte sent to the last byte read, for one attempt."""
    attempts: int = 4
    base: float = 0.5
    """Full jitter: a wait is drawn from 0 to base · 2ⁿ, at most `longest`."""
    longest: float = 20.0
    """A longer Retry-After is not waited for here but handed to the caller."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question or order. `template` is what logs show; ids go into it percent-encoded."""

    method: str
    template: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def path(self) -> str:
        """The template with its ids; raises BadId."""
        encoded = {name: encode(value) for name, value in self.ids.items()}
        path = self.template.format(**encoded) if encoded else self.template
        return f"{path}?{urlencode(self.query)}" if self.query else path


@cache
def _authorities() -> ssl.SSLContext:
    """Whom TLS trusts: read once, for reading it takes longer than many a request."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: httpx.Headers
    content: bytes


class _Failed(Exception):
    """An attempt that got no usable answer; says what that means for a write."""

    def __init__(self, fate: Fate, detail: str, after: float | None = None, final: bool = False) -> None:
        super().__init__(detail)
        self.fate = fate
        self.detail = detail
        self.after = after
        self.final = final


class Http:
    """One system's connections. Safe to use from one thread at a time; the bucket may be shared by many.

    `transport` is httpx's own (None: the network); `clock` gives the time, `sleep` waits seconds;
    `bare_403`: a 403 without JSON only asks to slow down; `proof` signs each request by itself.
    """

    def __init__(
        self,
        system: str,
        base_url: str,
        *,
        bucket: Bucket,
        clock: Clock,
        sleep: Sleep,
        transport: httpx.BaseTransport | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
        circuit: Circuit | None = None,
        chance: random.Random | None = None,
        bare_403: bool = False,
        proof: httpx.Auth | None = None,
    ) -> None:
        self.system = system
        self._limits = limits or Limits()
        self._base = base_url.rstrip("/")
        self._bucket = bucket
        self._clock = clock
        self._sleep = sleep
        self._circuit = circuit or Circuit(clock)
        self._chance = chance or random.Random()
        self._bare_403 = bare_403
        self._client = httpx.Client(
            transport=transport,
            auth=proof,
            verify=_authorities(),
            timeout=httpx.Timeout(self._limits.read, connect=self._limits.connect),
            headers={"Accept": "application/json", "User-Agent": "klantbeeld", **(headers or {})},
            follow_redirects=False,  # a redirect would carry the credentials elsewhere
            trust_env=False,
        )

    def read(self, request: Request) -> Ok | NotFound | Refused:
        """Ask. Raises Denied, Transient when the retries are used up, NotUnderstood, BadId."""
        try:
            return self._repeat(request, writing=False)
        except _Failed as failure:
            raise Transient(f"{self.system}: {failure.detail}; try again later", failure.after) from None

    def write(self, request: Request) -> Ok | NotFound | Refused | NotDone | Unsure:
        """Order, at most once as far as anyone can know. Raises Denied, BadId."""
        try:
            return self._repeat(request, writing=True)
        except _Failed as failure:
            if failure.fate == "not done":
                return NotDone(failure.detail, failure.after)
            return Unsure(failure.detail)
        except NotUnderstood as garbled:
            return Unsure(str(garbled))

    def make_room(self, requests: int) -> None:
        """Wait until so many requests can go out one after the other without a wait between them."""
        self._bucket.room(requests)

    def close(self) -> None:
        """Let go of the connections; more than once is once."""
        self._client.close()

    def _repeat(self, request: Request, writing: bool) -> Ok | NotFound | Refused:
        path = request.path()

        def again(error: BaseException) -> bool:
            if not isinstance(error, _Failed) or error.final or (error.after or 0.0) > self._limits.longest:
                return False
            return not writing or error.fate == "not done"

        attempts = Retrying(
            stop=stop_after_attempt(self._limits.attempts),
            wait=self._pause,
            retry=retry_if_exception(again),
            sleep=self._sleep,
            reraise=True,
        )
        return attempts(self._attempt, request, path)

    def _pause(self, state: RetryCallState) -> float:
        """Full jitter, but never sooner than the system asked for."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.after if isinstance(error, _Failed) else None
        top = min(self._limits.longest, self._limits.base * 2**state.attempt_number)
        return max(asked or 0.0, self._chance.uniform(0.0, top))

    def _attempt(self, request: Request, path: str) -> Ok | NotFound | Refused:
        self._pass_circuit()
        self._bucket.take()
        started = self._clock().timestamp()
        status = 0
        try:
            reply = self._send(request, path, started)
            status = reply.status
        except _NOT_SENT as error:
            raise self._broken("not done", error) from None
        except httpx.HTTPError as error:
            raise self._broken("perhaps", error) from None
        finally:
            ms = (self._clock().timestamp() - started) * 1000
            log.debug("%s %s %s %d %.0f ms", self.system, request.method, request.template, status, ms)
        return self._judge(reply)

    def _pass_circuit(self) -> None:
        if wait := self._circuit.wait():
            if self._circuit.refused:
                raise Denied(
                    f"{self.system}: not asked, because {self._circuit.why}; check them, then try again"
                )
            raise _Failed("not done", f"not asked, because {self._circuit.why}", wait, final=True)

    def _send(self, request: Request, path: str, started: float) -> _Reply:
        """The whole answer, within the total time; httpx itself only bounds the time between two packets."""
        headers = dict(request.headers)
        content = None
        if request.body is not None:
            content = orjson.dumps(request.body)
            headers.setdefault("Content-Type", "application/json")
        built = self._client.build_request(
            request.method, self._base + path, content=content, headers=headers
        )
        response = self._client.send(built, stream=True)
        try:
            pieces = []
            for piece in response.iter_bytes():
                pieces.append(piece)
                if self._clock().timestamp() - started > self._limits.total:
                    raise httpx.ReadTimeout("the answer took longer than the total time")
        finally:
            response.close()
        return _Reply(response.status_code, response.headers, b"".join(pieces))

    def _broken(self, fate: Fate, error: httpx.HTTPError) -> _Failed:
        self._circuit.failed()
        return _Failed(fate, f"no answer ({type(error).__name__})")

    def _judge(self, reply: _Reply) -> Ok | NotFound | Refused:
        status = reply.status
        slow = status == 429 or (self._bare_403 and status == 403 and _lenient(reply.content) is None)
        if status in (401, 403) and not slow:
            self._circuit.denied()
            raise Denied(f"{self.system}: refused with {status}; check the credentials and what they may do")
        if status in (502, 503, 504):
            self._circuit.failed()
            raise _Failed("perhaps", f"out of order ({status})", retry_after(reply.headers))
        self._circuit.worked()
        if slow:
            after = retry_after(reply.headers)
            self._bucket.pause(after or 0.0)
            raise _Failed("not done", f"asked to slow down ({status})", after)
        if status >= 500 or status in (408, 425):
            raise _Failed("perhaps", f"went wrong there ({status})", retry_after(reply.headers))
        if status in (404, 410):
            return NotFound()
        if status >= 400:
            return Refused(status, f"refused ({status}): {codes(_lenient(reply.content))}".rstrip(": "))
        if status >= 300:
            raise NotUnderstood(f"{self.system}: answered with a redirect ({status}); check its url")
        return Ok(self._decode(reply), reply.headers)

    def _decode(self, reply: _Reply) -> Any:
        if not reply.content.strip():
            return None
        try:
            return orjson.loads(reply.content)
        except orjson.JSONDecodeError:
            sort = reply.headers.get("content-type", "no content type").split(";")[0]
            message = f"{self.system}: expected JSON, got {len(reply.content)} bytes of {sort}; check its url"
            raise NotUnderstood(message) from None


def _lenient(content: bytes) -> Any:
    """An error body, when it is JSON; many are not."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def expect(answer: Ok | NotFound | Refused, system: str, what: str) -> Ok:
    """The answer to a question that a working system cannot refuse; raises NotUnderstood."""
    if isinstance(answer, Ok):
        return answer
    why = "does not exist there" if isinstance(answer, NotFound) else answer.detail
    raise NotUnderstood(f"{system}: {what}: {why}; check the url, the resource and the manifest")
