"""What proves that a delivery comes from the system it says: one small function per proof, no effects.

Everything here looks at bytes that anybody may have sent. Digests and secrets are compared in constant time.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qs

import orjson
from pydantic import Field, model_validator

from adapters.payloads import values_at
from reconcile.policy import Duration, Written
from reconcile.times import span

Digest = Literal["sha256", "sha1"]
Encoding = Literal["hex", "base64"]
Piece = Literal["method", "url", "body", "timestamp", "."]
FORM = "application/x-www-form-urlencoded"
_MARK = re.compile(r"[ \t\r\n]*([{:,}])[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One call of a web-hook, as it came."""

    method: str
    query: str
    """As it stands in the address, undecoded."""
    headers: Mapping[str, str]
    """By name in small letters; a name that came twice has both values, with a comma."""
    body: bytes
    behind: str = ""
    """What the path holds behind the system's name."""

    def header(self, name: str) -> str:
        """The value of a header, "" when it is not there."""
        return self.headers.get(name.lower(), "")

    def content(self) -> Any:
        """The body read as JSON, or as a form where it says it is one. Raises ValueError for neither."""
        if self.header("content-type").split(";")[0].strip().lower() == FORM:
            fields = parse_qs(self.body.decode(), keep_blank_values=True, max_num_fields=1000)
            return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}
        return orjson.loads(self.body)


class Hmac(Written):
    """A digest over the delivery, in a header."""

    hmac: Digest
    """The digest: sha256 or sha1, keyed with the secret."""
    header: str
    """The header that carries it."""
    encoding: Encoding = "hex"
    """How the digest is written: hex or base64."""
    prefix: str = ""
    """What stands before the digest, such as "sha256="."""
    part: str | None = None
    """Where the header holds several parts, `t=…,v1=…`: the name of the one with the digest."""
    timestamp: str | None = None
    """The header that says when it was sent; with `part`, the part that says so. Seconds or ms since 1970."""
    within: Duration = "5m"
    """How far that time may be from now."""
    over: list[Piece] = Field(default=["body"], min_length=1)
    """What the digest is over, in this order: method, url, body, timestamp, or a dot."""
    url: str | None = None
    """The address as the system calls it, needed where `over` has url."""

    @model_validator(mode="after")
    def _whole(self) -> Hmac:
        if "body" not in self.over:
            raise ValueError("expected body in over: who signs less could send anything")
        if ("timestamp" in self.over) != (self.timestamp is not None):
            raise ValueError("expected timestamp both as a key and in over, or in neither")
        if ("url" in self.over) != (self.url is not None):
            raise ValueError("expected url both as a key and in over, or in neither")
        return self


class Sealed(Written):
    """A digest over one member of the body, in another member of it."""

    hmac: Digest
    """The digest: sha256 or sha1, keyed with the secret."""
    member: str
    """The member at the top of the body that carries the digest."""
    of: str
    """The member that the digest is over, byte for byte as it was sent."""
    encoding: Encoding = "hex"
    """How the digest is written: hex or base64."""


class Token(Written):
    """The secret itself, sent along."""

    token: Literal["header", "query", "body"]
    """Where it is sent."""
    name: str
    """The header, the parameter of the address, or the path in the body."""
    prefix: str = ""
    """What stands before it, such as "Bearer "."""


class Basic(Written):
    """A user name, and the secret as its password."""

    basic: str
    """The user name."""


Proof = Hmac | Sealed | Token | Basic | Literal["path"]


def proven(proof: Proof, secret: str, delivery: Delivery, now: datetime) -> bool:
    """Does the delivery prove that its sender knows the secret? Never raises for anything that was sent."""
    return bool(secret) and _PROOFS[type(proof)](proof, secret, delivery, now)


def _hmac(proof: Hmac, secret: str, delivery: Delivery, now: datetime) -> bool:
    """`HMAC(secret, pieces)`: WooCommerce and Shopify over the body; HubSpot v3 over method, url, body and
    timestamp; Mailchimp over timestamp, dot and body (their web-hook guides)."""
    given, timestamp = delivery.header(proof.header), ""
    if proof.part is not None:
        parts = dict(part.strip().partition("=")[::2] for part in given.split(","))
        given = parts.get(proof.part, "")
        timestamp = parts.get(proof.timestamp or "", "")
    elif proof.timestamp is not None:
        timestamp = delivery.header(proof.timestamp)
    if not given.startswith(proof.prefix) or (proof.timestamp and not _recent(proof, timestamp, now)):
        return False
    url = f"{proof.url}?{delivery.query}" if delivery.query else f"{proof.url}"
    pieces = {
        "method": delivery.method.encode(),
        "url": url.encode(),
        "body": delivery.body,
        "timestamp": timestamp.encode(),
        ".": b".",
    }
    signed = b"".join(pieces[piece] for piece in proof.over)
    return _alike(given.removeprefix(proof.prefix), proof.encoding, secret, proof.hmac, signed)


