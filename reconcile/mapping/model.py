"""What a system's fields mean: `mappings/<system>.yaml`, as people write it.

Names, paths and tables only, no expressions, so that every mapping can be read backwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from reconcile.mapping.paths import Scalar, is_blank, parse_path
from reconcile.policy import Name, Written
from reconcile.records import CustomerKind
from reconcile.resolve import OnLoss


def _well_formed(text: str) -> str:
    parse_path(text)
    return text


def _long_form(written: object) -> object:
    return {"path": written} if isinstance(written, str) else written


def table_key(raw: object) -> str:
    """How a raw value is looked up in a table of values: 1 and "1" are one, true is "true"."""
    return str(raw).lower() if isinstance(raw, bool) else str(raw).strip()


def _tellable(table: Mapping[Scalar, Scalar]) -> Mapping[Scalar, Scalar]:
    if any(is_blank(raw) for raw in table):
        raise ValueError("a blank says nothing, so it needs no line in `values`; leave it out")
    if clash := _twice(map(table_key, table)):
        raise ValueError(f'{clash!r} stands twice in `values`; 1 and "1" are the same here')
    return table


def _twice(names: Iterator[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)


PathText = Annotated[str, AfterValidator(_well_formed)]
Table = Annotated[dict[Scalar, Scalar], Field(min_length=1), AfterValidator(_tellable)]
"""Raw value to canonical value."""


class Place(Written):
    """A path in the payload."""

    path: PathText


def _unwritten(table: Mapping[Scalar, Scalar], write: Mapping[Scalar, Scalar]) -> Iterator[str]:
    """Why it is not certain what to write for a value of a table."""
    meant = {table_key(raw): table_key(value) for raw, value in table.items()}
    for value, raw in write.items():
        if meant.get(table_key(raw)) != table_key(value):
            yield f"`write` gives {raw!r} for {value!r}, which `values` does not"
    named = {table_key(value) for value in write}
    if clash := _twice(meaning for meaning in meant.values() if meaning not in named):
        yield f"{clash!r} is the meaning of two values; say which is written: write: {{{clash}: …}}"


class PartMapping(Place):
    """One part of a group value."""

    values: Table | None = None
    write: dict[Scalar, Scalar] | None = Field(default=None, min_length=1)
    """Where `values` gives one meaning to many: which of them is written for it."""

    @model_validator(mode="after")
    def _one_to_write(self) -> Self:
        if self.write and not self.values:
            raise ValueError("`write` chooses among `values`; there are none")
        return self


class WhenAbsent(Written):
    """What an element of a list gets, besides `where` and the fields in it, when a write makes it."""

    create: dict[PathText, Scalar] = {}
    """Fixed raw values."""
    copies: dict[PathText, Name] = Field(default={}, alias="copy")
    """Raw place in the element: field whose value is repeated there."""


InfixForm = Annotated[Place, BeforeValidator(_long_form, json_schema_input_type=str | Place)]
PartForm = Annotated[PartMapping, BeforeValidator(_long_form, json_schema_input_type=str | PartMapping)]


class FieldMapping(Written):
    """One canonical field: where it stands in this system, and what may be done to it there."""

    path: PathText | None = None
    among: PathText | None = Field(default=None, alias="in")
    """A list; the other paths start at the first element that has all the keys of `where`."""
    where: dict[str, Scalar] | None = Field(default=None, min_length=1)
    parts: dict[Name, PartForm] | None = Field(default=None, min_length=1)
    """For a group type: each part's own path."""
    infix: InfixForm | None = None
    """Where the system keeps "van der" apart from the name at `path`."""
    order: list[Name] | None = Field(default=None, min_length=2, max_length=2)
    """A whole name at `path`: its two fields, in the order in which they are written there."""
    values: Table | None = None
    write: Literal["never"] | dict[Scalar, Scalar] | None = None
    """never: only read. Or, where `values` gives one meaning to many: which of them is written for it."""
    when_absent: WhenAbsent | None = None
    """With `in` and `where`: what goes along when a write makes the element."""
    length: int | None = Field(default=None, gt=0)
    """Declared loss: the system keeps only so many characters."""
    charset: Literal["ascii"] | None = None
    """Declared loss: the system keeps only unaccented letters."""
    on_loss: OnLoss = "ask"
    required: bool = False
    clearable: bool = True
    verified: PathText | None = None
    """Where the system says, in the record itself, that it checked this value; only read."""

    @model_validator(mode="after")
    def _one_lens(self) -> Self:
        if problems := [*self._contradictions(), *self._many_to_one()]:
            raise ValueError("; ".join(problems))
        return self

    def _contradictions(self) -> Iterator[str]:
        if (self.path is None) == (self.parts is None):
            yield "expected either `path` or `parts`"
        if (self.among is None) != (self.where is None):
            yield "`in` and `where` go together: a list, and the keys that choose its element"
        if self.parts and (self.infix or self.values or self.length or self.charset):
            yield "`infix`, `values`, `length`, `charset` belong to a `path`; a part has `values` of its own"
        if self.values and (self.infix or self.length or self.charset):
            yield "`values` stands alone: no `infix`, `length` or `charset` beside it"
        if self.order and (self.parts or self.infix or self.values or self.length or self.charset):
            yield "`order` belongs to a `path` alone: no `parts`, `infix`, `values`, `length`, `charset`"
        if self.when_absent and self.among is None:
            yield "`when_absent` tells what an element of a list gets; it needs `in` and `where`"
        if isinstance(self.write, dict) and not self.values:
            yield "`write` is never, or chooses among `values`; there are none"

    def _many_to_one(self) -> Iterator[str]:
        if self.write == "never":
            return
        if self.values:
            yield from _unwritten(self.values, self.write or {})
        for part in (self.parts or {}).values():
            if part.values:
                yield from _unwritten(part.values, part.write or {})


