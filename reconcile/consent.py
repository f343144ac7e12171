"""Consent: what was said about one address, one channel and one purpose, and what follows from all of it.

Consent never passes through `resolve`. It belongs to the address (the identifier), not to the customer, and
only grows: events are added and one pure function reads them, the most restrictive way that they allow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from reconcile import times
from reconcile.policy import ConsentPolicy
from reconcile.types.base import SemanticType
from reconcile.values import BLANK, Value

State = Literal["granted", "denied", "withdrawn", "unknown", "bounced"]
Shows = Literal["granted", "denied", "withdrawn", "pending", "bounced"]
"""What a record can show; a blank says nothing."""
GRANTED, DENIED = "granted", "denied"
AGAINST = ("denied", "withdrawn")
SUBSCRIBED = ("granted", "pending")
"""A record that shows one of these is mailed, or is about to be."""
TOLD = ("granted", "denied", "withdrawn", "bounced")
"""What makes an event; `pending` is only the wish of somebody who has not confirmed it."""
MARK = "@"
FIELD_OF = {"email": "email", "phone": "phone", "sms": "phone", "post": "address"}
"""The field that names who is reached by a channel, unless the policy names another."""


def field_name(consent: str) -> str:
    """What a consent is called among a record's canonical values; no field of a policy has such a name."""
    return MARK + consent


class ConsentType(SemanticType):
    """granted, denied, withdrawn, pending or bounced; for a system denied and withdrawn are one."""

    name = "consent"
    examples = ("granted", "denied", "withdrawn", "pending", "bounced")

    def normalise(self, raw: object) -> Value:
        text = str(raw).strip() if isinstance(raw, str) else ""
        return text if text in self.examples else BLANK

    def key(self, value: Value) -> Value:
        return DENIED if value in AGAINST else value


CONSENT = ConsentType()


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """One consent of the policy, ready to be used."""

    name: str
    channel: str
    purpose: str
    identifier: str
    """The field whose value the consent belongs to."""
    type: SemanticType
    """Of that field."""
    carries: bool
    """Does it hold for a new address as well, when an owner of the address changes it?"""

    @property
    def field(self) -> str:
        return field_name(self.name)

    def spelled(self, value: object) -> str:
        """An identifier as the store keeps it, one text for all its notations; "" for none."""
        if value is BLANK or not isinstance(value, str | int | tuple) or isinstance(value, bool):
            return ""
        key = self.type.key(value)
        return key if isinstance(key, str) else json.dumps(key, default=str)


def consent_rule(name: str, written: ConsentPolicy, type_: SemanticType) -> ConsentRule:
    """The rule that the policy's block stands for; `type_` is that of its identifier."""
    carries = written.on_email_change == "carry"
    return ConsentRule(name, written.channel, written.purpose, identifier_of(written), type_, carries)


def identifier_of(written: ConsentPolicy) -> str:
    """The field that names who is reached."""
    return written.identifier or FIELD_OF[written.channel]


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """What one record of one system said about one identifier, once."""

    identifier: int
    channel: str
    purpose: str
    state: State
    at: str | None
    """When it was said, by the source's clock, ISO 8601 UTC; None: nobody knows."""
    seen_at: str
    system: str
    record: str
    proof: bool
    basis: str = ""
    """What the hub made it from, where it is not simply what the record shows."""
    run: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """What holds now, since when, and who said so."""

    state: Literal["granted", "denied", "withdrawn", "unknown"]
    since: str | None = None
    source: str = ""
    """The system in which it was said."""
    spreadable: bool = False
    """A proved grant: other systems may be told."""

    @property
    def against(self) -> bool:
        return self.state in AGAINST


UNKNOWN = Status("unknown")


def status(events: Iterable[ConsentEvent], now: datetime, skew: timedelta) -> Status:
    """What holds for one identifier, channel and purpose, whatever the order of the events.

    Withdrawn or denied unless a proved grant is newer than every withdrawal by more than the skew; an
    unknown time, a time to come, a tie or no proof never beats a withdrawal (sync-semantics §14).
    """
    told = sorted(events, key=_order)
    against = [(_latest(e), e) for e in told if e.state in AGAINST]
    grants = [e for e in told if e.state == GRANTED]
    proved = [(at, e) for e in grants if e.proof and (at := _certain(e, now, skew))]
    newest = max(proved, key=lambda one: one[0]) if proved else None
    if not against:
        return _granted(newest[1] if newest else None, grants)
    last, what = max(against, key=lambda one: (one[0], one[1].state))
    if newest and newest[0] > last + skew:
        return _granted(newest[1], grants)
    return Status(_restricted(what), times.iso(last), what.system)


