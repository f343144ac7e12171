"""A mapping turned into plain functions, once; nothing of pydantic is left on the hot path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as given

from reconcile.mapping.additions import Additions
from reconcile.mapping.codecs import as_is
from reconcile.mapping.consents import Evidence
from reconcile.mapping.lenses import Draft, Lens
from reconcile.mapping.paths import Payload, is_blank, wrong_shape
from reconcile.placeholders import Placeholders
from reconcile.records import CustomerKind
from reconcile.resolve import OnLoss
from reconcile.types.base import SemanticType
from reconcile.types.boolean import Boolean
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen, Value


@dataclass(frozen=True, slots=True)
class FieldTerms:
    """What may be done to one field in one system."""

    writable: bool
    required: bool
    clearable: bool
    on_loss: OnLoss
    lossy: bool
    """The system may keep less than it is given: compare with `shows`."""
    flagged: bool = False
    """The system tells whether it checked the value: see `verified`."""


@dataclass(frozen=True, slots=True)
class KindReader:
    """How a record says whether it is a person or an organisation."""

    get: Callable[[Payload], object]
    then: CustomerKind
    otherwise: CustomerKind

    def __call__(self, raw: Payload) -> CustomerKind:
        found = self.get(raw)
        return self.otherwise if found is MISSING or is_blank(found) else self.then


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """One system's meaning of one entity, readable both ways."""

    version: str
    """Changes if and only if the same payload may be read differently."""
    types: Mapping[str, SemanticType]
    terms: Mapping[str, FieldTerms]
    lenses: Mapping[str, Lens]
    reads: frozenset[str]
    """Top-level names of the payload that are read."""
    kind: Callable[[Payload], CustomerKind]
    readers: tuple[tuple[str, Callable[[Payload], Seen]], ...]
    identifiers: tuple[tuple[str, str, Callable[[Payload], object]], ...] = ()
    """(system, place for messages, getter)"""
    placeholders: Placeholders | None = None
    flags: tuple[tuple[str, Callable[[Payload], object]], ...] = ()
    """(field, getter of what says that its value was checked)"""
    consents: Mapping[str, Evidence] = given(default_factory=dict)
    """Of every consent that is mapped, by its name among the canonical values."""
    additions: Additions = given(default_factory=Additions)

    def read(self, raw: Payload) -> tuple[CustomerKind, dict[str, Value]]:
        """The kind and the canonical values that a payload shows; a field it does not show is absent,
        and a placeholder of the policy is a blank.

        Raises RecordError, naming the path, when the payload has another shape than the mapping says.
        """
        values: dict[str, Value] = {}
        for field, reader in self.readers:
            value = reader(raw)
            if value is not MISSING:
                values[field] = value
        if self.placeholders is not None:
            self.placeholders.blank(values)
        return self.kind(raw), values

    def write(self, raw: Payload | None, changes: Mapping[str, Golden]) -> dict[str, object]:
        """The patch, in the system's own shape, that makes these changes to a record and no others.

        `raw` is the record as it is now, None for one that is to be created. A list holds only the
        elements that change, each with its `where` keys and its id. Emptying writes null, or "" where a text
        stands now; what is absent or empty already is left alone. Raises KeyError for an unknown field,
        ValueError for a read-only one or a value the system cannot hold (`refuses` tells beforehand), and
        RecordError when two fields would write different values to one place.
        """
        draft = Draft(raw or {})
        if raw is None:
            self.additions.begin(draft)
        for field, golden in changes.items():
            lens = self.lenses[field]
            if not self.terms[field].writable:
                raise ValueError(f"{field} is `write: never` in this mapping; the plan must leave it out")
            lens.write(golden, draft)
        draft.finish()
        self.additions.end(draft, lambda: {**(self.read(raw)[1] if raw else {}), **changes})
        return draft.patch

    def refuses(self, field: str, golden: Golden) -> str | None:
        """Why the system cannot be given this value, without the value; None when it can."""
        terms = self.terms[field]
        if not terms.writable:
            return "is read-only in this system"
        if golden is not CLEAR and golden is not BLANK:
            return self.lenses[field].codec.refuses(golden)
        if terms.required or not terms.clearable:
            return "cannot be empty in this system"
        return None

    def shows(self, field: str) -> Callable[[Golden], Seen]:
        """How the system shows a value after its declared loss; `as_is` itself where there is none."""
        return self.lenses[field].shows if self.terms[field].lossy else as_is

    def verified(self, raw: Payload) -> list[str]:
        """The fields whose value the system says it checked; anything but a yes says nothing.

        Raises RecordError.
        """
        if not self.flags:
            return []
        return [field for field, get in self.flags if _YES.normalise(get(raw)) is True]

    def external_ids(self, raw: Payload) -> dict[str, str]:
        """Ids of this record in other systems, by system; blank ones are absent. Raises RecordError."""
        if not self.identifiers:
            return {}
        found = ((system, place, get(raw)) for system, place, get in self.identifiers)
        return {
            system: _identifier(place, shown)
            for system, place, shown in found
            if shown is not MISSING and not is_blank(shown)
        }


_YES = Boolean()


def _identifier(place: str, shown: object) -> str:
    if isinstance(shown, bool) or not isinstance(shown, str | int):
        raise wrong_shape(place, "an id", shown)
    return str(shown).strip()


def top_level(lenses: Iterable[Lens]) -> set[str]:
    """The top-level names that some lenses start from."""
    names: set[str] = set()
    for lens in lenses:
        names |= {lens.selector.path[0]} if lens.selector else {slot.path[0] for slot in lens.slots}
    return names
