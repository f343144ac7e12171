"""`sandbox`: simulated systems on this machine, to rehearse on before the hub meets the real ones."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from rich.console import Console

from config.project import write_project
from flows.cli.exits import DONE, UsageError
from flows.cli.screen import Screen, Shape, counted, many, table
from sandbox.admin import PREFIX
from sandbox.rehearsal import TRUTH, Rehearsal


def sandbox(screen: Screen, folder: Path, customers: int, seed: int, faults: Sequence[str], port: int) -> int:
    """Start the systems, write the project that reaches them, and stay until Ctrl-C."""
    try:
        rehearsal = Rehearsal(customers, seed, dict(map(_rate, faults)), port)
    except ValueError as error:
        raise UsageError(str(error)) from None
    _empty(folder)
    with ExitStack() as open_systems, suppress(KeyboardInterrupt):
        try:
            open_systems.enter_context(rehearsal)
        except OSError as error:
            raise UsageError(f"the systems cannot listen: {error.strerror}; name another --port") from None
        write_project(folder, rehearsal.files())
        screen.tell(_shape(folder, rehearsal, customers, seed), _render)
        sys.stdout.flush()
        threading.Event().wait()
    screen.tell_people({"systems": rehearsal.figures()}, _render_figures)
    return DONE


def _rate(text: str) -> tuple[str, float]:
    name, _, rate = text.partition("=")
    try:
        return name, float(rate)
    except ValueError:
        raise ValueError(f"found --faults {text}, expected NAME=RATE, such as throttle=0.05") from None


def _empty(folder: Path) -> None:
    """Make the folder ready to be filled: it is new, or empty, or an earlier rehearsal, which goes."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / TRUTH).is_file():
        raise UsageError(f"{folder} is not empty and no sandbox; name another folder: klantbeeld sandbox DIR")
    ours = [TRUTH, ".gitignore", "config/hub.yaml", "config/policy/customer.yaml"]
    for pattern in (*ours, "klantbeeld.db*", "mappings/*.yaml", "config/schemas/*.json"):
        for file in folder.glob(pattern):
            file.unlink()


def _shape(folder: Path, rehearsal: Rehearsal, customers: int, seed: int) -> Shape:
    systems = [
        {
            "system": name,
            "url": system.url,
            "admin": f"{system.url}{PREFIX}",
            "records": sum(len(table.live()) for table in system.tables.values()),
        }
        for name, system in rehearsal.systems.items()
    ]
    return {
        "folder": str(folder),
        "customers": customers,
        "seed": seed,
        "differences": len(rehearsal.truth["differences"]),
        "faults": next(iter(rehearsal.systems.values())).faults.rates,
        "systems": systems,
    }


def _render(console: Console, shape: Shape) -> None:
    rows = ((one["system"], one["url"], one["admin"], one["records"]) for one in shape["systems"])
    console.print(table("Simulated systems", ("system", "url", "back door", "records#"), rows))
    differ = many(shape["differences"], "of them differs", "of them differ")
    console.print(f"\n{many(shape['customers'], 'customer')}; {differ} between the systems: see truth.json")
    console.print(f"In another window: klantbeeld sync --project {shape['folder']}")
    console.print("Ctrl-C stops the systems and tells what the hub did to them.")


def _render_figures(console: Console, shape: Shape) -> None:
    columns = ("system", "writes#", "lost edits#", "doubles#", "faults met")
    rows = [
        (name, one["hub_writes"], one["lost_edits"], one["doubles"], counted(one["faults"]) or "none")
        for name, one in shape["systems"].items()
    ]
    console.print()
    console.print(table("What the hub did, as the systems saw it", columns, rows))
