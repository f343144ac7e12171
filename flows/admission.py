"""What is believed of a list, and what only of a record that is read by its id (sync-semantics §7.6, §11)."""

from __future__ import annotations

from adapters.protocol import SourceRecord
from flows.hub import Hub
from reconcile import times
from reconcile.state import outbox
from reconcile.state.staging import Known


def may_be_older(record: SourceRecord, known: Known, sure_before: str) -> bool:
    """May what a list shows be older than what is stored?

    `sure_before`: the moment whose state the list surely shows.
    """
    if known.presence != "present" or known.read_at > sure_before:
        return True
    if record.modified_at and known.modified_at and times.iso(record.modified_at) < known.modified_at:
        return True
    numbers = (record.version or "", known.version or "")
    return all(number.isdecimal() for number in numbers) and int(numbers[0]) < int(numbers[1])


def create_in_doubt(hub: Hub, system: str, now: str) -> bool:
    """Had a create of unknown fate the time it may take? Only a whole list says that it is not there."""
    with hub.store.read() as conn:
        late = outbox.work(conn, hub.entity, system, outbox.UNKNOWN, now)
    return any(entry.record is None for entry in late)
