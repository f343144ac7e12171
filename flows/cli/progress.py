"""Progress, for people: bars where there is a terminal, a line for each step where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from flows.steps import Plainly, Runner

T = TypeVar("T")
LONG = 1.0
"""Seconds."""


def runner(console: Console | None) -> Runner:
    """The runner that suits where progress shows; None: nowhere."""
    if console is None:
        return Plainly()
    return Bars(console) if console.is_terminal else Lines(console)


class Lines:
    """One line for each step when it is done; a later round of a step only if it takes long."""

    def __init__(self, console: Console) -> None:
        self.console, self.plainly = console, Plainly()
        self.told: set[str] = set()

    def each(self, step: str, systems: Sequence[str], work: Callable[[str], T]) -> list[T]:
        return self._timed(step, ", ".join(systems), lambda: self.plainly.each(step, systems, work))

    def one(self, step: str, work: Callable[[Callable[[int], None]], T]) -> T:
        return self._timed(step, "customers", lambda: self.plainly.one(step, work))

    def _timed(self, step: str, what: str, work: Callable[[], T]) -> T:
        began = time.monotonic()
        done = work()
        took = time.monotonic() - began
        if step not in self.told or took >= LONG:
            self.console.print(f"{step}: {what} ({took:.1f} s)")
        self.told.add(step)
        return done


class Bars:
    """A line that moves for each system, and for each step that counts customers; gone when done."""

    def __init__(self, console: Console) -> None:
        self.console, self.plainly = console, Plainly()

    def each(self, step: str, systems: Sequence[str], work: Callable[[str], T]) -> list[T]:
        with self._bars() as bars:
            tasks = {system: bars.add_task(f"{step} {system}", total=None) for system in systems}

            def watched(system: str) -> T:
                done = work(system)
                bars.update(tasks[system], total=1, completed=1)
                return done

            return self.plainly.each(step, systems, watched)

    def one(self, step: str, work: Callable[[Callable[[int], None]], T]) -> T:
        with self._bars() as bars:
            task = bars.add_task(step, total=None)
            return work(lambda done: bars.update(task, description=f"{step}: {done} customers"))

    def _bars(self) -> Progress:
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(20))
        return Progress(*columns, TimeElapsedColumn(), console=self.console, transient=True)
