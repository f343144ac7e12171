"""Vendure, the webshop (tried with 3.7): customers with their addresses, through the admin API.

A change of an address does not move the customer's `updatedAt`, addresses have no list of their own, and
nothing tells of a deleted address or customer. A pull of "what changed" would miss the edit that a shop sees
most, so every pull lists all customers with their addresses, a thousand a request. For the same reason the
version is the newest time of customer and addresses (whole seconds) plus a digest of what they show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import Field

from adapters.answers import NotDone, NotFound, Ok, Refused, Unsure
from adapters.bucket import shared
from adapters.errors import NotUnderstood, SystemOut
from adapters.http import Http
from adapters.ids import BadId
from adapters.paging import Reading, Sheet
from adapters.protocol import Capabilities, Change, Outcome, Page, SourceRecord
from adapters.registry import Kind
from adapters.rest import PASSES, not_done
from adapters.settings import KindSettings, Opening, Secret
from adapters.vendure_api import Graph
from adapters.vendure_records import (
    ADD_ADDRESS,
    CHANGE_ADDRESS,
    CREATE,
    DELETE,
    LIST,
    OWN,
    UPDATE,
    as_record,
    by_id,
    odd_address,
)

_ID = re.compile(r"[1-9][0-9]{0,18}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
RATE, BURST = 50.0, 50  # Vendure has no limit of its own; this is to be kind to one Node process

CAPABILITIES = Capabilities(
    writes=frozenset({"create", "update", "delete"}),
    incremental="no",
    deletes="absence",
    searchable=frozenset({"emailAddress"}),
    fetch_batch=50,
    returns_record=True,
    side_effects=("stores e-mail in lower case", "may send a new customer an e-mail to verify the address"),
    writable=frozenset({*OWN, "addresses"}),
)


class VendureSettings(KindSettings):
    """Where the shop's admin API is, and as whom to use it."""

    url: str = Field(pattern=r"^https?://[^\s/]+")
    """Up to and including /admin-api."""
    username: Secret
    password: Secret
    channel: str = ""
    """Token of the channel whose customers are meant; default: the default channel, which holds all."""
    page_size: int = Field(default=1000, ge=1, le=1000)
    """Customers a request; Vendure gives 1000 at most."""


