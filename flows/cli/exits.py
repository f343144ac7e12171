"""How a command ends: one number for scripts, and one message for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconcile.errors import HubError

DONE = 0
UNEXPECTED = 1
USAGE = 2
APPROVAL = 3
PARTLY = 4
BUSY = 5
CONFLICTS = 6
INTERRUPTED = 130
TERMINATED = 143

MEANINGS = {
    DONE: "done; open conflicts are no failure",
    UNEXPECTED: "something unexpected went wrong, or a proof failed (`runs audit`, `demo`)",
    USAGE: "configuration or usage: mend it and run again",
    APPROVAL: "a guard wants approval: look at the plan, then `klantbeeld apply`",
    PARTLY: "done, but a system was out or records were quarantined",
    BUSY: "another run is at work",
    CONFLICTS: "done, and conflicts are open (only with `--fail-on conflicts`)",
    INTERRUPTED: "interrupted with Ctrl-C; running again is safe",
    TERMINATED: "ended by SIGTERM; running again is safe",
}


class UsageError(HubError):
    """The command was not given what it needs."""


def of_run(run: Mapping[str, Any], fail_on_conflicts: bool = False) -> int:
    """The exit code of a run, gravest first."""
    if run["guards"]:
        return APPROVAL
    if run["quarantined"] or any(system["out"] for system in run["systems"]):
        return PARTLY
    if fail_on_conflicts and run["conflicts"]["open"]:
        return CONFLICTS
    return DONE


def of_error(error: HubError) -> int:
    """The exit code of something that was raised on purpose."""
    from adapters.errors import SystemOut
    from reconcile.state.errors import LeaseHeld, LeaseLost, StoreOut

    if isinstance(error, LeaseHeld | LeaseLost):
        return BUSY
    if isinstance(error, SystemOut):
        return PARTLY
    return UNEXPECTED if isinstance(error, StoreOut) else USAGE
