"""The stages one by one, in memory and against a store of their own; CPU microseconds a record."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import orjson

from adapters.manifest import shipped
from adapters.paging import as_record
from benchmarks.ground import PAGE, SEED, SYSTEMS, make_project
from flows import apply as applying
from flows import linking
from flows.heap import frugal
from flows.hub import Hub, leased, open_hub
from reconcile.merge import Merged, merge
from reconcile.records import Customer
from reconcile.rulebook import Stamp
from reconcile.state import customers as customer_store
from reconcile.state import runs, staging, standing
from reconcile.state.engine import Lease
from reconcile.state.staging import NewRecord
from sandbox.json_seed import customers as seeded

T = TypeVar("T")
AT = "2026-01-01T00:00:00.000000Z"


class Stopwatch:
    """CPU microseconds a record, by stage."""

    def __init__(self, records: int) -> None:
        self.records = records
        self.figures: dict[str, float] = {}

    def time(self, stage: str, work: Callable[[], T]) -> T:
        start = time.process_time()
        result = work()
        self.note(stage, time.process_time() - start)
        return result

    def note(self, stage: str, seconds: float) -> None:
        self.figures[stage] = self.figures.get(stage, 0.0) + seconds / self.records * 1e6


def run(customers: int) -> dict[str, float]:
    """One round of all stages; those that end in "again" find nothing new."""
    pages = {f"system{n + 1}": list(_pages(seeded(customers, SEED, n))) for n in range(SYSTEMS)}
    watch = Stopwatch(customers * SYSTEMS)
    with _opened(pages) as (hub, lease):
        watch.time("loads", lambda: [orjson.loads(page) for its in pages.values() for page in its])
        for system, its in pages.items():
            for page in its:
                rows = watch.time("decode", partial(_decode, hub, system, page))
                made = watch.time("keys", partial(_new_records, hub, system, rows))
                watch.time("stage", partial(_stage, hub, lease, system, made))
        watch.time("link", partial(linking.link, hub, lease))
        _decide(hub, lease, watch, "")
        _decide(hub, lease, watch, " again")
    return watch.figures


@contextmanager
def _opened(pages: dict[str, Any]) -> Iterator[tuple[Hub, Lease]]:
    with tempfile.TemporaryDirectory() as folder:
        make_project(Path(folder), dict.fromkeys(pages, "http://127.0.0.1:9"))  # never asked
        with open_hub(Path(folder), {}) as hub, leased(hub) as lease, frugal():
            yield hub, lease


def _pages(rows: list[dict[str, Any]]) -> Iterator[bytes]:
    for start in range(0, len(rows), PAGE):
        yield orjson.dumps({"items": rows[start : start + PAGE], "total": len(rows)})


def _decode(hub: Hub, system: str, page: bytes) -> list[tuple[Any, str, dict[str, Any]]]:
    """From bytes to canonical values: decode, map, normalise."""
    paths, read = shipped("json").record, hub.mappings[system].read
    records = [as_record(paths, item) for item in orjson.loads(page)["items"]]
    return [(record, *read(record.payload)) for record in records if record]


def _new_records(hub: Hub, system: str, rows: list[tuple[Any, str, dict[str, Any]]]) -> list[Any]:
    """What staging stores of them, but for their numbers."""
    version = hub.reading(system)
    return [
        (
            ("customer", system, r.id, "present", kind, r.version, AT, AT, version)
            + (orjson.dumps(r.payload), orjson.dumps(values)),
            hub.linker.keys(kind, values),
        )
        for r, kind, values in rows
    ]


def _stage(hub: Hub, lease: Lease, system: str, made: list[Any]) -> None:
    with hub.store.write(lease) as conn:
        staging.known(conn, "customer", system, [row[2] for row, _ in made])
        rid = staging.next_rid(conn)
        staging.insert_records(conn, [NewRecord(rid + n, *row) for n, (row, _) in enumerate(made)])
        staging.replace_keys(conn, [(rid + n, keys) for n, (_, keys) in enumerate(made)])


def _decide(hub: Hub, lease: Lease, watch: Stopwatch, round: str) -> None:
    """Load, merge and store all customers, a page in a transaction."""
    with hub.store.write(lease) as conn:
        stamp = hub.stamp(runs.start_run(conn, "sync", "customer", lease.token, AT))
        standing.touch_all(conn, "customer")
        everyone = customer_store.touched(conn, "customer", limit=10**9)
    for start in range(0, len(everyone), applying.PAGE):
        ids = everyone[start : start + applying.PAGE]
        with hub.store.write(lease) as conn:
            page = watch.time(f"load{round}", partial(customer_store.load, conn, ids))
            merged = watch.time(f"resolve{round}", partial(_merge, hub, page, stamp))
            start_commit = time.process_time()
            applying.commit(hub, conn, lease, stamp, merged)
        watch.note(f"save{round}", time.process_time() - start_commit)


def _merge(hub: Hub, page: list[Customer], stamp: Stamp) -> list[Merged]:
    return [merge(customer, hub.book, stamp) for customer in page]


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]))))
