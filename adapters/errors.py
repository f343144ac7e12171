"""What can go wrong outside, in the hub's own words. No httpx, csv or SQLAlchemy error leaves this folder."""

from __future__ import annotations

from reconcile.errors import HubError


class SystemOut(HubError):
    """This system is out for this run; the others go on."""


class Transient(SystemOut):
    """Worth asking again; raised to callers only when the retries are used up."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Denied(SystemOut):
    """The system refused who we are or what we may do: never evidence about records."""


class NotUnderstood(SystemOut):
    """The system answered with something its contract does not know."""
