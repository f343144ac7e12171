"""What is decided about one customer, as a value: what a merge takes besides the records, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reconcile.questions import Identity, Question
from reconcile.records import ConflictState, Customer, GoldenValue, Hold
from reconcile.resolve import Base
from reconcile.values import BLANK, Golden, Value

Removal = Literal["archive", "delete"]
"""How a record is taken away in its system."""

LESS = "less than before"
DIFFERENT = "kept different"
REJECTED = "rejected: "
UNDONE = "undone: "
"""With ALL_SYSTEMS: nothing of the field is written anywhere until a steward says what is to be."""


@dataclass(frozen=True, slots=True)
class Want:
    """One field of one intended write."""

    desired: Value
    expected: Value
    version: int


@dataclass(frozen=True, slots=True)
class Restored:
    """Raw values to be put back in one record: the patch to send as it is, and what its fields will show."""

    patch: Mapping[str, object]
    wants: Mapping[str, Want]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a steward decided: about a field, or with `system` about one system's value or record."""

    field: str
    how: Literal["value", "different", "keep", "restore", "seen", "undo", "carry", "leave"]
    """The last two are about consent, which fields do not know."""
    value: Golden = BLANK
    system: str = ""
    cls: str = ""
    """With "seen": the class of the question that is answered."""
    decision: int = 0
    """With "undo": the run that is undone."""
    question: Identity | None = None
    """What was answered."""


@dataclass(slots=True)
class Merged:
    """All that follows for one customer. Empty containers: nothing to do."""

    customer: Customer
    golden: dict[str, GoldenValue]
    bases: dict[int, dict[str, Base]] = field(default_factory=dict)
    """By rid, whole, only of records whose base changed."""
    claims: dict[int, frozenset[str]] = field(default_factory=dict)
    holds: tuple[Hold, ...] = ()
    questions: list[Question] = field(default_factory=list)
    """All that is open now, and what a rule settled just now."""
    wants: dict[int, dict[str, Want]] = field(default_factory=dict)
    creates: dict[str, dict[str, Golden]] = field(default_factory=dict)
    withheld: int = 0
    """Values that differ in a system with `writes: none`."""
    closing: dict[Identity, ConflictState] = field(default_factory=dict)
    """How a question ends, if it was open; one that is absent is withdrawn."""
    took: dict[str, str] = field(default_factory=dict)
    """Field → how golden moved, for the audit."""
    removals: dict[int, Removal] = field(default_factory=dict)
    """By rid, of records that are taken away; never of one in `wants`."""
    gone: list[str] = field(default_factory=list)
    """Systems that the customer left."""
    restores: dict[int, Restored] = field(default_factory=dict)
    """By rid, of records in `wants`."""
