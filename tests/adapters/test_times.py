"""Times are read in the notations that systems use, and written back in the one they use."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from adapters.times import like, moment, written_like

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("2025-07-01T12:00:00Z", "2025-07-01T12:00:00+00:00"),
        ("2025-07-01T12:00:00+0200", "2025-07-01T10:00:00+00:00"),
        ("2025-07-01 12:00", "2025-07-01T10:00:00+00:00"),
        (" 2025-01-01 ", "2024-12-31T23:00:00+00:00"),
        ("31-12-2024 14:05", "2024-12-31T13:05:00+00:00"),
        ("1-7-2025", "2025-06-30T22:00:00+00:00"),
        (datetime(2025, 7, 1, 12), "2025-07-01T10:00:00+00:00"),
        (datetime(2025, 7, 1, 12, tzinfo=timezone(timedelta(hours=-5))), "2025-07-01T17:00:00+00:00"),
        (date(2025, 7, 1), "2025-06-30T22:00:00+00:00"),
    ],
)
def test_a_time_is_read_as_utc_from_its_own_zone_or_the_given_one(raw, shown):
    assert moment(raw, AMSTERDAM).isoformat() == shown


@pytest.mark.parametrize(
    "raw", [None, "", "soon", "31-02-2025", 1735689600, True, "0001-01-01", [], "99-99-9999"]
)
def test_what_is_no_time_is_none(raw):
    assert moment(raw, AMSTERDAM) is None


AT = datetime(2025, 7, 1, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sample", "written"),
    [
        ("2020-01-01 00:00:00", "2025-07-01 14:30:15"),
        ("2020-01-01T00:00:00Z", "2025-07-01T12:30:15Z"),
        ("2020-01-01T00:00:00.000+00:00", "2025-07-01T12:30:15.123+00:00"),
        ("2020-01-01 00:00:00.000000", "2025-07-01 14:30:15.123456"),
        ("2020-01-01T00:00:00+02:00", None),
        ("01-01-2020 00:00:00", None),
        ("2020-01-01", None),
    ],
)
def test_a_time_is_written_as_the_sample_is_if_that_can_be_ordered(sample, written):
    assert written_like(AT, sample, AMSTERDAM) == written


def test_a_time_takes_the_type_of_the_sample():
    assert like(AT, datetime(2020, 1, 1), AMSTERDAM) == datetime(2025, 7, 1, 14, 30, 15, 123456)
    assert like(AT, datetime(2020, 1, 1, tzinfo=UTC), AMSTERDAM) == AT
    assert like(AT.replace(hour=23), date(2020, 1, 1), AMSTERDAM) == date(2025, 7, 2)
    assert like(AT, 1735689600, AMSTERDAM) is None
