"""Faults: what goes wrong, at which requests, how often. By rate from a seed, or to order."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WRITES = frozenset({"create", "update", "archive", "delete", "batch"})
ASKED = frozenset({"list", "get", "search", "other"}) | WRITES
"""What a request can be."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of trouble."""

    does: str
    on: frozenset[str] = ASKED
    value: Any = None
    """What a fault of this kind takes when nothing else is said."""
    fate: bool = True
    """Decides what becomes of the request: at most one of these hits it."""


_KNOWN = WRITES - {"create"}
_LISTS = frozenset({"list"})
_SHOWN = frozenset({"list", "search", "get"})
_BATCH = frozenset({"batch"})
_HOOK = frozenset({"hook"})
KINDS: Mapping[str, Kind] = {
    "throttle": Kind("429 with Retry-After in seconds (value)", value=1),
    "throttle_date": Kind("429 with Retry-After as an HTTP date, so many seconds (value) on", value=1),
    "throttle_bare": Kind("429 without Retry-After"),
    "throttle_403": Kind("403 without a body, meant as throttling"),
    "quota": Kind("429 from now on, for seconds (value) or, without a value, until midnight UTC"),
    "denied": Kind("401"),
    "forbidden": Kind("403 in the system's own form"),
    "reject": Kind("422, naming a field (value)", value="email"),
    "error": Kind("500 before the effect"),
    "error_after": Kind("500 after the effect"),
    "out": Kind("503 before the effect"),
    "lost_request": Kind("no effect and no answer; the connection is held for real seconds (value)", value=0),
    "lost_answer": Kind("the effect, but no answer; the connection is held for seconds (value)", value=0),
    "late": Kind("no answer, and the effect up to so many seconds (value) later", WRITES, 300.0),
    "truncated": Kind("an answer that stops halfway"),
    "garbage": Kind("HTML in place of the answer, after the effect"),
    "delay": Kind("the answer takes so many real seconds (value)", value=1.0, fate=False),
    "stale_list": Kind("a list as it was up to so many seconds (value) ago", _LISTS, 60.0, fate=False),
    "stale_search": Kind("the same, for a search", frozenset({"search"}), 60.0, fate=False),
    "empty_list": Kind("a list, or several by id, without anything", _SHOWN, fate=False),
    "half_page": Kind("a page that lacks its second half", _SHOWN, fate=False),
    "page_drift": Kind("a page behind the first that begins one record too late", _LISTS, fate=False),
    "partial_batch": Kind("from some item on, a batch is not done and says so", _BATCH, fate=False),
    "unmentioned": Kind("an item of a batch is done and not mentioned", _BATCH, fate=False),
    "editor": Kind("a user writes the record right before the hub does", _KNOWN, fate=False),
    "restyle": Kind("right after the hub wrote, the system rewrites a value its own way", WRITES, fate=False),
    "skew": Kind("the system's clock is wrong by up to so many seconds (value)", value=120.0, fate=False),
    "hook_twice": Kind("a web-hook comes twice", _HOOK, fate=False),
    "hook_lost": Kind("a web-hook never comes", _HOOK, fate=False),
    "hook_swapped": Kind("a web-hook overtakes the one before it", _HOOK, fate=False),
}
"""Every kind by name. What is said about a list also holds for the pages of an increment."""


@dataclass(slots=True)
class Fault:
    """Trouble to order: for the next `times` requests of an operation, after letting `after` pass."""

    op: str
    kind: str
    times: int = 1
    after: int = 0
    value: Any = None

    def __post_init__(self) -> None:
        if self.op not in ("any", "hook", *ASKED) or self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r} on {self.op!r}; the kinds are {', '.join(KINDS)}")

    def meets(self, op: str) -> bool:
        return self.op in ("any", op) and op in KINDS[self.kind].on


@dataclass
class Faults:
    """What is still to go wrong, and how often each kind took effect."""

    seed: object = 1
    hits: Counter[str] = field(default_factory=Counter)
    pending: list[Fault] = field(default_factory=list)
    rates: dict[str, float] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    _chances: dict[str, random.Random] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, fault: Fault | Mapping[str, Any]) -> None:
        """Order a fault; raises ValueError for an unknown operation or kind, TypeError for unknown keys."""
        with self._lock:
            self.pending.append(fault if isinstance(fault, Fault) else Fault(**fault))

    def set_rates(self, rates: Mapping[str, float], values: Mapping[str, Any] | None = None) -> None:
        """From now on these kinds, and no others, hit with these chances (0 to 1); raises ValueError."""
        if wrong := [n for n, r in rates.items() if n not in KINDS or not 0 <= r <= 1]:
            raise ValueError(f"{', '.join(wrong)}: name a kind ({', '.join(KINDS)}) and a rate from 0 to 1")
        if unknown := sorted((values or {}).keys() - KINDS.keys()):
            raise ValueError(f"there is no fault {', '.join(unknown)} to give a value")
        with self._lock:
            self.rates, self.values = dict(rates), dict(values or {})

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self.rates, self.values = {}, {}
            self.pending.clear()

    def draw(self, op: str) -> dict[str, Any]:
        """The kinds that this request meets, with their values. Each kind has a chance of its own, so that
        one more kind leaves the history of the others as it was."""
        if not (self.pending or self.rates):
            return {}
        with self._lock:
            drawn = self._ordered(op)
            for name, rate in self.rates.items():
                if op in KINDS[name].on and self.chance(name).random() < rate:
                    drawn.setdefault(name, self.values.get(name, KINDS[name].value))
        fates = [name for name in drawn if KINDS[name].fate]
        return {name: value for name, value in drawn.items() if name not in fates[1:]}

    def hit(self, kind: str) -> None:
        """It took effect."""
        self.hits[kind] += 1

    def chance(self, kind: str) -> random.Random:
        """What this kind draws from."""
        if kind not in self._chances:
            self._chances[kind] = random.Random(f"{self.seed} {kind}")
        return self._chances[kind]

    def _ordered(self, op: str) -> dict[str, Any]:
        for fault in self.pending:
            if not fault.meets(op):
                continue
            if fault.after:
                fault.after -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.pending.remove(fault)
            return {fault.kind: KINDS[fault.kind].value if fault.value is None else fault.value}
        return {}
