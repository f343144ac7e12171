"""The command line. Nothing heavy is imported before a command is known: `--help` answers at once."""

from __future__ import annotations


def main() -> None:
    """The console script `klantbeeld`."""
    from flows.cli.commands import app
    from flows.cli.surface import run

    run(app)
