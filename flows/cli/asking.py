"""`conflicts` and `decide`: what is open, and a steward's answer to it."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import typer
from rich.console import Console

from flows import decisions, desk
from flows.cli import forthcoming
from flows.cli.exits import DONE, PARTLY, UsageError
from flows.cli.only import ALL, Only
from flows.cli.questions import group_shape, group_table, row_table, rows_shape
from flows.cli.screen import Screen, Shape, many
from flows.decisions import Answer
from flows.hub import Hub, open_hub
from reconcile import report
from reconcile.escape import cell
from reconcile.records import Conflict
from reconcile.state import conflicts
from reconcile.words import Language, number, word

SAMPLE = 5
"""Questions of a group that are shown in full before it is decided."""


def listing(screen: Screen, group: bool, form: str, limit: int | None, only: Only = ALL) -> int:
    """Tell what is open, the worst first; `limit` cuts what is shown, never what is counted."""
    with open_hub(screen.folder) as hub:
        asked = only.of(hub, _open(hub))
        coming, coming_rows = forthcoming.look(hub, only, limit, group)
        if group:
            shape = _groups_shape(hub, asked, _decided(hub), limit)
            also = coming["groups"] if coming else []
            draw, csv_rows = _render_groups, [_csv_group(one) for one in [*shape["groups"], *also]]
        else:
            rows = _shown(hub, asked)[:limit]
            shape = rows_shape(rows, len(asked))
            draw, csv_rows = render_rows, report.table([*rows, *coming_rows], desk.language(hub))
        with hub.store.read() as conn:
            shape["as_of"], age = desk.as_of(hub, conn), desk.age(hub, conn)
        shape["waiting"] = coming
        draw = partial(draw, language=desk.language(hub), age=age)
    if form == "csv" and not screen.as_json:
        sys.stdout.write(_csv(csv_rows))
    else:
        Screen(screen.folder, screen.as_json or form == "json").tell(shape, draw)
    return DONE


def decide(screen: Screen, id: int, choice: str, value: str | None, by: str, why: str) -> int:
    """Answer one question. Raises NoSuchConflict, NotAnAnswer, LeaseHeld."""
    with open_hub(screen.folder) as hub:
        done = decisions.decide(hub, [Answer(id, _word(choice, value), value)], by, why)
        say = desk.language(hub)
    _tell_decided(screen, done, choice, by, say)
    return DONE


def decide_group(screen: Screen, group: str, choice: str, by: str, why: str, sure: bool) -> int:
    """Answer a group of like questions, after showing how many they are and a few of them.

    Those that moved meanwhile are left open, and told.
    """
    with open_hub(screen.folder) as hub:
        asked = _of_group(hub, group)
        few = _shown(hub, asked)[:SAMPLE]
        say = desk.language(hub)
        one = "1 question in “{group}”; answer: {choice}. For example:"
        more = "{count} questions in “{group}”; answer: {choice}. For example:"
        screen.say(number(len(asked), one, more, say, group=group, choice=choice))
        screen.tell_people(rows_shape(few, len(asked)), partial(render_rows, language=say))
        if not (sure or _confirmed(screen, len(asked), say)):
            screen.say(word("nothing was decided", say))
            return DONE
        answers = [Answer(c.id, choice, fingerprint=c.fingerprint) for c in asked]
        decided = decisions.decide_together(hub, answers, by, why)
    _tell_decided(screen, decided.done, choice, by, say, decided.left)
    return PARTLY if decided.left else DONE


def _shown(hub: Hub, asked: Sequence[Conflict]) -> list[report.Row]:
    with hub.store.read() as conn:
        return desk.shown(hub, conn, asked)


def _open(hub: Hub) -> list[Conflict]:
    with hub.store.read() as conn:
        return conflicts.list_open(conn, hub.entity)


def _decided(hub: Hub) -> list[Conflict]:
    with hub.store.read() as conn:
        return conflicts.list_decided(conn, hub.entity)


def _of_group(hub: Hub, group: str) -> list[Conflict]:
    found = report.grouped(_open(hub))
    titles = {report.group_title(one, desk.language(hub)): one.name for one in report.groups(_open(hub))}
    group = titles.get(group, group)
    if group not in found:
        known = "; ".join(list(found)[:5])
        raise UsageError(
            f"no open group “{group}”; `klantbeeld conflicts --group` lists them: {known or 'none is open'}"
        )
    return found[group]


def _confirmed(screen: Screen, questions: int, say: Language) -> bool:
    if screen.as_json or not sys.stdin.isatty():
        raise UsageError(f"{many(questions, 'question')} at once need a yes: run it again with --yes")
    return typer.confirm(word("Answer all {count}?", say).format(count=questions), default=False)


def _word(choice: str, value: str | None) -> str:
    if (choice == "value") != (value is not None):
        raise UsageError("a value of your own is given as: decide ID value --value TEXT")
    return choice


def _tell_decided(
    screen: Screen,
    done: Mapping[int, str],
    choice: str,
    by: str,
    say: Language,
    left: Mapping[int, str] | None = None,
) -> None:
    decided = [{"conflict": id, "choice": choice, "done": what} for id, what in done.items()]
    told = [{"conflict": id, "why": why} for id, why in (left or {}).items()]
    screen.tell({"decided": decided, "left": told, "by": by}, partial(_render_decided, say=say))


def _groups_shape(
    hub: Hub, asked: Sequence[Conflict], decided: Sequence[Conflict], limit: int | None
) -> dict[str, Any]:
    found = report.groups(asked, decided)
    groups = [group_shape(one, hub) for one in found[:limit]]
    return {"open": len(asked), "decided": len(decided), "groups": groups}


def _csv(rows: Sequence[Mapping[str, str]]) -> str:
    """For spreadsheets; the report has seen to it that no cell starts a formula."""
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()


def _csv_group(one: Mapping[str, Any]) -> dict[str, str]:
    sample = " ".join(map(str, one["sample"]))
    told = {"group": one["group"], "count": str(one["count"]), "decided": str(one["decided"])}
    told |= {"since": one["since"][:10], "sample": sample}
    return {name: cell(text) for name, text in told.items()}


def render_rows(console: Console, shape: Shape, language: Language = "en", age: str = "") -> None:
    """The questions as a table; `age` tells how old they are."""
    if shape["conflicts"]:
        console.print(row_table(shape["conflicts"], language))
    if shape["shown"] < shape["open"]:
        more = word("… and {count} more; --limit 0 shows all", language)
        console.print(more.format(count=shape["open"] - shape["shown"]))
    elif not shape["open"]:
        console.print(word("no open conflicts", language))
    if age:
        forthcoming.render(console, shape.get("waiting"), language)
        console.print(age)


def _render_groups(console: Console, shape: Shape, language: Language = "en", age: str = "") -> None:
    one, more = "1 open conflict, alike together", "{count} open conflicts, alike together"
    title = number(shape["open"], one, more, language)
    console.print(group_table(shape["groups"], title, language))
    if shape["groups"]:
        console.print(word('klantbeeld decide --group "NAME" CHOICE answers all of a group', language))
    forthcoming.render(console, shape["waiting"], language)
    console.print(age)


def _render_decided(console: Console, shape: Shape, say: Language) -> None:
    for one in shape["decided"][:10]:
        told = word("conflict {id}: {done}", say)
        console.print(told.format(id=one["conflict"], done=one["done"]))
    if len(shape["decided"]) > 10:
        console.print(word("… and {count} more", say).format(count=len(shape["decided"]) - 10))
    for one in shape["left"]:
        console.print(word("left open: {why}", say).format(why=one["why"]))
    console.print(word("the next `klantbeeld sync` writes what follows from it", say))
