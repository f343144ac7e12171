"""What a steward is asked, or told: one question for each disagreement, with its class and its reason.

A question holds candidates by value; storing turns each into a reference, so that nothing but the store's
`value` table holds them. Its `why` names systems, times and rules, never a value, and becomes a sentence when
somebody reads it (`reconcile.words`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconcile import times
from reconcile.records import (
    Candidate,
    Conflict,
    ConflictClass,
    ConflictState,
    Customer,
    GoldenValue,
    Hold,
    Record,
    Severity,
)
from reconcile.resolve import Open, Settled, Side
from reconcile.rulebook import FieldRule, Rulebook, Stamp
from reconcile.sides import View
from reconcile.values import BLANK, CLEAR, Golden
from reconcile.words import told

ABOUT_RECORD = "record"
SEEN = "seen: "
"""Begins the reason of a hold that blocks nothing: a steward knows of this class of question."""
Identity = tuple[str, str, str]
"""What a question is about: a disagreement keeps its identity while its class changes."""


@dataclass(frozen=True, slots=True)
class Question:
    """One disagreement between systems (`system` ""), or one thing to know about one system's value."""

    field: str
    system: str
    cls: ConflictClass
    severity: Severity
    owner: str
    why: str
    candidates: tuple[Candidate, ...] = ()
    state: ConflictState = "open"

    @property
    def identity(self) -> Identity:
        return identity(self)


def identity(asked: Question | Conflict) -> Identity:
    """What it is about."""
    return (asked.field, asked.system, asked.cls if asked.system else "")


def open_question(look: View, decision: Open, book: Rulebook, undone: str = "") -> Question:
    """A disagreement that no rule settles; `undone`: that no rule may, since this run was undone."""
    cls = _class(look, decision.claims)
    if undone and all(s.base and s.now == s.base.value for s in decision.claims):
        cls = "undone"
    why = told("undone", undone) if undone else _why_open(look, decision.claims, cls, book)
    return _between(look, decision, book, cls, why)


def settled_question(look: View, decision: Settled, book: Rulebook) -> Question:
    """A disagreement that a rule settled: kept, so that anybody can see later that it was there."""
    winner, rule = decision.value, decision.rule
    who = told("the hub's value") if winner == look.golden.value else _names(look, winner, book)
    why = told("wins", who, rule.name, rule.because(winner, look.seen, look.golden))
    return _between(look, decision, book, _class(look, decision.claims), why, "settled_by_rule")


def about_value(look: View, side: Side, golden: Golden, cls: ConflictClass, detail: str = "") -> Question:
    """One system's value of one field stands apart from golden as it is now, and why."""
    reasons = {
        "loss": told("loss", side.name),
        "read-only": told("read-only", side.name),
        "rejected": told("rejected", side.name, detail.removeprefix("rejected: ")),
    }
    rule = look.rule
    shown = Candidate(_says(side), (_claimant(look, side),))
    held = Candidate(golden, (("", "", None),))
    return Question(rule.name, side.name, cls, rule.severity, rule.owner, reasons[cls], (held, shown))


def about_records(
    customer: Customer, book: Rulebook, stamp: Stamp, golden: Mapping[str, GoldenValue]
) -> Iterator[Question]:
    """What is to be known about whole records, and about values that are wrong or old."""
    live = [r for r in customer.records if r.presence == "present"]
    yield from _together(q for record in customer.records for q in _about_record(record, live, book))
    if any(rule.max_age for rule in book.fields.values()):
        yield from _stale(live, book, stamp, golden)


def unseen(asked: Iterable[Question], customer: Customer, seen: Iterable[Hold]) -> list[Question]:
    """Those that no steward has seen; one that was is not asked again as long as nothing moved there."""
    known = {(h.field, h.system, h.reason): h.version for h in seen if h.reason.startswith(SEEN)}
    if not known:
        return list(asked)
    return [
        q for q in asked if known.get((q.field, q.system, SEEN + q.cls), -1) < revision(customer, q.system)
    ]


def revision(customer: Customer, system: str) -> int:
    """Grows whenever something moves in one of the customer's records there."""
    return max((r.rev for r in customer.records if r.system == system), default=0)


def as_conflict(question: Question, customer: int, at: str, run: int) -> Conflict:
    """A question as it opens: with no id yet, and its candidates not yet numbered."""
    return Conflict(
        id=0,
        customer=customer,
        field=question.field,
        system=question.system,
        cls=question.cls,
        severity=question.severity,
        owner=question.owner,
        why=question.why,
        candidates=question.candidates,
        opened_at=at,
        opened_run=run,
        state=question.state,
    )


def compare(
    customer: Customer, asked: Sequence[Question], closing: Mapping[Identity, ConflictState]
) -> tuple[list[Question], list[tuple[Conflict, Question]], list[tuple[Conflict, ConflictState]]]:
    """Today's questions against the open ones: (new, changed, ended). One identity all the way."""
    before = {identity(c): c for c in customer.conflicts}
    now = {q.identity: q for q in asked if q.state == "open"}
    settled = {q.identity: q for q in asked if q.state != "open"}
    new = [q for key, q in now.items() if key not in before]
    new += [q for key, q in settled.items() if key not in before]
    changed = [(before[k], q) for k, q in now.items() if k in before and _differs(before[k], q)]
    # What a rule settled is kept with its reason, and with the last word of everybody.
    changed += [(before[k], q) for k, q in settled.items() if k in before]
    ended: list[tuple[Conflict, ConflictState]] = []
    for key, conflict in before.items():
        if key in settled:
            ended.append((conflict, "settled_by_rule"))
        elif key not in now:
            ended.append((conflict, closing.get(key, "withdrawn")))
    return new, changed, ended


