"""The command line. Nothing heavy is imported before a command is known: `--help` answers at once."""

from __future__ import annotations

import sys


def main() -> None:
    """The console script `klantbeeld`."""
    from flows.cli.commands import run, unexpected

    sys.excepthook = unexpected
    run()
