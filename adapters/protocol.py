"""What an adapter is: it moves the records of one system and understands none of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Action = Literal["create", "update", "archive", "delete"]
Status = Literal["applied", "already", "stale", "rejected", "deferred", "unknown"]
Incremental = Literal["filter", "versions", "events", "no"]
Deletes = Literal["feed", "absence", "none"]


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One record as the system shows it. Times are aware, in UTC."""

    id: str
    payload: Mapping[str, Any]
    version: str | None = None
    modified_at: datetime | None = None
    deleted: bool = False
    in_scope: bool = True
    merged_into: str | None = None
    """Of a deleted record: the id of the record there that it is part of now, when the system tells."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, and where to resume once they are stored."""

    records: Sequence[SourceRecord]
    cursor: str | None = None
    """Opaque; safe to resume from once this page is staged; None: not resumable."""
    complete: bool = False
    """True only on the last page of a finished full pull: what was not in it is gone."""
    problems: Sequence[tuple[str, str]] = ()
    """(record id or place, reason) of what is no record at all: quarantined, the rest goes on."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a system can do, as data. Unknown is absent."""

    writes: frozenset[Action] = frozenset()
    incremental: Incremental = "no"
    blind_spots: tuple[str, ...] = ()
    """What the incremental filter does not notice, in words; needs a periodic full scan."""
    deletes: Deletes = "none"
    conditional_write: bool = False
    idempotent_create: bool = False
    searchable: frozenset[str] = frozenset()
    """Paths (as in a mapping) that `search` can look for."""
    fetch_batch: int = 1
    write_batch: int = 1
    returns_record: bool = False
    """A write answers with the stored record, so no read-back request is needed."""
    counts_writes: bool = False
    """A record's version is a number that every write raises by one: a jump tells of an edit in between."""
    side_effects: tuple[str, ...] = ()
    writable: frozenset[str] | None = None
    """Top-level payload names that can be written; None: all."""
    consents_only: frozenset[str] = frozenset()
    """Top-level payload names that say what a customer agreed to: no field of a mapping may write them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One write, in the system's own shape."""

    key: str
    action: Action
    entity: str
    id: str | None
    payload: Mapping[str, Any] = field(default_factory=dict)
    """A patch: only what changes. Nested objects and lists are whole where the mapping made them whole."""
    expected_version: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change."""

    key: str
    status: Status
    record: SourceRecord | None = None
    """As stored afterwards, when the system says so."""
    detail: str = ""
    """Why, in words without customer values."""
    retry_after: float | None = None
    """Seconds."""


class Adapter(Protocol):
    """One system. Moves records; understands none of them."""

    @property
    def system(self) -> str: ...

    def capabilities(self, entity: str) -> Capabilities:
        """No input or output."""
        ...

    def check(self) -> None:
        """The cheapest authenticated call. Raises SystemOut."""
        ...

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        """At least once, stable order, inclusive bounds. `since` is a cursor of an earlier page."""
        ...

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[SourceRecord]:
        """Those records as they are now; a record that is gone comes back with `deleted=True`."""
        ...

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        """Records that show one of these values at these paths."""
        ...

    def push(self, entity: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Only send: exactly one outcome per change, keyed, as soon as it is known."""
        ...

    def close(self) -> None: ...
