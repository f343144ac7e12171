"""From what people wrote to lenses, with all that is wrong told at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

from reconcile import facts
from reconcile.consent import CONSENT, MARK, field_name
from reconcile.errors import HubError
from reconcile.facts import fact_name
from reconcile.mapping.additions import additions, complaints
from reconcile.mapping.codecs import ONE, Codec, Coded, Group, Infixed, Loss, Single, ValueTable
from reconcile.mapping.compiled import CompiledMapping, FieldTerms, KindReader, top_level
from reconcile.mapping.consents import consent_lenses, evidence
from reconcile.mapping.lenses import Lens, Slot
from reconcile.mapping.model import AlwaysKind, EntityMapping, FieldMapping, PartMapping, table_key
from reconcile.mapping.paths import Scalar, Selector, getter, parse_path
from reconcile.mapping.whole_names import HalfOfName, complaint, half_of
from reconcile.placeholders import READING as PLACEHOLDERS
from reconcile.placeholders import placeholders
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, Value

READING = 1
"""Grows when the code of the lenses reads something differently, so that stored payloads are re-read."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a mapping that a person must correct."""

    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))}: {self.message}"


class MappingError(HubError):
    """A mapping that cannot work; `problems` has all of it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def compile_mapping(
    mapping: EntityMapping, types: Mapping[str, SemanticType], blanks: Sequence[str] = ()
) -> CompiledMapping:
    """The mapping as functions; `types` gives each canonical field's type, `blanks` are the policy's
    placeholders. Raises MappingError.
    """
    problems: list[Problem] = []
    lenses: dict[str, Lens] = {}
    declared = _declared(mapping)
    for field, written in declared.items():
        found = list(_misfits(field, written, types.get(field)))
        if not found and written.order and (wrong := complaint(field, declared, types)):
            found.append(Problem((*_place(field), "order"), wrong))
        problems += found
        if not found:
            lenses[field] = _lens(field, written, types)
    used = {field: types[field] for field in lenses}
    terms = {field: _terms(declared[field], lens) for field, lens in lenses.items()}
    for field, lens in consent_lenses(mapping.consent).items():
        lenses[field], used[field] = lens, CONSENT
        terms[field] = FieldTerms(mapping.consent[field[1:]].write != "never", True, False, "ask", False)
    problems += (Problem(*one) for one in complaints(mapping, lenses))
    problems += _collisions({field: lens for field, lens in lenses.items() if terms[field].writable})
    if problems:
        raise MappingError(problems)
    return CompiledMapping(
        version=_version(mapping, used, blanks),
        types=used,
        terms=terms,
        lenses=lenses,
        reads=frozenset(top_level(lenses.values()) | _other_names(mapping)),
        kind=_kind(mapping),
        readers=tuple((field, lens.reader()) for field, lens in lenses.items()),
        identifiers=tuple(
            (system, path, getter(parse_path(path))) for system, path in mapping.external_id.items()
        ),
        flags=tuple(
            (field, getter(parse_path(written.verified)))
            for field, written in mapping.fields.items()
            if written.verified
        ),
        placeholders=placeholders(blanks, types) if blanks else None,
        additions=additions(mapping, lenses),
        consents={field_name(name): evidence(written) for name, written in mapping.consent.items()},
    )


def _declared(mapping: EntityMapping) -> dict[str, FieldMapping]:
    """The fields and the facts, by the names they have among canonical values."""
    read_only = {fact_name(name): written.as_field for name, written in mapping.facts.items()}
    return mapping.fields | read_only


def _misfits(field: str, written: FieldMapping, type_: SemanticType | None) -> Iterator[Problem]:
    """What the field's type cannot do."""
    at = _place(field)
    if type_ is None:
        yield Problem(at, f"is no {at[0].removesuffix('s')} of the policy; add it there or take it out here")
        return
    if written.infix and not hasattr(type_, "write_infix"):
        yield Problem((*at, "infix"), f"a {type_.name} has no infix; leave `infix` out")
    if written.parts and not type_.parts:
        yield Problem((*at, "parts"), f"a {type_.name} has no parts; write `path` instead")
    if type_.parts and not written.parts and written.write != "never":
        yield Problem(at, f"a {type_.name} has parts; write `parts` with a path for each, or `write: never`")
    if written.values:
        yield from _unclear(written, type_, (*at, "values"))


