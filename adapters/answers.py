"""What a system answered, judged: from a status and a body to our own words, without customer values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Ok:
    """Done; `body` is decoded JSON, None when there was none."""

    body: Any
    headers: httpx.Headers


@dataclass(frozen=True, slots=True)
class NotFound:
    """There is no such thing (404, 410)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Understood and not done. `detail` names codes and fields, never values."""

    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """Surely had no effect, and worth doing later."""

    detail: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unsure:
    """A write of unknown fate."""

    detail: str


_TELLING = {
    "code",
    "error",
    "error_code",
    "errorcode",
    "type",
    "field",
    "fields",
    "parameter",
    "property",
    "name",
}
_TITLE = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+){0,5}")
_BY_FIELD = {"errors", "error", "symbolic"}
"""Hold an object of problems by field; `error` is more often one problem, whose parts are no lists."""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,59}")


def codes(body: Any) -> str:
    """The error codes and field names in an error body; anything that could be a customer value stays out.

    So is the title of a problem, which is the same for every occurrence (RFC 9457 §3.1.3).
    """
    told = [word for word in _words(body) if _WORD.fullmatch(word)]
    if isinstance(body, Mapping) and isinstance(body.get("status"), int):
        title = body.get("title")
        told[:0] = [title] if isinstance(title, str) and _TITLE.fullmatch(title) else []
    return ", ".join(dict.fromkeys(told))


def _words(body: Any) -> Iterator[str]:
    if isinstance(body, list):
        for item in body:
            yield from _words(item)
    if not isinstance(body, Mapping):
        return
    for name, value in body.items():
        told = name.casefold() in _TELLING
        if name.casefold() in _BY_FIELD and isinstance(value, Mapping):
            whys = value.values()
            if name.casefold() != "error" or all(isinstance(why, list) for why in whys):
                yield from value
            if name.casefold() == "symbolic":
                yield from (why for why in whys if isinstance(why, str))
        if told and isinstance(value, str):
            yield value
        elif told and isinstance(value, list):
            yield from (word for word in value if isinstance(word, str))
        elif isinstance(value, list | Mapping):
            yield from _words(value)


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds asked for by Retry-After, given as a number or an HTTP date (RFC 9110 §10.2.3); None if absent.

    A date is compared with the server's own Date header, so that a wrong clock here does no harm.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    until = http_date(asked)
    if until is None:
        return None
    now = http_date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def http_date(text: str) -> datetime | None:
    """The moment, in UTC, that an HTTP date names; None for anything else."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
