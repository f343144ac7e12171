"""What a steward decides, carried out: the same for the command line and for the desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from flows import apply as applying
from flows import consent
from flows.consent import Move
from flows.hub import Hub, leased
from reconcile import decide as words
from reconcile.errors import HubError
from reconcile.merge import Choice
from reconcile.records import Conflict
from reconcile.state import audit, conflicts, customers, refs, runs, standing
from reconcile.state.audit import Event
from reconcile.state.conflicts import Decision
from reconcile.state.engine import Lease
from reconcile.words import Language, word

NO_SUCH = "conflict {id} does not exist; `klantbeeld conflicts` lists the open ones"
CLOSED = "conflict {id} is {state}; `klantbeeld conflicts` lists the open ones"
OTHER_NOW = "conflict {id} changed since it was shown; look at it again and decide anew"
NONE_LEFT = (
    "conflict {id}: the old address has no consent any more, or the new one has its own; "
    "answer no, or run klantbeeld sync and look again"
)


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


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of many answers to like questions."""

    done: Mapping[int, str]
    """By conflict: what was done."""
    left: Mapping[int, str]
    """By conflict: why its answer was not taken. Nothing was done about these."""


def decide(hub: Hub, answers: Sequence[Answer], by: str, why: str = "") -> dict[int, str]:
    """Carry out answers, together or not at all. Writing happens at the next sync.

    Returns what was done, by conflict. Raises NoSuchConflict, Moved, NotAnAnswer, and LeaseHeld when a run
    is under way.
    """
    with leased(hub) as lease, hub.store.write(lease) as conn:
        found = conflicts.get_all(conn, [a.conflict for a in answers])
        meant = [_meant(hub, conn, one, found.get(one.conflict)) for one in answers]
        _carry_out(hub, lease, conn, meant, by, why)
    return {one.conflict.id: one.told(hub.project.hub.language) for one in meant}


def decide_together(hub: Hub, answers: Sequence[Answer], by: str, why: str = "") -> Decided:
    """Carry out every answer that still fits its question, in one step; the others are left, and told.

    One that moved since it was shown must not keep a steward from answering 1,500 like it. Raises NotAnAnswer
    when none is taken, and LeaseHeld when a run is under way.
    """
    meant: list[_Meant] = []
    left: dict[int, str] = {}
    with leased(hub) as lease, hub.store.write(lease) as conn:
        found = conflicts.get_all(conn, [a.conflict for a in answers])
        for answer in answers:
            try:
                meant.append(_meant(hub, conn, answer, found.get(answer.conflict)))
            except (NoSuchConflict, Moved, words.NotAnAnswer) as error:
                left[answer.conflict] = str(error)
        if not meant:
            raise words.NotAnAnswer("; ".join(list(left.values())[:1]) or "there is no question to answer")
        _carry_out(hub, lease, conn, meant, by, why)
    return Decided({one.conflict.id: one.told(hub.project.hub.language) for one in meant}, left)


@dataclass(frozen=True, slots=True)
class _Meant:
    """An answer, the question as it is now, and what the one does to the other."""

    answer: Answer
    conflict: Conflict
    choice: Choice
    moves: Sequence[Move] = ()
    """The consents that it is about, where it is about consent."""

    def told(self, language: Language) -> str:
        own = word("take the value you gave", language)
        return words.answers(self.conflict, language).get(self.answer.choice, own)


def _meant(hub: Hub, conn: Connection, answer: Answer, conflict: Conflict | None) -> _Meant:
    """Raises NoSuchConflict, Moved, NotAnAnswer."""
    say = hub.project.hub.language
    asked = _open(conflict, answer, say)
    rule = hub.book.fields.get(asked.field)
    choice = words.choose(asked, answer.choice, 0, answer.value, rule.type if rule else None, say)
    if choice.how not in ("carry", "leave"):
        return _Meant(answer, asked, choice)
    moves = consent.moves(hub, conn, asked)
    if choice.how == "carry" and not any(one.before.state == "granted" for one in moves):
        raise Moved(word(NONE_LEFT, say).format(id=asked.id))
    return _Meant(answer, asked, choice, moves)


def _carry_out(hub: Hub, lease: Lease, conn: Connection, meant: Sequence[_Meant], by: str, why: str) -> None:
    """Decisions, what follows from them, and the audit; a few statements, however many answers there are."""
    run = runs.start_run(conn, "decide", hub.entity, lease.token, hub.now)
    stamp = hub.stamp(run)
    chosen = _numbers(conn, meant, stamp.text)
    ids = conflicts.add_decisions(conn, [_decision(one, chosen, by, why, stamp.text, run) for one in meant])
    by_customer: dict[int, list[Choice]] = defaultdict(list)
    for id, one in zip(ids, meant, strict=True):
        by_customer[one.conflict.customer].append(replace(one.choice, decision=id))
    _release(conn, meant)
    for id, one in zip(ids, meant, strict=True):
        consent.answer(hub, conn, one.moves, one.choice.how == "carry", id, run)
    told = zip(ids, meant, strict=True)
    audit.append(conn, [_event(one, id, by, stamp.text, run) for id, one in told])
    applying.decide(hub, conn, lease, stamp, by_customer)
    customers.touch(conn, list(by_customer))
    counts = {"decisions": len(meant), "open_conflicts": conflicts.count_open(conn, hub.entity)}
    runs.end_run(conn, run, "done", counts, hub.now)


def _open(conflict: Conflict | None, answer: Answer, say: Language) -> Conflict:
    if conflict is None:
        raise NoSuchConflict(word(NO_SUCH, say).format(id=answer.conflict))
    if conflict.state != "open":
        state = word(conflict.state, say)
        raise NoSuchConflict(word(CLOSED, say).format(id=answer.conflict, state=state))
    if answer.fingerprint not in (None, conflict.fingerprint):
        raise Moved(word(OTHER_NOW, say).format(id=conflict.id))
    return conflict


def _numbers(conn: Connection, meant: Sequence[_Meant], at: str) -> dict[int, int]:
    """By conflict the number of the value that was chosen, where one was."""
    valued = [one for one in meant if one.choice.how == "value"]
    wanted = [(one.conflict.customer, one.conflict.field, one.choice.value) for one in valued]
    found = refs.refs(conn, wanted, at)
    return {one.conflict.id: number for one, number in zip(valued, found, strict=True)}


def _decision(one: _Meant, chosen: Mapping[int, int], by: str, why: str, at: str, run: int) -> Decision:
    conflict = one.conflict
    return Decision(
        id=0,
        conflict=conflict.id,
        customer=conflict.customer,
        field=conflict.field,
        choice=one.answer.choice,
        value=chosen.get(conflict.id),
        fingerprint=conflict.fingerprint,
        claimed_by=by,
        why=why,
        at=at,
        run=run,
    )


def _event(one: _Meant, decision: int, by: str, at: str, run: int) -> Event:
    detail = {"conflict": one.conflict.id, "decision": decision, "choice": one.answer.choice, "by": by}
    return Event(at, run, "decision", one.conflict.customer, detail=detail)


def _release(conn: Connection, meant: Sequence[_Meant]) -> None:
    """An answer "seen" on a held link means: it is the same customer, go on."""
    same = {
        (one.conflict.customer, one.conflict.system)
        for one in meant
        if one.choice.how == "seen" and one.conflict.cls == "still the same customer?"
    }
    found = customers.load(conn, sorted({customer for customer, _ in same}))
    held = [r.rid for c in found for r in c.records if r.held and (c.id, r.system) in same]
    standing.hold_links(conn, held, held=False)
