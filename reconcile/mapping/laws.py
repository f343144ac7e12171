"""The two laws of a mapping, stated so that they can fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconcile.errors import RecordError
from reconcile.mapping.compiled import CompiledMapping
from reconcile.mapping.lenses import Spot
from reconcile.mapping.patches import apply_patch
from reconcile.mapping.paths import Payload
from reconcile.values import BLANK, CLEAR, MISSING, Golden, Seen, Value


def check_laws(
    compiled: CompiledMapping, raw: Payload, wanted: Mapping[str, Golden] | None = None
) -> list[str]:
    """What a mapping breaks on one payload: empty when both laws hold. Names fields, never values.

    1. What is written reads back the same, as far as the system can show it: on this record and on a new one.
       Written is `wanted`, or what the payload shows.
    2. Writing back what was read changes nothing but notation, and touches nothing else.
    """
    try:
        shown = compiled.read(raw)[1]
        asked = shown if wanted is None else wanted
        return [
            *_reads_back(compiled, raw, asked, "on this record"),
            *_reads_back(compiled, None, asked, "on a new record"),
            *_changes_nothing(compiled, raw, shown),
        ]
    except RecordError as error:
        return [str(error)]


def _reads_back(
    compiled: CompiledMapping, raw: Payload | None, wanted: Mapping[str, Golden], where: str
) -> Iterator[str]:
    changes = _possible(compiled, wanted)
    stored = apply_patch(raw or {}, compiled.write(raw, changes), compiled)
    found = compiled.read(stored)[1]
    for field, golden in changes.items():
        expected = compiled.shows(field)(golden)
        if not _same(compiled, field, found.get(field, MISSING), expected):
            yield f"{field}: what is written does not read back the same {where}"


def _changes_nothing(compiled: CompiledMapping, raw: Payload, shown: Mapping[str, Value]) -> Iterator[str]:
    changes = _possible(compiled, shown)
    stored = apply_patch(raw, compiled.write(raw, changes), compiled)
    again = compiled.read(stored)[1]
    for field in sorted(shown.keys() | again.keys()):
        both = field in shown and field in again
        if not both or compiled.types[field].key(shown[field]) != compiled.types[field].key(again[field]):
            yield f"{field}: writing back what was read changes it"
    ours = [spot for field in changes for spot in compiled.lenses[field].spots(raw)]
    for spot in _differences(raw, stored, ()):
        if not any(spot[: len(own)] == own for own in ours):
            yield f"{'.'.join(map(str, spot))}: is touched by writing back what was read"


def _possible(compiled: CompiledMapping, wanted: Mapping[str, Golden]) -> dict[str, Golden]:
    """What may be asked of this system; emptying is tried even where the policy of the field forbids it."""
    return {
        field: golden
        for field, golden in wanted.items()
        if compiled.terms[field].writable
        and (golden is CLEAR or golden is BLANK or compiled.refuses(field, golden) is None)
    }


def _same(compiled: CompiledMapping, field: str, found: Seen, expected: Seen) -> bool:
    if expected is BLANK or expected is MISSING:
        return found is BLANK or found is MISSING  # an element that is not there has nothing to empty
    return found is not MISSING and compiled.types[field].key(found) == compiled.types[field].key(expected)


def _differences(before: object, after: object, at: Spot) -> Iterator[Spot]:
    if isinstance(after, Mapping) and (isinstance(before, Mapping) or not before):
        earlier = before if isinstance(before, Mapping) else {}
        for name in [*earlier, *(name for name in after if name not in earlier)]:
            yield from _differences(earlier.get(name, MISSING), after.get(name, MISSING), (*at, name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for position, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differences(old, new, (*at, position))
    elif before != after:
        yield at
