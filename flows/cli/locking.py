"""`lock`: keep a field of a customer as it is, or let it go again."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from rich.console import Console

from flows import desk, locks
from flows.cli import picture
from flows.cli.exits import DONE, UsageError
from flows.cli.screen import Screen, Shape
from flows.hub import Hub, open_hub
from reconcile.words import Language, word


def lock(screen: Screen, customer: str, field: str, until: str | None, off: bool, by: str, why: str) -> int:
    """Lock a field, or lift its lock. Raises UsageError, NoSuchCustomer, NothingToLock."""
    if off and until:
        raise UsageError("--off lifts the lock now; leave --until out")
    with open_hub(screen.folder) as hub:
        picture.known_field(hub, field)
        id = picture.find(hub, customer).id
        if off:
            locks.lift(hub, id, field, by, why)
        else:
            locks.lock(hub, id, field, _end_of(hub, until) if until else None, by, why)
        label, say = hub.book.fields[field].label or field, desk.language(hub)
    shape = {"customer": id, "field": field, "locked": not off, "until": until, "by": by}
    screen.tell(shape, partial(_render, label=label, say=say))
    return DONE


def _end_of(hub: Hub, day: str) -> str:
    try:
        last = date.fromisoformat(day)
    except ValueError:
        raise UsageError(f"--until takes a day such as 2026-12-31, not {day}") from None
    if last < hub.clock().date():
        raise UsageError(f"{day} is over; a lock holds until the end of a day to come")
    return f"{last + timedelta(days=1)}T00:00:00.000000Z"


def _render(console: Console, shape: Shape, label: str, say: Language) -> None:
    if not shape["locked"]:
        text = "{field} of customer {id} is no longer locked"
    elif shape["until"]:
        text = "{field} of customer {id} is locked until {day}"
    else:
        text = "{field} of customer {id} is locked until you lift it"
    console.print(word(text, say).format(field=label, id=shape["customer"], day=shape["until"]))
    console.print(word("the next `klantbeeld sync` writes what follows from it", say))
