"""One request on its way through a simulated system, and what goes wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from sandbox.faults import Faults
from sandbox.records import Record
from sandbox.routes import Answer, Asked

REFUSALS = {"denied": 401, "forbidden": 403, "reject": 422, "error": 500, "out": 503}
THROTTLES = ("throttle", "throttle_date", "throttle_bare")
GARBAGE = Answer(200, b"<!doctype html><title>Bad gateway</title>", {"Content-Type": "text/html"})


@dataclass
class Visit:
    """What one request meets. `met` loses each fault that takes effect."""

    asked: Asked
    op: str
    met: dict[str, Any]
    faults: Faults
    hits: list[str] = field(default_factory=list)
    skew: timedelta = timedelta()
    shown: list[tuple[str, Iterable[Record]]] = field(default_factory=list)
    arrives: bool = True
    """Whoever asked gets to see the answer as it was meant."""

    def hit(self, kind: str) -> Any:
        """It takes effect now, once, and counts; returns its value."""
        self.hits.append(kind)
        self.faults.hit(kind)
        return self.met.pop(kind)

    def up_to(self, kind: str, most: float) -> float:
        """A number from 0 to `most`, of this kind's own chance."""
        return self.faults.chance(kind).uniform(0, most)

    def begin(self) -> None:
        """Faults that last as long as the request does."""
        if "skew" in self.met:
            most = self.hit("skew")
            self.skew = timedelta(seconds=self.faults.chance("skew").uniform(-most, most))

    def spoilt(self, answer: Answer, error: Answer) -> Answer:
        """What becomes of an answer after the effect; `error` is the system's 500."""
        sound = answer
        if "error_after" in self.met:
            self.hit("error_after")
            answer = error
        if "garbage" in self.met:
            self.hit("garbage")
            answer = replace(GARBAGE, status=answer.status)
        if "lost_answer" in self.met:
            answer = replace(answer, cut="silent", wait=float(self.hit("lost_answer")))
        if "truncated" in self.met and len(answer.content()) > 1:
            self.hit("truncated")
            answer = replace(answer, cut="half")
        self.arrives = answer is sound
        if "delay" in self.met:
            answer = replace(answer, wait=float(self.hit("delay")))
        return answer


def http_date(moment: datetime) -> str:
    """As headers write it."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def retry_after(seconds: float) -> dict[str, str]:
    """The header that asks for patience, in whole seconds."""
    return {"Retry-After": str(math.ceil(seconds))}
