"""Makes `conflicts.svg` anew: what `klantbeeld conflicts` tells of the demo, one question of each class.

    .venv/bin/python docs/images/make.py

The demo is made up from a seed at a fixed time, so the same code gives the same picture.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI

from flows import desk, steps
from flows.cli.asking import render_rows, rows_shape
from flows.hub import Hub, open_hub
from reconcile.report import Row
from reconcile.state import conflicts
from sandbox.demo import edit, make_demo

PICTURE = Path(__file__).with_name("conflicts.svg")
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
TITLE = "klantbeeld conflicts"
SHOWN = (
    "update-update",
    "reverted",
    "loss",
    "still the same customer?",
    "rejected",
    "duplicate in one system",
)
"""The classes that tell most about what the hub notices."""
WIDTH = 148
ALONE = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""Without fonts from elsewhere: whoever looks at the picture asks nobody but us."""


def main() -> None:
    """The demo up to its second sync, and a picture of what is open then."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_demo(folder, now=MORNING)
        with open_hub(folder, clock=_ticking(MORNING)) as hub:
            first = steps.sync(hub, steps.Plainly())
            steps.apply(hub, steps.Plainly(), first.plan or 0)
        edit(folder, now=MORNING + timedelta(minutes=30))
        with open_hub(folder, clock=_ticking(MORNING + timedelta(hours=1))) as hub:
            steps.sync(hub, steps.Plainly())
            picture = _picture(hub)
    PICTURE.write_text(picture, "utf-8")


def _picture(hub: Hub) -> str:
    with hub.store.read() as conn:
        rows = desk.shown(hub, conn, conflicts.list_open(conn, hub.entity))
        age = desk.age(hub, conn)
    console = Console(record=True, file=StringIO(), width=WIDTH, markup=False, highlight=False, emoji=False)
    shape = rows_shape(list(_one_of_each(rows)), len(rows))
    render_rows(console, shape, desk.language(hub), age)
    return console.export_svg(title=TITLE, theme=MONOKAI, code_format=ALONE)


def _one_of_each(rows: Iterable[Row]) -> Iterable[Row]:
    firsts: dict[str, Row] = {}
    for row in rows:
        firsts.setdefault(row.cls, row)
    return (row for cls, row in firsts.items() if cls in SHOWN)


def _ticking(start: datetime):
    """A clock that stands still: a run takes no time, so the picture is the same on any machine."""
    return lambda: start


if __name__ == "__main__":
    main()
