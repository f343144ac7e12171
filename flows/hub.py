"""One open project: its files read, its systems and its memory within reach."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.protocol import Adapter
from config.book import rulebook
from config.loader import Project, load_project
from config.opening import open_adapters
from flows import marking
from reconcile import times, types
from reconcile.link import Linker
from reconcile.mapping.compiled import CompiledMapping
from reconcile.policy import Policy
from reconcile.rulebook import Rulebook, Stamp
from reconcile.state.engine import Lease, Store, open_store

LATE = timedelta(minutes=10)
"""How long a request that timed out may still take effect (sync-semantics: D)."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Hub:
    """Everything a step needs, for one entity."""

    project: Project
    entity: str
    policy: Policy
    book: Rulebook
    linker: Linker
    mappings: Mapping[str, CompiledMapping]
    adapters: Mapping[str, Adapter]
    store: Store
    clock: Callable[[], datetime] = utc_now
    late: timedelta = LATE
    mark: Path | None = None
    """Where it is written how far the hub has come; None: nowhere."""

    @property
    def now(self) -> str:
        return times.iso(self.clock())

    @property
    def systems(self) -> tuple[str, ...]:
        """In the order of hub.yaml."""
        return tuple(self.book.systems)

    def reading(self, system: str) -> str:
        """The version of what turns that system's payloads into canonical values."""
        return self.mappings[system].version

    def patience(self, system: str) -> timedelta:
        """How long a write of unknown fate is waited for: it may come late, and then lists show it late."""
        lag = times.span(self.project.hub.systems[system].index_lag)
        return lag + max(self.late, lag)

    def stamp(self, run: int) -> Stamp:
        return Stamp(run, self.clock())

    @property
    def referred(self) -> frozenset[str]:
        """Systems whose ids other systems carry."""
        return frozenset(other for mapping in self.mappings.values() for other, _, _ in mapping.identifiers)


@contextmanager
def open_hub(
    folder: Path,
    environ: Mapping[str, str] | None = None,
    entity: str = "customer",
    clock: Callable[[], datetime] | None = None,
    adapters: Mapping[str, Adapter] | None = None,
    late: timedelta = LATE,
) -> Iterator[Hub]:
    """The project in `folder`, ready for work; closed again afterwards. Without `clock`: utc_now.

    Raises ConfigError with every mistake in the files, and StoreOut when the memory cannot be opened.
    """
    environment = os.environ if environ is None else environ
    clock = clock or utc_now
    project = load_project(folder, environment)
    with ExitStack() as stack:
        opened = adapters if adapters is not None else open_adapters(project, environment)
        for adapter in opened.values():
            stack.callback(adapter.close)
        store = open_store(project.state_url, clock)
        stack.callback(store.close)
        mark = marking.place(project.state_url, folder)
        yield replace(assemble(project, entity, opened, store, clock, late), mark=mark)


def assemble(
    project: Project,
    entity: str,
    adapters: Mapping[str, Adapter],
    store: Store,
    clock: Callable[[], datetime],
    late: timedelta = LATE,
) -> Hub:
    """A hub from its parts."""
    policy = project.policies[entity]
    today = clock().date()
    kinds = {
        name: types.build(field.type, policy.region, today, **field.options)
        for name, field in policy.fields.items()
    }
    mappings = {
        system: project.compiled[system, entity] for system, what in project.compiled if what == entity
    }
    book = rulebook(entity, policy, kinds, project.hub.systems, mappings, adapters, project.digest)
    return Hub(
        project=project,
        entity=entity,
        policy=policy,
        book=book,
        linker=Linker(policy.link, kinds),
        mappings=mappings,
        adapters=adapters,
        store=store,
        clock=clock,
        late=late,
    )


@contextmanager
def leased(hub: Hub, restored: bool = False) -> Iterator[Lease]:
    """The right to write, for as long as the block runs.

    Raises LeaseHeld when another run has it, and Restored for a store that was restored from a backup, unless
    the block is there to mend that (`restored`).
    """
    lease = hub.store.acquire(hub.entity, f"{socket.gethostname()}:{os.getpid()}")
    known = False  # whether the store, as it will be left, is the newest there is
    try:
        if hub.mark and not restored:
            marking.refuse_restored(hub.store, hub.mark)
            known = True
        yield lease
        known = True  # what mends a restored store counts once it is all done
    finally:
        try:
            if hub.mark and known:
                marking.keep(hub.store, hub.mark)
        finally:
            hub.store.release(lease)
