"""Verification: evidence that a value is right, from a register, a system's own check, or a steward."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconcile.records import VERIFIED, GoldenValue, Record
from reconcile.rulebook import Rulebook, Stamp, Terms
from reconcile.values import BLANK, CLEAR

DECISION = "decision "
"""Begins the name of a verification by a steward."""


def verified_at(record: Record, name: str, terms: Terms) -> str | None:
    """When what the record shows for a field was found to be right, ISO 8601; None: it was not.

    A register vouches for a value with the time of its record, and so does a system that checks it.
    """
    if not (terms.verifies or terms.flagged) or record.values.get(name) is BLANK:
        return None
    if not (terms.verifies or name in _flags(record)):
        return None
    return record.modified_at or record.first_read_at


def elsewhere(held: GoldenValue | None) -> str | None:
    """When a system last found golden to be right, ISO 8601.

    A steward decided between values that were shown; what shows later was none of them, so a decision wins
    over nothing by itself. That is what a lock is for.
    """
    if held is None or held.verified is None or held.verified[0].startswith(DECISION):
        return None
    return held.verified[1]


def confirmed(
    golden: Mapping[str, GoldenValue],
    live: Sequence[Record],
    book: Rulebook,
    decided: Mapping[str, int],
    stamp: Stamp,
) -> Iterator[tuple[str, GoldenValue]]:
    """The golden values for which there is newer evidence, with it.

    `decided`: by field the decision by which a steward gave or confirmed the value just now.
    """
    for name in dict.fromkeys((*decided, *book.verifiable)):
        held = golden.get(name)
        if held is None or held.value is BLANK or held.value is CLEAR:
            continue
        found = list(_evidence(name, held, live, book))
        if name in decided:
            found.append((stamp.text, f"{DECISION}{decided[name]}"))
        if found and (held.verified is None or held.verified[1] < max(found)[0]):
            at, by = max(found)
            yield name, replace(held, verified=(by, at))


def _evidence(
    name: str, held: GoldenValue, live: Sequence[Record], book: Rulebook
) -> Iterator[tuple[str, str]]:
    """(at, system) of everybody who verifies golden as it is."""
    key = book.fields[name].type.key
    for record in live:
        terms = book.systems[record.system].fields.get(name)
        if terms is None or record.held or record.pending or name in record.invalid:
            continue
        at = verified_at(record, name, terms)
        if at is not None and held.value is not CLEAR and key(record.values[name]) == key(held.value):
            yield at, record.system


def _flags(record: Record) -> tuple[object, ...]:
    told = record.values.get(VERIFIED)
    return told if isinstance(told, tuple) else ()
