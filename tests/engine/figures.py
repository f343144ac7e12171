"""What the long proofs counted: each part leaves a file where the environment says; the end is their sum."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

FOLDER = "KLANTBEELD_FIGURES"
"""Names the folder; without it nothing is kept."""


def note(part: str, counts: Mapping[str, int], windows: list[float] | None = None) -> None:
    """Keep the figures of one part."""
    if folder := os.environ.get(FOLDER):
        told = {"counts": dict(counts), "windows": windows or []}
        Path(folder, part.replace(" ", "-") + ".json").write_text(json.dumps(told), "utf-8")


def told(folder: Path) -> list[str]:
    """The sums, as lines."""
    parts = [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))]
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part["counts"])
    windows = sorted(ms for part in parts for ms in part["windows"])
    faults = {n.removeprefix("fault: "): c for n, c in counts.items() if n.startswith("fault: ")}
    rest = {n: c for n, c in counts.items() if not n.startswith("fault: ")}
    p99 = f"{windows[len(windows) * 99 // 100]:.1f} ms" if windows else "not measured"
    rarest = min(faults.values(), default=0)
    return [
        *(f"{number:>9}  {name}" for name, number in sorted(rest.items())),
        f"{sum(faults.values()):>9}  faults of {len(faults)} kinds, the rarest {rarest} times:",
        *(f"{number:>9}    {kind}" for kind, number in sorted(faults.items())),
        f"window between reading and answer, p99 of {len(windows)} batches: {p99}",
    ]
