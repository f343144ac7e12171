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
from reconcile.words import Language, word

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


def render(console: Console, overlap: Shape, say: Language = "en") -> None:
    """For people; says nothing when there was nothing to link."""
    if not any(overlap.get(what) for what in ("linked", "new", "doubles", "ambiguous", "too_common")):
        return
    columns = [word(name, say) for name in ("", "how many#", "for example")]
    console.print(table(word("Who is who", say), columns, _rows(overlap, say)))
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


def _rows(overlap: Shape, say: Language) -> Iterator[tuple[object, ...]]:
    samples = overlap["samples"]
    yield word("new customers", say), overlap["new"], ""
    for rule, number in sorted(overlap["linked"].items(), key=lambda item: -item[1]):
        yield (
            word("records joined by {rule}", say).format(rule=rule),
            number,
            _lines(samples["linked"], "rule", rule),
        )
    for system, number in overlap["doubles"].items():
        yield (
            word("doubles inside {system}", say).format(system=system),
            number,
            _lines(samples["doubles"], "system", system),
        )
    if overlap["ambiguous"]:
        yield word("records that fit two customers", say), overlap["ambiguous"], _lines(samples["ambiguous"])
    for rule, size in overlap["too_common"].items():
        proves = word("so many records share one value: it proves nothing", say)
        yield word("too common a value for {rule}", say).format(rule=rule), size, proves


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