def _granted(newest: ConsentEvent | None, grants: Sequence[ConsentEvent]) -> Status:
    first = newest or next((e for e in grants if e.proof), None) or (grants[0] if grants else None)
    if first is None:
        return UNKNOWN
    return Status("granted", first.at, first.system, first.proof)


def _restricted(event: ConsentEvent) -> Literal["denied", "withdrawn"]:
    return "withdrawn" if event.state == "withdrawn" else "denied"


def _certain(event: ConsentEvent, now: datetime, skew: timedelta) -> datetime | None:
    """When a grant was given, if that is known: a time to come proves nothing."""
    at = times.moment(event.at)
    return at if at and at <= now + skew else None


def _latest(event: ConsentEvent) -> datetime:
    """When a withdrawal was made, at the latest: it was there when it was seen."""
    seen = times.moment(event.seen_at)
    assert seen is not None, "an event is always seen at some time"
    at = times.moment(event.at)
    return min(at, seen) if at else seen


def _order(event: ConsentEvent) -> tuple[str, str, str, str]:
    return (event.at or "", event.seen_at, event.system, event.record)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a record shows of one consent, and about whom."""

    identifier: str
    state: str | None
    proof: bool = False
    at: str | None = None
    """When it was said, if the record tells."""

    @property
    def says(self) -> bool:
        return bool(self.identifier) and self.state in TOLD


def is_news(before: Shown | None, now: Shown) -> bool:
    """Was something said between two readings of a record, or at its first one?

    A blank says nothing. A "yes" that only moved along to another address was not said about that one, and
    another date makes no new one. A "no" that moved along or was repeated is believed.
    """
    if not now.says:
        return False
    if before is None or not before.identifier:
        return True
    if now.state != before.state or (now.proof and not before.proof):
        return True
    repeated = now.identifier != before.identifier or (now.at is not None and now.at != before.at)
    return now.state in AGAINST and repeated


def has_moved(before: Shown | None, now: Shown) -> bool:
    """Does the record show another address than it did?"""
    return bool(before and before.identifier and now.identifier and before.identifier != now.identifier)


def follows(rule: ConsentRule, old: Status, known: bool, owner: bool) -> Literal["carry", "ask"] | None:
    """What becomes of the old address's consent when a user gave the record a new address.

    `known`: something was said about the new one already, and that stands; `owner`: may that system change
    the address?
    """
    if old.state != GRANTED or known:
        return None
    return "carry" if rule.carries and owner else "ask"


def bounced_at(events: Iterable[ConsentEvent]) -> str | None:
    """When mail was last seen to come back from an address, ISO 8601; None: it arrives, as far as is known.

    `events`: all that was said about it, oldest first. A bounce is over when who told it says otherwise, or
    when somebody proved to have read mail there.
    """
    last: ConsentEvent | None = None
    for event in events:
        if event.state == "bounced":
            last = event
        elif last and event.state == GRANTED:
            over = event.proof or (event.system, event.record) == (last.system, last.record)
            last = None if over else last
    return last.seen_at if last else None


def moment_of(raw: object) -> str | None:
    """When something was said, as the store keeps it; None when that is not certain.

    Taken are ISO 8601 with a zone and seconds since 1970; a time without a zone could be hours off.
    """
    if isinstance(raw, datetime):
        return times.iso(raw) if raw.tzinfo else None
    if isinstance(raw, int) and not isinstance(raw, bool):
        return _since_1970(raw)
    if not isinstance(raw, str):
        return None
    try:
        read = datetime.fromisoformat(raw.strip())
    except ValueError:
        return None
    return times.iso(read) if read.tzinfo else None


def _since_1970(seconds: int) -> str | None:
    try:
        return times.iso(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None
