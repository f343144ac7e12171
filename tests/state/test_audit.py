"""The chain tells who tampered with it."""

from __future__ import annotations

import pytest

from reconcile.state import audit
from reconcile.state.audit import Event
from tests.state.build import AT


@pytest.fixture
def chained(store, lease):
    with store.write(lease) as conn:
        audit.append(
            conn, [Event(AT, 1, "golden", 5, "crm", "7", {"field": "phone", "version": n}) for n in (1, 2)]
        )
        audit.append(conn, [])
        audit.append(conn, [Event(AT, 2, "sent", 6), Event(AT, 2, "sent", 5)])
    return store


def test_an_untouched_chain_verifies_and_its_events_come_back(chained):
    with chained.read() as conn:
        assert audit.verify(conn) is None
        rows = list(audit.events(conn))
        assert [row.seq for row in rows] == [1, 2, 3, 4]
        assert rows[0].event == Event(AT, 1, "golden", 5, "crm", "7", {"field": "phone", "version": 1})
        assert [row.seq for row in audit.events(conn, customer=5)] == [1, 2, 4]
        assert [row.seq for row in audit.events(conn, run=2, after=3)] == [4]
        assert audit.last(conn) == (4, rows[-1].chain)


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("update audit set customer = 9 where seq = 2", 2),
        ("update audit set detail = '{}' where seq = 1", 1),
        ("update audit set at = '2020' where seq = 4", 4),
        ("update audit set chain = 'x' where seq = 3", 3),
        ("delete from audit where seq = 2", 3),
        ("delete from audit where seq = 1", 2),
        ("update audit set seq = case seq when 3 then -4 else -3 end where seq in (3, 4)", -4),
        ("insert into audit select 5, at, run, what, null, null, null, detail, chain from audit limit 1", 5),
    ],
)
def test_tampering_shows_at_the_first_event_that_does_not_fit(chained, tampering, broken):
    with chained.engine.begin() as conn:
        conn.exec_driver_sql(tampering)
        assert audit.verify(conn) == broken


def test_a_page_of_events_costs_two_statements(store, lease, counted):
    with store.write(lease) as conn, counted(store) as asked:
        audit.append(conn, [Event(AT, 1, "golden", n) for n in range(300)])
    assert len(asked) == 2