def _unclear(written: FieldMapping, type_: SemanticType, at: tuple[str, ...]) -> Iterator[Problem]:
    table, writable = written.values or {}, written.write != "never"
    told: set[Hashable] = set()
    chosen = {type_.key(type_.normalise(value)) for value in _chosen(written.write)}
    for raw, canonical in table.items():
        value = type_.normalise(canonical)
        if value is BLANK:
            yield Problem((*at, str(raw)), f"{canonical!r} is no {type_.name}; write a value that is one")
        elif writable and type_.key(value) in told - chosen:
            yield Problem((*at, str(raw)), f"{canonical!r} is the meaning of two values; name one in `write`")
        told.add(type_.key(value))


def _collisions(lenses: Mapping[str, Lens]) -> Iterator[Problem]:
    """Fields that would write over each other, or over the keys by which an element is found."""
    for field, lens in lenses.items():
        keys = {name for name, _ in lens.selector.where} if lens.selector else set()
        for name in sorted(keys & {slot.path[0] for slot in lens.slots}):
            yield Problem(
                _place(field), f"writes {name}, by which `where` finds its element; add `write: never`"
            )
    for (one, a), (other, b) in combinations(lenses.items(), 2):
        if _meet(a, b):
            yield Problem(_place(other), f"writes to a place of {one} ({a.place}); let one be `write: never`")


def _place(field: str) -> tuple[str, str]:
    if field.startswith(facts.MARK):
        return ("facts", field.removeprefix(facts.MARK))
    return ("consent", field.removeprefix(MARK)) if field.startswith(MARK) else ("fields", field)


def _meet(a: Lens, b: Lens) -> bool:
    if isinstance(a.codec, HalfOfName) and isinstance(b.codec, HalfOfName) and a.codec.name == b.codec.name:
        return False  # two halves of one text, written together
    if a.selector and b.selector and a.selector.path == b.selector.path and a.selector != b.selector:
        return False  # other elements, but for a record that says otherwise: found when it is written
    ours = [(*(a.selector.path if a.selector else ()), *slot.path) for slot in a.slots]
    theirs = [(*(b.selector.path if b.selector else ()), *slot.path) for slot in b.slots]
    return any(p[: len(q)] == q[: len(p)] for p in ours for q in theirs)


def _lens(field: str, written: FieldMapping, types: Mapping[str, SemanticType]) -> Lens:
    selector = None
    if written.among is not None and written.where is not None:
        selector = Selector(parse_path(written.among), tuple(written.where.items()))
    inside = selector.place if selector else ""
    slots = tuple(
        Slot(piece, parse_path(path), getter(parse_path(path), inside))
        for piece, path in _pieces(written).items()
    )
    if written.order:
        return Lens(half_of(field, written.order, types, f"{inside}{written.path}"), slots, selector)
    return Lens(_codec(written, types[field], inside), slots, selector)


def _pieces(written: FieldMapping) -> dict[str, str]:
    if written.parts:
        return {name: part.path for name, part in written.parts.items()}
    assert written.path is not None
    return {"name": written.path, "infix": written.infix.path} if written.infix else {ONE: written.path}


def _codec(written: FieldMapping, type_: SemanticType, inside: str) -> Codec:
    loss = Loss(written.length, written.charset == "ascii")
    place = f"{inside}{written.path}"
    if written.parts:
        return _group(written, type_, inside)
    if written.infix:
        return Infixed(type_, partial(type_.write_infix, wants_infix=True), place, loss)  # type: ignore[attr-defined]
    return Coded(type_, _table(written, type_, place)) if written.values else Single(type_, place, loss)


def _group(written: FieldMapping, type_: SemanticType, inside: str) -> Group:
    parts = written.parts or {}
    places = {name: f"{inside}{part.path}" for name, part in parts.items()}
    tables = {name: _part_table(part, places[name]) for name, part in parts.items() if part.values}
    return Group(type_, tuple(parts), tables, places, _drops(type_, tuple(parts)))


