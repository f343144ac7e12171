"""What the hub remembers, as values: the input and the output of every decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from reconcile.resolve import Base
from reconcile.values import Golden, Value

CustomerKind = Literal["person", "organisation"]
Role = Literal["primary", "secondary"]
Presence = Literal["present", "deleted", "archived", "merged", "out_of_scope", "invisible"]
ConflictClass = Literal[
    "update-update",
    "update-delete",
    "first-sync difference",
    "edit by non-owner",
    "reverted",
    "loss",
    "duplicate in one system",
    "rejected",
    "read-only",
    "invalid",
    "stale",
    "still the same customer?",
    "consent",
    "undone",
]
ConflictState = Literal["open", "settled_by_rule", "decided", "agreed", "withdrawn"]
Severity = Literal["low", "medium", "high"]
ALL_SYSTEMS = "*"
VERIFIED = "@verified"
"""Among a record's values: the fields that the system itself says were checked. No field has this name."""


@dataclass(slots=True)
class Record:
    """One linked source record: what it shows now and what it and the hub last agreed on."""

    rid: int
    system: str
    id: str
    kind: CustomerKind
    values: dict[str, Value]
    """Canonical; a field that is absent is Missing."""
    base: dict[str, Base]
    claims: frozenset[str] = frozenset()
    """Fields on which it takes part in an open conflict."""
    changed: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Per field that changed since the first reading: (previous reading, source time), ISO 8601 UTC."""
    invalid: dict[str, str] = field(default_factory=dict)
    """Fields whose value cannot be right, with the reason: kept, flagged, never spread."""
    modified_at: str | None = None
    read_at: str = ""
    first_read_at: str = ""
    version: str | None = None
    presence: Presence = "present"
    role: Role = "primary"
    epoch: int = 0
    rev: int = 0
    pending: bool = False
    """An entry is sending or unknown for it: Missing in every decision."""
    held: bool = False
    """The link is held whole ("still the same customer?")."""
    customer: int = 0


class Lineage(NamedTuple):
    """Why golden holds this value."""

    system: str
    record: str
    how: str
    """A rule's name, "agreed", "only value", "decision 12"."""
    run: int
    at: str


class GoldenValue(NamedTuple):
    """What the hub holds for one field, and why."""

    value: Golden
    version: int
    lineage: Lineage
    verified: tuple[str, str] | None = None
    """(by, at): the system or "decision 12" that last found this value right, and when, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Blocks writes of one field in one system, or in all ("*"), and nothing else."""

    field: str
    system: str
    reason: str
    until: Literal["new value", "decision", "version", "date"] = "new value"
    date: str | None = None
    version: int = 0
    """With until=version: the golden version it was excused from."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A steward fixed the value of a field, until a moment (None: until lifted)."""

    until: str | None
    by: str

    def binds(self, at: str) -> bool:
        """Does it hold at that moment, ISO 8601?"""
        return self.until is None or self.until > at


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value in a disagreement: who shows it and since when."""

    value: Golden
    claimants: tuple[tuple[str, str, str | None], ...]
    """(system, record id, since); system "" is the hub itself."""
    value_id: int = 0
    """Its row in `value`, once stored."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """At least two values on one field, or one question about one system's value."""

    id: int
    customer: int
    field: str
    """"" for a question about a whole record."""
    system: str
    """"" for a disagreement between systems; else the one system the question is about."""
    cls: ConflictClass
    severity: Severity
    owner: str
    why: str
    """One sentence without customer values."""
    candidates: tuple[Candidate, ...]
    opened_at: str
    opened_run: int
    state: ConflictState = "open"
    fingerprint: str = ""


@dataclass(slots=True)
class Customer:
    """One real person or organisation, with everything a decision needs."""

    id: int
    kind: CustomerKind
    rev: int
    golden: dict[str, GoldenValue] = field(default_factory=dict)
    holds: tuple[Hold, ...] = ()
    locks: dict[str, Lock] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    """Open ones only."""
    status: Literal["active", "archived", "merged", "restricted", "erased"] = "active"
    bounced: dict[str, dict[str, str]] = field(default_factory=dict)
    """Field → address (as `ConsentRule.spelled`) → when mail to it was last seen to come back, ISO 8601; told
    only where addresses differ."""
