"""Faults to order: what goes wrong, on which requests, how often."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Op = Literal["any", "list", "get", "search", "create", "update", "delete"]
Kind = Literal[
    "lost_answer",
    "error",
    "error_after",
    "throttle",
    "denied",
    "forbidden",
    "reject",
    "truncated",
    "garbage",
    "empty_list",
    "half_page",
    "delay",
]
"""What a kind does:

* lost_answer: the effect is done, the connection is cut; error, error_after: 500 before or after the effect
* throttle: 429 with Retry-After; denied, forbidden: 401, 403; reject: 422 naming a field
* truncated: the body stops halfway; garbage: HTML; empty_list, half_page: a list that shows too little
* delay: seconds before the effect
"""


@dataclass(slots=True)
class Fault:
    """One sort of trouble for the next `times` requests of an operation, after letting `after` pass."""

    op: Op
    kind: Kind
    times: int = 1
    after: int = 0
    value: Any = None
    """throttle: seconds, or an HTTP date as text · delay: seconds · reject: the field's name."""

    def __post_init__(self) -> None:
        if self.op not in get_args(Op) or self.kind not in get_args(Kind):
            raise ValueError(f"unknown fault {self.kind!r} on {self.op!r}")


@dataclass(slots=True)
class Faults:
    """The faults that are still to happen, and how often each kind has hit."""

    pending: list[Fault] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault | Mapping[str, Any]) -> None:
        """Order a fault; raises ValueError for an unknown operation or kind, TypeError for unknown keys."""
        with self._lock:
            self.pending.append(fault if isinstance(fault, Fault) else Fault(**fault))

    def next(self, op: str) -> Fault | None:
        """The fault that this request meets, if any; counts it."""
        with self._lock:
            for fault in self.pending:
                if fault.op not in ("any", op):
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self.pending.remove(fault)
                self.hits[fault.kind] += 1
                return fault
            return None

    def clear(self) -> None:
        with self._lock:
            self.pending.clear()
