"""Policy and mappings, compiled: what a decision may ask of a field and of a system, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from reconcile import times
from reconcile.consent import CONSENT, ConsentRule
from reconcile.facts import FactRule
from reconcile.policy import Guards
from reconcile.records import Severity
from reconcile.resolve import OnLoss, Rule
from reconcile.types.base import SemanticType
from reconcile.values import Golden, Seen

Writes = Literal["none", "ask", "all"]
Creates = Literal["none", "all", "person", "organisation"]
Deletes = Literal["unlink", "archive", "propagate", "recreate"]


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One canonical field: how it compares, who decides, whom a question goes to."""

    name: str
    type: SemanticType
    chain: tuple[Rule, ...] = ()
    severity: Severity = "medium"
    owner: str = "steward"
    label: str = ""
    sensitive: bool = False
    required: bool = False
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What one system may do with one field."""

    shows: Callable[[Golden], Seen]
    writable: bool = True
    clearable: bool = True
    owner: bool = True
    on_loss: OnLoss = "ask"
    lossy: bool = False
    verifies: bool = False
    """What it shows counts as checked, like a register's."""
    flagged: bool = False
    """It tells of each record whether its value was checked."""


@dataclass(frozen=True, slots=True)
class SystemTerms:
    """What the hub may do in one system."""

    name: str
    writes: Writes = "none"
    creates: Creates = "none"
    deletes: Deletes = "unlink"
    can: frozenset[str] = frozenset()
    """The sorts of writes it knows: create, update, archive, delete."""
    fields: Mapping[str, Terms] = field(default_factory=dict)
    fetch_batch: int = 1
    write_batch: int = 1
    returns_record: bool = False
    side_effects: tuple[str, ...] = ()
    consents: frozenset[str] = frozenset()
    """The consents that can be written there."""


@dataclass(frozen=True)
class Rulebook:
    """Everything a decision needs besides the customer: same book, same customer, same decision."""

    fields: Mapping[str, FieldRule]
    systems: Mapping[str, SystemTerms]
    first_sync: tuple[Rule, ...] = ()
    guards: Guards = field(default_factory=Guards)
    digest: str = ""
    consents: Mapping[str, ConsentRule] = field(default_factory=dict)
    """By the name that each has among a record's canonical values, where no field has it."""
    facts: Mapping[str, FactRule] = field(default_factory=dict)
    """By the name that each has among a record's canonical values, where no field has it."""

    def rule(self, name: str) -> FieldRule:
        """The field of that name, or a consent as if it were one, for those who show what is written."""
        if name in self.consents:
            return FieldRule(name, CONSENT, severity="high", label=self.consents[name].name)
        return self.fields[name]

    @cached_property
    def verifiable(self) -> tuple[str, ...]:
        """The fields that some system can verify; mostly none."""
        told = {n for s in self.systems.values() for n, t in s.fields.items() if t.verifies or t.flagged}
        return tuple(name for name in self.fields if name in told)

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The systems in the order the hub's file names them: breaks ties that matter to nobody."""
        return {name: place for place, name in enumerate(self.systems)}


@dataclass(frozen=True)
class Stamp:
    """Which run decides, and when: the only clock a decision knows."""

    run: int
    now: datetime

    @cached_property
    def text(self) -> str:
        return times.iso(self.now)
