"""What a company decides about its customers: `config/policy/<entity>.yaml`, as people write it.

No system's field names stand here, only canonical fields and names of systems.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from reconcile.records import Severity

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Duration = Annotated[str, StringConstraints(pattern=r"^[0-9]+[smhdwy]$")]
"""15m, 30d, 2y."""


class Written(BaseModel):
    """Something people write: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SystemRule(Written):
    """The candidate that this system shows now."""

    system: Name


class SystemsRule(Written):
    """The candidate of the first of these systems that shows one."""

    systems: list[Name] = Field(min_length=1)


class MostRecentRule(Written):
    """The latest change, unless another lies less than this before it."""

    most_recent: Duration


class NewestRecordRule(Written):
    """The record changed last, ahead by more than this; only where nothing was agreed before."""

    newest_record: Duration


RuleName = Literal["most_recent", "majority", "most_complete", "min", "max", "newest_record"]
RuleStep = RuleName | SystemRule | SystemsRule | MostRecentRule | NewestRecordRule


class FieldPolicy(Written):
    """One canonical field: what it is, who decides, who may edit."""

    type: str
    label: str | None = None
    rule: Name | None = None
    """A name of `rules`; without one every disagreement goes to the steward."""
    edits_from: list[Name] | None = None
    """Systems whose edits move golden; all when left out. `iban` must write it."""
    owner: str = "steward"
    """The list on which a question about this field appears."""
    purpose: str | None = None
    severity: Severity = "medium"
    sensitive: bool = False
    required: bool = False
    max_age: Duration | None = None


class LinkRule(Written):
    """Records that share all of `when` belong to one customer, unless something speaks against it."""

    name: str
    when: list[Name] = Field(min_length=1)
    unless: list[str] = []
    """`other_<field>`: both have one and they differ; `other_initial`: of the given name."""


class Guards(Written):
    """Limits on a finished plan: more than the larger of a number and a share stops it."""

    updates: tuple[int, int] = (25, 10)
    """(number, percent of the linked records there)"""
    creates: tuple[int, int] = (25, 10)
    deletes: tuple[int, int] = (5, 1)
    clears: tuple[int, int] = (5, 2)
    one_field: tuple[int, int] = (25, 20)
    conflicts: tuple[int, int] = (25, 10)
    listing: int = 50
    """A full listing of less than this percent of the last one is an error of the system."""


class Policy(Written):
    """The whole of one entity's policy."""

    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "NL"
    """Country of phone numbers and postcodes that do not name one."""
    rules: dict[Name, list[RuleStep]] = {}
    first_sync: list[RuleStep] = []
    fields: dict[Name, FieldPolicy] = Field(min_length=1)
    link: list[LinkRule] = Field(min_length=1)
    guards: Guards = Guards()
    placeholders: list[str] = []
    """Values that mean nothing, compared without case: n.v.t., onbekend."""