def _drops(type_: SemanticType, wanted: tuple[str, ...]) -> bool:
    """Do these parts lose anything of the examples that the type itself gives?"""
    values = [value for value in map(type_.normalise, type_.examples) if value is not BLANK]
    again = [type_.normalise(type_.write_parts(value, wanted, {})) for value in values]
    same = (type_.key(one) == type_.key(other) for one, other in zip(values, again, strict=True))
    return not values or not all(same)


def _table(written: FieldMapping, type_: SemanticType, place: str) -> ValueTable:
    table = written.values or {}
    meaning: dict[str, Value] = {table_key(raw): type_.normalise(value) for raw, value in table.items()}
    keys = {raw: type_.key(value) for raw, value in meaning.items()}
    inverse: dict[Hashable, Scalar] = {keys[table_key(raw)]: raw for raw in table}
    inverse |= {keys[table_key(raw)]: raw for raw in _chosen(written.write).values()}
    return ValueTable(place, meaning, inverse, keys)


def _part_table(part: PartMapping, place: str) -> ValueTable:
    table = part.values or {}
    meaning = {table_key(raw): table_key(value) for raw, value in table.items()}
    inverse: dict[Hashable, Scalar] = {table_key(value): raw for raw, value in table.items()}
    inverse |= {table_key(value): raw for value, raw in _chosen(part.write).items()}
    return ValueTable(place, dict(meaning), inverse, dict(meaning))


def _chosen(write: object) -> Mapping[Scalar, Scalar]:
    """Which raw values are written for meanings that have many."""
    return write if isinstance(write, Mapping) else {}


def _terms(written: FieldMapping, lens: Lens) -> FieldTerms:
    return FieldTerms(
        writable=written.write != "never",
        required=written.required,
        clearable=written.clearable and not written.required,
        on_loss=written.on_loss,
        lossy=lens.codec.lossy,
        flagged=written.verified is not None,
    )


def _kind(mapping: EntityMapping) -> KindReader:
    kind = mapping.kind
    if isinstance(kind, AlwaysKind):
        return KindReader(lambda raw: None, kind.always, kind.always)
    return KindReader(getter(parse_path(kind.present)), kind.then, kind.otherwise)


def _other_names(mapping: EntityMapping) -> set[str]:
    paths = list(mapping.external_id.values())
    paths += [written.verified for written in mapping.fields.values() if written.verified]
    for consent in mapping.consent.values():
        if consent.among is None:
            paths += [
                path for path in (*consent.times.values(), consent.proof and consent.proof.path) if path
            ]
    if not isinstance(mapping.kind, AlwaysKind):
        paths.append(mapping.kind.present)
    return {parse_path(path)[0] for path in paths}


def _version(mapping: EntityMapping, types: Mapping[str, SemanticType], blanks: Sequence[str]) -> str:
    """A digest of all that reading depends on, and of nothing that only writing does."""
    reading = {"path", "among", "where", "parts", "infix", "values", "order", "verified"}
    fields = {
        name: (_read_only(written.model_dump(include=reading)), types[name].reading)
        for name, written in _declared(mapping).items()
    }
    nothing = (PLACEHOLDERS, *sorted({text.casefold() for text in blanks})) if blanks else ()
    consents = {name: written.model_dump(exclude={"write"}) for name, written in mapping.consent.items()}
    declared = (READING, mapping.kind.model_dump(), mapping.external_id, fields, nothing, consents)
    return hashlib.sha256(_spelled(declared).encode()).hexdigest()[:12]


def _read_only(dumped: dict[str, Any]) -> dict[str, Any]:
    """Without what the parts say of writing."""
    parts = dumped["parts"]
    return dumped | {
        "parts": {name: {**part, "write": None} for name, part in parts.items()} if parts else None
    }


def _spelled(declared: object) -> str:
    return json.dumps(_with_text_keys(declared), sort_keys=True)


def _with_text_keys(declared: object) -> object:
    """Keys of a table as they are looked up, so that they have an order."""
    if isinstance(declared, Mapping):
        return {table_key(key): _with_text_keys(value) for key, value in declared.items()}
    return [_with_text_keys(item) for item in declared] if isinstance(declared, list | tuple) else declared