class VendureAdapter:
    """Moves customers with their addresses."""

    def __init__(self, system: str, settings: VendureSettings, opening: Opening) -> None:
        self._system = system
        self._size = settings.page_size
        account = f"vendure {settings.url} {settings.username.env}"
        http = Http(
            system,
            settings.url,
            bucket=shared(account, RATE, BURST, opening.clock, opening.sleep),
            clock=opening.clock,
            sleep=opening.sleep,
            transport=opening.transport,
        )
        secret = opening.secrets
        self._graph = Graph(
            http, secret(settings.username.env), secret(settings.password.env), settings.channel
        )

    @property
    def system(self) -> str:
        return self._system

    def capabilities(self, entity: str) -> Capabilities:
        return CAPABILITIES

    def check(self) -> None:
        """Log in and count. Raises SystemOut."""
        self._list({"take": 1})

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        """Every customer, in order of id; `since` is not used. Read again when the list moved meanwhile."""
        reading = Reading(as_record)
        held: Page | None = None
        for _ in range(PASSES):
            reading.begin()
            for sheet in self._sheets():
                if held:
                    yield held
                records, problems = reading.take(sheet)
                held = Page(records, problems=problems)
            if reading.whole():
                break
        last = held or Page(())
        yield Page(last.records, complete=reading.whole(), problems=last.problems)

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[SourceRecord]:
        """By id, fifty a request; null by id says that the customer is gone. Raises BadId."""
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), CAPABILITIES.fetch_batch):
            yield from self._by_id(wanted[start : start + CAPABILITIES.fetch_batch])

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        """By e-mail, letter case aside. Raises ValueError for another path."""
        if unknown := sorted(keys.keys() - CAPABILITIES.searchable):
            raise ValueError(f"{self._system} cannot search by {', '.join(unknown)}")
        for path, value in keys.items():
            sheet = self._list({"take": self._size, "filter": {path: {"eq": value.strip().lower()}}})
            yield from (record for item in sheet.items if (record := as_record(item)))

    def push(self, entity: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One to three requests a change, and more for several addresses. Raises Denied."""
        for change in changes:
            if objection := self._objection(change):
                yield Outcome(change.key, "rejected", detail=objection)
            elif change.action == "delete":
                fate = self._graph.order(DELETE, {"c": change.id})
                yield Outcome(change.key, "applied") if isinstance(fate, Ok) else not_done(change, fate)
            else:
                yield self._write(change)

    def close(self) -> None:
        self._graph.close()

    def _objection(self, change: Change) -> str | None:
        """Why this change is not sent at all; None when it can be."""
        if change.action not in CAPABILITIES.writes:
            return f"{self._system} does not {change.action}"
        if change.action != "create" and not _ID.fullmatch(change.id or ""):
            return "there is no such id: Vendure's are whole numbers or UUIDs"
        if unknown := sorted(change.payload.keys() - (CAPABILITIES.writable or ())):
            return f"cannot be written: {', '.join(unknown)}"
        return odd_address(change.payload.get("addresses", []))

    def _write(self, change: Change) -> Outcome:
        """The customer's own fields first: what refuses them has then changed nothing."""
        own = {name: value for name, value in change.payload.items() if name in OWN}
        addresses = change.payload.get("addresses", [])
        if change.action == "update" and addresses and (objection := self._not_theirs(change, addresses)):
            return objection
        if change.action == "update" and not own:
            return self._write_addresses(change, SourceRecord(str(change.id), {}), addresses)
        query, ids = (CREATE, {}) if change.action == "create" else (UPDATE, {"id": change.id})
        fate = self._graph.order(query, {"i": {**own, **ids}})
        if not isinstance(fate, Ok):
            return not_done(change, fate)
        record = as_record(fate.body)
        if record is None or (change.action == "update" and record.id != change.id):
            return Outcome(change.key, "unknown", detail="the answer does not show the customer meant")
        return self._write_addresses(change, record, addresses) if addresses else _applied(change, record)

    def _write_addresses(
        self, change: Change, record: SourceRecord, addresses: Sequence[Mapping[str, Any]]
    ) -> Outcome:
        """One by one. Once a part is done, a failure leaves the whole of unknown fate, to be read again."""
        begun = bool(record.payload)
        for address in addresses:
            known = "id" in address
            order, whose = (CHANGE_ADDRESS, {}) if known else (ADD_ADDRESS, {"c": record.id})
            fate = self._graph.order(order, {**whose, "i": address})
            if not isinstance(fate, Ok):
                return _half_done(change, record, fate) if begun else _not_begun(change, fate)
            begun = True
        try:
            (stored,) = self._by_id([record.id])
        except SystemOut:
            return Outcome(change.key, "unknown", detail="written, but it could not be read back")
        return Outcome(change.key, "stale", stored) if stored.deleted else _applied(change, stored)

    def _not_theirs(self, change: Change, addresses: Sequence[Mapping[str, Any]]) -> Outcome | None:
        """Vendure changes an address by its own id alone, whoever it belongs to: look before."""
        (now,) = self._by_id([str(change.id)])
        if now.deleted:
            return Outcome(change.key, "stale", now, "there is no such record any more")
        theirs = {address["id"] for address in now.payload["addresses"]}
        if any("id" in address and address["id"] not in theirs for address in addresses):
            return Outcome(change.key, "stale", now, "an address is gone or belongs to another customer")
        return None

    def _by_id(self, ids: Sequence[str]) -> Iterator[SourceRecord]:
        if any(not _ID.fullmatch(rid) for rid in ids):
            raise BadId(
                "an id is no whole number or UUID; Vendure reads other notations as some other customer"
            )
        data = self._graph.ask(by_id(len(ids)), {f"c{n}": rid for n, rid in enumerate(ids)})
        for n, rid in enumerate(ids):
            record = as_record(data.get(f"c{n}"))
            if record is not None and record.id != rid:
                raise NotUnderstood(f"{self._system}: asked for one customer and got another")
            yield record or SourceRecord(rid, {}, deleted=True)

    def _sheets(self) -> Iterator[Sheet]:
        shown = 0
        while True:
            sheet = self._list({"take": self._size, "skip": shown, "sort": {"id": "ASC"}})
            yield sheet
            shown += len(sheet.items)
            if not sheet.items or shown >= (sheet.total or 0):
                return

    def _list(self, options: Mapping[str, Any]) -> Sheet:
        found = self._graph.ask(LIST, {"o": options}).get("customers")
        if not isinstance(found, Mapping) or not isinstance(found.get("items"), list):
            raise NotUnderstood(f"{self._system}: no list of customers in the answer; is this Vendure 3?")
        return Sheet(found["items"], found.get("totalItems"), None)


def _applied(change: Change, record: SourceRecord) -> Outcome:
    return Outcome(change.key, "applied", record)


def _not_begun(change: Change, fate: NotFound | Refused | NotDone | Unsure) -> Outcome:
    if isinstance(fate, NotFound):  # the address, not the customer
        return Outcome(change.key, "stale", detail="an address is gone")
    return not_done(change, fate)


def _half_done(change: Change, record: SourceRecord, fate: NotFound | Refused | NotDone | Unsure) -> Outcome:
    why = "not found" if isinstance(fate, NotFound) else fate.detail
    known = record if record.payload else None
    return Outcome(change.key, "unknown", known, f"done in part; then an address was not written ({why})")


def open_vendure(system: str, settings: VendureSettings, opening: Opening) -> VendureAdapter:
    return VendureAdapter(system, settings, opening)


KIND = Kind("vendure", VendureSettings, open_vendure)
