"""What a read-back says of a write (sync-semantics §8): as meant, ignored, restyled or edited after us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from adapters.protocol import Change, Outcome, SourceRecord
from flows.hub import Hub
from flows.removing import removes
from reconcile.errors import RecordError
from reconcile.mapping.judging import alike
from reconcile.state.outbox import Entry
from reconcile.values import Golden, Value


@dataclass(frozen=True, slots=True)
class Prepared:
    """One entry on its way: what it found, what it sends, what became of it."""

    entry: Entry
    values: Mapping[int, Any]
    now: SourceRecord | None
    """The record as read just before."""
    change: Change | None = None
    outcome: Outcome | None = None
    own: str | None = None
    """The record's version right after our write, when the system's answer told."""
    edited: bool = False
    """Somebody edited the record after our write, and before it was read back."""
    doubtful: bool = False
    """There is a trace of an edit between our reading and the reading back: ours may have overwritten it."""

    @property
    def status(self) -> str:
        return self.outcome.status if self.outcome else ""

    def desired(self, name: str) -> Golden:
        value: Golden = self.values[self.entry.fields[name][0]]
        return value


def judge(hub: Hub, system: str, one: Prepared) -> Prepared:
    """The write with what its read-back says; one that was accepted and ignored is rejected."""
    assert one.outcome is not None
    if one.outcome.status != "applied" or one.outcome.record is None or removes(one.entry):
        return one
    first, last = _versions(hub, system, one)
    odd = strange(hub, system, one)
    edited = bool(odd) and first is not None and first != last
    if odd == set(one.entry.fields) and not edited and _as_before(hub, system, one):
        ignored = replace(one.outcome, status="rejected", detail="it accepted the write and changed nothing")
        return replace(one, outcome=ignored)
    unexplained = bool(odd) and (first is None or edited)  # else: the system shows it in its own way
    return replace(one, edited=edited, doubtful=unexplained or _jumped(hub, system, one, one.own or last))


def _versions(hub: Hub, system: str, one: Prepared) -> tuple[str | None, str | None]:
    """The record's versions right after our own write, if that can be known, and when it was read back."""
    assert one.outcome is not None and one.outcome.record is not None
    before, own = _before(one), one.own
    if own is None and before and before.isdecimal() and _counts_writes(hub, system):
        own = str(int(before) + 1)
    return own, one.outcome.record.version


def _before(one: Prepared) -> str | None:
    """The version on which the write was made, also of one that an earlier run sent."""
    return one.now.version if one.now else one.entry.version


def _jumped(hub: Hub, system: str, one: Prepared, after: str | None) -> bool:
    """Where versions count writes: was there another one between our reading and ours?"""
    before = _before(one)
    if not (before and after and before.isdecimal() and after.isdecimal() and _counts_writes(hub, system)):
        return False
    return int(after) > int(before) + 1


def _counts_writes(hub: Hub, system: str) -> bool:
    return hub.adapters[system].capabilities(hub.entity).counts_writes


def strange(hub: Hub, system: str, one: Prepared) -> set[str]:
    """Fields that do not show what was written, as far as the system can show it."""
    mapping = hub.mappings[system]
    if one.outcome is None or one.outcome.record is None or removes(one.entry):
        return set()
    _, read = _reading(hub, system, one.outcome.record)
    return {name for name in one.entry.fields if not alike(mapping, name, read, one.desired(name))}


def _as_before(hub: Hub, system: str, one: Prepared) -> bool:
    if one.now is None or one.outcome is None or one.outcome.record is None:
        return False
    _, before = _reading(hub, system, one.now)
    _, after = _reading(hub, system, one.outcome.record)
    return all(before.get(name) == after.get(name) for name in one.entry.fields)


def _reading(hub: Hub, system: str, record: SourceRecord) -> tuple[str, dict[str, Value]]:
    try:
        return hub.mappings[system].read(record.payload)
    except RecordError:
        return "person", {}
