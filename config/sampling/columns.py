"""What the columns of one table are to the hub: its key, its time of change, fields, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.times import moment
from config.sampling.table import CannotSample, Table
from reconcile import headings
from reconcile.headings import ADDRESS, Heading
from reconcile.profile import Profile, is_blank, profile
from reconcile.types.cleaning import clean

NEARLY = 0.95
"""Of a key with doubles so many rows must still have one of their own."""
_FEW = 20
"""From so many rows on, one and the same value everywhere is no coincidence."""
_CONTACT = frozenset(
    {"given_name", "family_name", "full_name", "organisation", "email", "phone", "mobile", "iban", "kvk"}
)
_RESERVED = frozenset({"kind", "id", "key"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column, and what becomes of it."""

    name: str
    heading: Heading
    profile: Profile
    field: str = ""
    """The canonical field; "" for a column that is not mapped."""
    part: str = ""
    """Which part of the field, where it holds only one."""
    role: str = ""
    """`key` or `modified`, beside or instead of a field."""
    note: str = ""
    """Why it is not mapped, or what to look at."""

    @property
    def meant(self) -> str:
        """The name of its meaning; "" for none."""
        return self.profile.meaning.name if self.profile.meaning else ""

    @property
    def meant_part(self) -> str:
        return self.profile.meaning.part if self.profile.meaning else ""

    def out(self, why: str) -> Column:
        return replace(self, field="", part="", note=why)


def understand(table: Table) -> list[Column]:
    """Every column of the table with its place. Raises CannotSample when nothing can name the rows."""
    columns = [Column(name, headings.read(name), profile(name, table.sample(name))) for name in table.columns]
    columns = _corrected(columns)
    key = _key(table, columns)
    modified = _modified(table, columns)
    return _named([_placed(column, table, key, modified) for column in columns])


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
    best = sorted(unique, key=lambda c: (not _like_an_id(c), c.meant in _CONTACT, c.meant != "email"))
    if best and (_like_an_id(best[0]) or best[0].meant not in _CONTACT - {"email"}):
        return best[0].name
    nearly = [c for c in columns if _like_an_id(c) and c.profile.distinct >= NEARLY and not c.profile.blanks]
    if nearly:
        return nearly[0].name
    raise CannotSample(
        f"{table.origin}: no column names each row by a value of its own; add a column with a number or code"
        " for each customer"
    )


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
    if name == "phone" and column.heading.sort == "mobile":
        name = "mobile"
    if column.heading.sort == "invoice" and name == "email":
        name = "invoice_email"
    if column.heading.sort == "work" and name == "phone":
        name = "work_phone"
    name = f"customer_{name}" if name in _RESERVED else name
    return replace(column, field=name, part=column.meant_part)


def _named(columns: list[Column]) -> list[Column]:
    """No field twice: addresses by whose they are, phones and mails by which, the rest by number."""
    columns = _addresses(columns)
    columns = _infixes(columns)
    return _several(_single_phone(columns))


def _addresses(columns: list[Column]) -> list[Column]:
    """Each address is one field of all its parts; a lone city or country is a field of its own."""
    sorts = [c.heading.sort for c in columns if c.field == "address"]
    main = min(
        dict.fromkeys(sorts), key=lambda sort: ("", "invoice", "work", "delivery").index(sort), default=""
    )
    found = list(columns)
    for sort in dict.fromkeys(sorts):
        places = [at for at, c in enumerate(found) if c.field == "address" and c.heading.sort == sort]
        name = "address" if sort == main else f"{sort}_address"
        for at, column in zip(places, _address([found[at] for at in places], name), strict=True):
            found[at] = column
    return found


def _address(columns: list[Column], name: str) -> list[Column]:
    if len(columns) == 1 and columns[0].part in ("city", "country"):
        return [_lone(columns[0])]
    parts = {c.part for c in columns}
    taken: set[str] = set()
    found = []
    for column in columns:
        part = _part(column.part, parts)
        if part in taken or (part == "lines" and "street" in parts and "number" in parts):
            found.append(column.out("says the same as other columns of this address"))
        else:
            taken.add(part)
            found.append(replace(column, field=name, part=part))
    return found


def _part(part: str, parts: set[str]) -> str:
    """A street without a number beside it may hold both; a line with one beside it is a street."""
    if part == "street" and "number" not in parts:
        return "lines"
    return "street" if part == "lines" and "number" in parts and "street" not in parts else part


def _lone(column: Column) -> Column:
    type_ = "country" if column.part == "country" else "text"
    return replace(column, field=column.part, part="", profile=replace(column.profile, type=type_))


def _infixes(columns: list[Column]) -> list[Column]:
    if any(c.field == "family_name" and not c.part for c in columns):
        return columns
    alone = "an infix without a family name beside it"
    return [c.out(alone) if c.part == "infix" else c for c in columns]


def _single_phone(columns: list[Column]) -> list[Column]:
    """The only telephone of a system is its phone, so that it meets the phones of others."""
    phones = [c for c in columns if c.field in ("mobile", "work_phone", "phone")]
    if any(c.field == "phone" for c in phones) or not phones:
        return columns
    only = min(phones, key=lambda c: (c.field != "mobile", c.profile.blanks))
    return [replace(c, field="phone") if c is only else c for c in columns]


_SECONDS: Mapping[str, str] = {"phone": "mobile", "email": "invoice_email"}
"""What a second of these is, where its header does not say."""


def _several(columns: list[Column]) -> list[Column]:
    taken: set[tuple[str, str]] = set()
    named = {c.field for c in columns}
    found = []
    for column in columns:
        name, count = column.field, 1
        while name and (name, column.part) in taken and column.profile.type != ADDRESS:
            count += 1
            second = _SECONDS.get(column.field, "") if count == 2 else ""
            name = second if second and second not in named else f"{column.field}_{count}"
        taken.add((name, column.part))
        found.append(replace(column, field=name))
    return found
