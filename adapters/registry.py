"""The kinds of systems, by name. A new kind is one module with a `KIND`, and one line here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.protocol import Adapter
from adapters.settings import KindSettings, Opening

MODULES: Mapping[str, str] = {
    "csv": "adapters.csvfile",
    "excel": "adapters.excelfile",
    "json": "adapters.plainjson",
    "mailchimp": "adapters.mailchimp",
    "magento": "adapters.magento",
    "memory": "adapters.memory",
    "moneybird": "adapters.moneybird",
    "nutshell": "adapters.nutshell",
    "rest": "adapters.rest",
    "sql": "adapters.sqltable",
    "vendure": "adapters.vendure",
}
"""Where each kind lives; a module is imported when its kind is first asked for."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of system: what people may set, and how to open one."""

    name: str
    settings: type[KindSettings]
    open: Callable[[str, Any, Opening], Adapter]
    """(the system's name, an instance of `settings`, opening)"""


class _Kinds(Mapping[str, Kind]):
    def __getitem__(self, name: str) -> Kind:
        kind: Kind = importlib.import_module(MODULES[name]).KIND
        return kind

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)


KINDS: Mapping[str, Kind] = _Kinds()
"""Every kind by name; an unknown name is a KeyError."""
