"""`show`: one picture of a customer. Who said what, since when, and why the hub holds this value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from rich.console import Console

from flows import desk
from flows.cli import consents, preview
from flows.cli.exits import DONE, UsageError
from flows.cli.questions import row_shape
from flows.cli.screen import Screen, Shape, day, table
from flows.cli.values import shown
from flows.hub import Hub, open_hub
from reconcile import report
from reconcile.errors import HubError
from reconcile.records import ALL_SYSTEMS, Customer, Lineage, Record
from reconcile.rulebook import FieldRule, Rulebook
from reconcile.state import conflicts, customers, links, staging
from reconcile.state.conflicts import Decision
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen, Value
from reconcile.words import Language, hold, word

WHY = {
    "agreed": "every system said so",
    "only value": "only value there was",
    "only edit": "only one changed it",
}


class NoSuchCustomer(HubError):
    """There is no such customer, or no such record."""


def show(screen: Screen, customer: str, field: str | None) -> int:
    """Tell all about one customer, or about one field of it. Raises NoSuchCustomer, UsageError."""
    with open_hub(screen.folder) as hub:
        if field is not None:
            known_field(hub, field)
        shape = _shape(hub, find(hub, customer), field)
        with hub.store.read() as conn:
            age = desk.age(hub, conn)
        screen.tell(shape, partial(_render, say=desk.language(hub), age=age))
    return DONE


def known_field(hub: Hub, field: str) -> None:
    """Raises UsageError where the policy has no such field."""
    if field not in hub.book.fields:
        raise UsageError(f"no field {field}; it is one of {', '.join(hub.book.fields)}")


def find(hub: Hub, customer: str) -> Customer:
    """The customer of that number, or of that record. Raises NoSuchCustomer, UsageError."""
    id = int(customer) if customer.isdecimal() else _owner(hub, customer)
    with hub.store.read() as conn:
        found = customers.load(conn, [id])
    if not found:
        raise NoSuchCustomer(f"no customer {id}; find one by its record: klantbeeld show SYSTEM:ID")
    return found[0]


def _owner(hub: Hub, place: str) -> int:
    system, _, id = place.partition(":")
    if system not in hub.systems or not id:
        raise UsageError(f"a customer is a number or SYSTEM:ID, with a system of {', '.join(hub.systems)}")
    with hub.store.read() as conn:
        known = staging.known(conn, hub.entity, system, [id]).get(id)
    if known is None:
        raise NoSuchCustomer(f"{system} showed no record {id} yet; `klantbeeld sync` reads what is new")
    if known.customer is None:
        raise NoSuchCustomer(
            f"{system} {id} belongs to no customer yet: it fits more than one, or waits for a sync"
        )
    return known.customer


def _shape(hub: Hub, one: Customer, field: str | None) -> dict[str, Any]:
    with hub.store.read() as conn:
        rules = {link.rid: link.rule for link in links.links_of(conn, one.id)}
        decided = {d.id: d for d in conflicts.decisions(conn, [one.id])}
        asked = desk.shown(hub, conn, [c for c in one.conflicts if field in (None, c.field)])
        as_of = desk.as_of(hub, conn)
        agreed = list(consents.shapes(hub, conn, one, field))
    say = desk.language(hub)
    fields = [rule for name, rule in hub.book.fields.items() if field in (None, name)]
    return {
        "customer": one.id,
        "kind": one.kind,
        "status": one.status,
        "name": report.display_name(one.golden, preview.sensitive(hub.book)),
        "records": [_record(record, rules.get(record.rid)) for record in one.records],
        "fields": [_field(rule, one, decided, hub, say) for rule in fields],
        "consents": agreed,
        "facts": list(_facts(hub, one, as_of)) if field is None else [],
        "holds": [
            {"field": h.field, "system": h.system, "reason": hold(h.reason, say), "until": h.until}
            for h in one.holds
            if field in (None, h.field)
        ],
        "conflicts": [row_shape(row) for row in asked],
        "as_of": as_of,
    }


def _record(record: Record, rule: str | None) -> dict[str, Any]:
    return {
        "system": record.system,
        "id": record.id,
        "presence": record.presence,
        "role": record.role,
        "joined_by": rule,
        "changed_at": record.modified_at,
        "read_at": record.read_at,
        "held": record.held,
    }


def _field(
    rule: FieldRule, one: Customer, decided: dict[int, Decision], hub: Hub, say: Language
) -> dict[str, Any]:
    golden = one.golden.get(rule.name)
    held = one.locks.get(rule.name)
    lock = held if held and held.binds(hub.now) else None
    return {
        "field": rule.name,
        "label": rule.label,
        "owner": rule.owner,
        "value": shown(rule, golden.value) if golden else None,
        "cleared": bool(golden and golden.value is CLEAR),
        "version": golden.version if golden else 0,
        "lineage": _lineage(golden.lineage, decided, say) if golden else None,
        "verified": _verified(golden.verified, decided) if golden and golden.verified else None,
        "locked_by": lock.by if lock else None,
        "locked_until": lock.until if lock else None,
        "systems": list(_said(rule, one, hub.book, say)),
    }


def _facts(hub: Hub, one: Customer, as_of: Mapping[str, str | None]) -> Iterator[dict[str, Any]]:
    """What single systems know, with the time of their last reading."""
    for name, fact in hub.book.facts.items():
        for record in one.records:
            value: Seen = record.values.get(name, MISSING)
            if record.system != fact.system or record.presence != "present" or value is MISSING:
                continue
            text = (
                "" if value is BLANK else fact.type.mask(value) if fact.sensitive else fact.type.show(value)
            )
            told = {"fact": fact.name, "label": fact.label, "value": text}
            yield told | {"system": record.system, "record": record.id, "as_of": as_of[record.system]}


def _lineage(lineage: Lineage, decided: dict[int, Decision], say: Language) -> dict[str, Any]:
    told = {"system": lineage.system, "record": lineage.record, "since": lineage.at, "run": lineage.run}
    return told | {"how": lineage.how, "why": why(lineage.how, decided, say)}


def _verified(verified: tuple[str, str], decided: dict[int, Decision]) -> dict[str, str]:
    """The system or the person that found the value right, and when."""
    by, at = verified
    decision = decided.get(int(by.removeprefix("decision "))) if by.startswith("decision ") else None
    return {"by": decision.claimed_by if decision else by, "at": at}


def why(how: str, decided: Mapping[int, Decision], say: Language = "en") -> str:
    """A rule's name, or who decided and what they wrote with it."""
    first, _, number = how.partition(" ")
    if first == "decision" and number.isdecimal() and (decision := decided.get(int(number))):
        said = f": {decision.why}" if decision.why else ""
        by = word("{who} decided on {day}", say).format(who=decision.claimed_by, day=decision.at[:10])
        return by + said
    if first == "undo":
        return f"{word('undone', say)}: {word('run', say)} {number}"
    return word(WHY[how], say) if how in WHY else word("rule {name}", say).format(name=how)


