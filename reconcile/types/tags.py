"""Sets of words: segments, groups, interests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from reconcile.types.base import HIDDEN, SemanticType, register
from reconcile.types.cleaning import clean, fold
from reconcile.values import BLANK, Value

_TAG = re.compile(r'"([^"]*)"|([^;,|\r\n"]+)')
_SEPARATOR = re.compile(r"[;,|\n]")


@register
class Tags(SemanticType):
    """Words without order or doubles; fewer say less. From a list, or from a text with ";" "," or "|" between
    them; there a word that holds one of those stands in quotes.
    """

    name = "tags"
    several = True
    examples: ClassVar[tuple[object, ...]] = (
        "a; b, c",
        "a;b",
        "b;A",
        "vip",
        "VIP",
        "vip|nieuw",
        '"Utrecht, Oost"; vip',
        "vip, , nieuw",
        "a",
    ) + (
        ["vip", "nieuw"],
        ["nieuw", "VIP", "vip"],
        ["Utrecht, Oost"],
        ("a", "b", "c"),
        [],
        "Café",
        12,
    )

    def normalise(self, raw: object) -> Value:
        words = [clean(word).replace('"', "'") for word in _words(raw)]
        unique = {fold(word): word for word in sorted(words, reverse=True) if word}
        return tuple(unique[key] for key in sorted(unique)) or BLANK

    def key(self, value: Value) -> tuple[str, ...] | None:
        return tuple(map(fold, value)) if isinstance(value, tuple) else None

    def match(self, value: Value) -> str:
        """Nobody is found by a tag."""
        return ""

    def within(self, a: Value, b: Value) -> bool:
        return set(self.key(a) or ()) <= set(self.key(b) or ())

    def cut(self, a: Value, b: Value) -> bool:
        return False

    def mask(self, value: Value) -> str:
        return HIDDEN if value is not BLANK else ""

    def show(self, value: Value) -> str:
        return "; ".join(value) if isinstance(value, tuple) else ""

    def house(self, value: Value, like: object = None) -> object:
        """A list; a text where the system shows one, with the separator it shows."""
        if not isinstance(value, tuple):
            return value
        if not isinstance(like, str):
            return list(value)
        found = _SEPARATOR.search(like)
        between = {",": ", ", "|": "|", "\n": "\n"}.get(found[0], "; ") if found else "; "
        return between.join(f'"{word}"' if _SEPARATOR.search(word) else word for word in value)


def _words(raw: object) -> Iterable[object]:
    if isinstance(raw, list | tuple | set | frozenset):
        return raw
    text = raw if isinstance(raw, str) else clean(raw)
    return [quoted or bare for quoted, bare in _TAG.findall(text)]
