"""A store that was restored from a backup holds older values than the systems: whom to believe."""

from __future__ import annotations

from reconcile.records import Customer, GoldenValue, Lineage
from reconcile.rulebook import Rulebook, Stamp
from reconcile.sides import view, with_roles
from reconcile.values import BLANK, CLEAR


def agreed(customer: Customer, book: Rulebook, stamp: Stamp) -> dict[str, GoldenValue]:
    """Field → what golden has to be: the one value that all systems show, where the hub's own is another.

    A field that a steward locked stays, and so does one that no owner shows.
    """
    customer = with_roles(customer)
    live = [r for r in customer.records if r.presence == "present"]
    moves: dict[str, GoldenValue] = {}
    for name, held in customer.golden.items():
        if name not in book.fields or held.value in (BLANK, CLEAR) or name in customer.locks:
            continue
        look = view(customer, live, book.fields[name], book, stamp)
        said = [s for s in look.seen if s.now is not BLANK and not s.secondary]
        owner = next((s for s in said if s.owner), None)
        if owner is None or {s.now for s in said} != {owner.now} or owner.now == owner.shows(held.value):
            continue
        record = look.records[owner.rid]
        why = Lineage(record.system, record.id, "agreed", stamp.run, record.modified_at or record.read_at)
        moves[name] = GoldenValue(record.values[name], held.version + 1, why)
    return moves
