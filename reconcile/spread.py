"""What consent adds to a merged customer: a proved grant that may travel, a denial that has to, a question.

`merge` decides fields and knows nothing of consent; this comes after it, with the status of every identifier
that the customer shows or is about to show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reconcile.consent import AGAINST, DENIED, GRANTED, SUBSCRIBED, UNKNOWN, ConsentRule, Status
from reconcile.merge import Merged, Want
from reconcile.questions import Question, unseen
from reconcile.records import Candidate, Customer, Record
from reconcile.rulebook import Rulebook
from reconcile.values import BLANK, MISSING, Golden
from reconcile.words import told

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
    """The customer with what consent adds.

    Taken away is only a new address for a record that would then be mailed there though nobody agreed to it.
    """
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
        asked += _questions(merged, rule, book, standings, wants)
    asked += _changes(merged.customer, book, standings)
    known = {q.identity for q in merged.questions}
    asked = unseen(asked, merged.customer, merged.holds)
    new = {q.identity: q for q in reversed(asked) if q.identity not in known}
    questions = merged.questions + [new[key] for key in sorted(new)]
    wants = {rid: fields for rid, fields in wants.items() if fields and rid not in merged.removals}
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
    now, given = record.values[rule.field], wants.get(record.rid, {}).get(rule.identifier)
    assert not isinstance(now, tuple)
    value: Golden = given.desired if given else record.values.get(rule.identifier)
    status = standings.get((rule.field, rule.spelled(value)), NOTHING).status
    if status.spreadable:
        older = now is BLANK or (now in AGAINST and status.since is not None)
        if older and _may_grant(customer, record, rule, book):
            wants.setdefault(record.rid, {})[rule.field] = Want(GRANTED, now, 0)
    elif given and now in SUBSCRIBED:
        # Our own write would put a "yes" beside an address of which nobody said so.
        if _writable(record, rule, book):
            wants[record.rid][rule.field] = Want(DENIED, now, 0)
        else:
            del wants[record.rid][rule.identifier]


def _writable(record: Record, rule: ConsentRule, book: Rulebook) -> bool:
    terms = book.systems[record.system]
    return terms.writes != "none" and rule.field in terms.consents


def _may_grant(customer: Customer, record: Record, rule: ConsentRule, book: Rulebook) -> bool:
    free = record.role == "primary" and not record.pending and not record.held
    refused = any((h.field, h.system) == (rule.field, record.system) for h in customer.holds)
    return free and not refused and _writable(record, rule, book)


def _over(customer: Customer, field: str, system: str, book: Rulebook) -> bool:
    """A refused withdrawal is over when nobody shows consent there any more."""
    its = (r.values.get(field) for r in customer.records if r.system == system and r.presence == "present")
    return field in book.consents and not any(state in SUBSCRIBED for state in its)


def _questions(
    merged: Merged,
    rule: ConsentRule,
    book: Rulebook,
    standings: Standings,
    wants: Mapping[int, Mapping[str, Want]],
) -> Iterator[Question]:
    customer = merged.customer
    for record in customer.records:
        value = record.values.get(rule.identifier, MISSING)
        if record.presence != "present" or value is MISSING or not rule.spelled(value):
            continue
        standing = standings.get((rule.field, rule.spelled(value)), NOTHING)
        why = _why(customer, record, rule, book, standing)
        if rule.identifier in merged.wants.get(record.rid, {}).keys() - wants.get(record.rid, {}).keys():
            why = told("consent of the old address", record.system, rule.name)
        owner = book.fields[rule.identifier].owner
        shown = (Candidate(value, ((record.system, record.id, record.modified_at),)),)
        if why:
            yield Question(rule.identifier, record.system, "consent", "high", owner, why, shown)
        if record.values.get(rule.field) == "bounced":
            severity = book.fields[rule.identifier].severity
            why = told("bounced", record.system, rule.name)
            yield Question(rule.identifier, record.system, "invalid", severity, owner, why, shown)


def _changes(customer: Customer, book: Rulebook, standings: Standings) -> Iterator[Question]:
    """One question for each new address in a system, about every consent that the old one had."""
    asked: dict[tuple[str, int], list[str]] = {}
    for rule in book.consents.values():
        for record in customer.records:
            text = rule.spelled(record.values.get(rule.identifier))
            standing = standings.get((rule.field, text), NOTHING)
            here = record.presence == "present" and (record.system, record.id) in standing.asked
            if here and standing.status.state == "unknown":
                asked.setdefault((rule.identifier, record.rid), []).append(rule.name)
    records = {record.rid: record for record in customer.records}
    for (field, rid), names in asked.items():
        record, owner = records[rid], book.fields[field].owner
        shown = (Candidate(record.values[field], ((record.system, record.id, record.modified_at),)),)
        why = told("address changed", record.system, names)
        yield Question(field, record.system, "consent", "high", owner, why, shown)


def _why(customer: Customer, record: Record, rule: ConsentRule, book: Rulebook, standing: Standing) -> str:
    if not standing.status.against or record.values.get(rule.field) not in SUBSCRIBED:
        return ""
    hold = next((h for h in customer.holds if (h.field, h.system) == (rule.field, record.system)), None)
    against = (record.system, rule.name, told("said in", standing.status.state, standing.status.source))
    if not _writable(record, rule, book):
        return told("against, not writable", *against)
    if hold is None:
        return ""  # it is being written
    return told("against, refused", *against, hold.reason.removeprefix("rejected: "))
