"""`serve`: the hub as a service, and what it says about itself."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from config.loader import load_project
from flows import serving
from flows.cli.exits import DONE
from flows.cli.screen import Screen, day, many
from flows.hub import open_hub, utc_now
from flows.steps import Plainly
from reconcile import times

ENTITY = "customer"


def serve(screen: Screen, host: str, port: int) -> int:
    """Until Ctrl-C or SIGTERM, which is how it is meant to end."""
    project = load_project(screen.folder, os.environ)

    def tell(event: Mapping[str, Any]) -> None:
        stamped = {"at": times.iso(utc_now()), **event}
        sys.stdout.write((json.dumps(stamped) if screen.as_json else _line(stamped)) + "\n")
        sys.stdout.flush()

    try:
        serving.serve(
            project, ENTITY, os.environ, lambda: open_hub(screen.folder), Plainly(), tell, host, port
        )
    except KeyboardInterrupt:
        tell({"event": "stopped"})
    return DONE


def _line(event: Mapping[str, Any]) -> str:
    return f"{day(event['at'])} {_SAID[event['event']](event)}"


def _run(event: Mapping[str, Any]) -> str:
    counts = f"{many(event['read'], 'record')} read, {many(event['written'], 'record')} written"
    guards = [f"guard: {guard}" for guard in event["guards"]]
    out = [f"{system} was out: {why}" for system, why in event["out"].items()]
    return "; ".join([f"run {event['run']}, {event['kind']}, {event['state']}: {counts}", *guards, *out])


def _listening(event: Mapping[str, Any]) -> str:
    systems = ", ".join(event["systems"]) or "no system: none has webhooks in hub.yaml"
    return f"taking web-hooks at http://{event['host']}:{event['port']}/hooks/ for {systems}"


def _delivery(event: Mapping[str, Any]) -> str:
    return f"a web-hook of {event['system']} was {event['event']} ({event['status']}): {event['why']}"


_SAID: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "listening": _listening,
    "run": _run,
    "refused": _delivery,
    "ignored": _delivery,
    "failed": lambda event: f"failed: {event['why']}",
    "stopped": lambda event: "stopped",
}
