"""The time that simulated systems and a test share: it stands still until it is told to move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Now = Callable[[], datetime]
"""The time; aware, in UTC."""


def real() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC to the millisecond: sorts as text in the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock:
    """A clock to set. Give `clock` and `clock.sleep` to what shall live in its time."""

    def __init__(self, now: datetime = datetime(2026, 3, 2, 8, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        """Let time pass: `passes(minutes=5)`."""
        self.now += timedelta(**span)

    def sleep(self, seconds: float) -> None:
        """Whoever waits here waits no real second."""
        self.passes(seconds=seconds)
