"""`show`: one picture of a customer. Who said what, since when, and why the hub holds this value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console

from flows import desk
from flows.cli import asking, preview
from flows.cli.exits import DONE, UsageError
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
        if field is not None and field not in hub.book.fields:
            raise UsageError(f"no field {field}; it is one of {', '.join(hub.book.fields)}")
        screen.tell(_shape(hub, _find(hub, customer), field), _render)
    return DONE


def _find(hub: Hub, customer: str) -> Customer:
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
    fields = [rule for name, rule in hub.book.fields.items() if field in (None, name)]
    return {
        "customer": one.id,
        "kind": one.kind,
        "status": one.status,
        "name": report.display_name(one.golden, preview.sensitive(hub.book)),
        "records": [_record(record, rules.get(record.rid)) for record in one.records],
        "fields": [_field(rule, one, decided, hub.book) for rule in fields],
        "holds": [
            {"field": h.field, "system": h.system, "reason": h.reason, "until": h.until}
            for h in one.holds
            if field in (None, h.field)
        ],
        "conflicts": [asking.row_shape(row) for row in asked],
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


def _field(rule: FieldRule, one: Customer, decided: dict[int, Decision], book: Rulebook) -> dict[str, Any]:
    golden = one.golden.get(rule.name)
    lock = one.locks.get(rule.name)
    return {
        "field": rule.name,
        "label": rule.label,
        "owner": rule.owner,
        "value": shown(rule, golden.value) if golden else None,
        "cleared": bool(golden and golden.value is CLEAR),
        "version": golden.version if golden else 0,
        "lineage": _lineage(golden.lineage, decided) if golden else None,
        "locked_by": lock.by if lock else None,
        "systems": list(_said(rule, one, book)),
    }


def _lineage(lineage: Lineage, decided: dict[int, Decision]) -> dict[str, Any]:
    told = {"system": lineage.system, "record": lineage.record, "since": lineage.at, "run": lineage.run}
    return told | {"how": lineage.how, "why": _why(lineage.how, decided)}


def _why(how: str, decided: dict[int, Decision]) -> str:
    """A rule's name, or who decided and what they wrote with it."""
    word, _, number = how.partition(" ")
    if word == "decision" and number.isdecimal() and (decision := decided.get(int(number))):
        said = f": {decision.why}" if decision.why else ""
        return f"{decision.claimed_by} decided on {decision.at[:10]}{said}"
    return WHY.get(how, f"rule {how}")


def _said(rule: FieldRule, one: Customer, book: Rulebook) -> Iterator[dict[str, Any]]:
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
            "invalid": record.invalid.get(rule.name),
            "held": _hold(one, rule.name, record.system),
        }


def _shows(book: Rulebook, record: Record, field: str) -> Callable[[Golden], Seen]:
    """How this system shows a value after its declared loss."""
    return book.systems[record.system].fields[field].shows


def _alike(rule: FieldRule, value: Value, held: Seen | Golden) -> bool:
    if held is MISSING or held is CLEAR:
        return value is BLANK
    return rule.type.key(value) == rule.type.key(held)


def _hold(one: Customer, field: str, system: str) -> str | None:
    return next((h.reason for h in one.holds if h.field == field and h.system in (system, ALL_SYSTEMS)), None)


def _render(console: Console, picture: Shape) -> None:
    one = picture
    console.print(
        f"Customer {one['customer']}: {one['name'] or '(no name known)'}, {one['kind']}, {one['status']}"
    )
    console.print()
    columns = ("system", "record", "", "joined by", "changed", "read")
    console.print(table("Records", columns, map(_record_line, one["records"])))
    console.print()
    held = ("field", "value", "from", "since", "why")
    console.print(table("What the hub holds", held, map(_field_line, one["fields"])))
    console.print()
    said = (_said_line(f, s) for f in one["fields"] for s in f["systems"] if s["value"] or f["lineage"])
    console.print(table("Who says what", ("field", "system", "value", "since", ""), said))
    if loose := [h for h in one["holds"] if not h["field"]]:
        console.print()
        console.print(table("Held", ("system", "why"), ((h["system"], h["reason"]) for h in loose)))
    if one["conflicts"]:
        console.print()
        lines = (
            (c["id"], c["label"], c["class"], c["why"], " ".join(c["answers"])) for c in one["conflicts"]
        )
        console.print(table("Open conflicts", ("id", "field", "class", "why", "answers"), lines))


def _record_line(record: Shape) -> tuple[object, ...]:
    marks = [record["presence"]] if record["presence"] != "present" else []
    marks += ["second of its system"] if record["role"] == "secondary" else []
    marks += ["held whole"] if record["held"] else []
    changed, read = (day(record[what]) for what in ("changed_at", "read_at"))
    return record["system"], record["id"], ", ".join(marks), record["joined_by"] or "", changed, read


def _field_line(field: Shape) -> tuple[object, ...]:
    told = field["lineage"]
    if told is None:
        return field["label"], "(not known)", "", "", ""
    value = "(emptied)" if field["cleared"] else field["value"] or "(empty)"
    source = f"{told['system']} {told['record']}".strip()
    lock = f"; locked by {field['locked_by']}" if field["locked_by"] else ""
    return field["label"], value, source, day(told["since"]), f"{told['why']} (run {told['run']}){lock}"


def _said_line(field: Shape, said: Shape) -> tuple[object, ...]:
    notes = [] if said["agrees"] else ["other than the hub" if said["value"] else "empty"]
    notes += [f"held: {said['held']}"] if said["held"] else []
    notes += [f"not right: {said['invalid']}"] if said["invalid"] else []
    return field["label"], said["system"], said["value"] or "(empty)", day(said["since"]), "; ".join(notes)
