"""What the columns of one table are to the hub: its key, its time of change, fields, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from adapters.times import moment
from config.sampling.column import Column
from config.sampling.naming import named
from config.sampling.table import CannotSample, Table
from reconcile import headings
from reconcile.headings import ADDRESS
from reconcile.profile import is_blank, profile
from reconcile.types.cleaning import clean

_KEYS = ("called an id", "one word of nobody knows what", "e-mail")
NEARLY = 0.95
"""Of a key with doubles so many rows must still have one of their own."""
_FEW = 20
"""From so many rows on, one and the same value everywhere is no coincidence."""
_CONTACT = frozenset(
    {"given_name", "family_name", "full_name", "organisation", "email", "phone", "mobile", "iban", "kvk"}
)
_RESERVED = frozenset({"kind", "id", "key"})


def understand(table: Table) -> list[Column]:
    """Every column of the table with its place. Raises CannotSample when nothing can name the rows."""
    columns = [Column(name, headings.read(name), profile(name, table.sample(name))) for name in table.columns]
    columns = _corrected(columns)
    key = _key(table, columns)
    modified = _modified(table, columns)
    return named([_placed(column, table, key, modified) for column in columns])


def is_about_customers(columns: Iterable[Column]) -> bool:
    """Do at least two columns name or reach somebody?"""
    meant = {c.meant for c in columns if c.profile.filled and c.meant in _CONTACT}
    places = any(c.profile.filled and c.profile.type == ADDRESS and c.field for c in columns)
    return len(meant) + places >= 2


def _corrected(columns: list[Column]) -> list[Column]:
    """Headers that mean something else beside the other columns: `name` beside `first name`, `number`
    beside `street`."""
    meant = {(c.meant, c.meant_part) for c in columns}
    names = {name for name, _ in meant}
    street = ("address", "street") in meant or ("address", "lines") in meant
    found = []
    for column in columns:
        if (
            column.meant == "full_name"
            and "family_name" not in names - _infix_only(meant)
            and (names & {"given_name", "initials"} or ("family_name", "infix") in meant)
        ):
            column = _as(column, "family_name")
        bare_number = column.heading.whole and column.name.strip().lower() in (
            "number",
            "nummer",
            "no",
            "nr.",
        )
        no_number = ("address", "number") not in meant
        if bare_number and column.meant == "id" and street and no_number and not column.profile.unique:
            column = _as(column, "huisnummer")
        found.append(column)
    return found


def _infix_only(meant: Iterable[tuple[str, str]]) -> set[str]:
    parts = {part for name, part in meant if name == "family_name"}
    return {"family_name"} if parts == {"infix"} else set()


def _as(column: Column, header: str) -> Column:
    """The column as if its header said this."""
    meaning = headings.read(header).meaning
    assert meaning is not None
    return replace(column, profile=replace(column.profile, type=meaning.type, meaning=meaning))


def _key(table: Table, columns: Sequence[Column]) -> str:
    if table.primary is not None:
        return table.primary
    unique = [c for c in columns if c.name in table.unique]
    best = min(unique, key=lambda c: _as_key(c, table), default=None)
    if best is not None and _as_key(best, table) < len(_KEYS):
        return best.name
    nearly = [c for c in columns if _like_an_id(c) and c.profile.distinct >= NEARLY and not c.profile.blanks]
    if nearly:
        return nearly[0].name
    raise CannotSample(
        f"{table.origin}: no column names each row by a value of its own; add a column with a number or code"
        " for each customer"
    )


def _as_key(column: Column, table: Table) -> int:
    """How well a column without doubles would do as a key, 0 the best: its place in _KEYS, or no place."""
    one_word = all(not any(map(str.isspace, clean(raw))) for raw in table.sample(column.name))
    unknown = not column.meant and column.profile.type in ("integer", "text", "reference") and one_word
    fits = (_like_an_id(column), unknown, column.meant == "email")
    return fits.index(True) if True in fits else len(_KEYS)


def _like_an_id(column: Column) -> bool:
    return column.meant == "id" or (column.meant_part == "number" and column.profile.unique)


def _modified(table: Table, columns: Sequence[Column]) -> str:
    """The column that says when a row changed; "" where the hub cannot read or order its times."""
    likely = [c for c in columns if c.meant == "modified" and c.profile.filled]
    for column in sorted(likely, key=lambda c: (c.profile.blanks, not c.heading.whole)):
        times = [raw for raw in table.sample(column.name) if not is_blank(raw)]
        read = sum(moment(raw) is not None for raw in times)
        ordered = table.kind != "sql" or all(clean(raw)[:4].isdigit() for raw in times)
        if ordered and read >= NEARLY * len(times):
            return column.name
    return ""


def _placed(column: Column, table: Table, key: str, modified: str) -> Column:
    if column.name == key:
        doubles = "" if column.name in table.unique else "some rows share a value: they are quarantined"
        keyed = replace(column, role="key", note=doubles or "names each record")
        return _field(keyed) if column.meant == "email" else keyed
    if column.name == modified:
        return replace(column, role="modified", note="when the row was last changed")
    if why := _of_no_use(column, table):
        return column.out(why)
    return _field(column)


def _of_no_use(column: Column, table: Table) -> str:
    known = column.profile
    if not known.filled:
        return "empty in every row"
    if column.name.isdigit():
        return "its name is a number, which no path can be; give it a name"
    if column.meant == "modified":
        return "a second time of change, or one that the hub cannot read"
    if column.meant == "kind":
        return "a company is told by its name being filled in"
    if column.meant == "created":
        return "when the row was made: no field of a customer"
    if known.meaning is None and known.filled >= _FEW and known.distinct * known.filled < 1.5:
        return "one and the same value in every row"
    if column.meant_part == "region":
        return "no part of an address here"
    if column.meant_part == "more":
        return "a second line of an address; the hub reads one here"
    return ""


def _field(column: Column) -> Column:
    name = column.meant
    if name == "id" or not name:
        name = column.heading.name
    if column.meant_part in ("city", "country") and not column.heading.plain:
        return column.lone(column.heading.name)
    if name == "phone" and column.heading.sort == "mobile":
        name = "mobile"
    if column.heading.sort == "invoice" and name == "email":
        name = "invoice_email"
    if column.heading.sort == "work" and name == "phone":
        name = "work_phone"
    name = f"customer_{name}" if name in _RESERVED else name
    return replace(column, field=name, part=column.meant_part)
