"""From a payload to what the store keeps of it: the same for a page that is pulled and for one read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from flows.hub import Hub
from reconcile.link import external_name
from reconcile.records import VERIFIED
from reconcile.values import BLANK, Value

EXTERNALS = "@known as"
"""In a stored canonical document: names this record goes by elsewhere. No field has this name."""


class Reading(NamedTuple):
    """What a payload says."""

    kind: str
    values: dict[str, Value]
    externals: Sequence[str]
    canonical: bytes


class Reader:
    """Reads the payloads of one system under today's mapping and types."""

    def __init__(self, hub: Hub, system: str) -> None:
        self.system = system
        self.mapping = hub.mappings[system]
        self.version = hub.reading(system)
        self.linker = hub.linker
        self.referred = system in hub.referred
        judged = [name for name in self.mapping.types if name not in hub.book.facts]
        self.validators = [(name, hub.book.rule(name).type.validate) for name in judged]

    def read(self, id: str, payload: Mapping[str, Any]) -> Reading:
        """Raises RecordError when the payload has another shape than the mapping says."""
        kind, values = self.mapping.read(payload)
        externals, flags = self._externals(id, payload), self.mapping.verified(payload)
        if not externals and not flags:  # nearly always
            return Reading(kind, values, externals, orjson.dumps(values))
        more = ({EXTERNALS: externals} if externals else {}) | ({VERIFIED: flags} if flags else {})
        return Reading(kind, values, externals, orjson.dumps({**values, **more}))

    def keys(self, reading: Reading) -> tuple[int, ...]:
        """Its match keys."""
        return self.linker.keys(reading.kind, reading.values, reading.externals)

    def invalid(self, values: Mapping[str, Value]) -> bytes | None:
        """Field → why its value cannot be right, as the store keeps it; None when all can."""
        reasons = {}
        for name, validate in self.validators:
            value = values.get(name)
            if value is not BLANK and (reason := validate(value)):
                reasons[name] = reason
        return orjson.dumps(reasons) if reasons else None

    def _externals(self, id: str, payload: Mapping[str, Any]) -> list[str]:
        named = [external_name(other, its) for other, its in self.mapping.external_ids(payload).items()]
        if self.referred:
            named.append(external_name(self.system, id))
        return named
