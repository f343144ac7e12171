"""A whole name in one place: "Ada van der Berg" or "Berg, Ada van der" is a given name and a family name.

Where the one ends and the other begins is told by the first infix ("van der"), else the last word is the
family name; before a comma stands the family name. A family name of two words is therefore written with a
comma, and what would be read back otherwise even then is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from reconcile.mapping.codecs import ONE, Pieces
from reconcile.mapping.model import FieldMapping
from reconcile.mapping.paths import is_blank, wrong_shape
from reconcile.types.base import SemanticType
from reconcile.values import Golden, Value

GIVEN, FAMILY = 0, 1
STANDS_IN = "Xx"  # any name, where only the other one matters
Halves = tuple[str, str]
"""(given name, family name)"""


@runtime_checkable
class HasInfix(Protocol):
    """A type that knows the infix of a name."""

    def write_infix(self, value: Value, wants_infix: bool) -> tuple[str, str]: ...


@dataclass(frozen=True, slots=True)
class WholeName:
    """How two names stand together in one text."""

    fields: tuple[str, str]
    """(the given name's field, the family name's)"""
    types: tuple[SemanticType, SemanticType]
    family_first: bool
    """Written with the family name first and a comma."""

    def split(self, text: str) -> Halves:
        """Both names of a text; one that is not there is empty. A lone word is a family name."""
        front, comma, back = (part.strip() for part in text.partition(","))
        if comma:
            words = back.split()
            at = next((n for n in range(1, len(words)) if self._is_infix(words[n:])), len(words))
            return " ".join(words[:at]), " ".join([*words[at:], *front.split()])
        words = front.split()
        starts = (n for n in range(len(words)) if self._infix(" ".join(words[n:])))
        at = next(starts, max(len(words) - 1, 0))
        return " ".join(words[:at]), " ".join(words[at:])

    def join(self, halves: Halves, comma: bool = False) -> str:
        """The text that `split` reads back: in the declared order, or with a comma where one stands already
        or nothing else tells the names apart.

        Raises ValueError for names that one text cannot hold.
        """
        given, family = halves
        if given and not (family or comma):
            raise ValueError("cannot stand there without a family name")
        turned = f"{family}, {given}" if given else family
        forms = [turned] if comma or self.family_first else [f"{given} {family}".strip(), turned]
        for text in (*forms, f"{family},"):
            if self.split(text) == halves:
                return text
        raise ValueError("cannot be told from the other name in one text")

    def refuses(self, which: int, value: Value) -> str | None:
        """Why one of the names cannot be told from the other there; None when it can."""
        text = self.spelled(which, value)
        try:
            self.join((text, STANDS_IN) if which == GIVEN else (STANDS_IN, text))
        except ValueError as error:
            return str(error)
        return None

    def spelled(self, which: int, value: Golden) -> str:
        """A name as it is written there; "" for one that is to be empty."""
        return "" if not isinstance(value, str) else " ".join(str(self.types[which].house(value)).split())

    def _infix(self, text: str) -> str:
        family = self.types[FAMILY]
        assert isinstance(family, HasInfix), "compile_mapping takes no other"
        return family.write_infix(text, True)[1]

    def _is_infix(self, words: list[str]) -> bool:
        text = " ".join(words)
        return self._infix(f"{text} {STANDS_IN}") == text


@dataclass(frozen=True, slots=True)
class HalfOfName:
    """One of the names of a text that holds two."""

    name: WholeName
    which: int
    place: str

    @property
    def type(self) -> SemanticType:
        return self.name.types[self.which]

    @property
    def lossy(self) -> bool:
        return False

    def decode(self, found: Pieces) -> Value:
        return self.type.normalise(self.halves(found)[self.which])

    def halves(self, found: Pieces) -> Halves:
        """Both names that a place shows. Raises RecordError for what is no text."""
        raw = found.get(ONE)
        if is_blank(raw):
            return "", ""
        if isinstance(raw, Mapping | list | tuple):
            raise wrong_shape(self.place, "a single value", raw)
        return self.name.split(str(raw))

    def encode(self, value: Value, like: Pieces) -> dict[str, object]:
        """The whole text with this name in it and the other as it was."""
        return {ONE: self.name.join(self.replaced(self.halves(like), value), self.turned(like))}

    def turned(self, found: Pieces) -> bool:
        """Does a place show the family name first?"""
        return "," in str(found.get(ONE) or "")

    def replaced(self, halves: Halves, value: Golden) -> Halves:
        """Both names, this one being the value."""
        text = self.name.spelled(self.which, value)
        return (text, halves[FAMILY]) if self.which == GIVEN else (halves[GIVEN], text)

    def shown(self, value: Value) -> Value:
        return value

    def refuses(self, value: Value) -> str | None:
        return self.name.refuses(self.which, value)


def half_of(field: str, order: Sequence[str], types: Mapping[str, SemanticType], place: str) -> HalfOfName:
    """The half that a field is; `order` as the mapping has it, without `complaint`."""
    family = next(name for name in order if isinstance(types[name], HasInfix))
    given = next(name for name in order if name != family)
    whole = WholeName((given, family), (types[given], types[family]), order[0] == family)
    return HalfOfName(whole, FAMILY if field == family else GIVEN, place)


def complaint(
    field: str, fields: Mapping[str, FieldMapping], types: Mapping[str, SemanticType]
) -> str | None:
    """Why a field's `order` cannot work; None when it can."""
    written = fields[field]
    order = written.order or []
    if field not in order or len(set(order)) != len(order):
        return f"names two fields, this one among them: [{field}, …]"
    place = (written.path, written.among, written.where, written.order)
    for name in order:
        other = fields.get(name)
        if other is None or (other.path, other.among, other.where, other.order) != place:
            return f"{name} needs the same `path` and `order`; the two are read from one text"
    if sum(isinstance(types.get(name), HasInfix) for name in order) != 1:
        return "holds a given name and a family name; one of the two, and only one, is of type family_name"
    return None