def _differs(before: Conflict, now: Question) -> bool:
    shown = {(c.value, c.claimants) for c in before.candidates}
    told = (before.cls, before.why) == (now.cls, now.why)
    return not told or shown != {(c.value, c.claimants) for c in now.candidates}


def _together(asked: Iterable[Question]) -> Iterable[Question]:
    """One question where several records of one system raise the same."""
    found: dict[tuple[str, str, str], Question] = {}
    for question in asked:
        first = found.setdefault(question.identity, question)
        if first is not question:
            found[question.identity] = replace(first, candidates=first.candidates + question.candidates)
    return found.values()


def _about_record(record: Record, live: Sequence[Record], book: Rulebook) -> Iterator[Question]:
    if record.presence == "present":
        yield from _about_live(record, live, book)


def _about_live(record: Record, live: Sequence[Record], book: Rulebook) -> Iterator[Question]:
    if record.held:
        why = told("link contradicted", record.system)
        yield Question(
            "", record.system, "still the same customer?", "high", "steward", why, candidates_of([record])
        )
    if record.role == "secondary":
        yield from _about_copy(record, live)
    for name, reason in record.invalid.items():
        rule = book.fields[name]
        why = told("invalid", record.system, reason)
        shown = Candidate(record.values.get(name), ((record.system, record.id, record.modified_at),))
        yield Question(name, record.system, "invalid", rule.severity, rule.owner, why, (shown,))


def _about_copy(record: Record, live: Sequence[Record]) -> Iterator[Question]:
    copies = sorted((r for r in live if r.system == record.system), key=lambda r: r.role)
    if len(copies) > 1:
        ids = [r.id for r in copies]
        count = (len(copies),) if len(copies) > 2 else ()
        why = told("many times" if count else "twice", record.system, *count, ids)
        yield Question(
            "", record.system, "duplicate in one system", "medium", "steward", why, candidates_of([record])
        )


def _stale(
    live: Sequence[Record], book: Rulebook, stamp: Stamp, golden: Mapping[str, GoldenValue]
) -> Iterator[Question]:
    for name, rule in book.fields.items():
        held = golden.get(name)
        if rule.max_age is None or held is None or held.value in (BLANK, CLEAR):
            continue
        showing = [r for r in live if r.values.get(name) not in (None, "")]
        times_known = [r.modified_at for r in showing if r.modified_at]
        limit = times.iso(stamp.now - rule.max_age)
        if held.verified and held.verified[1] >= limit:
            continue
        if showing and len(times_known) == len(showing) and max(times_known) < limit:
            why = told("stale", max(times_known)[:10])
            where = tuple((r.system, r.id, r.modified_at) for r in showing)
            yield Question(name, "hub", "stale", "low", rule.owner, why, (Candidate(held.value, where),))


def _between(
    look: View,
    decision: Open | Settled,
    book: Rulebook,
    cls: ConflictClass,
    why: str,
    state: ConflictState = "open",
) -> Question:
    candidates = [_candidate(look, value, book) for value in decision.values]
    candidates.sort(key=lambda c: [(book.order.get(s, -1), r) for s, r, _ in c.claimants])
    rule = look.rule
    return Question(rule.name, "", cls, rule.severity, rule.owner, why, tuple(candidates), state)


def _candidate(look: View, value: Golden, book: Rulebook) -> Candidate:
    showing = [s for s in look.seen if _says(s) == value]
    showing.sort(key=lambda s: (book.order[s.name], s.rid))
    claimants = [_claimant(look, s) for s in showing]
    if value == look.golden.value:
        claimants.insert(0, ("", "", None))
    return Candidate(value, tuple(claimants))


def _claimant(look: View, side: Side) -> tuple[str, str, str | None]:
    record = look.records[side.rid]
    changed = record.changed.get(look.rule.name)
    return (side.name, record.id, (changed[1] if changed else record.modified_at) or record.first_read_at)


def _class(look: View, claims: Sequence[Side]) -> ConflictClass:
    """What sort of disagreement it is; the first that fits, gravest first."""
    if any(s.base and s.now == s.base.before for s in claims):
        return "reverted"
    if any(s.secondary for s in claims):
        return "duplicate in one system"
    owned = {s.says for s in claims if s.owner}
    if any(not s.owner and s.says not in owned for s in claims):
        return "edit by non-owner"
    if all(s.base is None for s in claims):
        return "first-sync difference"
    if any(s.now is BLANK for s in claims):
        return "update-delete"
    return "update-update"


def _why_open(look: View, claims: Sequence[Side], cls: ConflictClass, book: Rulebook) -> str:
    who = sorted({s.name for s in claims}, key=lambda n: book.order[n]) or told("nobody readable")
    if cls == "reverted":
        return told(cls, who)
    first = cls == "first-sync difference"
    rules = [r.name for r in (book.first_sync if first else look.rule.chain)]
    undecided = told("undecided", rules) if rules else told("no first_sync" if first else "no rule")
    return told("duplicates disagree" if cls == "duplicate in one system" else cls, who, undecided)


def _names(look: View, value: Golden, book: Rulebook) -> str:
    names = {s.name for s in look.seen if _says(s) == value}
    return told("names", sorted(names, key=lambda n: book.order[n]))


def _says(side: Side) -> Golden:
    return CLEAR if side.now is BLANK else side.says


def candidates_of(records: Iterable[Record]) -> tuple[Candidate, ...]:
    """Whole records, of which no value is shown."""
    return tuple(Candidate(None, ((r.system, r.id, r.modified_at),)) for r in records)


__all__ = [
    "FieldRule",
    "Question",
    "about_records",
    "about_value",
    "candidates_of",
    "compare",
    "open_question",
    "settled_question",
]
