"""The whole path, from the socket to the committed plan and on to what it decides: a first sync, increments.

Runs in a process of its own, so that its peak memory is its own:
`python -m benchmarks.whole customers increments` prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx

from benchmarks.ground import SYSTEMS, make_project, servers
from flows import steps
from flows.hub import Hub, open_hub

CHANGES = 400
T = TypeVar("T")


class Metered:
    """Carries steps out plainly and notes the CPU seconds of each, of all its threads together."""

    def __init__(self) -> None:
        self.plainly = steps.Plainly()
        self.seconds: dict[str, float] = {}
        self.began = time.process_time()
        self.plan: float | None = None
        """CPU seconds from the beginning to the first committed plan."""

    def each(self, step: str, systems: Sequence[str], work: Callable[[str], T]) -> list[T]:
        return self._timed(step, lambda: self.plainly.each(step, systems, work))

    def one(self, step: str, work: Callable[[Callable[[int], None]], T]) -> T:
        result = self._timed(step, lambda: self.plainly.one(step, work))
        if step == "propose" and self.plan is None:
            self.plan = time.process_time() - self.began
        return result

    def _timed(self, step: str, work: Callable[[], T]) -> T:
        start = time.process_time()
        result = work()
        self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - start
        return result


def measured(hub: Hub) -> dict[str, Any]:
    """One sync: its CPU seconds, whole and by step, its wall-clock seconds, and what it did."""
    runner, cpu, wall = Metered(), time.process_time(), time.perf_counter()
    result = steps.sync(hub, runner)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if result.state != "done" or result.written:
        raise SystemExit(f"the run ended {result.state}: {result.counts()}")
    return {
        "cpu": cpu,
        "wall": wall,
        "plan": runner.plan,
        "steps": runner.seconds,
        "read": sum(p.read for p in result.pulls),
        "new": sum(p.new for p in result.pulls),
        "changed": sum(p.changed for p in result.pulls),
        "planned": result.plan_summary["customers"],
        "conflicts": result.open_conflicts,
    }


def edit(urls: Sequence[str], customers: int, round: int) -> None:
    """Give CHANGES records a new mobile number, each another customer's, evenly over the systems."""
    step = customers // CHANGES
    for place, url in enumerate(urls):
        with httpx.Client(base_url=url) as client:
            for number in range(place, CHANGES, SYSTEMS):
                id = number * step + 1 + round % step
                body = {"mobile": f"06{10_000_000 + round * CHANGES + number}"}
                client.patch(f"/customers/{id}", json=body).raise_for_status()


def run(customers: int, increments: int) -> dict[str, Any]:
    """A first sync of all, a sync without news, and increments of CHANGES edits each."""
    with servers(customers) as urls, tempfile.TemporaryDirectory() as folder:
        make_project(Path(folder), urls)
        with open_hub(Path(folder), {}) as hub:
            first = measured(hub)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            later = []
            for round in range(increments + 1):
                edit(list(urls.values()), customers, round)
                later.append(measured(hub))
        size = sum(file.stat().st_size for file in Path(folder).glob("klantbeeld.db*")) / 2**20
    whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # The first increment opens what all later ones find open: connections, compiled statements, pages.
    return {"first": first, "increments": later[1:], "peak": peak, "peak_whole": whole, "store": size}


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]))))
