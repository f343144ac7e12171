"""A hub in a process of its own, made to be killed: one run, by a clock that is so many minutes ahead."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

from flows import steps
from flows.hub import open_hub, utc_now

BEGUN = "begun\n"


def main(folder: Path, ahead: timedelta) -> None:
    """Say that the run begins, and run."""

    def clock() -> datetime:
        return utc_now() + ahead

    with open_hub(folder, clock=clock) as hub:
        sys.stdout.write(BEGUN)
        sys.stdout.flush()
        result = steps.sync(hub, steps.Plainly())
        if result.hits and result.plan:  # somebody approves at once
            steps.apply(hub, steps.Plainly(), result.plan)


if __name__ == "__main__":
    main(Path(sys.argv[1]), timedelta(minutes=int(sys.argv[2])))
