"""Plain scalars as YAML 1.2 reads them: `NO` is a country, `0612345670` a phone number, `12:30` a time.

The scalars are those of the 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema) with one
reserve: whatever a number would lose stays text, that is leading zeros, a plus sign, octal and
hexadecimal notation, and anything beyond 15 digits.
"""

from __future__ import annotations

import re

import yaml
from yaml.nodes import Node, ScalarNode, SequenceNode

CORE = "tag:yaml.org,2002:"
MOST_DIGITS = 15  # what a double, and so any JSON reader, holds exactly

INT = re.compile(r"-?(0|[1-9][0-9]*)")
FLOAT = re.compile(
    r"-?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), "bool"),
    **dict.fromkeys(("false", "False", "FALSE"), "bool"),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), "null"),
}


def scalar_tag(text: str) -> str:
    """The 1.2 core type of a plain scalar: null, bool, int, float or str."""
    if text in _WORDS:
        return _WORDS[text]
    if sum(c.isdigit() for c in re.split("[eE]", text)[0]) > MOST_DIGITS:
        return "str"
    if INT.fullmatch(text):
        return "int"
    return "float" if FLOAT.fullmatch(text) else "str"


class Loader(yaml.SafeLoader):
    """PyYAML's scanner and parser, with the 1.2 reading of plain scalars."""

    def resolve(self, kind: type[Node], value: str | None, implicit: tuple[bool, bool] | bool) -> str:
        if kind is ScalarNode:
            plain = isinstance(implicit, tuple) and implicit[0]
            return CORE + (scalar_tag(value or "") if plain else "str")
        return CORE + ("seq" if kind is SequenceNode else "map")