FieldForm = Annotated[FieldMapping, BeforeValidator(_long_form, json_schema_input_type=str | FieldMapping)]


class FactMapping(Written):
    """A read-only value, and where it stands in this system."""

    path: PathText | None = None
    among: PathText | None = Field(default=None, alias="in")
    """A list; the other paths start at the first element that has all the keys of `where`."""
    where: dict[str, Scalar] | None = Field(default=None, min_length=1)
    parts: dict[Name, PartForm] | None = Field(default=None, min_length=1)
    """For a group type such as money: each part's own path."""
    values: Table | None = None

    @property
    def as_field(self) -> FieldMapping:
        """A field that is only read."""
        return FieldMapping.model_validate(self.model_dump(by_alias=True) | {"write": "never"})

    @model_validator(mode="after")
    def _reads_somewhere(self) -> Self:
        try:
            assert self.as_field
        except ValidationError as error:
            raise ValueError("; ".join(str(one["ctx"]["error"]) for one in error.errors())) from None
        return self


FactForm = Annotated[FactMapping, BeforeValidator(_long_form, json_schema_input_type=str | FactMapping)]


class ProofMapping(Place):
    """What shows that a consent was really given, such as the time of a double opt-in."""

    values: list[Scalar] | None = Field(default=None, min_length=1)
    """Only these count as proof; whatever is filled in when left out."""


def _no_proof(written: object) -> object:
    return None if written == "none" else written


ProofForm = Annotated[
    ProofMapping | None, BeforeValidator(_no_proof, json_schema_input_type=Literal["none"] | ProofMapping)
]


