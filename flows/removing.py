"""Taking records away: what an archive or a delete looks at before, and what its read-back says.

It goes through the protocol of every write. Its entry names what the record was known to show, twice: that is
what must still be there, and there is nothing else to be shown afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.protocol import Outcome, SourceRecord
from reconcile.errors import RecordError
from reconcile.mapping.compiled import CompiledMapping
from reconcile.mapping.judging import unchanged
from reconcile.state.outbox import Entry


def removes(entry: Entry) -> bool:
    """Is it to take a record away?"""
    return entry.action in ("archive", "delete")


def is_away(entry: Entry, now: SourceRecord) -> bool:
    """Is the record as the entry wants it: gone, or archived?"""
    return now.deleted if entry.action == "delete" else not now.deleted and not now.in_scope


def objection(entry: Entry, now: SourceRecord, values: Mapping[int, Any], mapping: CompiledMapping) -> str:
    """Why a record that is there must not be taken away, or "": somebody changed it since it was known."""
    if now.deleted:
        return "it is gone"
    if not now.in_scope:
        return "somebody archived it"
    try:
        _, read = mapping.read(now.payload)
    except RecordError as error:
        return str(error)
    moved = [
        name
        for name, (_, known, _) in entry.fields.items()
        if known and not unchanged(mapping, name, read, values[known])
    ]
    return f"{moved[0]} changed since it was read" if moved else ""


def read_back(entry: Entry, outcome: Outcome, shown: SourceRecord | None) -> Outcome:
    """What became of it: away, still there, or nobody knows."""
    if shown is None:
        return Outcome(entry.key, "unknown", None, "it could not be looked for afterwards")
    if is_away(entry, shown):
        return Outcome(entry.key, "applied", shown, outcome.detail)
    if shown.deleted:
        return Outcome(entry.key, "stale", shown, "it is gone")
    return Outcome(entry.key, "rejected", shown, f"it accepted the {entry.action} and still shows the record")