def _sealed(proof: Sealed, secret: str, delivery: Delivery, now: datetime) -> bool:
    """Exact Online: upper-case hex of HMAC-SHA256 over the raw text of `Content`, in `HashCode`."""
    given, signed = member(delivery.body, proof.member), member(delivery.body, proof.of)
    if given is None or signed is None or not given.startswith('"'):
        return False
    return _alike(json.loads(given), proof.encoding, secret, proof.hmac, signed.encode())


def _token(proof: Token, secret: str, delivery: Delivery, now: datetime) -> bool:
    given = _TOKENS[proof.token](delivery, proof.name)
    return hmac.compare_digest(given.encode(), f"{proof.prefix}{secret}".encode())


def _basic(proof: Basic, secret: str, delivery: Delivery, now: datetime) -> bool:
    """RFC 7617: `Basic base64(user:password)`."""
    scheme, _, given = delivery.header("authorization").partition(" ")
    known = _decoded(given.strip(), "base64") if scheme.lower() == "basic" else b""
    return hmac.compare_digest(known, f"{proof.basic}:{secret}".encode())


def _path(proof: str, secret: str, delivery: Delivery, now: datetime) -> bool:
    return hmac.compare_digest(delivery.behind.encode(), secret.encode())


_PROOFS: Mapping[type, Callable[[Any, str, Delivery, datetime], bool]] = {
    Hmac: _hmac,
    Sealed: _sealed,
    Token: _token,
    Basic: _basic,
    str: _path,
}


def _in_query(delivery: Delivery, name: str) -> str:
    try:
        given = parse_qs(delivery.query, max_num_fields=100).get(name, [])
    except ValueError:
        return ""
    return given[0] if len(given) == 1 else ""


def _in_body(delivery: Delivery, name: str) -> str:
    try:
        given = values_at(delivery.content(), name)
    except ValueError:
        return ""
    return given[0] if len(given) == 1 and isinstance(given[0], str) else ""


_TOKENS: Mapping[str, Callable[[Delivery, str], str]] = {
    "header": Delivery.header,
    "query": _in_query,
    "body": _in_body,
}


def _alike(given: str, encoding: Encoding, secret: str, digest: Digest, signed: bytes) -> bool:
    return hmac.compare_digest(_decoded(given, encoding), hmac.digest(secret.encode(), signed, digest))


def _decoded(text: str, encoding: Encoding) -> bytes:
    """The bytes; none for text that is not in this encoding."""
    try:
        return bytes.fromhex(text) if encoding == "hex" else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""


def _recent(proof: Hmac, timestamp: str, now: datetime) -> bool:
    """Seconds since 1970 have ten or eleven digits for a long time to come, milliseconds thirteen."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 16):
        return False
    sent = int(timestamp) / (1000 if len(timestamp) > 11 else 1)
    return abs(now.timestamp() - sent) <= span(proof.within).total_seconds()


def member(body: bytes, name: str) -> str | None:
    """The text of a member of the outermost object as it was sent; None unless it stands there exactly once.

    One that stands there twice could be proved by its first text and read by its second.
    """
    try:
        text = body.decode()
        found = [text[start:end] for key, start, end in _members(text) if key == name]
    except (ValueError, RecursionError):
        return None
    return found[0] if len(found) == 1 else None


def _members(text: str) -> Iterator[tuple[str, int, int]]:
    """Each member of an object: its name, and where its value begins and ends. Raises ValueError."""
    decode = json.JSONDecoder().raw_decode
    at, mark = _behind(text, 0, "{"), ","
    while mark == ",":
        key, at = decode(text, at)
        start = _behind(text, at, ":")
        _, end = decode(text, start)
        yield key, start, end
        at = _behind(text, end, ",}")
        mark = text[end:at].strip()


def _behind(text: str, at: int, marks: str) -> int:
    """The place after one of these marks and the spaces around it. Raises ValueError when none is there."""
    found = _MARK.match(text, at)
    if found is None or found[1] not in marks:
        raise ValueError(f"expected one of {marks}")
    return found.end()
