"""What really happened between the hub and a simulated system: the truth that a run is judged by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sandbox.records import Event, Record, differences, leaves

Place = tuple[str, str]
"""Resource and id."""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """A value that a user had set and the hub replaced."""

    resource: str
    id: str
    path: str
    edit: int
    """Serial of the user's edit."""
    write: int
    """Serial of the hub's write."""
    seen: bool
    """The hub had been shown the edit before it wrote; if not, the edit is lost."""
    window: float | None
    """Seconds since the hub was last shown the record; None: it never was."""


@dataclass(frozen=True, slots=True)
class Double:
    """A record that the hub made although there was one with the same identity."""

    resource: str
    id: str
    of: str
    """The record that was there already."""


class Witness:
    """Follows a journal, and what the system showed to whom it serves.

    `identity` tells two records of one customer from those of two: None for a record without any.
    """

    def __init__(
        self, identity: Callable[[Record], str | None], live: Callable[[str], Iterable[Record]]
    ) -> None:
        self.overwritten: list[Overwrite] = []
        self.doubles: list[Double] = []
        self.in_window = 0
        """Users' edits of a record between the hub's last look at it and its write."""
        self.writes = 0
        self._identity, self._live = identity, live
        self._seen: dict[Place, tuple[int, datetime]] = {}
        self._edits: dict[Place, dict[str, Event]] = defaultdict(dict)
        """Path → the user's edit that last set it."""
        self._known: dict[str, dict[str, set[str]]] = {}
        """Resource → identity → live ids, from the hub's first create on."""

    def shown(self, resource: str, records: Iterable[Record], at: datetime) -> None:
        """The hub got to see these records as they are here."""
        for record in records:
            place = resource, record.id
            before = self._seen.get(place)
            if before is None or before[0] <= record.serial:  # a stale list takes no knowledge away
                self._seen[place] = record.serial, at

    def note(self, event: Event) -> None:
        """Judge one event; events come in the order in which they happened."""
        if event.by == "hub":
            self._judge(event)
        for path in event.fields():
            if event.by == "user":
                self._edits[event.resource, event.id][path] = event
            else:
                self._edits[event.resource, event.id].pop(path, None)
        self._count_in(event)

    def figures(self) -> dict[str, Any]:
        """The counts that a run is judged by; `window` in seconds."""
        lost = [one for one in self.overwritten if not one.seen]
        return {
            "hub_writes": self.writes,
            "lost_edits": len(lost),
            "longest_window": max((one.window for one in lost if one.window is not None), default=0.0),
            "written_blind": sum(one.window is None for one in lost),
            "edits_in_window": self.in_window,
            "overwritten_seen": len(self.overwritten) - len(lost),
            "doubles": len(self.doubles),
        }

    def cases(self) -> dict[str, Any]:
        """Each case behind the figures."""
        return {
            "overwritten": [asdict(one) for one in self.overwritten],
            "doubles": [asdict(one) for one in self.doubles],
        }

    def _judge(self, event: Event) -> None:
        self.writes += 1
        place = event.resource, event.id
        serial, at = self._seen.get(place, (-1, None))
        window = (event.at - at).total_seconds() if at else None
        edits = self._edits.get(place, {})
        self.in_window += len({edit.serial for edit in edits.values() if edit.serial > serial})
        for path in _replaced(event):
            if path in edits:
                edit = edits[path].serial
                self.overwritten.append(Overwrite(*place, path, edit, event.serial, edit <= serial, window))
        if event.act == "create":
            self._look_for_doubles(event)

    def _look_for_doubles(self, event: Event) -> None:
        if event.resource not in self._known:
            self._known[event.resource] = defaultdict(set)
            for record in self._live(event.resource):
                if record.id != event.id and (name := self._identity(record)):
                    self._known[event.resource][name].add(record.id)
        others = self._known[event.resource].get(self._identity(event.after) or "", set())
        if others:
            self.doubles.append(Double(event.resource, event.id, min(others)))

    def _count_in(self, event: Event) -> None:
        known = self._known.get(event.resource)
        if known is None:
            return
        if event.before and (name := self._identity(event.before)):
            known[name].discard(event.id)
        if not event.after.deleted and (name := self._identity(event.after)):
            known[name].add(event.id)


def _replaced(event: Event) -> list[str]:
    """Paths whose value a hub's write took away; with a delete, all of them."""
    before = event.before.values if event.before else {}
    if event.after.deleted:
        return [path for path, _ in leaves(before)]
    return list(differences(before, event.after.values))
