"""Which field each column is, where several mean the same: no field twice in one system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from config.sampling.column import Column
from reconcile.headings import ADDRESS

_SORTS = ("", "invoice", "postal", "work", "delivery", "mobile")
"""Whose address is the customer's, where there are several: the first of these."""


def named(columns: list[Column]) -> list[Column]:
    """No field twice: addresses by whose they are, phones and mails by which, the rest by number."""
    columns = _addresses(columns)
    columns = _infixes(columns)
    return _several(_single_phone(columns))


def _addresses(columns: list[Column]) -> list[Column]:
    """Each address is one field of all its parts; a lone city or country is a field of its own."""
    sorts = [c.heading.sort for c in columns if c.field == "address"]
    main = min(dict.fromkeys(sorts), key=lambda sort: _SORTS.index(sort), default="")
    found = list(columns)
    for sort in dict.fromkeys(sorts):
        places = [at for at, c in enumerate(found) if c.field == "address" and c.heading.sort == sort]
        name = "address" if sort == main else f"{sort}_address"
        for at, column in zip(places, _address([found[at] for at in places], name), strict=True):
            found[at] = column
    return found


def _address(columns: list[Column], name: str) -> list[Column]:
    if len(columns) == 1 and columns[0].part in ("city", "country"):
        return [columns[0].lone(columns[0].part)]
    parts = {c.part for c in columns}
    fullest: dict[str, Column] = {}
    for column in sorted(columns, key=lambda c: c.profile.blanks):
        fullest.setdefault(_part(column.part, parts), column)
    if "street" in parts and "number" in parts:
        fullest.pop("lines", None)
    double = "says the same as other columns of this address"
    kept = {column.name: part for part, column in fullest.items()}
    return [replace(c, field=name, part=kept[c.name]) if c.name in kept else c.out(double) for c in columns]


def _part(part: str, parts: set[str]) -> str:
    """A street without a number beside it may hold both; a line with one beside it is a street."""
    if part == "street" and "number" not in parts:
        return "lines"
    return "street" if part == "lines" and "number" in parts and "street" not in parts else part


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
            second = _SECONDS.get(column.field, "") if count == 2 and column.heading.whole else ""
            name = second if second and second not in named else f"{column.field}_{count}"
            if not second and not column.heading.whole and (column.heading.name, "") not in taken:
                name = column.heading.name
        taken.add((name, column.part))
        found.append(replace(column, field=name))
    return found