def _said(rule: FieldRule, one: Customer, book: Rulebook, say: Language) -> Iterator[dict[str, Any]]:
    """What every record shows for this field, and how that stands to golden."""
    golden = one.golden.get(rule.name)
    for record in one.records:
        value: Seen = record.values.get(rule.name, MISSING)
        known = record.system in book.systems and rule.name in book.systems[record.system].fields
        if value is MISSING or record.presence != "present" or not known:
            continue
        alike = golden is not None and _alike(rule, value, _shows(book, record, rule.name)(golden.value))
        changed = record.changed.get(rule.name)
        yield {
            "system": record.system,
            "record": record.id,
            "value": shown(rule, value),
            "agrees": alike,
            "since": (changed[1] if changed else record.modified_at) or record.first_read_at,
            "invalid": word(wrong, say) if (wrong := record.invalid.get(rule.name)) else None,
            "held": _hold(one, rule.name, record.system, say),
        }


def _shows(book: Rulebook, record: Record, field: str) -> Callable[[Golden], Seen]:
    """How this system shows a value after its declared loss."""
    return book.systems[record.system].fields[field].shows


def _alike(rule: FieldRule, value: Value, held: Seen | Golden) -> bool:
    if held is MISSING or held is CLEAR:
        return value is BLANK
    return rule.type.key(value) == rule.type.key(held)


