"""How fast the hub is on this machine: `python -m benchmarks`, with `--large` also at 100,000 customers.

CPU time of the hub's own process, never the wall clock; the systems answer from another process. A figure is
the median of its runs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.ground import SYSTEMS

SMALL, LARGE = 10_000, 100_000
STAGES = 2_500
STEPS = ("pull", "link", "propose", "apply", "push")
Figures = Mapping[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--large", action="store_true", help=f"also {LARGE} customers: some minutes more")
    parser.add_argument("--runs", type=int, default=3, help="of which the median is shown")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    options = parser.parse_args(arguments)
    stages = [_child("stages", STAGES) for _ in range(options.runs)]
    small = [_child("whole", SMALL, 3) for _ in range(options.runs)]
    large = [_child("whole", LARGE, 3)] if options.large else []
    figures = {"stages": _medians(stages), "small": _summary(small), "large": _summary(large)}
    if options.json:
        print(json.dumps(figures, indent=1))
    else:
        print("\n".join(_table(figures)))


def _child(module: str, *numbers: int) -> Figures:
    """One measurement in a process of its own: nothing is warm, and its memory is its own."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, numbers)]
    found: Figures = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def _medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: median(run[name] for run in runs) for name in runs[0]}


def _summary(runs: Sequence[Figures]) -> dict[str, Any] | None:
    """Medians of the first syncs and of all increments; None when nothing was run."""
    if not runs:
        return None
    increments = [one for run in runs for one in run["increments"]]
    firsts = [_us_a_record(run["first"]) for run in runs]
    return {
        "records": runs[0]["first"]["read"],
        "first": _medians(firsts),
        "wall": median(run["first"]["wall"] for run in runs),
        "increment": _medians([_ms(one) for one in increments]),
        "peak": median(run["peak"] for run in runs),
    }


def _us_a_record(sync: Figures) -> dict[str, float]:
    return {step: seconds / sync["read"] * 1e6 for step, seconds in _spent(sync).items()}


def _ms(sync: Figures) -> dict[str, float]:
    return {step: seconds * 1e3 for step, seconds in _spent(sync).items()}


def _spent(sync: Figures) -> dict[str, float]:
    """CPU seconds to the committed plan and in all, then step by step."""
    return {"to the plan": sync["plan"], "whole": sync["cpu"]} | sync["steps"]


def _table(figures: Figures) -> Iterator[str]:
    stages, unit = figures["stages"], figures["stages"]["loads"]
    yield f"CPU µs a record, and how many times orjson.loads of the same bytes ({unit:.1f} µs)"
    yield ""
    yield from _lines("one stage at a time", stages, unit)
    for name in ("small", "large"):
        if figures[name]:
            yield from _whole(figures[name], unit)
    if figures["large"]:
        yield from _growth(figures["small"], figures["large"])


def _whole(summary: Figures, unit: float) -> Iterator[str]:
    customers = summary["records"] // SYSTEMS
    yield from _lines(f"first sync, {customers} customers in {SYSTEMS} systems", summary["first"], unit)
    steps = ", ".join(f"{step} {ms:.0f}" for step, ms in summary["increment"].items() if step in STEPS)
    all_of_it, planned = summary["increment"]["whole"], summary["increment"]["to the plan"]
    yield f"increment of 400 changes: {all_of_it:.0f} ms of CPU, {planned:.0f} to the plan ({steps})"
    yield f"peak memory of the first sync: {summary['peak']:.0f} MiB"
    yield ""


def _growth(small: Figures, large: Figures) -> Iterator[str]:
    yield f"increment, 100k to 10k: {large['increment']['whole'] / small['increment']['whole']:.2f}"


def _lines(title: str, figures: Mapping[str, float], unit: float) -> Iterator[str]:
    yield title
    for name, us in figures.items():
        yield f"  {name:14} {us:7.1f} µs {us / unit:6.1f} ×"
    yield ""


if __name__ == "__main__":
    main()