class ConsentMapping(Written):
    """One consent of the policy: where it stands in this system, and what its values mean.

    The first of `granted`, and of `denied` (or else `withdrawn`), is what the hub writes.
    """

    path: PathText
    among: PathText | None = Field(default=None, alias="in")
    where: dict[str, Scalar] | None = Field(default=None, min_length=1)
    granted: list[Scalar] = []
    denied: list[Scalar] = []
    withdrawn: list[Scalar] = []
    pending: list[Scalar] = []
    """Asked for and not confirmed: no grant yet, and ended by a withdrawal."""
    bounced: list[Scalar] = []
    """Mail to this address came back."""
    unknown: list[Scalar] = []
    """Says nothing, such as a "no" that everybody starts with."""
    time: PathText | dict[Literal["granted", "denied", "withdrawn"], PathText] | None = None
    """When the consent was given or withdrawn; never when the record was changed. One path for all that is
    said, or one for each: a system may keep only when a consent was given."""
    proof: ProofForm = None
    write: Literal["never"] | None = None

    @property
    def meanings(self) -> dict[Scalar, str | None]:
        """Raw value to what it means; None says nothing."""
        states = ("granted", "denied", "withdrawn", "pending", "bounced")
        told: dict[Scalar, str | None] = {raw: state for state in states for raw in getattr(self, state)}
        return told | dict.fromkeys(self.unknown)

    @property
    def times(self) -> dict[str, str]:
        """Where the time of each thing that can be said stands."""
        if isinstance(self.time, str):
            return dict.fromkeys(("granted", "denied", "withdrawn", "pending", "bounced"), self.time)
        return {str(state): path for state, path in (self.time or {}).items()}

    @property
    def writes(self) -> dict[str, Scalar]:
        """The raw value for a grant and for a denial, where there is one."""
        denials = [*self.denied, *self.withdrawn]
        firsts = {"granted": self.granted[:1], "denied": denials[:1]}
        return {state: raw[0] for state, raw in firsts.items() if raw}

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        lists = (self.granted, self.denied, self.withdrawn, self.pending, self.bounced, self.unknown)
        if clash := _twice(table_key(raw) for values in lists for raw in values):
            raise ValueError(f"{clash!r} stands twice; every value of the system has one meaning")
        if not (self.granted or self.denied or self.withdrawn):
            raise ValueError("expected values for `granted`, `denied` or `withdrawn`")
        if (self.among is None) != (self.where is None):
            raise ValueError("`in` and `where` go together: a list, and the keys that choose its element")
        return self


class AlwaysKind(Written):
    """Every record of this resource is of one kind."""

    always: CustomerKind


class KindByPresence(Written):
    """The kind follows from whether something is filled in."""

    present: PathText
    then: CustomerKind
    otherwise: CustomerKind = Field(alias="else")


class Example(Written):
    """Either a record and what it means, or a change to the record above it and what that sends."""

    raw: dict[str, Any] | None = None
    canonical: dict[Name, Any] | None = None
    """Fields, and `kind` where it matters; a group value as a mapping of its parts."""
    change: dict[Name, Any] | None = Field(default=None, min_length=1)
    sends: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_sort(self) -> Self:
        given = self.model_fields_set
        if given not in ({"raw", "canonical"}, {"change", "sends"}):
            raise ValueError("expected `raw` with `canonical`, or `change` with `sends`")
        return self


class EntityMapping(Written):
    """All that one system's records mean for one entity."""

    resource: str | None = None
    kind: AlwaysKind | KindByPresence = AlwaysKind(always="person")
    fields: dict[Name, FieldForm] = Field(min_length=1)
    consent: dict[Name, ConsentMapping] = {}
    """Per consent of the policy where it stands."""
    facts: dict[Name, FactForm] = {}
    """Per fact of the policy that this system knows: where it stands. Read only."""
    constant: dict[PathText, Scalar] = {}
    """Raw values that a new record gets and that are never read."""
    external_id: dict[Name, PathText] = {}
    """Per other system: where the id of the record over there stands. Read only."""
    examples: list[Example] = []

    @model_validator(mode="after")
    def _a_change_has_a_record(self) -> Self:
        if self.examples and self.examples[0].raw is None:
            raise ValueError("examples.0: a `change` needs a `raw` above it")
        return self


MappingFile = dict[Name, EntityMapping]
"""One file: the entities of one system."""
