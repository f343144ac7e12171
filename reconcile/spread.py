"""What consent adds to a merged customer: a proved grant that may travel, a denial that has to, a question.

`merge` decides fields and knows nothing of consent; this comes after it, with the status of every identifier
that the customer shows or is about to show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconcile.consent import AGAINST, DENIED, GRANTED, SUBSCRIBED, UNKNOWN, ConsentRule, Status
from reconcile.merge import Merged, Want
from reconcile.questions import Question
from reconcile.records import Candidate, Customer, Record
from reconcile.rulebook import Rulebook
from reconcile.values import BLANK, MISSING, Golden

Key = tuple[str, str]
"""A consent's name among canonical values, and an identifier as the store keeps it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for one identifier."""

    status: Status = UNKNOWN
    asked: tuple[tuple[str, str], ...] = ()
    """(system, record) that gave it to a customer whose old address had consent, when nobody said anything
    about this one."""


NOTHING = Standing()
Standings = Mapping[Key, Standing]


def identifiers(merged: Merged, book: Rulebook) -> set[Key]:
    """Every identifier that the records show, or will when the plan is carried out."""
    found: set[Key] = set()
    for name, rule in book.consents.items():
        shown = [r.values.get(rule.identifier) for r in merged.customer.records]
        wanted = [w[rule.identifier].desired for w in merged.wants.values() if rule.identifier in w]
        made = [values.get(rule.identifier) for values in merged.creates.values()]
        found |= {(name, text) for value in (*shown, *wanted, *made) if (text := rule.spelled(value))}
    return found


def follow(merged: Merged, book: Rulebook, standings: Standings) -> Merged:
    """The customer with what consent adds; nothing that was there is changed or taken away."""
    if not book.consents:
        return merged
    wants = {rid: dict(fields) for rid, fields in merged.wants.items()}
    creates = {system: dict(values) for system, values in merged.creates.items()}
    asked: list[Question] = []
    for name, rule in book.consents.items():
        for record in merged.customer.records:
            if record.presence == "present" and name in record.values:
                _record(merged.customer, record, rule, book, standings, wants)
        for system, values in creates.items():
            if name in book.systems[system].consents:
                about = standings.get((name, rule.spelled(values.get(rule.identifier))), NOTHING)
                values[name] = GRANTED if about.status.spreadable else DENIED
        asked += _questions(merged.customer, rule, book, standings)
    known = {q.identity for q in merged.questions}
    new = {q.identity: q for q in reversed(asked) if q.identity not in known}
    questions = merged.questions + [new[key] for key in sorted(new)]
    holds = tuple(h for h in merged.holds if not _over(merged.customer, h.field, h.system, book))
    return replace(merged, wants=wants, creates=creates, questions=questions, holds=holds)


def _record(
    customer: Customer,
    record: Record,
    rule: ConsentRule,
    book: Rulebook,
    standings: Standings,
    wants: dict[int, dict[str, Want]],
) -> None:
    if not _may_write(customer, record, rule, book):
        return
    now = record.values[rule.field]
    assert not isinstance(now, tuple)
    given = wants.get(record.rid, {}).get(rule.identifier)
    new = given is not None
    value: Golden = given.desired if given else record.values.get(rule.identifier)
    spreadable = standings.get((rule.field, rule.spelled(value)), NOTHING).status.spreadable
    if spreadable and (now is BLANK or now in AGAINST):
        wants.setdefault(record.rid, {})[rule.field] = Want(GRANTED, now, 0)
    elif new and not spreadable and now in SUBSCRIBED:
        # Our own write would put a "yes" beside an address of which nobody said so.
        wants[record.rid][rule.field] = Want(DENIED, now, 0)


def _may_write(customer: Customer, record: Record, rule: ConsentRule, book: Rulebook) -> bool:
    terms = book.systems[record.system]
    free = record.role == "primary" and not record.pending and not record.held
    refused = any(h.field == rule.field and h.system == record.system for h in customer.holds)
    return free and not refused and terms.writes != "none" and rule.field in terms.consents


def _over(customer: Customer, field: str, system: str, book: Rulebook) -> bool:
    """A refused withdrawal is over when nobody shows consent there any more."""
    its = (r.values.get(field) for r in customer.records if r.system == system and r.presence == "present")
    return field in book.consents and not any(state in SUBSCRIBED for state in its)


def _questions(
    customer: Customer, rule: ConsentRule, book: Rulebook, standings: Standings
) -> Iterator[Question]:
    for record in customer.records:
        value = record.values.get(rule.identifier, MISSING)
        if record.presence != "present" or value is MISSING or not rule.spelled(value):
            continue
        standing = standings.get((rule.field, rule.spelled(value)), NOTHING)
        why = _why(customer, record, rule, book, standing)
        owner = book.fields[rule.identifier].owner
        shown = (Candidate(value, ((record.system, record.id, record.modified_at),)),)
        if why:
            yield Question(rule.identifier, record.system, "consent", "high", owner, why, shown)
        if record.values.get(rule.field) == "bounced":
            severity = book.fields[rule.identifier].severity
            why = f"{record.system}: {rule.name} to this address bounced, so nobody is reached by it"
            yield Question(rule.identifier, record.system, "invalid", severity, owner, why, shown)


def _why(customer: Customer, record: Record, rule: ConsentRule, book: Rulebook, standing: Standing) -> str:
    if standing.status.state == "unknown" and (record.system, record.id) in standing.asked:
        return f"{record.system} changed the address; does the old one's consent to {rule.name} hold for it?"
    if not standing.status.against or record.values.get(rule.field) not in SUBSCRIBED:
        return ""
    terms = book.systems[record.system]
    hold = next((h for h in customer.holds if (h.field, h.system) == (rule.field, record.system)), None)
    against = f"{rule.name} is {standing.status.because}, and {record.system} still shows consent"
    if terms.writes == "none" or rule.field not in terms.consents:
        return f"{against}, where the hub may not write it; unsubscribe there"
    if hold is None:
        return ""  # it is being written
    return f"{against} and refused ({hold.reason.removeprefix('rejected: ')}); unsubscribe there"
