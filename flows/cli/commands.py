"""Every command: its name, its options, its help. What it does stands in a module of its own, imported when
the command runs, so that `--help` does not wait for a database library."""

from __future__ import annotations

import getpass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.exits import UsageError
from flows.cli.screen import Screen
from flows.cli.surface import app, command

__all__ = ["app"]


class Form(StrEnum):
    """How `conflicts` answers."""

    table = "table"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"


class FailOn(StrEnum):
    """What else counts as a failure."""

    conflicts = "conflicts"


By = Annotated[
    str, typer.Option("--by", metavar="NAME", help="Who decides (default: your name on this machine).")
]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, kept with the decision.")]
Full = Annotated[bool, typer.Option("--full", help="Read everything again, not only what changed.")]


@command("init", "klantbeeld init my-company")
def init(
    screen: Screen,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="Draft it from your own data: CSV, Excel, a database (shop.db:customers) or json:http://...",
        ),
    ] = None,
) -> int:
    """Make a project folder to start from: two CSV files as systems, or a draft from your own files."""
    from flows.cli import project, sampling

    return sampling.draft(screen, folder, sources) if sources else project.init(screen, folder)


@command("check", "klantbeeld check shop 7")
def check(
    screen: Screen,
    system: Annotated[str | None, typer.Argument(help="One system: what it can do.")] = None,
    id: Annotated[str | None, typer.Argument(help="One live record of it: raw, read, sent back.")] = None,
    online: Annotated[bool, typer.Option("--online", help="Ask each system whether it answers.")] = False,
) -> int:
    """Look the project over: every mistake in its files at once, its mappings tried on their examples."""
    from flows.cli import project

    return project.check(screen, system, id, online)


@command("demo", "klantbeeld demo /tmp/demo --customers 620 --seed 42")
def demo(
    screen: Screen,
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to make it.")] = Path("demo"),
    customers: Annotated[int, typer.Option("--customers", min=1, help="How many customers.")] = 620,
    seed: Annotated[int, typer.Option("--seed", help="The same number, the same demo.")] = 42,
) -> int:
    """Four made-up systems, differences planted in them, and whether the hub finds each exactly once."""
    from flows.cli import demo as shows

    return shows.demo(screen, folder, customers, seed)


@command("sandbox", "klantbeeld sandbox /tmp/rehearsal --faults throttle=0.05 --faults lost_answer=0.02")
def sandbox(
    screen: Screen,
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write the project.")] = Path(
        "rehearsal"
    ),
    customers: Annotated[int, typer.Option("--customers", min=1, help="How many customers.")] = 100,
    seed: Annotated[int, typer.Option("--seed", help="The same number, the same systems and faults.")] = 42,
    faults: Annotated[
        list[str] | None,
        typer.Option("--faults", metavar="NAME=RATE", help="What goes wrong how often, from 0 to 1."),
    ] = None,
    port: Annotated[int, typer.Option("--port", help="Of the first system (default: free ones).")] = 0,
) -> int:
    """Simulated systems on this machine to rehearse on: they stay until Ctrl-C."""
    from flows.cli import sandbox as rehearses

    return rehearses.sandbox(screen, folder, customers, seed, faults or [], port)


@command("sync", "klantbeeld sync --dry-run")
def sync(
    screen: Screen,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop at the plan; write nothing.")] = False,
    full: Full = False,
    fail_on: Annotated[
        FailOn | None, typer.Option("--fail-on", help="Exit with 6 when conflicts are open.")
    ] = None,
    after_restore: Annotated[
        bool, typer.Option("--after-restore", help="The store came from a backup: look at everything anew.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", metavar="SYSTEM:ID", help="Read just this record; may be given several times."
        ),
    ] = None,
) -> int:
    """Bring every system up to date: pull, link, plan, and if no guard objects, write."""
    from flows.cli import running

    if only and (dry_run or full):
        raise UsageError("give either --only or one of --dry-run and --full: those are about all records")
    if after_restore:
        if dry_run or full or only:
            raise UsageError("--after-restore reads everything and stops for your approval: give it alone")
        return running.sync_restored(screen)
    return running.sync(screen, dry_run, full, fail_on is not None, only or ())


@command("plan", "klantbeeld plan 12")
def plan(
    screen: Screen,
    id: Annotated[int | None, typer.Argument(help="A plan to explain; without it, one is made.")] = None,
    full: Full = False,
    reject: Annotated[bool, typer.Option("--reject", help="Say no to this plan.")] = False,
    hold: Annotated[
        list[str] | None,
        typer.Option(
            "--hold",
            metavar="SYSTEM[.FIELD]",
            help="With --reject: what this plan writes there is held, so that the rest can go on.",
        ),
    ] = None,
    by: By = "",
    why: Why = "",
) -> int:
    """Make a plan without writing anything; explain one: counts, cost, side effects, examples; reject one."""
    if reject or hold:
        if id is None or not reject:
            raise UsageError("reject a plan by its number: plan ID --reject [--hold SYSTEM.FIELD]")
        from flows.cli import planned

        return planned.reject(screen, id, hold or [], by or getpass.getuser(), why)
    if id is None:
        from flows.cli import running

        return running.sync(screen, dry_run=True, full=full, fail_on_conflicts=False)
    from flows.cli import planned

    return planned.explain(screen, id)


@command("apply", "klantbeeld apply 12")
def apply(
    screen: Screen, id: Annotated[int, typer.Argument(help="The plan, as sync or plan named it.")]
) -> int:
    """Carry out a plan that a guard stopped, or that waited for your approval."""
    from flows.cli import running

    return running.apply(screen, id)


