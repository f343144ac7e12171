"""A customer's consents, as `show` tells them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from flows.cli.screen import Shape, day
from flows.cli.values import shown
from flows.consent import ConsentLine, Reachable, consent_of
from flows.hub import Hub
from reconcile.records import Customer
from reconcile.rulebook import FieldRule
from reconcile.words import Language, word

COLUMNS = ("consent", "address", "shown by", "status", "since", "said in", "proof")


def shapes(hub: Hub, conn: Connection, one: Customer, field: str | None) -> Iterator[dict[str, Any]]:
    """Every consent of the policy; with `field` only those that belong to it."""
    for line in consent_of(hub, conn, one):
        if field in (None, line.rule.identifier):
            yield _consent(line, hub.book.fields)


def _consent(line: ConsentLine, fields: Mapping[str, FieldRule]) -> dict[str, Any]:
    rule = line.rule
    told = {"consent": rule.name, "channel": rule.channel, "purpose": rule.purpose, "field": rule.identifier}
    addresses = [_address(one, fields[rule.identifier]) for one in line.addresses]
    return told | {"status": line.status.state, "addresses": addresses}


def _address(one: Reachable, rule: FieldRule) -> dict[str, Any]:
    status = one.status
    return {
        "address": shown(rule, one.value),
        "systems": list(one.systems),
        "status": status.state,
        "since": status.since,
        "source": status.source,
        "proof": status.spreadable,
    }


def lines(consents: list[Shape], say: Language) -> Iterator[tuple[object, ...]]:
    """One line for each address of each consent."""
    for one in consents:
        name = f"{one['consent']} ({one['channel']}, {one['purpose']})"
        for its in one["addresses"]:
            granted = its["status"] == "granted"
            proof = word("yes" if its["proof"] else "no, so it holds there only", say) if granted else ""
            who = ", ".join(its["systems"])
            state, since = word(its["status"], say), day(its["since"])
            yield name, its["address"], who, state, since, its["source"], proof
