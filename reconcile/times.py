"""Moments and spans as text: ISO 8601 in UTC, and 15m, 30d, 2y."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}


def span(text: str) -> timedelta:
    """A duration as people write it: a whole number and one of s m h d w y (365 days)."""
    return timedelta(seconds=int(text[:-1]) * _SECONDS[text[-1]])


def iso(moment: datetime) -> str:
    """A moment as the store keeps it: UTC, to the microsecond, sortable as text."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat("T", "microseconds")[: -len("+00:00")] + "Z"


def moment(text: str | None) -> datetime | None:
    """The moment that `iso` wrote; None stays None."""
    return None if text is None else datetime.fromisoformat(text)


def day(text: datetime | str | None) -> str:
    """A moment short enough for a sentence."""
    if text is None:
        return "an unknown time"
    shown = text if isinstance(text, str) else iso(text)
    return f"{shown[:10]} {shown[11:16]}"
