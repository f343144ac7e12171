"""From understood columns to a project: which fields of which types, and what is a company."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from config.sampling.column import Column
from config.sampling.columns import is_about_customers, understand
from config.sampling.table import CannotSample, Table, system_name
from reconcile import headings
from reconcile.headings import ADDRESS
from reconcile.profile import is_blank, validity
from reconcile.types.cleaning import clean

_OVERLAP = 0.9
"""Of the ids in a column so many must be records of another system."""
_ENOUGH = 5
_PERSONAL = ("family_name", "full_name", "given_name")


@dataclass(frozen=True, slots=True)
class SystemDraft:
    """One system of the project to be."""

    name: str
    table: Table
    columns: tuple[Column, ...]
    kind: Mapping[str, str]
    """As the mapping writes it."""
    external: Mapping[str, str]
    """Other system → the column with its ids."""

    @property
    def key(self) -> Column:
        return next(c for c in self.columns if c.role == "key")

    @property
    def modified(self) -> Column | None:
        return next((c for c in self.columns if c.role == "modified"), None)

    def fields(self) -> dict[str, list[Column]]:
        """Its columns by field, in the order of the table."""
        found: dict[str, list[Column]] = {}
        for column in self.columns:
            if column.field:
                found.setdefault(column.field, []).append(column)
        return found


@dataclass(frozen=True, slots=True)
class FieldDraft:
    """One field of the policy to be."""

    name: str
    type: str
    label: str
    systems: tuple[str, ...]
    """Those that show it."""


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """All that could be made out."""

    systems: tuple[SystemDraft, ...]
    fields: tuple[FieldDraft, ...]
    skipped: tuple[tuple[str, str], ...]
    """(sheet or table, why it is no system)"""

    @property
    def has_times(self) -> bool:
        return any(system.modified for system in self.systems)


def draft(tables: Sequence[Table]) -> ProjectDraft:
    """A project of these tables. Raises CannotSample when there is nothing to keep the same."""
    systems, skipped = _systems(tables)
    if not systems:
        told = "; ".join(f"{name}: {why}" for name, why in skipped) or "no table with rows"
        raise CannotSample(f"found no customers: {told}. Point at files with names and e-mail or phone")
    systems = _with_external(systems)
    fields = _fields(systems)
    types = {field.name: field.type for field in fields}
    return ProjectDraft(tuple(_retyped(s, types) for s in systems), tuple(fields), tuple(skipped))


def _systems(tables: Sequence[Table]) -> tuple[list[SystemDraft], list[tuple[str, str]]]:
    """Of several tables of one source those about nobody are left out; one alone has to be right."""
    systems: list[SystemDraft] = []
    skipped: list[tuple[str, str]] = []
    for table in tables:
        if not table.rows:
            skipped.append((table.origin, "has no rows"))
            continue
        try:
            columns = understand(table)
        except CannotSample as error:
            if len(tables) == 1 or table.kind == "csv":
                raise
            skipped.append((table.origin, str(error).partition(": ")[2]))
            continue
        if is_about_customers(columns):
            systems.append(SystemDraft("", table, tuple(columns), _kind(table, columns), {}))
        else:
            skipped.append((table.origin, "no two columns name or reach a customer"))
    return _called(systems), skipped


def _called(systems: Sequence[SystemDraft]) -> list[SystemDraft]:
    """Each by the name of its file; where a file holds several, by that of its sheet or table as well."""
    sources = Counter(system.table.source for system in systems)
    named: list[SystemDraft] = []
    for system in systems:
        table = system.table
        name = table.source
        if sources[name] > 1 and table.resource:
            name = f"{name}_{system_name(table.resource)}"
        named.append(replace(system, name=_free(name, [other.name for other in named])))
    return named


def _free(name: str, taken: Sequence[str]) -> str:
    found, count = name, 1
    while found in taken:
        count += 1
        found = f"{name}_{count}"
    return found


def _kind(table: Table, columns: Sequence[Column]) -> dict[str, str]:
    """A company where one is named; but where most companies stand without a person, a row with both is a
    person who works there."""
    company = next((c for c in columns if c.field == "organisation"), None)
    person = next((c for name in _PERSONAL for c in columns if c.field == name and not c.part), None)
    if company is None:
        return {"always": "person"}
    if person is None:
        return {"always": "organisation"}
    both = alone = 0
    for firm, name in zip(table.sample(company.name), table.sample(person.name), strict=True):
        both += not is_blank(firm) and not is_blank(name)
        alone += not is_blank(firm) and is_blank(name)
    if alone >= both:
        return {"present": table.path(person.name), "then": "person", "else": "organisation"}
    return {"present": table.path(company.name), "then": "organisation", "else": "person"}


def _with_external(systems: Sequence[SystemDraft]) -> list[SystemDraft]:
    """A column full of ids of another system is a link, not a field."""
    keys = {s.name: {clean(raw) for raw in s.table.columns[s.key.name]} for s in systems}
    found = []
    for system in systems:
        external: dict[str, str] = {}
        columns = list(system.columns)
        for at, column in enumerate(columns):
            others = {name: ids for name, ids in keys.items() if name not in (system.name, *external)}
            if other := _home(system.table, column, others):
                external[other] = column.name
                columns[at] = column.out(f"ids of {other}: links the records")
        found.append(replace(system, columns=tuple(columns), external=external))
    return found


def _home(table: Table, column: Column, others: Mapping[str, set[str]]) -> str:
    """The system of which the column holds ids; "" for none."""
    named = [name for name in others if set(name.split("_")) & set(column.heading.words)]
    if column.role or not column.field or (column.meant != "id" and not named):
        return ""
    texts = {clean(raw) for raw in table.columns[column.name] if not is_blank(raw)}
    if len(texts) < _ENOUGH or column.profile.distinct < _OVERLAP:
        return ""
    shares = {name: len(texts & others[name]) / len(texts) for name in named or others}
    best = max(shares, key=lambda name: shares[name], default="")
    return best if best and shares[best] >= _OVERLAP else ""


def _fields(systems: Sequence[SystemDraft]) -> list[FieldDraft]:
    """Every field with the type that most systems see in it; the fields people know come first."""
    types: dict[str, Counter[str]] = {}
    shown: dict[str, list[str]] = {}
    labels: dict[str, str] = {}
    for system in systems:
        for name, columns in system.fields().items():
            types.setdefault(name, Counter())[columns[-1].profile.type] += 1
            shown.setdefault(name, []).append(system.name)
            labels.setdefault(name, _label(name, columns))
    order = list(headings.FIELDS)
    names = sorted(types, key=lambda name: (order.index(name) if name in order else len(order),))
    return [FieldDraft(name, _majority(types[name]), labels[name], tuple(shown[name])) for name in names]


def _majority(types: Counter[str]) -> str:
    """The most frequent; of two the one that says more than `text`."""
    return max(types, key=lambda name: (types[name], name != "text"))


def _label(name: str, columns: Sequence[Column]) -> str:
    known = headings.FIELDS.get(name)
    if known and known.label:
        return known.label
    return _LABELS.get(name) or " ".join(columns[0].name.split())


_LABELS = {
    "invoice_address": "Factuuradres",
    "delivery_address": "Afleveradres",
    "postal_address": "Postadres",
    "work_address": "Werkadres",
    "work_phone": "Telefoon werk",
    "city": "Plaats",
    "country": "Land",
}


def _retyped(system: SystemDraft, types: Mapping[str, str]) -> SystemDraft:
    """The columns under the types of the policy, with shares that fit them."""
    columns = [_as_typed(c, system.table, types[c.field]) if c.field else c for c in system.columns]
    return replace(system, columns=tuple(columns))


def _as_typed(column: Column, table: Table, type_: str) -> Column:
    if column.profile.type == type_ or type_ == ADDRESS:
        return column
    filled = [raw for raw in table.sample(column.name) if not is_blank(raw)]
    share = validity(type_, filled)
    return replace(column, profile=replace(column.profile, type=type_, valid=share))


def left_out(system: SystemDraft) -> Iterator[tuple[str, str]]:
    """(column, why) of every column that is no field."""
    for column in system.columns:
        if not column.field:
            yield column.name, column.note
    for path in system.table.lists:
        yield path, "a list: write `in` and `where` to choose from it"
