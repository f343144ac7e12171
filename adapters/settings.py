"""What an adapter is opened with: what people wrote in `hub.yaml`, and what the project supplies."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

from reconcile.policy import Written


class Secret(Written):
    """The name of the environment variable that holds a secret, written `{env: NAME}`; never the secret."""

    env: str


class KindSettings(Written):
    """The settings of one kind of system, without what all systems share (writes, creates, deletes)."""


def _known_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {zone!r}; write one like Europe/Amsterdam") from error
    return zone


Zone = Annotated[str, AfterValidator(_known_zone)]
"""The name of a time zone: Europe/Amsterdam."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Opening:
    """What an adapter may reach besides its settings."""

    folder: Path
    """The project's; relative paths in settings start here."""
    resources: Mapping[str, str]
    """What each entity is called in the system, by entity."""
    secrets: Callable[[str], str]
    """The value of an environment variable; raises a HubError that names the variable when it is not set."""
    transport: Any = None
    """An httpx transport in place of the network, for tests; a kind without HTTP ignores it."""
    clock: Callable[[], datetime] = utc_now
    """Aware, in UTC."""
    sleep: Callable[[float], None] = time.sleep
    """Waits so many seconds."""
