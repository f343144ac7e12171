"""How a test runs the hub: one step after the other, on a store whose process may die."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from reconcile.state.engine import Store, open_store
from tests.engine.configurations import scratch
from tests.engine.systems import Clock, Killed

T = TypeVar("T")


@cache
def _empty_store() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="klantbeeld-template-"))
    open_store(f"sqlite:///{folder}/empty.db", Clock()).close()
    return folder / "empty.db"


@contextmanager
def fresh_store_file() -> Iterator[Path]:
    """A migrated store that nobody has written to."""
    with scratch() as folder:
        file = Path(folder) / "hub.db"
        shutil.copyfile(_empty_store(), file)
        yield file


class OneByOne:
    """Steps in a fixed order, so that a seed is a history; tells the world when a step is done."""

    def __init__(self, done: Callable[[str], None] = lambda step: None) -> None:
        self.done = done

    def each(self, step: str, systems: Sequence[str], work: Callable[[str], T]) -> list[T]:
        answers = []
        for system in systems:
            answers.append(work(system))
            self.done(step)
        return answers

    def one(self, step: str, work: Callable[[Callable[[int], None]], T]) -> T:
        answer = work(lambda done: None)
        self.done(step)
        return answer


class Mortal:
    """A store whose process may die at a transaction, before or after its commit; then nothing works."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.writes = 0
        self.kill_at = -1
        self.after_commit = False
        self.dead = False
        self.before_write: Callable[[], None] = lambda: None

    def __getattr__(self, name: str) -> Any:
        if self.dead:
            raise Killed
        return getattr(self._store, name)

    @contextmanager
    def write(self, lease: Any) -> Iterator[Any]:
        if self.dead:
            raise Killed
        self.before_write()
        at = self.writes
        self.writes += 1
        with self._store.write(lease) as conn:
            yield conn
            if at == self.kill_at and not self.after_commit:
                self.dead = True
                raise Killed
        if at == self.kill_at:
            self.dead = True
            raise Killed


def open_store_at(file: Path, clock: Clock) -> Store:
    return open_store(f"sqlite:///{file}", clock)
