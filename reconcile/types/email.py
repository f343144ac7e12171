"""E-mail addresses."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize as unicode_form

import idna
from email_validator import EmailNotValidError, validate_email

from reconcile.types.base import SemanticType, hide, register
from reconcile.types.cleaning import clean
from reconcile.values import BLANK, Value

# What needs no library: ASCII, no double hyphen, no name reserved by the IANA, short enough for any label.
_SHORT = 64
_SIMPLE = re.compile(
    r"[a-z0-9_+]+(?:[.-][a-z0-9_+]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+(?!(?:arpa|invalid|local|localhost|onion)\Z)[a-z]{2,}\Z",
    re.ASCII,
)
_MAILTO = re.compile(r"mailto:([^?]*)(?:\?.*)?\Z")


@register
class Email(SemanticType):
    """An address in lower case, its domain in the ASCII form that goes over the wire.

    Only a domain is free of case by RFC 5321; in practice every host folds the local part too, and two
    systems that differ in it mean one mailbox.
    """

    name = "email"
    examples = (
        ("ada@example.org", " Ada@Example.ORG ", "mailto:ada@example.org?subject=x", "Ada <ada@example.org>")
        + (
            "info@bücher.example",
            "info@xn--bcher-kva.example",
            "zoë@example.org",
            "a@b",
            "ada@example",
            "ada.example.org",
        )
        + (
            "a@x.example; b@x.example",
            "ada@@example.org",
            "a b@example.org",
            "ada@printer.local",
            "ada@shop.test",
            "@",
        )
    )

    def normalise(self, raw: object) -> Value:
        if type(raw) is str:
            if len(raw) <= _SHORT and _SIMPLE.match(raw):
                return raw
            if raw.isascii() and len(raw) <= _SHORT and _SIMPLE.match(lower := raw.strip().lower()):
                return lower
        return _read(clean(raw)) or BLANK

    def match(self, value: Value) -> str:
        return str(value) if value is not BLANK and self.validate(value) is None else ""

    def validate(self, value: Value) -> str | None:
        if value is BLANK or (len(str(value)) <= _SHORT and _SIMPLE.match(str(value))):
            return None
        return None if _library(str(value)) else _reason(str(value))

    def mask(self, value: Value) -> str:
        local, at, domain = self.show(value).rpartition("@")
        return hide(local) + at + domain if local and domain else hide(self.show(value))

    def show(self, value: Value) -> str:
        return "" if value is BLANK else _readable(str(value))


def _read(text: str) -> str:
    bare = unicode_form("NFC", text.lower())
    while (inner := _unwrapped(bare)) != bare:
        bare = inner
    return _library(bare) or bare


def _unwrapped(text: str) -> str:
    inner = text[text.rfind("<") + 1 : -1] if text.endswith(">") else ""
    if "@" in inner:
        text = inner
    elif found := _MAILTO.match(text):
        text = found[1]
    return text.strip().rstrip(".,;").strip()


@lru_cache(4096)
def _library(text: str) -> str:
    """The address as email-validator writes it, in lower case; "" if refused. Reserved .test passes."""
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    if "." not in found.ascii_domain:
        return ""
    return unicode_form("NFC", f"{found.local_part}@{found.ascii_domain}".lower())


def _reason(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at:
        return "has no @"
    if "@" in local:
        return "has more than one @: one address belongs here"
    if " " in text:
        return "has a space in it"
    if not local or "." not in domain:
        return "has nothing before the @" if not local else "has no dot after the @"
    return "is no e-mail address that mail can be sent to"


@lru_cache(4096)
def _readable(text: str) -> str:
    """The address with its domain in the letters of its language."""
    local, at, domain = text.rpartition("@")
    if "xn--" not in domain:
        return text
    try:
        return local + at + idna.decode(domain)
    except idna.IDNAError:
        return text
