"""Which of the open questions are meant: by class, field, system and owner."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import get_args

from flows.cli.exits import UsageError
from flows.hub import Hub
from reconcile.records import Conflict, ConflictClass


@dataclass(frozen=True, slots=True)
class Only:
    """Questions that have all of these; None: any."""

    cls: str | None = None
    field: str | None = None
    system: str | None = None
    owner: str | None = None

    def of(self, hub: Hub, asked: Sequence[Conflict]) -> list[Conflict]:
        """Those that are meant. Raises UsageError for a name that the project does not have."""
        _known("class", self.cls, get_args(ConflictClass))
        _known("field", self.field, [*hub.book.fields, *{c.field for c in asked if c.field}])
        _known("system", self.system, hub.systems)
        _known("owner", self.owner, {r.owner for r in hub.book.fields.values()} | {c.owner for c in asked})
        return [one for one in asked if self._means(one)]

    def _means(self, one: Conflict) -> bool:
        return (
            self.cls in (None, one.cls)
            and self.field in (None, one.field)
            and self.owner in (None, one.owner)
            and (self.system is None or self.system in _systems(one))
        )


ALL = Only()


def _systems(one: Conflict) -> set[str]:
    """Those it is about, and those that show one of its values."""
    return {one.system} | {system for c in one.candidates for system, _, _ in c.claimants}


def _known(what: str, name: str | None, known: Collection[str]) -> None:
    if name is not None and name not in known:
        raise UsageError(f"there is no {what} {name}; there is: {', '.join(sorted(known))}")
