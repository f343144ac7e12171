"""The surface of the command line: options that every command has, and how errors leave it."""

from __future__ import annotations

import functools
import inspect
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from flows import stopping
from flows.cli import exits
from flows.cli.screen import Screen
from flows.stopping import Terminated
from reconcile.errors import HubError

app = typer.Typer(
    name="klantbeeld",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Project = Annotated[
    Path | None,
    typer.Option(
        "--project", metavar="DIR", help="Project folder (default: KLANTBEELD_PROJECT, or this one)."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON; its shape is in docs/commands.md.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an unexpected error.")]


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"klantbeeld {version('klantbeeld')}\n")
        raise typer.Exit


@app.callback()
def klantbeeld(
    ctx: typer.Context,
    project: Annotated[
        Path, typer.Option("--project", metavar="DIR", envvar="KLANTBEELD_PROJECT", help="Project folder.")
    ] = Path(),
    show_version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version and stop.")
    ] = False,
) -> None:
    """One agreed picture of every customer in all your systems.

    Begin with `klantbeeld demo`, or with `klantbeeld init my-company`.
    """
    ctx.obj = project


def command(name: str, example: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Register a command that is given a Screen and returns its exit code; `--help` ends with an example."""

    def register(work: Callable[..., int]) -> Callable[..., int]:
        plain = inspect.signature(work, eval_str=True)
        own = [p for p in plain.parameters.values() if p.name != "screen"]

        @functools.wraps(work)
        def carried(ctx: typer.Context, **given: Any) -> None:
            folder = given.pop("project") or ctx.obj
            if given.pop("debug"):
                sys.excepthook = sys.__excepthook__
            raise typer.Exit(_carry(work, Screen(folder, given.pop("as_json")), given))

        carried.__signature__ = plain.replace(parameters=[*_leading(), *own, *_common()])  # type: ignore[attr-defined]
        carried.__annotations__ = {}
        text = f"{inspect.getdoc(work)}\n\nExample:\n\n  {example}"
        app.command(name, help=text, short_help=_short(work))(carried)
        return work

    return register


def run(commands: typer.Typer) -> None:
    """Read the command line and do what it says."""
    sys.excepthook = unexpected
    stopping.listen()
    typer.main.get_command(commands).main(prog_name="klantbeeld")


def unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What is said about an error that nobody foresaw: where it was, and not a word of its message, which
    may hold a customer's data."""
    frames = traceback.extract_tb(trace)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    sys.stderr.write(
        f"klantbeeld: unexpected {kind.__name__} at {where}. Nothing is half done: what was stored is whole,"
        " and running again is safe. With --debug it shows the traceback, which may hold customer data.\n"
    )


def _carry(work: Callable[..., int], screen: Screen, given: dict[str, Any]) -> int:
    try:
        return work(screen, **given)
    except KeyboardInterrupt as asked:
        sys.stderr.write("interrupted: the run is marked so and its lease is free; running again is safe\n")
        return exits.TERMINATED if isinstance(asked, Terminated) else exits.INTERRUPTED
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return exits.of_error(error)


def _short(work: Callable[..., int]) -> str:
    """The first words of a command's help, for the list of commands."""
    return (inspect.getdoc(work) or "").split(":")[0].split(", and")[0].rstrip(".")


def _leading() -> list[inspect.Parameter]:
    return [inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]


def _common() -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter("project", keyword, annotation=Project, default=None),
        inspect.Parameter("as_json", keyword, annotation=AsJson, default=False),
        inspect.Parameter("debug", keyword, annotation=Debug, default=False),
    ]
