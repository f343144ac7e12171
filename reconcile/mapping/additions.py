"""What goes along with a write and no field holds: constants of a new record, and of a new list element."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from reconcile.mapping.lenses import Draft, Lens
from reconcile.mapping.model import EntityMapping, FieldMapping, WhenAbsent
from reconcile.mapping.paths import Path, Scalar, Selector, parse_path, put, spell
from reconcile.mapping.whole_names import HalfOfName, HasInfix
from reconcile.values import BLANK, CLEAR, Golden, Value

Spell = Callable[[Value], object]
"""A canonical value as it is written there."""
Values = Mapping[str, Golden]
Complaint = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Addition:
    """What a list element gets when a write makes it."""

    constants: tuple[tuple[Path, Scalar], ...] = ()
    copies: tuple[tuple[Path, str, Spell], ...] = ()
    """(where in the element, the field, how it is spelled there)"""

    def fill(self, element: dict[str, object], known: Values) -> None:
        """Add what the element does not have yet; a copy of a value that nobody knows is left out."""
        for path, raw in self.constants:
            _add(element, path, raw)
        for path, name, spelled in self.copies:
            value = known.get(name, BLANK)
            if value is not BLANK and value is not CLEAR:
                _add(element, path, spelled(value))


@dataclass(frozen=True, slots=True)
class Additions:
    """Everything of the kind in one mapping."""

    constants: tuple[tuple[Path, Scalar], ...] = ()
    """Of a new record."""
    elements: Mapping[Selector, Addition] = field(default_factory=dict)

    def begin(self, draft: Draft) -> None:
        """The constants of a new record."""
        for path, raw in self.constants:
            put(draft.patch, path, raw, spell(path))

    def end(self, draft: Draft, known: Callable[[], Values]) -> None:
        """Complete the elements that were made."""
        for selector, addition in self.elements.items():
            made = draft.elements.get((selector.path, selector.where))
            if made is not None:
                addition.fill(made, known())


def additions(mapping: EntityMapping, lenses: Mapping[str, Lens]) -> Additions:
    """What the mapping declares; `complaints` is empty when this can work."""
    elements = {}
    for name, written in mapping.fields.items():
        lens = lenses.get(name)
        if written.when_absent and lens and lens.selector:
            absent = written.when_absent
            constants = tuple((parse_path(path), raw) for path, raw in absent.create.items())
            copies = tuple(
                (parse_path(path), other, _speller(lenses[other])) for path, other in absent.copies.items()
            )
            elements[lens.selector] = Addition(constants, copies)
    return Additions(tuple((parse_path(path), raw) for path, raw in mapping.constant.items()), elements)


def complaints(mapping: EntityMapping, lenses: Mapping[str, Lens]) -> Iterator[Complaint]:
    """What cannot work: places that a field writes, copies of nothing, one element made in two ways."""
    taken = [(name, path) for name, lens in lenses.items() for path in _places(lens)]
    for text in mapping.constant:
        path = parse_path(text)
        for name, other in taken:
            if _meet(path, other):
                yield ("constant", text), f"is a place of {name}; a constant has one of its own"
                break
    made: dict[Selector, str] = {}
    for name, written in mapping.fields.items():
        lens = lenses.get(name)
        if written.when_absent is None or lens is None or lens.selector is None:
            continue
        if lens.selector in made:
            at = ("fields", name, "when_absent")
            yield at, f"{made[lens.selector]} tells this of the same element; write it once"
        made[lens.selector] = name
        yield from _complaints(name, written, lens.selector, lenses)


def _complaints(
    whose: str, written: FieldMapping, selector: Selector, lenses: Mapping[str, Lens]
) -> Iterator[Complaint]:
    absent = written.when_absent or WhenAbsent()
    inside = {name: lens for name, lens in lenses.items() if lens.selector == selector}
    keys = dict(selector.where)
    for text, raw in absent.create.items():
        at = ("fields", whose, "when_absent", "create", text)
        if keys.get(text, raw) != raw:
            yield at, "is another value than that of `where`; the element would not be found again"
        for name in _holding(text, inside):
            yield at, f"is a place of {name}; leave it out"
    for text, copied in absent.copies.items():
        at = ("fields", whose, "when_absent", "copy", text)
        if copied not in lenses:
            yield at, f"{copied} is no field of this mapping; copy one that is"
        elif len(lenses[copied].slots) > 1 and not isinstance(lenses[copied].codec.type, HasInfix):
            yield at, f"{copied} has parts; copy a field with a single value"
        for name in _holding(text, inside):
            if name != copied:
                yield at, f"is a place of {name}; leave it out"


def _holding(text: str, lenses: Mapping[str, Lens]) -> Iterator[str]:
    path = parse_path(text)
    return (name for name, lens in lenses.items() if any(_meet(path, slot.path) for slot in lens.slots))


def _speller(lens: Lens) -> Spell:
    """A copy has the notation of the place that it is copied from, in one piece."""
    single, codec = len(lens.slots) == 1, lens.codec

    def spelled(value: Value) -> object:
        if single and codec.refuses(value) is None and not isinstance(codec, HalfOfName):
            return next(iter(codec.encode(value, {}).values()))
        return codec.type.house(value)

    return spelled


def _places(lens: Lens) -> Iterator[Path]:
    if lens.selector:
        yield lens.selector.path
    else:
        yield from (slot.path for slot in lens.slots)


def _meet(one: Path, other: Path) -> bool:
    return one[: len(other)] == other or other[: len(one)] == one


def _add(element: dict[str, object], path: Path, raw: object) -> None:
    *parents, name = path
    for parent in parents:
        below = element.setdefault(parent, {})
        if not isinstance(below, dict):
            return
        element = below
    element.setdefault(name, raw)