def _hold(one: Customer, field: str, system: str, say: Language) -> str | None:
    its = (h for h in one.holds if h.field == field and h.system in (system, ALL_SYSTEMS))
    return next((hold(h.reason, say) for h in its), None)


def _render(console: Console, picture: Shape, say: Language, age: str) -> None:
    one = picture
    name, kind, status = one["name"] or word("(no name known)", say), word(one["kind"], say), one["status"]
    title = word("Customer {id}: {name}, {kind}, {status}", say)
    console.print(title.format(id=one["customer"], name=name, kind=kind, status=word(status, say)))
    _table(console, "Records", RECORD, (_record_line(record, say) for record in one["records"]), say)
    _table(console, "What the hub holds", HELD, (_field_line(field, say) for field in one["fields"]), say)
    said = (_said_line(f, s, say) for f in one["fields"] for s in f["systems"] if s["value"] or f["lineage"])
    _table(console, "Who says what", SAID, said, say)
    if any(consent["addresses"] for consent in one["consents"]):
        _table(console, "Consent", consents.COLUMNS, consents.lines(one["consents"], say), say)
    if one["facts"]:
        _table(console, "Facts", FACTS, (_fact_line(fact, say) for fact in one["facts"]), say)
    if loose := [h for h in one["holds"] if not h["field"]]:
        _table(console, "Held", ("system", "why"), ((h["system"], h["reason"]) for h in loose), say)
    if one["conflicts"]:
        lines = (_conflict_line(conflict, say) for conflict in one["conflicts"])
        _table(console, "Open conflicts", OPEN, lines, say)
    console.print()
    console.print(age)


RECORD = ("system", "record", "", "joined by", "changed", "read")
HELD = ("field", "value", "from", "since", "why")
SAID = ("field", "system", "value", "since", "")
FACTS = ("fact", "value", "system", "record", "as of")
OPEN = ("id", "field", "class", "why", "answers")


def _table(
    console: Console, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], say: Language
) -> None:
    console.print()
    console.print(table(word(title, say), [word(name, say) for name in columns], rows))


def _record_line(record: Shape, say: Language) -> tuple[object, ...]:
    marks = [record["presence"]] if record["presence"] != "present" else []
    marks += ["second of its system"] if record["role"] == "secondary" else []
    marks += ["held whole"] if record["held"] else []
    told = ", ".join(word(mark, say) for mark in marks)
    changed, read = (day(record[what]) for what in ("changed_at", "read_at"))
    return record["system"], record["id"], told, record["joined_by"] or "", changed, read


def _field_line(field: Shape, say: Language) -> tuple[object, ...]:
    told = field["lineage"]
    if told is None:
        return field["label"], word("(not known)", say), "", "", ""
    value = word("(emptied)", say) if field["cleared"] else field["value"] or word("(empty)", say)
    source = f"{told['system']} {told['record']}".strip()
    by = "locked by {who} until {day}" if field["locked_until"] else "locked by {who}"
    told_lock = word(by, say).format(who=field["locked_by"], day=day(field["locked_until"]))
    lock = f"; {told_lock}" if field["locked_by"] else ""
    checked = field["verified"]
    if checked:
        said = word("verified by {who} on {day}", say)
        lock = f"; {said.format(who=checked['by'], day=checked['at'][:10])}{lock}"
    why = f"{told['why']} ({word('run', say)} {told['run']}){lock}"
    return field["label"], value, source, day(told["since"]), why


def _said_line(field: Shape, said: Shape, say: Language) -> tuple[object, ...]:
    notes = [] if said["agrees"] else [word("other than the hub" if said["value"] else "empty", say)]
    notes += [f"{word('held', say)}: {said['held']}"] if said["held"] else []
    notes += [f"{word('not right', say)}: {said['invalid']}"] if said["invalid"] else []
    value = said["value"] or word("(empty)", say)
    return field["label"], said["system"], value, day(said["since"]), "; ".join(notes)


def _fact_line(fact: Shape, say: Language) -> tuple[object, ...]:
    value = fact["value"] or word("(empty)", say)
    return fact["label"], value, fact["system"], fact["record"], day(fact["as_of"])


def _conflict_line(one: Shape, say: Language) -> tuple[object, ...]:
    return one["id"], one["label"], word(one["class"], say), one["why"], " ".join(one["answers"])
