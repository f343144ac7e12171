"""A configuration change is no edit: what reading everything again causes and costs.

`python -m benchmarks.rebase [--customers N] [--json]` gives N customers to two CSV files that may be written,
syncs them until nothing is left to write, and then changes the configuration twice: a mapping is corrected to
another column, and a type reads its years differently. Each time it compares the report of the run with what
the files are known to hold, and syncs once more, which must find nothing. Exits 1 where one of these fails.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flows import rebasing, steps
from flows.hub import open_hub
from sandbox.json_seed import customers

CUSTOMERS = 10_000
EVERY = 20
"""One customer of so many has another second number, and one of so many another year in two digits."""
SYSTEMS = ("crm", "shop")
COLUMNS = "id first_name last_name email phone second since city"
HUB = "systems:\n" + "".join(
    f"  {name}: {{kind: csv, path: {name}.csv, key: id, writes: all}}\n" for name in SYSTEMS
)
POLICY = """
first_sync: [majority]
fields:
  given_name: {{type: given_name}}
  family_name: {{type: family_name}}
  email: {{type: email}}
  phone: {{type: phone}}
  since: {{type: date, pivot: {pivot}}}
link:
  - {{name: same e-mail, when: [email]}}
"""
MAPPING = """
customer:
  kind: {{always: person}}
  fields: {{given_name: first_name, family_name: last_name, email: email, phone: {phone}, since: since}}
"""
PIVOT, LATER_PIVOT = 30, 20


def make_project(folder: Path, count: int) -> None:
    """Two files of the same customers. In the second, `second` is another number than `phone` for some,
    and the year, of two digits, means another century for some once the pivot moves."""
    for system, name in enumerate(SYSTEMS):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS.split(), extrasaction="ignore")
            writer.writeheader()
            for number, row in enumerate(customers(count, system=system)):
                year = 2025 if number % EVERY == 1 else 2015
                day = f"{number % 28 + 1:02}-03-{year}"
                day = day[:6] + day[8:] if system else day
                second = row["mobile"] if system and number % EVERY == 0 else row["phone"]
                writer.writerow({**row, "second": second, "since": day})
    configure(folder, "phone", PIVOT)


def configure(folder: Path, phone: str, pivot: int) -> None:
    """The second system's phone is in the column `phone`; years up to `pivot` are of this century."""
    texts = {"config/hub.yaml": HUB, "config/policy/customer.yaml": POLICY.format(pivot=pivot)}
    texts |= {
        f"mappings/{name}.yaml": MAPPING.format(phone=phone if system else "phone")
        for system, name in enumerate(SYSTEMS)
    }
    for place, text in texts.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def run(folder: Path) -> dict[str, Any]:
    """One sync of the project as it stands: what it wrote and read again, and the CPU time of the latter."""
    spent = 0.0

    def timed(*given: Any) -> rebasing.RebaseReport:
        nonlocal spent
        start = time.process_time()
        report = rebase_all(*given)
        spent = time.process_time() - start
        return report

    rebase_all = rebasing.rebase_all
    with open_hub(folder, {}) as hub, patch.object(rebasing, "rebase_all", timed):
        result = steps.sync(hub, steps.Plainly())
    return {
        "state": result.state,
        "written": result.written,
        "rebased": result.rebased,
        "open": result.open_conflicts,
        "seconds": spent,
        "files": [hashlib.sha256((folder / f"{name}.csv").read_bytes()).hexdigest() for name in SYSTEMS],
    }


def measure(count: int) -> dict[str, Any]:
    """Both changes: what each should have caused and did, and µs of CPU a record that was read again."""
    some = len(range(0, count, EVERY)), len(range(1, count, EVERY))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_project(folder, count)
        first = run(folder)
        while (settled := run(folder))["written"]:
            pass
        found: dict[str, Any] = {"customers": count, "first": first["state"]}
        changes = {"a corrected mapping": ("second", PIVOT), "another pivot": ("second", LATER_PIVOT)}
        for (what, change), truth, read, field in zip(
            changes.items(), some, (count, 2 * count), ("phone", "since"), strict=True
        ):
            configure(folder, *change)
            changed, after = run(folder), run(folder)
            expected = {"reread": {"shop": truth}, "differences": {f"shop: {field}": truth}, "unreadable": 0}
            found[what] = {
                "right": changed["rebased"] == expected and changed["state"] == "done",
                "written": changed["written"] + after["written"],
                "files untouched": changed["files"] == after["files"] == settled["files"],
                "new questions": changed["open"] - settled["open"],
                "quiet after": not after["rebased"] and after["open"] == changed["open"],
                "rebased": changed["rebased"],
                "expected": expected,
                "µs a record": round(changed["seconds"] / read * 1e6, 1),
            }
            settled = after
    return found


def holds(found: dict[str, Any]) -> bool:
    """Did nothing but what was expected happen?"""
    changes = [one for one in found.values() if isinstance(one, dict)]
    return found["first"] == "done" and all(
        one["right"] and one["files untouched"] and one["quiet after"] and not one["written"]
        for one in changes
    )


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; 0 when all of it holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rebase", description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(words)
    found = measure(args.customers)
    if args.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for what, told in found.items():
            print(f"{what}: {told}" if not isinstance(told, dict) else what)
            for name, value in told.items() if isinstance(told, dict) else ():
                print(f"  {name}: {value}")
    return 0 if holds(found) else 1


if __name__ == "__main__":
    sys.exit(main())