@command("undo", "klantbeeld undo 12 --dry-run")
def undo(
    screen: Screen,
    run: Annotated[int, typer.Argument(metavar="RUN", help="The run, as `runs` lists it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop at the plan; write nothing.")] = False,
) -> int:
    """Take back what a run wrote: every value that is still what the run left gets its older one back."""
    from flows.cli import running

    return running.undo(screen, run, dry_run)


@command("conflicts", "klantbeeld conflicts --format csv > conflicts.csv")
def conflicts(
    screen: Screen,
    group: Annotated[bool, typer.Option("--group", help="Like questions together.")] = False,
    form: Annotated[Form, typer.Option("--format", help="How to answer.")] = Form.table,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=0, help="Show so many (default: 50 in a table, else all; 0: all)."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="With --format xlsx: the workbook to make.")
    ] = None,
    cls: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="Only this class, such as stale.")
    ] = None,
    field: Annotated[str | None, typer.Option("--field", metavar="NAME", help="Only this field.")] = None,
    system: Annotated[
        str | None, typer.Option("--system", metavar="NAME", help="Only what this system has a part in.")
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME", help="Only this list.")] = None,
) -> int:
    """What is open, the worst first: each value with its system and age, and the answers it takes."""
    from flows.cli import asking
    from flows.cli.only import Only

    only = Only(cls, field, system, owner)
    if form is Form.xlsx:
        from flows.cli import workbooks

        return workbooks.write(screen, file, limit or None, only)
    shown = 50 if limit is None and form is Form.table and not screen.as_json else limit or None
    return asking.listing(screen, group, form.value, shown, only)


@command("decide", 'klantbeeld decide 17 shop --why "asked the customer"')
def decide(
    screen: Screen,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID] CHOICE", help="A conflict and an answer; with --group only the answer."),
    ] = None,
    group: Annotated[
        str | None, typer.Option("--group", metavar="NAME", help="Answer all like questions.")
    ] = None,
    value: Annotated[str | None, typer.Option("--value", help="Your own value, instead of CHOICE.")] = None,
    by: By = "",
    why: Why = "",
    yes: Annotated[bool, typer.Option("--yes", help="With --group: do not ask.")] = False,
    file: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Answers from a filled-in workbook.")
    ] = None,
) -> int:
    """Answer a question with a system's name, keep, clear or different: `conflicts` lists what each takes."""
    from flows.cli import asking

    if file is not None:
        from flows.cli import workbooks

        return workbooks.answer(screen, file, why)
    said = [*(words or []), *(["value"] if value is not None and len(words or []) == 1 else [])]
    by = by or getpass.getuser()
    if group is not None and len(said) == 1 and value is None:
        return asking.decide_group(screen, group, said[0], by, why, yes)
    if group is not None or len(said) != 2 or not said[0].isdecimal():
        raise UsageError("give a conflict's number and an answer, or --group NAME and an answer")
    return asking.decide(screen, int(said[0]), said[1], value, by, why)


@command("lock", "klantbeeld lock shop:1001 phone --until 2026-12-31")
def lock(
    screen: Screen,
    customer: Annotated[str, typer.Argument(help="A customer's number, or SYSTEM:ID of a record.")],
    field: Annotated[str, typer.Argument(help="The field, as the policy calls it.")],
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="The last day (default: until you lift it).")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Lift the lock.")] = False,
    by: By = "",
    why: Why = "",
) -> int:
    """Keep a field of a customer as it is, whatever the systems say."""
    from flows.cli import locking

    return locking.lock(screen, customer, field, until, off, by or getpass.getuser(), why)


@command("show", "klantbeeld show shop:1001 --field phone")
def show(
    screen: Screen,
    customer: Annotated[str, typer.Argument(help="A customer's number, or SYSTEM:ID of a record.")],
    field: Annotated[str | None, typer.Option("--field", metavar="NAME", help="One field only.")] = None,
) -> int:
    """One picture of a customer: what the hub holds, who said what and since when, why this value."""
    from flows.cli import picture

    return picture.show(screen, customer, field)


@command("runs", "klantbeeld runs audit --customer 17 --field phone")
def runs(
    screen: Screen,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID|audit|replay]", help="One run, the proof, or dead letters sent again."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the newest.")] = 20,
    customer: Annotated[
        int | None,
        typer.Option("--customer", metavar="ID", help="With audit: what was written for this one."),
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", metavar="NAME", help="With audit: what was written there.")
    ] = None,
    field: Annotated[
        str | None, typer.Option("--field", metavar="NAME", help="With audit: only this field.")
    ] = None,
    run: Annotated[int | None, typer.Option("--run", metavar="ID", help="With audit: by this run.")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="With replay: all dead letters.")] = False,
) -> int:
    """What the hub did, newest first; `runs audit` proves that nobody changed the record of it, and tells
    who wrote which value, when and by which rule; `runs replay LETTER` sends again what was given up."""
    from flows.cli import audited, history

    wanted = audited.Wanted(customer, system, field, run)
    match words or [], wanted.all, dead:
        case ["audit"], _, False:
            return audited.tell(screen, wanted, limit)
        case ["replay", *letter], True, _ if len(letter) < 2:
            return history.replay(screen, letter[0] if letter else None, dead)
        case [*which], True, False if len(which) < 2:
            return history.tell(screen, which[0] if which else None, limit)
    raise UsageError("the filters go with: klantbeeld runs audit; --dead goes with: klantbeeld runs replay")


@command("serve", "klantbeeld serve --port 8377")
def serve(
    screen: Screen,
    host: Annotated[
        str, typer.Option("--host", help="Where web-hooks come in; other than this machine: behind TLS.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="The port for web-hooks; 0: any free one.")
    ] = 8377,
) -> int:
    """Run the hub as a service: sync on schedule, and read what web-hooks hint at; Ctrl-C stops it."""
    from flows.cli import serving

    return serving.serve(screen, host, port)
