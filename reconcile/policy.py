"""What a company decides about its customers: `config/policy/<entity>.yaml`, as people write it.

No system's field names stand here, only canonical fields and names of systems. A line below a key
is its description in docs, JSON Schema and editors.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from reconcile.records import Severity

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Duration = Annotated[str, StringConstraints(pattern=r"^[0-9]+[smhdwy]$")]
"""15m, 30d, 2y."""


class Written(BaseModel):
    """Something people write: unknown keys are errors, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SystemRule(Written):
    """The candidate that this system shows now."""

    system: Name
    """A name of `systems` in hub.yaml; undecided when it shows none of the candidates."""


class SystemsRule(Written):
    """The candidate of the first of these systems that shows one."""

    systems: list[Name] = Field(min_length=1)
    """Names of `systems` in hub.yaml, the most trusted first."""


class MostRecentRule(Written):
    """The latest change, unless two lie less than the tolerance apart."""

    most_recent: Duration
    """Changes closer together than this are undecided."""


class NewestRecordRule(Written):
    """The record changed last, no older than this; only where nothing was agreed before."""

    newest_record: Duration
    """A record that has not changed for longer does not win."""


RuleName = Literal["most_recent", "majority", "most_complete", "min", "max", "newest_record"]
RuleStep = RuleName | SystemRule | SystemsRule | MostRecentRule | NewestRecordRule


class Typed(Written):
    """What sort of value it is, and what its type has to know."""

    type: str
    """The semantic type: email, phone, postal_address, text and so on."""
    values: Annotated[list[str], Field(min_length=1)] | dict[str, list[str]] | None = None
    """For an `enum`: its values in their order, as a list or each with a list of other words for it."""
    currency: str | None = None
    """For `money`: the currency of amounts that name none, such as EUR, which it is when left out."""
    decimal: Literal["comma", "point"] | None = None
    """For `integer`, `decimal` and `money`: how to read 1.234 and 1,234; by the region when left out."""
    pivot: Annotated[int, Field(ge=0, le=99)] | None = None
    """For `date` and `birth_date`: the last two-digit year of this century; 30 when left out."""

    @property
    def options(self) -> dict[str, Any]:
        """What it tells its type."""
        told = {name: getattr(self, name) for name in ("values", "currency", "decimal", "pivot")}
        return {name: value for name, value in told.items() if value is not None}


class FieldPolicy(Typed):
    """One canonical field: what it is, who decides, who may edit."""

    label: str | None = None
    """What stewards call it, in their own language; the field's name when left out."""
    rule: Name | None = None
    """A name of `rules`; without one every disagreement goes to the steward."""
    edits_from: list[Name] | None = None
    """Systems whose edits move golden; all when left out. `iban`, `kvk` and `vat_id` must write it."""
    verified_by: Annotated[list[Name], Field(min_length=1)] | None = None
    """Systems that vouch for what they show, such as a register: a verified value wins over others."""
    owner: str = "steward"
    """The list on which a question about this field appears."""
    purpose: str | None = None
    """Why the value is kept (contact, invoicing): shown on an access request."""
    severity: Severity = "medium"
    """How bad a conflict on this field is; reports show the worst first."""
    sensitive: bool = False
    """Masked on every screen and report."""
    required: bool = False
    """A customer without it is reported."""
    max_age: Duration | None = None
    """A value not confirmed for longer is reported as stale."""


class LinkRule(Written):
    """Records that share all of `when` belong to one customer, unless something speaks against it."""

    name: str = Field(min_length=1)
    """What reports call the rule; each rule has its own."""
    when: list[Name] = Field(min_length=1)
    """Canonical fields that must all be filled in and alike."""
    unless: list[str] = []
    """`other_<field>`: both have one and they differ; `other_initial`: of the given name."""


class ConsentPolicy(Written):
    """One consent: by which channel a customer may be reached, and for what."""

    channel: Literal["email", "phone", "sms", "post"]
    """How the customer is reached."""
    purpose: str = Field(min_length=1)
    """What for, such as marketing."""
    on_email_change: Literal["ask", "carry"] = "ask"
    """A new address starts unknown and a person is asked; or `carry`: the consent of the old one holds."""
    identifier: Name | None = None
    """The field the consent belongs to; by the channel (email, phone, address) when left out."""


class FactPolicy(Typed):
    """A read-only value of one system, shown with the customer: open invoices, last order, a score."""

    source: Name = Field(alias="from")
    """The system that knows it; its mapping says where."""
    label: str | None = None
    """What people call it, in their own language; the fact's name when left out."""
    sensitive: bool = False
    """Masked on every screen and report."""


Count = Annotated[int, Field(ge=0)]
Percent = Annotated[int, Field(ge=0, le=100)]


class Guards(Written):
    """Limits on a finished plan: more than the larger of a number and a share stops it.

    Each is [number, percent of the linked records there].
    """

    updates: tuple[Count, Percent] = (25, 10)
    """Records that would be changed in one system."""
    creates: tuple[Count, Percent] = (25, 10)
    """Records that would be made in one system."""
    deletes: tuple[Count, Percent] = (5, 1)
    """Records that would be deleted, archived, unlinked or merged in one system."""
    clears: tuple[Count, Percent] = (5, 2)
    """Values that would be emptied, or were found emptied, in one system."""
    one_field: tuple[Count, Percent] = (25, 20)
    """Changes of the same field in one system."""
    conflicts: tuple[Count, Percent] = (25, 10)
    """New open conflicts; not counted on a first sync."""
    listing: Percent = 50
    """A full listing of less than this percent of the last one is an error of the system."""


class Policy(Written):
    """The whole of one entity's policy."""

    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "NL"
    """Country of phone numbers and postcodes that do not name one."""
    rules: dict[Name, list[RuleStep]] = {}
    """Ways to choose, named once; each is tried in turn, and the steward is asked when none decides."""
    first_sync: list[RuleStep] = []
    """The way to choose where systems differ and nothing was ever agreed."""
    fields: dict[Name, FieldPolicy] = Field(min_length=1)
    """The canonical fields of the entity."""
    link: list[LinkRule] = Field(min_length=1)
    """When records of different systems are the same customer."""
    consent: dict[Name, ConsentPolicy] = {}
    """What customers agree to, kept apart from all fields: no rule ever decides it."""
    facts: dict[Name, FactPolicy] = {}
    """What single systems know of a customer: shown with their time, never compared, never written."""
    guards: Guards = Guards()
    """Limits above which a finished plan waits for a person."""
    placeholders: list[str] = []
    """Values that mean nothing, in any notation of a field's type: n.v.t., onbekend, "0612345678"."""
