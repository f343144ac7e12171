"""A configuration change is no edit, whatever the number of customers."""

from __future__ import annotations

import pytest

from benchmarks import rebase


@pytest.mark.parametrize("customers", [200, pytest.param(10_000, marks=pytest.mark.long)])
def test_a_corrected_mapping_and_a_changed_type_write_nothing_and_are_told_to_the_record(customers):
    found = rebase.measure(customers)
    assert rebase.holds(found), found
    for change in ("a corrected mapping", "another pivot"):
        assert found[change]["rebased"]["reread"] == {"shop": customers // rebase.EVERY}
        assert found[change]["new questions"] == customers // rebase.EVERY
