"""Verification: evidence that a value is right, from a register, a system's own check, or a steward.

And that an address is wrong, because mail to it came back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconcile import times
from reconcile.records import VERIFIED, GoldenValue, Record
from reconcile.resolve import GoldenField, Rule, Side
from reconcile.rulebook import Rulebook, Stamp, Terms
from reconcile.values import BLANK, CLEAR, Golden
from reconcile.words import told

DECISION = "decision "
"""Begins the name of a verification by a steward."""

Top = frozenset[Golden]


@dataclass(frozen=True, slots=True)
class ByVerified:
    """The candidate that the newest evidence is for; a bounce is evidence against.

    A later edit says more than an older check, and a steward decided only about what was shown.
    """

    name: str = "verified"

    def __call__(self, top: Top, seen: Sequence[Side], golden: GoldenField) -> Golden:
        sound = arriving(top, seen, golden)
        if len(sound) == 1 and len(top) > 1:
            return next(iter(sound))
        dated = {value: at for value in sound if (at := _verified(value, seen, golden))}
        newest = [value for value, at in dated.items() if at == max(dated.values())]
        if len(newest) != 1 or self._contradicted(newest[0], dated[newest[0]], sound, seen, golden):
            return None
        return newest[0]

    def because(self, winner: Golden, seen: Sequence[Side], golden: GoldenField) -> str:
        at = _verified(winner, seen, golden)
        if at is None:
            return told("others bounced", times.day(_last_bounce(seen, golden)))
        who = sorted({s.name for s in seen if s.now == winner and s.verified == at})
        by = told("a steward" if golden.decided else "the hub")
        return told("verified last", ", ".join(who) or by, times.day(at))

    @staticmethod
    def _contradicted(
        value: Golden, at: datetime, top: Top, seen: Sequence[Side], golden: GoldenField
    ) -> bool:
        """Does who verified it also verify another candidate, or was another made after that?"""
        others = [s for s in seen if s.now != value and (s.now in top or (s.now is BLANK and CLEAR in top))]
        by = {s.name for s in seen if s.now == value and s.verified}
        decided = golden.decided and value == golden.value and at == golden.verified
        return any(
            (s.verified is not None and s.name in by)
            or (s.interval[0] and s.interval[0] >= at)
            or (decided and _untold(s, at))
            for s in others
        )


def arriving(top: Top, seen: Sequence[Side], golden: GoldenField) -> Top:
    """The candidates but for those from which mail came back, unless it did from all. Newest evidence counts:
    a later verification outweighs a bounce."""

    def came_back(value: Golden) -> bool:
        found = [s.bounced for s in seen if s.now == value and s.bounced]
        found += [golden.bounced] if value == golden.value and golden.bounced else []
        checked = _verified(value, seen, golden)
        return bool(found) and (checked is None or checked <= max(found))

    return frozenset(value for value in top if not came_back(value)) or top


def _verified(value: Golden, seen: Sequence[Side], golden: GoldenField) -> datetime | None:
    found = [s.verified for s in seen if s.now == value and s.verified]
    if value == golden.value and golden.verified:
        found.append(golden.verified)
    return max(found, default=None)


def _last_bounce(seen: Sequence[Side], golden: GoldenField) -> datetime | None:
    return max((at for at in (golden.bounced, *(s.bounced for s in seen)) if at), default=None)


def _untold(side: Side, at: datetime) -> bool:
    """May a decision of that time not know what the side shows?

    It was edited, or its record was changed, since; or the record was there and is read otherwise now.
    """
    if side.base is not None:
        return side.now != side.base.value
    changed, known = side.interval[1], side.known_since
    return bool((changed and changed > at) or (known and known <= at))


@dataclass(frozen=True, slots=True)
class Arriving:
    """Another rule, asked only about the candidates from which no mail came back."""

    rule: Rule

    @property
    def name(self) -> str:
        return self.rule.name

    def __call__(self, top: Top, seen: Sequence[Side], golden: GoldenField) -> Golden:
        return self.rule(arriving(top, seen, golden), seen, golden)

    def because(self, winner: Golden, seen: Sequence[Side], golden: GoldenField) -> str:
        return self.rule.because(winner, seen, golden)


def verified_at(record: Record, name: str, terms: Terms) -> str | None:
    """When what the record shows for a field was found to be right, ISO 8601; None: it was not.

    A register vouches for a value with the time of its record, and so does a system that checks it.
    """
    if not (terms.verifies or terms.flagged) or record.values.get(name) is BLANK:
        return None
    if not (terms.verifies or name in _flags(record)):
        return None
    return record.modified_at or record.first_read_at


def verification(held: GoldenValue | None) -> tuple[datetime | None, bool]:
    """When golden was last found to be right, and whether that was by a steward."""
    if held is None or held.verified is None:
        return None, False
    by, at = held.verified
    return times.moment(at), by.startswith(DECISION)


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
            yield name, held._replace(verified=(by, at))


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
    named = record.values.get(VERIFIED)
    return named if isinstance(named, tuple) else ()
