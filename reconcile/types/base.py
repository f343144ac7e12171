"""What every semantic type promises. A new type is one small file that registers one class.

Laws, each tested for every registered type, over its `examples` and what can be made of them:

* `normalise` is total (never raises) and idempotent: normalise(house(normalise(x))) == normalise(x).
* `within` is a partial order on the values it is given (up to equal keys): reflexive, transitive,
  antisymmetric; a blank says nothing and lies within everything.
* `key(a) == key(b)` means: one value in two notations, no difference to anybody.
* What cannot be understood stays as clean text, and `validate` says why; nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import ClassVar

from reconcile.errors import HubError
from reconcile.values import BLANK, Value

CUT_LENGTH = 8  # sync-semantics: `cut` needs at least 8 characters to be evidence of a loss
HIDDEN = "•••"  # always three: the length is no one's business either


class BadOption(HubError):
    """A policy tells a type something that it cannot use."""

    def __init__(self, option: str, found: str, expected: str) -> None:
        super().__init__(f"{option}: found {found}, expected {expected}")
        self.option, self.found, self.expected = option, found, expected


class SemanticType:
    """One sort of value: how it reads, compares, orders, proves itself valid, hides and prints."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    """Grows when `normalise` changes its answers, so that stored observations are re-read."""
    parts: ClassVar[tuple[str, ...]] = ()
    """For a group type: the names of the tuple's places."""
    examples: ClassVar[tuple[object, ...]] = ()
    """Raw values as systems show them, right and wrong ones: the tests of the laws start from these."""
    takes: ClassVar[Mapping[str, object]] = {}
    """What a policy may tell it about a field: names, each with the value that `examples` are read under."""
    several: ClassVar[bool] = False
    """Is one value made of many, which systems may show as a list?"""
    closed: ClassVar[bool] = False
    """Are all its values listed? Then one that is understood is meant, and no placeholder."""

    def __init__(self, region: str = "NL", today: date | None = None, **options: object) -> None:
        """`today` is for what depends on it; `options` are those of `takes`. Raises BadOption."""
        self.region = region
        self.today = today
        self.options = options

    @property
    def reading(self) -> tuple[object, ...]:
        """All that `normalise` depends on, as JSON can hold it."""
        return (self.name, self.version, self.region, self.options)

    def normalise(self, raw: object) -> Value:
        """The canonical value of whatever a system shows; blank for what says nothing. Never raises."""
        raise TypeError(f"{self.name} has no reading of its own")

    def key(self, value: Value) -> Hashable:
        """What two notations of one canonical value have in common."""
        return value

    def match(self, value: Value) -> str:
        """What two records must share to be compared on this field; "" when it cannot serve."""
        return "" if value is BLANK else str(self.key(value))

    def within(self, a: Value, b: Value) -> bool:
        """Does `a` say nothing that `b` does not say?"""
        return a is BLANK or self.key(a) == self.key(b)

    def cut(self, a: Value, b: Value) -> bool:
        """Is `a` only the beginning of `b`? Evidence of a loss; it never absorbs a candidate."""
        return isinstance(a, str) and isinstance(b, str) and is_cut(a, b)

    def validate(self, value: Value) -> str | None:
        """Why this canonical value cannot be right, in words that do not hold it; None if it can."""
        return None

    def mask(self, value: Value) -> str:
        """Enough of the value to recognise it, too little to use it."""
        return hide(self.show(value))

    def show(self, value: Value) -> str:
        """The value as a person likes to read it."""
        return "" if value is BLANK else str(value)

    def sort_key(self, value: Value) -> str:
        """Where the value stands in a list."""
        return self.show(value).casefold()

    def house(self, value: Value, like: object = None) -> object:
        """The value in house style, ready to be written; `like` is what the system shows now."""
        return value

    def write_parts(
        self, value: Value, wanted: Sequence[str], like: Mapping[str, object]
    ) -> dict[str, object]:
        """A group value as the named raw parts, in the shapes that `like` has."""
        raise TypeError(f"{self.name} has no parts")


def is_cut(a: str, b: str) -> bool:
    """Is `a` a proper beginning of `b`, whatever the case, and long enough to be no coincidence?"""
    return CUT_LENGTH <= len(a) < len(b) and b.casefold().startswith(a.casefold())


def hide(shown: str) -> str:
    """The first character of a text, unless that is most of it."""
    return (shown[:1] if len(shown) > 2 else "") + HIDDEN if shown else ""


_TYPES: dict[str, type[SemanticType]] = {}


def register(cls: type[SemanticType]) -> type[SemanticType]:
    """Make a type known by its name."""
    _TYPES[cls.name] = cls
    return cls


def registered() -> Mapping[str, type[SemanticType]]:
    """All types by name, in the order of their names."""
    return dict(sorted(_TYPES.items()))
