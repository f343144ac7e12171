"""Where a value stands in a payload: dotted names, and one element of a list chosen by its keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from reconcile.errors import RecordError
from reconcile.values import MISSING, Mark

Path = tuple[str, ...]
Payload = Mapping[str, object]
Scalar = str | int | bool

_NAME = r"(?:[^.\\]|\\[.\\])+"
_PATH = re.compile(rf"{_NAME}(?:\.{_NAME})*")


def parse_path(text: str) -> Path:
    r"""The names of a dotted path; `\.` is a dot inside a name and `\\` a backslash.

    Raises ValueError, saying what was expected.
    """
    if not _PATH.fullmatch(text):
        raise ValueError(
            r'expected names with dots between them, such as properties.email (a literal dot is "\.")'
        )
    names = tuple(re.sub(r"\\(.)", r"\1", name) for name in re.findall(_NAME, text))
    if any(name.isdigit() for name in names):
        raise ValueError(
            "a path holds names, no positions; choose an element of a list with `in` and `where`"
        )
    return names


def spell(path: Path) -> str:
    """The path as people write it."""
    return ".".join(re.sub(r"([.\\])", r"\\\1", name) for name in path)


def is_blank(raw: object) -> bool:
    """Does a raw value say nothing: null, spaces, or a list or mapping of nothing?"""
    if isinstance(raw, str):
        return not raw or raw.isspace()
    if isinstance(raw, list | tuple):
        return all(is_blank(item) for item in raw)
    return raw is None or (isinstance(raw, Mapping) and not raw)


def wrong_shape(place: str, expected: str, found: object) -> RecordError:
    """What to say about a payload of another shape than the mapping declares; never the value."""
    return RecordError(
        f"{place}: expected {expected}, found {type(found).__name__}; correct this path in the mapping, "
        "or the record in its system"
    )


def getter(path: Path, inside: str = "") -> Callable[[Payload], object]:
    """A function that finds what stands at `path`; `inside` names the list for messages.

    It answers MISSING when a name is absent and None when something on the way is null; it raises
    RecordError where a name is asked of something that has no names.
    """
    if len(path) == 1:
        name = path[0]
        return lambda raw: raw.get(name, MISSING)

    def walk(raw: Payload) -> object:
        found: object = raw
        for depth, name in enumerate(path):
            if found.__class__ is not dict and not isinstance(found, Mapping):  # asking dict first is faster
                return _dead_end(found, inside + spell(path[:depth]))
            found = found.get(name, MISSING)
            if found is MISSING:
                return MISSING
        return found

    return walk


def _dead_end(found: object, place: str) -> object:
    if found is None or (isinstance(found, str) and is_blank(found)):
        return None
    if found == []:  # how PHP writes an empty mapping
        return MISSING
    raise wrong_shape(place, "a mapping", found)


@dataclass(frozen=True, slots=True)
class Selector:
    """The first element of a list whose keys equal all of `where`."""

    path: Path
    where: tuple[tuple[str, Scalar], ...]

    @property
    def place(self) -> str:
        """For messages."""
        return f"{spell(self.path)}[{', '.join(name for name, _ in self.where)}]."

    def find(self, raw: Payload) -> tuple[int, Payload] | Literal[Mark.MISSING] | None:
        """The element with its position; None when the list has none, MISSING when the list is not shown.

        Raises RecordError for anything that is not a list of mappings.
        """
        found = getter(self.path)(raw)
        if found is MISSING or is_blank(found):
            return MISSING if found is MISSING else None
        if not isinstance(found, list | tuple):
            raise wrong_shape(spell(self.path), "a list", found)
        for position, element in enumerate(found):
            if not isinstance(element, Mapping):
                raise wrong_shape(spell(self.path), "a list of mappings", element)
            if self.fits(element):
                return position, element
        return None

    def fits(self, element: Payload) -> bool:
        """Does this element have all the keys?"""
        return all(element.get(name, MISSING) == value for name, value in self.where)


def put(target: dict[str, object], path: Path, raw: object, place: str) -> None:
    """Set a value in a patch, making the mappings on the way.

    Raises RecordError when another field of the same mapping has put another value there.
    """
    *parents, name = path
    for parent in parents:
        below = target.setdefault(parent, {})
        assert isinstance(below, dict), "compile_mapping refuses paths that run through each other"
        target = below
    if name in target and target[name] != raw:
        raise RecordError(
            f"{place}: two fields would write different values to this one place; "
            "let one of them be `write: never`, or give the record an element for each"
        )
    target[name] = raw
