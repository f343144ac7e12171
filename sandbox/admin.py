"""The back door of a simulated system, for tests and people: under /__sandbox, without auth and faults."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from sandbox.clock import Clock
from sandbox.faults import KINDS
from sandbox.hints import hmac_header, unsigned
from sandbox.records import Event, Record, Table
from sandbox.routes import Answer, Asked, Refusal, Routed, route

if TYPE_CHECKING:
    from sandbox.kit import System

PREFIX = "/__sandbox"


class Admin(Routed):
    """Every door answers JSON. A change made here is a user's."""

    def __init__(self, system: System) -> None:
        self._system = system

    def take(self, asked: Asked) -> Answer:
        """The answer to one request; 404 for a door that is not there."""
        found = self.find(asked)
        if found is None:
            return Answer(404, {"error": "no_such_door", "doors": [one.name for one in self.routes]})
        try:
            answer: Answer = getattr(self, found[0].name)(found[1])
        except Refusal as no:
            return Answer(no.status, {"error": no.code, "field": no.field})
        except (KeyError, TypeError, ValueError) as error:
            return Answer(400, {"error": str(error)})
        return answer

    @route("GET", PREFIX)
    @route("GET", PREFIX + "/")
    def overview(self, asked: Asked) -> Answer:
        """That it lives, and what it holds."""
        system = self._system
        held = {name: len(table.live()) for name, table in system.tables.items()}
        return Answer(200, {"system": type(system).__name__, "now": system.now(), "records": held})

    @route("GET", PREFIX + "/state/{resource}")
    def state(self, asked: Asked) -> Answer:
        """All records, what is archived and gone among it."""
        table = self._table(asked)
        return Answer(200, {"records": [asdict(record) for record in table.all()]})

    @route("POST", PREFIX + "/state/{resource}")
    def create(self, asked: Asked) -> Answer:
        """A user makes a record: {values, id?}."""
        body = _object(asked)
        return _shown(self._table(asked).create(body["values"], str(body.get("id", ""))))

    @route("PATCH", PREFIX + "/state/{resource}/{id}")
    def edit(self, asked: Asked) -> Answer:
        """A user writes these values into a record."""
        return _shown(self._table(asked).update(asked.names["id"], _object(asked)))

    @route("DELETE", PREFIX + "/state/{resource}/{id}")
    def delete(self, asked: Asked) -> Answer:
        """A user deletes a record, or with ?into=ID merges it into another."""
        table, id = self._table(asked), asked.names["id"]
        if "into" in asked.query:
            return _shown(table.merge(id, asked.query["into"]))
        return Answer(204) if table.delete(id) else _shown(None)

    @route("POST", PREFIX + "/state/{resource}/{id}/archive")
    def archive(self, asked: Asked) -> Answer:
        """A user puts a record away, or with ?undo=1 takes it out again."""
        return _shown(self._table(asked).archive(asked.names["id"], "undo" not in asked.query))

    @route("GET", PREFIX + "/faults")
    def faults(self, asked: Asked) -> Answer:
        """What can go wrong, what is about to, and what did."""
        faults = self._system.faults
        told = {
            "rates": faults.rates,
            "values": faults.values,
            "pending": [asdict(f) for f in faults.pending],
        }
        return Answer(200, {**told, "hits": faults.hits, "kinds": {n: k.does for n, k in KINDS.items()}})

    @route("PUT", PREFIX + "/faults")
    def set_faults(self, asked: Asked) -> Answer:
        """These rates and no others: {kind: rate}; {} is calm. Orders are forgotten."""
        self._system.faults.calm()
        self._system.faults.set_rates(_object(asked))
        return self.faults(asked)

    @route("POST", PREFIX + "/faults")
    def order_fault(self, asked: Asked) -> Answer:
        """Order one: {op, kind, times?, after?, value?}."""
        self._system.faults.order(_object(asked))
        return self.faults(asked)

    @route("GET", PREFIX + "/clock")
    def clock(self, asked: Asked) -> Answer:
        """The time by the system's own clock."""
        return Answer(200, {"now": self._system.now()})

    @route("POST", PREFIX + "/clock")
    def pass_time(self, asked: Asked) -> Answer:
        """Let time pass: {seconds}. A system on the real clock cannot (409)."""
        clock = self._system.clock
        if not isinstance(clock, Clock):
            raise Refusal(409, "this system lives in real time")
        clock.now += timedelta(seconds=_object(asked)["seconds"])
        self._system.settle()
        return self.clock(asked)

    @route("GET", PREFIX + "/log")
    def log(self, asked: Asked) -> Answer:
        """Every change after ?after=SERIAL, with who made it."""
        events = islice(self._system.journal.events, asked.number("after", 0), None)
        return Answer(200, {"events": [_told(event) for event in events]})

    @route("GET", PREFIX + "/requests")
    def requests(self, asked: Asked) -> Answer:
        """How often each operation was asked for, and the last requests."""
        system = self._system
        return Answer(200, {"counts": system.counts, "last": [asdict(one) for one in system.requests]})

    @route("GET", PREFIX + "/truth")
    def truth(self, asked: Asked) -> Answer:
        """What the hub did to this system, as the system saw it."""
        witness = self._system.witness
        return Answer(200, {"figures": witness.figures(), **witness.cases()})

    @route("GET", PREFIX + "/hooks")
    def hooks(self, asked: Asked) -> Answer:
        """Who is told, and how that went."""
        hooks = self._system.hooks
        to = [one.url for one in hooks.subscriptions]
        return Answer(200, {"to": to, "waiting": hooks.waiting(), "counts": hooks.counts})

    @route("POST", PREFIX + "/hooks")
    def subscribe(self, asked: Asked) -> Answer:
        """Tell {url, secret?} of everything from now on; with a secret, HMAC-SHA256 in X-Signature."""
        body = _object(asked)
        sign = hmac_header(body["secret"]) if "secret" in body else unsigned
        self._system.hooks.subscribe(body["url"], sign)
        self._system.hooks.start()
        return self.hooks(asked)

    def _table(self, asked: Asked) -> Table:
        return self._system.table(asked.names["resource"])


def _object(asked: Asked) -> dict[str, Any]:
    body = asked.json()
    if not isinstance(body, dict):
        raise Refusal(400, "an object is expected")
    return body


def _shown(record: Record | None) -> Answer:
    return Answer(200, asdict(record)) if record else Answer(404, {"error": "no_such_record"})


def _told(event: Event) -> dict[str, Any]:
    told = {"serial": event.serial, "at": event.at, "by": event.by, "act": event.act}
    changed = {path: {"before": old, "after": new} for path, (old, new) in event.fields().items()}
    return {**told, "resource": event.resource, "id": event.id, "changed": changed}
