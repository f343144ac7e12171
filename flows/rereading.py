"""Records read one by one, because a system hinted at them or a person named them."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.errors import NotUnderstood, SystemOut
from adapters.protocol import SourceRecord
from flows import absence
from flows.hub import Hub
from flows.pull import PullReport, stage
from flows.shapes import known_shape, refuse_drift
from reconcile.errors import RecordError
from reconcile.state import aliases, hints, staging
from reconcile.state.engine import Lease


def reread(hub: Hub, lease: Lease, run: int, system: str, ids: Sequence[str]) -> PullReport:
    """Just these records, read by id and stored. No list is read and no cursor moves.

    Whatever was hinted about them before they were read is answered with it; a system that fails is out,
    and its hints wait on.
    """
    report = PullReport(system)
    with hub.store.read() as conn:
        merged = aliases.resolve(conn, hub.entity, system, ids)
        hinted = hints.about(conn, hub.entity, system, ids)
    try:
        shown = _shown(hub, system, list(dict.fromkeys(merged.get(id, id) for id in ids)))
    except (SystemOut, RecordError) as error:
        report.out = str(error)
        return report
    with hub.store.write(lease) as conn:
        report = stage(hub, conn, run, system, [record for record in shown if not record.deleted])
        report.gone += absence.doubt(hub, conn, run, system, [one.id for one in shown if one.deleted])
        hints.answered(conn, hub.entity, system, hinted)
    return report


def _shown(hub: Hub, system: str, ids: Sequence[str]) -> list[SourceRecord]:
    """The records as they are now. Raises SystemOut, also where a whole sync has to come first."""
    with hub.store.read() as conn:
        cursor = staging.get_cursor(conn, hub.entity, system)
    if cursor.full_scan_at is None:
        raise NotUnderstood(f"{system}: its records were never listed; run `klantbeeld sync` first")
    if cursor.drift:
        raise NotUnderstood(cursor.drift)
    shown = list(hub.adapters[system].fetch(hub.entity, ids))
    there = [record.payload for record in shown if not record.deleted and record.in_scope]
    refuse_drift(system, known_shape(hub, cursor), there)
    return shown
