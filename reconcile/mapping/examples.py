"""The examples in a mapping, which must hold exactly, and canonical values as people write them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconcile.consent import field_name
from reconcile.errors import RecordError
from reconcile.facts import fact_name
from reconcile.mapping.compiled import CompiledMapping
from reconcile.mapping.compiling import Problem
from reconcile.mapping.model import EntityMapping, Example
from reconcile.mapping.paths import Payload
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, CLEAR, Golden, Value


def from_yaml(type_: SemanticType, written: object) -> Value:
    """A canonical value as it stands in YAML: a group value is a mapping of parts, numbers allowed.

    Raises ValueError, saying what was expected.
    """
    if written is None:
        return BLANK
    if type_.parts:
        return _parts(type_, written)
    if type_.several:
        return type_.normalise(written)
    if not isinstance(written, str | int | bool):
        raise ValueError(f"expected a single {type_.name}, found {type(written).__name__}")
    return written


def _parts(type_: SemanticType, written: object) -> Value:
    if not isinstance(written, Mapping) or not written.keys() <= set(type_.parts):
        raise ValueError(f"expected a mapping with some of {', '.join(type_.parts)}")
    shown = (written.get(part) for part in type_.parts)
    return tuple("" if part is None else str(part) for part in shown)


def to_yaml(type_: SemanticType, value: Golden) -> object:
    """A canonical value as people write it; the parts that are blank are left out."""
    if value is CLEAR:
        return None
    if isinstance(value, tuple) and not type_.parts:
        return list(value)
    if isinstance(value, tuple):
        return {part: text for part, text in zip(type_.parts, value, strict=True) if text}
    return value


def check_examples(compiled: CompiledMapping, mapping: EntityMapping) -> list[Problem]:
    """What does not hold in the examples; shows their values, which are the author's own inventions."""
    problems: list[Problem] = []
    above: Payload = {}
    for number, example in enumerate(mapping.examples):
        above = above if example.raw is None else example.raw
        try:
            found = list(_check(compiled, example, above))
        except RecordError as error:
            found = [Problem((), str(error))]
        problems += (Problem(("examples", number, *one.path), one.message) for one in found)
    return problems


def _check(compiled: CompiledMapping, example: Example, above: Payload) -> Iterator[Problem]:
    if example.canonical is not None:
        return _check_reading(compiled, above, _flat(example.canonical))
    return _check_sending(compiled, above, _flat(example.change or {}), example.sends or {})


def _flat(written: Mapping[str, object]) -> dict[str, object]:
    """Consents and facts by the names that they have among the canonical values."""
    flat = {name: value for name, value in written.items() if name not in ("consent", "facts")}
    known = written.get("facts")
    if isinstance(known, Mapping):
        flat |= {fact_name(name): value for name, value in known.items()}
    consents = written.get("consent")
    if isinstance(consents, Mapping):
        flat |= {field_name(name): state for name, state in consents.items()}
    return flat


def _check_reading(
    compiled: CompiledMapping, raw: Payload, canonical: Mapping[str, object]
) -> Iterator[Problem]:
    kind, values = compiled.read(raw)
    if canonical.get("kind", kind) != kind:
        yield _differs(("canonical", "kind"), kind, canonical["kind"])
    expected = {field: written for field, written in canonical.items() if field != "kind"}
    for field in [*expected, *(field for field in values if field not in expected)]:
        if field not in compiled.types:
            yield Problem(("canonical", field), "is no field of this mapping; add it under `fields`")
            continue
        type_, found = compiled.types[field], values.get(field, BLANK)
        meant = _meant(type_, expected.get(field), ("canonical", field))
        if isinstance(meant, Problem):
            yield meant
        elif found != meant:
            yield _differs(("canonical", field), to_yaml(type_, found), expected.get(field))


def _check_sending(
    compiled: CompiledMapping, raw: Payload, change: Mapping[str, object], sends: Payload
) -> Iterator[Problem]:
    asked = {field: _asked(compiled, field, written) for field, written in change.items()}
    problems = [found for found in asked.values() if isinstance(found, Problem)]
    yield from problems
    changes = {field: value for field, value in asked.items() if not isinstance(value, Problem)}
    if not problems and (found := compiled.write(raw, changes)) != sends:
        yield _differs(("sends",), found, sends)


def _asked(compiled: CompiledMapping, field: str, written: object) -> Value | Problem:
    if field not in compiled.types:
        return Problem(("change", field), "is no field of this mapping; add it under `fields`")
    value = _meant(compiled.types[field], written, ("change", field))
    if isinstance(value, Problem):
        return value
    reason = compiled.refuses(field, value)
    return Problem(("change", field), f"{reason}; take it out of the example") if reason else value


def _meant(type_: SemanticType, written: object, at: tuple[str, ...]) -> Value | Problem:
    try:
        return from_yaml(type_, written)
    except ValueError as error:
        return Problem(at, str(error))


def _differs(path: tuple[str, ...], found: object, expected: object) -> Problem:
    return Problem(path, f"found {found!r}, expected {expected!r}; correct the example or the mapping")
