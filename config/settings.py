"""`config/hub.yaml`: which systems there are, what may be written to them, where the hub keeps its memory."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from adapters.archiving import Mark
from adapters.settings import Zone
from adapters.webhooks import Webhooks
from reconcile.policy import Duration, Name, Written

SQLITE = "sqlite:///"

Writes = Literal["none", "ask", "all"]
Creates = Literal["none", "all", "person", "organisation"]
Deletes = Literal["unlink", "archive", "propagate", "recreate"]


def _state_url(text: str) -> str:
    if not text.startswith((SQLITE, "postgresql")) or text == SQLITE:
        raise ValueError(
            "expected sqlite:///file (in the project folder) or {env: NAME} for a URL with a password"
        )
    return text


class FromEnvironment(Written):
    """A value that stands in no file: passwords and the like."""

    env: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
    """The name of the environment variable that holds the value."""


StateUrl = Annotated[str, AfterValidator(_state_url)]


class SystemEntry(Written):
    """What every system has, whatever its kind; its other keys belong to the kind."""

    kind: str
    """The sort of system: csv, sql, memory, magento and so on."""
    writes: Writes = "none"
    """none: only read. ask: every plan waits for approval. all: written to when the guards agree."""
    creates: Creates = "none"
    """Whose records the hub may make there: nobody's, everybody's, those of persons or of organisations."""
    deletes: Deletes = "unlink"
    """What a record that is deleted here means. unlink: ask. archive or propagate: after approval its
    customer is archived, or deleted, in the other systems. recreate: it is made here again, once."""
    archived: Mark | None = None
    """How a record here shows that it is archived; such records are left out, and the hub can archive."""
    clock_skew: Duration = "2m"
    """How far the system's clock may be off."""
    index_lag: Duration = "0s"
    """How long a change may take to show in the system's lists and searches."""
    full_scan: Duration = "1w"
    """How often everything is listed, to find what the changed-since filter does not tell."""
    was: Name | None = None
    """The name this system had before; without it a renamed system is a new one."""
    webhooks: Webhooks | None = None
    """How the system itself tells that a record changed; without it the hub only asks."""


class Schedule(Written):
    """When everything is synced by itself, while `klantbeeld serve` runs."""

    sync: Name
    """The entity."""
    every: Duration
    """From the beginning of one run to the beginning of the next."""
    between: (
        Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")] | None
    ) = None
    """From when to when on each day, such as 07:00-20:00; past midnight where the second is the earlier."""
    zone: Zone = "Europe/Amsterdam"
    """Where these times are."""

    def covers(self, now: datetime) -> bool:
        """Is this a time of day at which it runs?"""
        if self.between is None:
            return True
        local = f"{now.astimezone(ZoneInfo(self.zone)):%H:%M}"
        begin, end = self.between.split("-")
        return begin <= local < end if begin < end else not end <= local < begin


class Hub(Written):
    """The whole of hub.yaml."""

    language: Literal["nl", "en"] = "nl"
    """The language of reports and of the steward's desk."""
    state: StateUrl | FromEnvironment = f"{SQLITE}klantbeeld.db"
    """Where the hub remembers: a database URL; a relative SQLite file lies in the project folder."""
    systems: dict[Name, SystemEntry] = Field(min_length=1)
    """Every business application that takes part, under the name that people know it by."""
    schedules: list[Schedule] = []
    """When everything is synced by itself, under `klantbeeld serve`."""


COMMON_KEYS = tuple(SystemEntry.model_fields)


def state_url(state: str, folder: Path) -> str:
    """The database URL with a relative SQLite file placed in the project folder."""
    if not state.startswith(SQLITE) or state.startswith(f"{SQLITE}/") or ":memory:" in state:
        return state
    return f"{SQLITE}{folder.resolve() / state.removeprefix(SQLITE)}"
