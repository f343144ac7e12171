"""How old a view is: when each system was read last, and which of them lag behind the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from reconcile import times
from reconcile.words import Language, word

LATE = timedelta(hours=1)
"""A system read so much earlier than the newest one did not take part."""

AsOf = Mapping[str, str | None]
"""By system when its last finished reading began, ISO 8601; None: it never finished."""


def ages(as_of: AsOf, now: datetime, language: Language = "en") -> list[str]:
    """A phrase per system: `crm 2026-03-02 10:15`, with its age where it lags behind the newest."""
    return list(_phrases(as_of, now, language))


def line(as_of: AsOf, now: datetime, language: Language = "en") -> str:
    """All of them on one line: `as of: crm 2026-03-02 10:15, shop 2026-03-02 07:00 (3 h ago: was out)`."""
    return f"{word('as of', language)}: {', '.join(ages(as_of, now, language))}" if as_of else ""


def late(as_of: AsOf) -> frozenset[str]:
    """The systems that lag behind the newest one by more than LATE, or never were read."""
    moments = {name: times.moment(at) if at else None for name, at in as_of.items()}
    newest = max((at for at in moments.values() if at), default=None)
    if newest is None:
        return frozenset()
    return frozenset(name for name, at in moments.items() if at is None or newest - at > LATE)


def _phrases(as_of: AsOf, now: datetime, language: Language) -> Iterator[str]:
    behind = late(as_of)
    for name, text in as_of.items():
        at = times.moment(text)
        if at is None:
            yield f"{name} ({word('not read yet', language)})"
            continue
        yield f"{name} {at:%Y-%m-%d %H:%M}" + (f" ({_age(now - at, language)})" if name in behind else "")


def _age(age: timedelta, language: Language) -> str:
    hours = int(age / timedelta(hours=1))
    if hours < 48:
        return word("{age} h ago: was out", language).format(age=hours)
    return word("{age} days ago: was out", language).format(age=hours // 24)
