"""Dates: the day comes first, and nothing is guessed."""

from __future__ import annotations

import datetime
import random

import pytest

from reconcile.types import build

date = build("date")
YEAR = "januari februari maart april mei juni juli augustus september oktober november december"


@pytest.mark.parametrize(
    "raw",
    [
        "1980-02-01",
        "01-02-1980",
        "1-2-1980",
        "1/2/1980",
        "01.02.1980",
        "1980/02/01",
        "19800201",
        19800201,
        19800201.0,
    ]
    + ["1980-02-01T23:30:00+02:00", "1980-02-01 00:00:00", "1-2-1980 00:00", "1 februari 1980", "1 Feb. 1980"]
    + ["1 February 1980", datetime.date(1980, 2, 1), datetime.datetime(1980, 2, 1, 23, 59)],
)
def test_notations_of_one_day_are_one_value(raw):
    assert date.normalise(raw) == "1980-02-01"


@pytest.mark.parametrize(
    "raw", ["0000-00-00", "0000-00-00 00:00:00", "0001-01-01T00:00:00", datetime.date(1, 1, 1)]
)
def test_how_databases_write_no_date_is_blank(raw):
    assert date.normalise(raw) is None


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("31-02-1980", "does not exist"),
        ("02/13/1980", "month comes before the day"),
        ("1980-13-01", "does not exist"),
        ("1790-01-01", "before 1850"),
        ("1980", "no date"),
        ("volgende week", "no date"),
        ("٠١-٠٢-١٩٨٠", "no date"),
    ],
)
def test_what_cannot_be_read_is_kept_with_a_reason_and_links_nobody(raw, reason):
    assert date.normalise(raw) == raw
    assert reason in date.validate(raw) and date.match(raw) == ""


def test_every_day_reads_back_from_every_notation():
    rnd = random.Random(51)
    for _ in range(5_000):
        day = datetime.date(1850, 1, 1) + datetime.timedelta(days=rnd.randrange(150_000))
        for raw in (
            day.strftime("%d-%m-%Y"),
            f"{day.day}/{day.month}/{day.year}",
            day.strftime("%Y%m%d"),
            day,
        ):
            assert date.normalise(raw) == day.isoformat()
        assert date.normalise(f"{day.day} {YEAR.split()[day.month - 1]} {day.year}") == day.isoformat()
        assert date.validate(day.isoformat()) is None


@pytest.mark.parametrize("name", ["date", "birth_date"])
def test_the_calendar_says_which_days_there_are(name):
    kind, rnd, real = build(name), random.Random(52), 0
    for _ in range(20_000):
        year, month, day = rnd.randint(1900, 2020), rnd.randint(0, 13), rnd.randint(0, 32)
        raw = rnd.choice(
            (f"{day:02}-{month:02}-{year}", f"{day}/{month}/{year}", f"{year}-{month:02}-{day:02}")
        )
        value = kind.normalise(raw)
        try:
            expected = datetime.date(year, month, day).isoformat()
        except ValueError:
            assert value == raw and kind.validate(value)
        else:
            assert value == expected, raw
            real += 1
    assert real > 10_000
