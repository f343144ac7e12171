"""Raw pieces to a canonical value and back: one value, one of a table, a name with infix, a group of parts.

Where the pieces stand in a payload is a lens's business. The piece of a value that has only one is called "".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from reconcile.errors import RecordError
from reconcile.mapping.model import table_key
from reconcile.mapping.paths import Scalar, is_blank, wrong_shape
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, CLEAR, Golden, Seen, Value

Pieces = Mapping[str, object]
ONE = ""

_WITHOUT_ACCENT = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d"}
    | {"Đ": "D", "þ": "th", "Þ": "Th", "ı": "i", "’": "'", "‘": "'", "–": "-"}
)


def as_is(value: Golden) -> Seen:
    """How a system without declared loss shows a value."""
    return BLANK if value is CLEAR else value


def fold(text: str) -> str:
    """The text in ASCII letters; what has no such letters stays."""
    spread = unicodedata.normalize("NFKD", text.translate(_WITHOUT_ACCENT))
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


@dataclass(frozen=True, slots=True)
class Loss:
    """What a system is declared not to keep."""

    length: int | None = None
    ascii: bool = False

    def __bool__(self) -> bool:
        return self.ascii or self.length is not None

    def keep(self, raw: object) -> object:
        """What is left of a raw value."""
        if not isinstance(raw, str):
            return raw
        text = fold(raw) if self.ascii else raw
        return text if self.length is None else text[: self.length].rstrip()

    def refuses(self, raw: object) -> str | None:
        if self.ascii and isinstance(raw, str) and not fold(raw).isascii():
            return "has letters that this system cannot keep, not even without accents"
        return None


@dataclass(frozen=True, slots=True)
class ValueTable:
    """Raw values and what they mean, one to one where it is written."""

    place: str
    meaning: Mapping[str, Value]
    """By `table_key` of the raw value."""
    raw: Mapping[Hashable, Scalar]
    """By key of the canonical value."""
    keys: Mapping[str, Hashable] = field(default_factory=dict)
    """Key of the canonical value, by `table_key` of the raw one."""

    def read(self, raw: object) -> Value:
        """Raises RecordError for a value that is not in the table: nobody said what it means."""
        if isinstance(raw, Mapping | list | tuple):
            raise wrong_shape(self.place, "a single value", raw)
        try:
            return self.meaning[table_key(raw)]
        except KeyError:
            raise RecordError(
                f"{self.place}: shows a value that `values` does not list; add it there"
            ) from None

    def write(self, key: Hashable, like: object) -> Scalar:
        """The raw value, as text where the system shows text; what is shown where that means the same.

        Raises ValueError when there is none.
        """
        if not is_blank(like) and isinstance(like, str | int) and self.keys.get(table_key(like)) == key:
            return like
        if key not in self.raw:
            raise ValueError(f"{self.place}: `values` has no raw value for this; ask `refuses` first")
        raw = self.raw[key]
        return table_key(raw) if isinstance(like, str) and not is_blank(like) else raw


class Codec(Protocol):
    """Raw pieces to a canonical value and back."""

    @property
    def type(self) -> SemanticType: ...

    @property
    def lossy(self) -> bool:
        """May it keep less than it is given?"""
        ...

    def decode(self, found: Pieces) -> Value:
        """The value of the pieces that are shown. Raises RecordError for a wrong shape."""
        ...

    def encode(self, value: Value, like: Pieces) -> dict[str, object]:
        """The raw pieces of a value that says something; `like` is what the system shows now."""
        ...

    def shown(self, value: Value) -> Value:
        """What the system keeps of it."""
        ...

    def refuses(self, value: Value) -> str | None:
        """Why the system cannot hold it; None if it can."""
        ...


@dataclass(frozen=True, slots=True)
class Single:
    """One raw value, read by its type."""

    type: SemanticType
    place: str
    loss: Loss = Loss()

    @property
    def lossy(self) -> bool:
        return bool(self.loss)

    def decode(self, found: Pieces) -> Value:
        raw = found[ONE]
        if is_blank(raw):
            return BLANK
        listed = self.type.several and isinstance(raw, list | tuple)
        if isinstance(raw, Mapping | list | tuple) and not self.type.parts and not listed:
            raise wrong_shape(self.place, "a single value", raw)
        return self.type.normalise(raw)

    def encode(self, value: Value, like: Pieces) -> dict[str, object]:
        return {ONE: self.loss.keep(self.type.house(value, like.get(ONE)))}

    def shown(self, value: Value) -> Value:
        return self.decode(self.encode(value, {}))

    def refuses(self, value: Value) -> str | None:
        return self.loss.refuses(self.type.house(value))


@dataclass(frozen=True, slots=True)
class Coded:
    """One raw value out of a table."""

    type: SemanticType
    table: ValueTable

    @property
    def lossy(self) -> bool:
        return False

    def decode(self, found: Pieces) -> Value:
        return BLANK if is_blank(found[ONE]) else self.table.read(found[ONE])

    def encode(self, value: Value, like: Pieces) -> dict[str, object]:
        return {ONE: self.table.write(self.type.key(value), like.get(ONE))}

    def shown(self, value: Value) -> Value:
        return value

    def refuses(self, value: Value) -> str | None:
        known = self.type.key(value) in self.table.raw
        return None if known else "is none of the values that this system knows"


@dataclass(frozen=True, slots=True)
class Infixed:
    """A name in two fields: "Berg" and "van der"."""

    type: SemanticType
    split: Callable[[Value], tuple[str, str]]
    place: str
    loss: Loss = Loss()

    @property
    def lossy(self) -> bool:
        return bool(self.loss)

    def decode(self, found: Pieces) -> Value:
        pieces = {"name": found["name"], "infix": found.get("infix")}
        if all(map(is_blank, pieces.values())):
            return BLANK
        for raw in pieces.values():
            if isinstance(raw, Mapping | list | tuple):
                raise wrong_shape(self.place, "single values", raw)
        return self.type.normalise(pieces)

    def encode(self, value: Value, like: Pieces) -> dict[str, object]:
        name, infix = self.split(value)
        return {"name": self.loss.keep(name), "infix": replace(self.loss, length=None).keep(infix)}

    def shown(self, value: Value) -> Value:
        return self.decode(self.encode(value, {}))

    def refuses(self, value: Value) -> str | None:
        return self.loss.refuses(" ".join(self.split(value)))


@dataclass(frozen=True, slots=True)
class Group:
    """The parts of one atomic value, each at its own place."""

    type: SemanticType
    wanted: tuple[str, ...]
    tables: Mapping[str, ValueTable]
    places: Mapping[str, str]
    lossy: bool
    """Not all of the type's parts can be shown by these."""

    def decode(self, found: Pieces) -> Value:
        for part, raw in found.items():
            if raw.__class__ is not str and isinstance(raw, Mapping) and raw:
                raise wrong_shape(self.places[part], "a value or a list of lines", raw)
        if all(map(is_blank, found.values())):
            return BLANK
        if not self.tables:
            return self.type.normalise(found)
        return self.type.normalise({part: self._meaning(part, raw) for part, raw in found.items()})

    def encode(self, value: Value, like: Pieces) -> dict[str, object]:
        shown = {part: self._meaning(part, raw) for part, raw in like.items()}
        pieces = self.type.write_parts(value, self.wanted, shown)
        for part, table in self.tables.items():
            if not is_blank(pieces.get(part)):
                pieces[part] = table.write(table_key(pieces[part]), like.get(part))
        return pieces

    def shown(self, value: Value) -> Value:
        return self.type.normalise(self.type.write_parts(value, self.wanted, {}))

    def refuses(self, value: Value) -> str | None:
        pieces = self.type.write_parts(value, self.wanted, {}) if self.tables else {}
        for part, table in self.tables.items():
            if not is_blank(pieces.get(part)) and table_key(pieces[part]) not in table.raw:
                return f"has a {part} that this system does not know"
        return None

    def _meaning(self, part: str, raw: object) -> object:
        return self.tables[part].read(raw) if part in self.tables and not is_blank(raw) else raw
