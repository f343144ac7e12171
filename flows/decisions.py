"""What a steward decides, carried out: the same for the command line and for the desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from flows import apply as applying
from flows.hub import Hub, leased
from reconcile import decide as words
from reconcile.errors import HubError
from reconcile.merge import Choice
from reconcile.records import Conflict
from reconcile.state import audit, conflicts, customers, refs, runs, standing
from reconcile.state.audit import Event
from reconcile.state.conflicts import Decision


class NoSuchConflict(HubError):
    """That question does not exist, or is answered already."""


class Moved(HubError):
    """The candidates are not those the steward saw; look again before you decide."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One steward's answer to one question."""

    conflict: int
    choice: str
    """One of `reconcile.decide.answers`, or "value" with the steward's own."""
    value: object = None
    fingerprint: str | None = None
    """Of the candidates as they were shown; None: as they are now."""


def decide(hub: Hub, answers: Sequence[Answer], by: str, why: str = "") -> dict[int, str]:
    """Carry out answers, together or not at all. Writing happens at the next sync.

    Returns what was done, by conflict. Raises NoSuchConflict, Moved, NotAnAnswer, and LeaseHeld when a run
    is under way.
    """
    with leased(hub) as lease, hub.store.write(lease) as conn:
        run = runs.start_run(conn, "decide", hub.entity, lease.token, hub.now)
        stamp = hub.stamp(run)
        asked = [_open(conflicts.get(conn, a.conflict), a) for a in answers]
        by_customer: dict[int, list[Choice]] = defaultdict(list)
        for answer, conflict in zip(answers, asked, strict=True):
            choice = _choice(hub, answer, conflict, 0)
            chosen = _number(conn, conflict, choice, stamp.text)
            id = conflicts.add_decisions(
                conn, [_decision(answer, conflict, chosen, by, why, stamp.text, run)]
            )[0]
            by_customer[conflict.customer].append(_choice(hub, answer, conflict, id))
            _release(conn, hub, conflict, choice)
            detail = {"conflict": conflict.id, "decision": id, "choice": answer.choice, "by": by}
            audit.append(conn, [Event(stamp.text, run, "decision", conflict.customer, detail=detail)])
        applying.decide(hub, conn, lease, stamp, by_customer)
        customers.touch(conn, list(by_customer))
        runs.end_run(conn, run, "done", {"decisions": len(answers)}, hub.now)
    return {
        a.conflict: words.answers(c).get(a.choice, "take the value you gave")
        for a, c in zip(answers, asked, strict=True)
    }


def _open(conflict: Conflict | None, answer: Answer) -> Conflict:
    if conflict is None or conflict.state != "open":
        state = f"is {conflict.state}" if conflict else "does not exist"
        raise NoSuchConflict(
            f"conflict {answer.conflict} {state}; `klantbeeld conflicts` lists the open ones"
        )
    if answer.fingerprint not in (None, conflict.fingerprint):
        raise Moved(f"conflict {conflict.id} changed since it was shown; look at it again and decide anew")
    return conflict


def _choice(hub: Hub, answer: Answer, conflict: Conflict, decision: int) -> Choice:
    rule = hub.book.fields.get(conflict.field)
    return words.choose(conflict, answer.choice, decision, answer.value, rule.type if rule else None)


def _number(conn: Connection, conflict: Conflict, choice: Choice, at: str) -> int | None:
    if choice.how != "value":
        return None
    return refs.refs(conn, [(conflict.customer, conflict.field, choice.value)], at)[0]


def _decision(
    answer: Answer, conflict: Conflict, value: int | None, by: str, why: str, at: str, run: int
) -> Decision:
    return Decision(
        id=0,
        conflict=conflict.id,
        customer=conflict.customer,
        field=conflict.field,
        choice=answer.choice,
        value=value,
        fingerprint=conflict.fingerprint,
        claimed_by=by,
        why=why,
        at=at,
        run=run,
    )


def _release(conn: Connection, hub: Hub, conflict: Conflict, choice: Choice) -> None:
    """An answer "seen" on a held link means: it is the same customer, go on."""
    if choice.how == "seen" and conflict.cls == "still the same customer?":
        found = customers.load(conn, [conflict.customer])
        held = [r.rid for c in found for r in c.records if r.system == conflict.system and r.held]
        standing.hold_links(conn, held, held=False)
