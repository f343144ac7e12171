"""The overlap preview: who was found to be who, with a few to look at, before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console

from flows.cli.screen import Shape, table
from flows.hub import Hub
from reconcile.records import Customer, GoldenValue, Lineage, Record
from reconcile.report import display_name
from reconcile.rulebook import Rulebook
from reconcile.state import customers, staging

FEW = 3
_NOWHERE = Lineage("", "", "", 0, "")


def shape(hub: Hub, links: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of linking, and for each kind of finding a few samples; {} when nothing was linked."""
    if not links:
        return {}
    samples = links.get("samples", {})
    return {
        "linked": links["linked"],
        "new": links["new"],
        "doubles": links["doubles"],
        "ambiguous": links["ambiguous"],
        "too_common": links["too_common"],
        "samples": {what: _samples(hub, places) for what, places in samples.items()},
    }


def render(console: Console, overlap: Shape) -> None:
    """For people; says nothing when there was nothing to link."""
    if not any(overlap.get(what) for what in ("linked", "new", "doubles", "ambiguous", "too_common")):
        return
    console.print(table("Who is who", ("", "how many#", "for example"), _rows(overlap)))
    console.print()


def name_of(record: Record, book: Rulebook) -> str:
    """What people call this record's customer, as this record has it."""
    said = {n: GoldenValue(v, 0, _NOWHERE) for n, v in record.values.items() if n in book.fields}
    return display_name(said, sensitive(book)) or record.id


def sensitive(book: Rulebook) -> frozenset[str]:
    """The fields that nobody may read on a screen."""
    return frozenset(name for name, rule in book.fields.items() if rule.sensitive)


def _rows(overlap: Shape) -> Iterable[tuple[object, ...]]:
    samples = overlap["samples"]
    yield "new customers", overlap["new"], ""
    linked = _lines(samples.get("linked", ()))
    for rule, number in sorted(overlap["linked"].items(), key=lambda item: -item[1]):
        yield f"records joined by {rule}", number, next(linked, "")
    for line in linked:
        yield "", "", line
    doubles = _lines(samples.get("doubles", ()))
    for system, number in overlap["doubles"].items():
        yield f"doubles inside {system}", number, next(doubles, "")
    if overlap["ambiguous"]:
        yield "records that fit two customers", overlap["ambiguous"], "; ".join(_lines(samples["ambiguous"]))
    for rule, size in overlap["too_common"].items():
        yield f"too common a value for {rule}", size, "so many records share one value: it proves nothing"


def _lines(samples: Sequence[Shape]) -> Any:
    return (f"{one['name']}: " + ", ".join(one["records"]) for one in samples)


def _samples(hub: Hub, places: Sequence[str]) -> list[dict[str, Any]]:
    """One sample for each customer that the first of these records belong to."""
    with hub.store.read() as conn:
        split = [place.split(" ", 1) for place in places]
        found = [(s, id, staging.known(conn, hub.entity, s, [id]).get(id)) for s, id in split]
        owners = dict.fromkeys(k.customer for _, _, k in found if k and k.customer is not None)
        known = customers.load(conn, list(owners)[:FEW])
    if known:
        return [_sample(customer, hub.book) for customer in known]
    return [{"customer": None, "name": "", "records": [f"{s} {id}"]} for s, id, _ in found[:FEW]]


def _sample(customer: Customer, book: Rulebook) -> dict[str, Any]:
    return {
        "customer": customer.id,
        "name": name_of(customer.records[0], book),
        "records": [f"{r.system} {r.id}" for r in customer.records],
    }
