"""After an undo: a field is decided by a steward, not by the rules that brought about what was undone."""

from __future__ import annotations

from collections.abc import Mapping

from reconcile.merged import UNDONE
from reconcile.records import ALL_SYSTEMS, Hold
from reconcile.resolve import Open, Side
from reconcile.sides import View
from reconcile.values import BLANK, MISSING


def run(holds: Mapping[tuple[str, str], Hold], field: str) -> str:
    """The run whose undoing the field waits for a decision about; "" when it does not."""
    hold = holds.get((field, ALL_SYSTEMS))
    return hold.reason.removeprefix(UNDONE).removeprefix("run ") if hold else ""


def asked(look: View) -> Open | None:
    """What the steward is asked: golden against all that is shown; None when nobody says anything else.

    A blank says nothing, and a copy in one system is the business of that system.
    """
    golden = look.golden.value
    claims = tuple(s for s in look.seen if _differs(s, look) and not s.secondary)
    unheard = any(s.claims and s.now is MISSING for s in look.sides)
    edited = any(s.base is None or s.now != s.base.value for s in claims)
    alike = len({s.now for s in look.seen}) == 1 and not unheard
    if not (claims or unheard) or (alike and edited):  # all went over to one value: an edit like any other
        return None
    held = set() if golden is BLANK else {golden}
    return Open(claims, (), frozenset({s.says for s in claims} | held))


def _differs(side: Side, look: View) -> bool:
    return side.now is not BLANK and side.now != side.shows(look.golden.value)
