"""What a system was sent in a run: counts, no values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class PushReport:
    """What one system was sent, and what became of it."""

    system: str
    outcomes: dict[str, int] = field(default_factory=dict)
    window: list[float] = field(default_factory=list)
    """Per batch, milliseconds between the last reading and the last answer: an edit in there may be lost."""
    possible_overwrites: int = 0
    """Writes with a trace of an edit in there."""
    out: str = ""

    def count(self, status: str, number: int = 1) -> None:
        self.outcomes[status] = self.outcomes.get(status, 0) + number

    def add(self, later: PushReport) -> None:
        """Go on with what the same system was sent later in the run."""
        for status, number in later.outcomes.items():
            self.count(status, number)
        self.window += later.window
        self.possible_overwrites += later.possible_overwrites
        self.out = later.out

    @property
    def written(self) -> int:
        return self.outcomes.get("applied", 0)

    def counts(self) -> dict[str, Any]:
        window = sorted(self.window)
        shown = {"p50": _percentile(window, 50), "p99": _percentile(window, 99)} if window else {}
        return {
            "system": self.system,
            "outcomes": self.outcomes,
            "window_ms": shown,
            "possible_overwrites": self.possible_overwrites,
            "out": self.out,
        }


def _percentile(ordered: Sequence[float], percent: int) -> float:
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 1)
