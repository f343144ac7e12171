"""Addresses of web sites."""

from __future__ import annotations

import re
from functools import lru_cache

import idna

from reconcile.types.base import SemanticType, register
from reconcile.types.cleaning import clean
from reconcile.values import BLANK, Value

_URL = re.compile(r"(?:(https?)://)?([^\s/?#:@\\]+)(?::([0-9]{1,5}))?(?:(?=[/?#])(\S*))?\Z", re.I | re.A)
_HOST = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\Z", re.A
)
_USUAL_PORT = {"http": "80", "https": "443", "": ""}
_SCHEME = re.compile(r"https?://", re.I)


@register
class Url(SemanticType):
    """A web address: scheme and host in lower case, no usual port, no bare "/" at the end.

    It keeps the scheme that was said, if any, and two that differ in it alone are one: who types
    "www.example.nl", "http://www.example.nl" or "https://www.example.nl" means the same site. "www." is said.
    """

    name = "url"
    examples = (
        ("https://www.example.nl", "HTTPS://WWW.Example.NL/", "http://www.example.nl", "www.example.nl")
        + (
            "example.nl",
            "https://example.nl:443/",
            "http://example.nl:8080/a",
            "https://example.nl/Winkel/?a=B#c",
        )
        + (
            "https://bücher.example",
            "https://xn--bcher-kva.example",
            "example.nl/",
            "ftp://example.nl",
            "geen",
        )
        + ("ada@example.nl", "https://example", "https://exa mple.nl", "https://example.nl/a b")
    )

    def normalise(self, raw: object) -> Value:
        return _read(clean(raw)) or BLANK

    def key(self, value: Value) -> str | None:
        return _SCHEME.sub("", str(value), count=1) if value is not BLANK else None

    def match(self, value: Value) -> str:
        return "" if value is BLANK or self.validate(value) else str(self.key(value))

    def validate(self, value: Value) -> str | None:
        if value is BLANK:
            return None
        text = str(value)
        found = _URL.match(text)
        if found and _HOST.match(found[2]):
            return None
        if "@" in text:
            return "is an e-mail address; a web site belongs here"
        if " " in text:
            return "has a space in it"
        return "is no web address: its name has a dot in it"

    def show(self, value: Value) -> str:
        text = "" if value is BLANK else str(value)
        found = _URL.match(text) if "xn--" in text else None
        return text.replace(found[2], _readable(found[2]), 1) if found else text

    def house(self, value: Value, like: object = None) -> object:
        """With the scheme that the system shows, where the value has none."""
        scheme = _SCHEME.match(clean(like))
        if value is BLANK or scheme is None or self.validate(value) or _SCHEME.match(str(value)):
            return value
        return scheme[0].lower() + str(value)


def _read(text: str) -> str:
    found = _URL.match(text)
    if found is None:
        return text
    scheme, host = (found[1] or "").lower(), _host(found[2])
    if not _HOST.match(host):
        return text
    usual = found[3] == _USUAL_PORT[scheme]
    rest = "" if found[4] in (None, "/") else found[4]
    return (
        (f"{scheme}://" if scheme else "") + host + (f":{found[3]}" if found[3] and not usual else "") + rest
    )


@lru_cache(4096)
def _host(host: str) -> str:
    """The host as it goes over the wire; as it is where it has no such form."""
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return host


@lru_cache(4096)
def _readable(host: str) -> str:
    try:
        return idna.decode(host)
    except idna.IDNAError:
        return host
