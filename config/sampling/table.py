"""Rows that somebody pointed at, before anybody says what they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconcile.errors import HubError
from reconcile.mapping.paths import spell
from reconcile.types.cleaning import clean, plain

SAMPLE = 2000
"""Rows that are looked at, spread over the whole."""

_TAIL = re.compile(r"(?:[_\W]*(?:\d+|export|kopie|copy|final|def|v\d+))+$")


class CannotSample(HubError):
    """What was pointed at cannot be read, or no project can be drafted from it."""


@dataclass(frozen=True, slots=True)
class Table:
    """One file, one sheet, one table or one list of records."""

    source: str
    """A name for the whole file, database or address."""
    kind: str
    origin: str
    """What people call it: klanten.xlsx, Blad1."""
    settings: Mapping[str, object]
    """Its keys in hub.yaml, without `key` and `modified`."""
    columns: Mapping[str, Sequence[object]]
    """Values by column, all of one length; a place in each is one row."""
    rows: int
    unique: frozenset[str]
    """Columns of which the values name each row."""
    resource: str | None = None
    """The sheet, table or list, where there may be several."""
    primary: str | None = None
    """The column that the system itself knows its records by."""
    nested: bool = False
    """Columns are dotted paths already."""
    found: str = ""
    """How it is written: utf-8, ';'."""
    unread: int = 0
    """Rows that cannot be read as a record."""
    lists: tuple[str, ...] = ()
    """Paths that hold lists, which no column can stand for."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Environment variables that the settings name, as they have to be set."""

    def path(self, column: str) -> str:
        """The column as mappings write it."""
        return column if self.nested else spell((column,))

    def sample(self, column: str) -> Sequence[object]:
        """No more than SAMPLE values of a column, spread over all of them, the same rows for every column."""
        values = self.columns[column]
        return values[:: max(1, -(-len(values) // SAMPLE))]


def unique_columns(columns: Mapping[str, Sequence[object]]) -> frozenset[str]:
    """The columns that are filled in everywhere and never twice the same."""
    found = set()
    for name, values in columns.items():
        texts = [clean(value) for value in values]
        if all(texts) and len(set(texts)) == len(texts):
            found.add(name)
    return frozenset(found)


def system_name(text: str) -> str:
    """klanten_2026 is klanten, Web Shop is web_shop."""
    bare = plain(Path(text).name)
    bare = _TAIL.sub("", bare) or bare
    name = re.sub(r"[^a-z0-9]+", "_", bare).strip("_")
    usable = name[:1].isalpha() and name not in ("null", "true", "false")
    return name if usable else f"system_{name}".rstrip("_")
