"""The overlap preview: who was found to be who, with a few to look at, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from sqlalchemy import Connection

from flows.cli.screen import Shape, table
from flows.hub import Hub
from reconcile.records import Customer, GoldenValue, Lineage, Record
from reconcile.report import display_name
from reconcile.rulebook import Rulebook
from reconcile.state import customers, links, staging

FEW = 3
_NOWHERE = Lineage("", "", "", 0, "")


def shape(hub: Hub, found: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of linking, and for each kind of finding a few samples; {} when nothing was linked."""
    if not found:
        return {}
    counts = {what: found[what] for what in ("linked", "new", "doubles", "ambiguous", "too_common")}
    with hub.store.read() as conn:
        samples = {
            what: list(_samples(hub, conn, found["samples"].get(what, ())))
            for what in ("linked", "doubles", "ambiguous")
        }
    return counts | {"samples": samples}


def render(console: Console, overlap: Shape) -> None:
    """For people; says nothing when there was nothing to link."""
    if not any(overlap.get(what) for what in ("linked", "new", "doubles", "ambiguous", "too_common")):
        return
    console.print(table("Who is who", ("", "how many#", "for example"), _rows(overlap)))
    console.print()


def name_of(customer: Customer, book: Rulebook) -> str:
    """What people call a customer that has no golden record yet: the fullest name of its records."""
    return max((_name(record, book) for record in customer.records), key=len)


def _name(record: Record, book: Rulebook) -> str:
    said = {n: GoldenValue(v, 0, _NOWHERE) for n, v in record.values.items() if n in book.fields}
    return display_name(said, sensitive(book)) or record.id


def sensitive(book: Rulebook) -> frozenset[str]:
    """The fields that nobody may read on a screen."""
    return frozenset(name for name, rule in book.fields.items() if rule.sensitive)


def _rows(overlap: Shape) -> Iterator[tuple[object, ...]]:
    samples = overlap["samples"]
    yield "new customers", overlap["new"], ""
    for rule, number in sorted(overlap["linked"].items(), key=lambda item: -item[1]):
        yield f"records joined by {rule}", number, _lines(samples["linked"], "rule", rule)
    for system, number in overlap["doubles"].items():
        yield f"doubles inside {system}", number, _lines(samples["doubles"], "system", system)
    if overlap["ambiguous"]:
        yield "records that fit two customers", overlap["ambiguous"], _lines(samples["ambiguous"])
    for rule, size in overlap["too_common"].items():
        yield f"too common a value for {rule}", size, "so many records share one value: it proves nothing"


def _lines(samples: Sequence[Shape], of: str = "", what: str = "") -> list[str]:
    fit = (one for one in samples if not of or one[of] == what)
    lines = dict.fromkeys(f"{one['name']}: {', '.join(one['records'])}".lstrip(": ") for one in fit)
    return list(lines)[:FEW]


def _samples(hub: Hub, conn: Connection, places: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Each of these records ("system id"), with the customer that it belongs to now."""
    for place in places:
        system, id = place.split(" ", 1)
        known = staging.known(conn, hub.entity, system, [id]).get(id)
        sample: dict[str, Any] = {"system": system, "id": id, "customer": None, "rule": None}
        if known is None or known.customer is None:
            yield sample | {"name": "", "records": [place]}
            continue
        rule = next((l.rule for l in links.links_of(conn, known.customer) if l.rid == known.rid), None)
        yield sample | {"rule": rule} | _belongs(customers.load(conn, [known.customer])[0], hub.book)


def _belongs(customer: Customer, book: Rulebook) -> dict[str, Any]:
    records = [f"{r.system} {r.id}" for r in customer.records]
    return {"customer": customer.id, "name": name_of(customer, book), "records": records}
