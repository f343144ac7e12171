"""What holds, from what was said: the table of the contract, in any order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from reconcile.consent import ConsentEvent, Shown, has_moved, is_news, moment_of, status
from reconcile.mapping.consents import evidence
from reconcile.mapping.model import ConsentMapping

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SKEW = timedelta(minutes=2)


def said(what: str) -> ConsentEvent:
    """`granted 9:00 proved`: state, source time (? for none), proof; seen at noon."""
    state, at, *proof = what.split()
    day = f"2026-03-02T{at.zfill(5)}:00Z"
    moment = None if at == "?" else "2027-01-01T00:00:00Z" if at == "later" else day
    return ConsentEvent(
        1,
        "email",
        "news",
        state,
        moment,
        "2026-03-02T12:00:00Z",
        "mail",
        "1",
        bool(proof),  # type: ignore[arg-type]
    )


TABLE: list[tuple[list[str], str, bool]] = [
    ([], "unknown", False),
    (["unknown ?"], "unknown", False),
    (["bounced 9:00"], "unknown", False),
    (["granted 9:00"], "granted", False),
    (["granted ?"], "granted", False),
    (["granted 9:00 proved"], "granted", True),
    (["granted ? proved"], "granted", True),
    (["denied 9:00"], "denied", False),
    (["withdrawn ?"], "withdrawn", False),
    (["granted 9:00 proved", "withdrawn 10:00"], "withdrawn", False),
    (["withdrawn 9:00", "granted 10:00 proved"], "granted", True),
    (["denied 9:00", "granted 10:00 proved"], "granted", True),
    (["withdrawn 9:00", "granted 10:00"], "withdrawn", False),
    (["withdrawn 9:00", "granted ? proved"], "withdrawn", False),
    (["withdrawn 9:00", "granted 9:00 proved"], "withdrawn", False),
    (["withdrawn 9:00", "granted 9:02 proved"], "withdrawn", False),
    (["withdrawn 9:00", "granted 9:03 proved"], "granted", True),
    (["withdrawn ?", "granted 11:00 proved"], "withdrawn", False),
    (["withdrawn 9:00", "granted later proved"], "withdrawn", False),
    (["withdrawn 9:00", "granted 10:00 proved", "denied 11:00"], "denied", False),
    (["withdrawn 9:00", "granted 10:00 proved", "granted 11:00"], "granted", True),
    (["denied 9:00", "withdrawn 9:00"], "withdrawn", False),
    (["withdrawn later", "granted 11:00 proved"], "withdrawn", False),
]


@pytest.mark.parametrize(
    ("events", "state", "spreadable"), TABLE, ids=["; ".join(r[0]) or "-" for r in TABLE]
)
def test_what_holds_is_the_most_restrictive_reading_of_what_was_said(
    events: list[str], state: str, spreadable: bool
) -> None:
    for order in itertools.permutations(map(said, events)):
        found = status(order, NOW, SKEW)
        assert (found.state, found.spreadable) == (state, spreadable)
        assert found.against == (state in ("denied", "withdrawn"))


def test_saying_no_once_more_never_gives_consent() -> None:
    for events, *_ in TABLE:
        for no in ("denied 9:00", "withdrawn ?", "withdrawn 11:00"):
            before = status(map(said, events), NOW, SKEW)
            after = status(map(said, [*events, no]), NOW, SKEW)
            assert not (after.spreadable and not before.spreadable)
            assert after.against or after.spreadable


HERE, THERE = "ada@example.org", "berg@example.org"
READINGS: list[tuple[Shown | None, Shown, bool, bool]] = [
    (None, Shown(HERE, "granted"), True, False),
    (None, Shown("", "granted"), False, False),
    (None, Shown(HERE, None), False, False),
    (None, Shown(HERE, "pending"), False, False),
    (Shown("", "granted"), Shown(HERE, "granted"), True, False),
    (Shown(HERE, "granted"), Shown(HERE, "granted"), False, False),
    (Shown(HERE, "granted"), Shown(HERE, None), False, False),
    (Shown(HERE, None), Shown(HERE, "granted"), True, False),
    (Shown(HERE, "granted"), Shown(HERE, "denied"), True, False),
    (Shown(HERE, "granted"), Shown(HERE, "granted", True), True, False),
    (Shown(HERE, "granted", True), Shown(HERE, "granted"), False, False),
    (Shown(HERE, "granted"), Shown(THERE, "granted"), False, True),
    (Shown(HERE, "denied"), Shown(THERE, "denied"), True, True),
    (Shown(HERE, "bounced"), Shown(THERE, "bounced"), False, True),
    (Shown(HERE, "denied"), Shown(THERE, "granted"), True, True),
    (Shown(HERE, "granted"), Shown("", "granted"), False, False),
    (Shown(HERE, "denied", at="1"), Shown(HERE, "denied", at="2"), True, False),
    (Shown(HERE, "granted", True, "1"), Shown(HERE, "granted", True, "2"), False, False),
]


@pytest.mark.parametrize(("before", "now", "news", "moved"), READINGS)
def test_a_reading_says_something_only_where_somebody_did(
    before: Shown | None, now: Shown, news: bool, moved: bool
) -> None:
    assert is_news(before, now) is news
    assert has_moved(before, now) is moved


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2026-03-02T08:00:00+01:00", "2026-03-02T07:00:00.000000Z"),
        (1772438400, "2026-03-02T08:00:00.000000Z"),
        ("2026-03-02T08:00:00", None),
        ("2026-03-02", None),
        ("yesterday", None),
        (True, None),
        (None, None),
        (10**20, None),
    ],
)
def test_a_time_that_is_not_certain_is_unknown(raw: object, moment: str | None) -> None:
    assert moment_of(raw) == moment


def test_a_system_that_keeps_when_it_was_granted_does_not_say_when_it_was_withdrawn() -> None:
    written = {"path": "s", "granted": ["y"], "withdrawn": ["n"], "time": {"granted": "since"}}
    told = evidence(ConsentMapping.model_validate(written))
    record = {"s": "n", "since": "2026-03-02T09:00:00Z"}
    assert told.at(record, "granted") == moment_of(record["since"]) is not None
    assert told.at(record, "withdrawn") is None
