"""Web-hooks: what a simulated system tells a receiver by itself, and how it proves who it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import orjson

from sandbox.clock import Now
from sandbox.faults import Faults
from sandbox.records import Event

ATTEMPTS = 3
AGAIN = 0.5
"""Real seconds after which a thread tries again what failed."""


@dataclass(frozen=True, slots=True)
class Hinted:
    """The body of one web-hook, and its headers."""

    body: bytes
    headers: Mapping[str, str]

    @classmethod
    def json(cls, told: Any) -> Hinted:
        """A hint in JSON."""
        return cls(orjson.dumps(told), {"Content-Type": "application/json"})

    def under(self, **headers: str) -> Hinted:
        """With more headers; an underscore in a name stands for a dash."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})


Sign = Callable[[Hinted, str, datetime], Hinted]
"""(hint, url, time of sending) → the hint with its proof."""
Post = Callable[[str, Mapping[str, str], bytes], int]
"""(url, headers, body) → the receiver's status; raises OSError when nobody answers."""


def unsigned(hint: Hinted, url: str, at: datetime) -> Hinted:
    """No proof at all."""
    return hint


def hmac_header(
    secret: str, header: str = "X-Signature", form: Literal["hex", "base64"] = "hex", prefix: str = ""
) -> Sign:
    """HMAC-SHA256 of the body, in a header."""

    def sign(hint: Hinted, url: str, at: datetime) -> Hinted:
        digest = hmac.new(secret.encode(), hint.body, hashlib.sha256).digest()
        text = digest.hex() if form == "hex" else base64.b64encode(digest).decode()
        return replace(hint, headers={**hint.headers, header: prefix + text})

    return sign


def hmac_parts(secret: str, header: str) -> Sign:
    """`t=SECONDS,v1=HEX` in a header: HMAC-SHA256 of the time, a dot and the body."""

    def sign(hint: Hinted, url: str, at: datetime) -> Hinted:
        sent = str(int(at.timestamp()))
        digest = hmac.new(secret.encode(), f"{sent}.".encode() + hint.body, hashlib.sha256).hexdigest()
        return replace(hint, headers={**hint.headers, header: f"t={sent},v1={digest}"})

    return sign


def hmac_request(secret: str, header: str, timestamp: str) -> Sign:
    """Base64 HMAC-SHA256 of POST, address, body and milliseconds, which stand in a header of their own."""

    def sign(hint: Hinted, url: str, at: datetime) -> Hinted:
        sent = str(int(at.timestamp() * 1000))
        signed = b"POST" + url.encode() + hint.body + sent.encode()
        text = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
        return replace(hint, headers={**hint.headers, header: text, timestamp: sent})

    return sign


def hmac_body(secret: str, content: str = "Content", code: str = "HashCode") -> Sign:
    """The hint as the member `content` of a larger body, beside upper-case hex HMAC-SHA256 of its text."""

    def sign(hint: Hinted, url: str, at: datetime) -> Hinted:
        digest = hmac.new(secret.encode(), hint.body, hashlib.sha256).hexdigest().upper()
        start, end = f'{{"{content}":'.encode(), f',"{code}":"{digest}"}}'.encode()
        return replace(hint, body=start + hint.body + end)

    return sign


def token(header: str, value: str) -> Sign:
    """The same word each time, in a header."""
    return lambda hint, url, at: replace(hint, headers={**hint.headers, header: value})


def token_in_body(name: str, value: str) -> Sign:
    """The same word each time, as a member of the JSON body."""
    return lambda hint, url, at: replace(hint, body=orjson.dumps({**orjson.loads(hint.body), name: value}))


def basic(user: str, password: str) -> Sign:
    """User and password."""
    word = base64.b64encode(f"{user}:{password}".encode()).decode()
    return token("Authorization", f"Basic {word}")


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who is told, and how it is proved."""

    url: str
    sign: Sign = unsigned


class Hooks:
    """Queues a hint for each event and subscription; `deliver` sends them, or a thread does after `start`."""

    def __init__(self, faults: Faults, clock: Now, hint: Callable[[Event], Hinted | None]) -> None:
        self.subscriptions: list[Subscription] = []
        self.counts: Counter[str] = Counter()
        """queued, sent, refused (not a 2xx), unreachable, given up."""
        self.post: Post = post
        self._faults, self._clock, self._hint = faults, clock, hint
        self._queue: list[_Queued] = []
        self._lock, self._wake, self._over = threading.Lock(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def subscribe(self, url: str, sign: Sign = unsigned) -> None:
        """Tell this address of everything from now on."""
        self.subscriptions.append(Subscription(url, sign))

    def note(self, event: Event) -> None:
        """Queue what is told of an event."""
        hint = self._hint(event) if self.subscriptions else None
        if hint is not None:
            for subscription in self.subscriptions:
                self._enqueue(subscription, hint)
            self._wake.set()

    def waiting(self) -> int:
        """Hints that are not sent yet."""
        return len(self._queue)

    def deliver(self) -> int:
        """Send what is queued now, in order; what fails is queued again, three times in all. Returns how
        many arrived."""
        with self._lock:
            queued, self._queue = self._queue, []
        arrived = 0
        for one in queued:
            told = self._send(one)
            self.counts[told] += 1
            arrived += told == "sent"
            if told != "sent" and one.attempt < ATTEMPTS:
                with self._lock:
                    self._queue.append(replace(one, attempt=one.attempt + 1))
            elif told != "sent":
                self.counts["given up"] += 1
        return arrived

    def start(self) -> None:
        """Deliver by itself from now on; started already is fine."""
        if self._thread is None:
            self._over.clear()
            self._thread = threading.Thread(target=self._go_on, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Deliver no more by itself; not started is fine."""
        if self._thread:
            self._over.set()
            self._wake.set()
            self._thread.join()
            self._thread = None

    def _go_on(self) -> None:
        while not self._over.is_set():
            self.deliver()
            self._wake.wait(AGAIN)
            self._wake.clear()

    def _send(self, one: _Queued) -> str:
        signed = one.to.sign(one.hint, one.to.url, self._clock())
        try:
            status = self.post(one.to.url, signed.headers, signed.body)
        except OSError:
            return "unreachable"
        return "sent" if 200 <= status < 300 else "refused"

    def _enqueue(self, to: Subscription, hint: Hinted) -> None:
        met = self._faults.draw("hook")
        if "hook_lost" in met:
            self._faults.hit("hook_lost")
            return
        self.counts["queued"] += 1
        with self._lock:
            self._queue.append(_Queued(to, hint))
            if "hook_swapped" in met and len(self._queue) > 1:
                self._faults.hit("hook_swapped")
                self._queue[-2:] = reversed(self._queue[-2:])
            if "hook_twice" in met:
                self._faults.hit("hook_twice")
                self._queue.append(_Queued(to, hint))


@dataclass(frozen=True, slots=True)
class _Queued:
    """One hint on its way to one receiver."""

    to: Subscription
    hint: Hinted
    attempt: int = 1


def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Post over the network, with patience of five seconds."""
    import httpx  # here: a server needs no client, and starts faster without

    try:
        with httpx.Client(trust_env=False, timeout=5.0) as client:
            return client.post(url, headers=dict(headers), content=body).status_code
    except httpx.HTTPError as error:
        raise ConnectionError(f"no answer ({type(error).__name__})") from None
