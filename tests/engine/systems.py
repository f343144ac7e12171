"""Systems with a character, and people who use them: the world outside the hub, in memory."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.errors import SystemOut
from adapters.memory import MemoryAdapter
from adapters.protocol import Capabilities, Change, Outcome, Page, SourceRecord


class Killed(BaseException):
    """The process ends here: nobody may catch it, nothing is cleaned up."""


class Clock:
    """Stands still until told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        self.waiting: list[Callable[[datetime], None]] = []
        """Told whenever time has passed."""

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)
        for told in self.waiting:
            told(self.now)


@dataclass(slots=True)
class Effect:
    """One write of the hub that took effect."""

    system: str
    change: Change
    id: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    late: bool = False
    """Long after it was asked for: nobody waits for it any more."""


@dataclass(slots=True)
class Troubles:
    """What goes wrong at the next occasion."""

    empty_list: bool = False
    cut_list: bool = False
    unmentioned: int = 0
    """So many of the next outcomes are not mentioned; the change took effect."""
    kill_before: int = -1
    """The process dies right before this change (0: the next one) takes effect."""
    kill_after: int = -1
    """The process dies right after it."""

    @property
    def any(self) -> bool:
        return self != Troubles()


class System(MemoryAdapter):
    """A memory system that restyles, refuses, answers badly, and remembers what the hub did to it."""

    def __init__(
        self, name: str, capabilities: Capabilities, clock: Callable[[], datetime], restyles: str = ""
    ) -> None:
        self.shown: dict[str, set[str]] = {}
        """Every payload that each record ever showed, as JSON."""
        self.past: list[tuple[datetime, SourceRecord]] = []
        """Every state that a record ever had, and since when."""
        super().__init__(name, capabilities=capabilities, clock=clock)
        self.restyles = restyles
        """The payload name to which this system adds something of its own whenever it is written."""
        self.troubles = Troubles()
        self.effects: list[Effect] = []
        self.calls: dict[str, int] = {}
        self.watch: Callable[[Effect], None] = lambda effect: None
        self.behind: timedelta | None = None
        """How old what lists and searches show is; None: they show what is."""
        self.landing = False
        """A request that was on its way takes effect now."""
        self.true_time = clock
        self.before_fetch: Callable[[Sequence[str]], None] = lambda ids: None
        """Called before records are read by id."""

    def add(self, payload: Mapping[str, Any]) -> str:
        """A new record; what nobody filled in is shown as null."""
        return super().add({**BLANK_RECORD, **payload})

    def _called(self, what: str) -> None:
        self.calls[what] = self.calls.get(what, 0) + 1

    def _store(
        self, id: str, payload: Mapping[str, Any], deleted: bool = False, in_scope: bool = True
    ) -> None:
        super()._store(id, payload, deleted, in_scope)
        self.past.append((self._clock(), self.records[id]))
        self.shown.setdefault(id, set()).add(json.dumps(self.records[id].payload, sort_keys=True))

    def pull(self, entity: str, since: str | None = None) -> Iterator[Page]:
        self._called("pull")
        troubles, self.troubles = self.troubles, replace(self.troubles, empty_list=False, cut_list=False)
        if troubles.empty_list:
            yield Page([], None, complete=since is None)
            return
        for page in super().pull(entity, since):
            if troubles.cut_list:
                yield Page(page.records[: len(page.records) // 2], None)
                raise SystemOut(f"{self.system} stopped in the middle of its list")
            yield page

    def _in_order(self) -> list[SourceRecord]:
        with self._looking_back():
            return super()._in_order()

    def search(self, entity: str, keys: Mapping[str, str]) -> Iterator[SourceRecord]:
        with self._looking_back():
            found = list(super().search(entity, keys))
        yield from found

    @contextmanager
    def _looking_back(self) -> Iterator[None]:
        """What is asked in here is answered as it was some time ago."""
        now = self.records
        if self.behind is not None:
            until = self._clock() - self.behind
            self.records = {record.id: record for at, record in self.past if at <= until}
        try:
            yield
        finally:
            self.records = now

    def fetch(self, entity: str, ids: Sequence[str]) -> Iterator[Any]:
        self._called("fetch")
        self.before_fetch(ids)
        return super().fetch(entity, ids)

    def push(self, entity: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        self._called("push")
        for outcome in super().push(entity, changes):
            if self.troubles.unmentioned:
                self.troubles.unmentioned -= 1
                continue
            yield outcome

    def _carry_out(self, change: Change) -> Outcome:
        if self.troubles.kill_before == 0:
            raise Killed
        before = self.records.get(change.id or "")
        if self.restyles and change.payload.get(self.restyles):
            styled = {**change.payload, self.restyles: f"{change.payload[self.restyles]} Hz"}
            change = replace(change, payload=styled)
        known = set(self.records)
        writes = self._writes
        outcome = super()._carry_out(change)
        if self._writes != writes:
            id = change.id or next(iter(self.records.keys() - known))
            held = copy.deepcopy(dict(before.payload)) if before else {}
            effect = Effect(self.system, change, id, held, self.records[id].payload, self.landing)
            self.effects.append(effect)
            self.watch(effect)
        if self.troubles.kill_after == 0:
            raise Killed
        self.troubles.kill_before -= 1
        self.troubles.kill_after -= 1
        return outcome


# ── people ──────────────────────────────────────────────────────────────────────────────────────────


def iban(number: int) -> str:
    """A Dutch account number that passes its check digits (ISO 13616: 98 minus the remainder by 97)."""
    account = f"{417164300 + number:010d}"
    digits = "".join(str(int(letter, 36)) for letter in f"INGB{account}NL00")
    return f"NL{98 - int(digits) % 97:02d}INGB{account}"


FIRST = ("Jan", "Jolanda", "Joris", "Jasmijn", "Jaap", "Jet")
LAST = ("Achterberghuizen", "Bovenkerkhoven", "Coenenbroekman", "Donkersteegzand", "Eekhoutberg", "Fabels")
STREETS = ("Dorpsstraat", "Kerkplein", "Molenweg", "Stationslaan", "Havenkade", "Ringdijk")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with six versions of everything, so that values return and are copied."""

    number: int
    fields: Mapping[str, tuple[dict[str, str], ...]] = field(default_factory=dict)


def person(number: int) -> Person:
    """The same person for the same number; no two share a value by which records are linked."""
    n = number * 10
    return Person(
        number,
        {
            "given_name": tuple({"first": name} for name in FIRST),
            "family_name": tuple({"last": LAST[(number + k) % 6]} for k in range(6)),
            "email": tuple({"email": f"mail.{n + k}@example.org"} for k in range(6)),
            "phone": tuple({"phone": f"06{12000000 + n + k:08d}"} for k in range(6)),
            "address": tuple(
                {
                    "street": f"{STREETS[k]} {number + 1}",
                    "postcode": f"{1011 + number} AB",
                    "city": "Amsterdam",
                    "country": "NL",
                }
                for k in range(6)
            ),
            "iban": tuple({"iban": iban(n + k)} for k in range(6)),
        },
    )


NAMES = {
    "given_name": ("first",),
    "family_name": ("last",),
    "email": ("email",),
    "phone": ("phone",),
    "address": ("street", "postcode", "city", "country"),
    "iban": ("iban",),
}
"""Canonical field → the names in a payload that hold it."""
BLANK_RECORD: Mapping[str, Any] = {name: None for names in NAMES.values() for name in names}


def renotated(part: str, text: str) -> str:
    """The same value, written differently."""
    if part in ("email", "iban"):
        return text.swapcase() if part == "email" else " ".join((text[:4], text[4:8], text[8:]))
    if part == "phone":
        return f"+31 {text[1]} {text[2:]}" if text.startswith("06") else text
    if part == "postcode":
        return text.replace(" ", "").lower()
    return f" {text}  "
