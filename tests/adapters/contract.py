"""What every adapter keeps to, as checks to inherit.

Subclass `AdapterContract`, supply `adapter` over a system that holds `PEOPLE` (or set `count`), and say with
the class attributes how the system calls things. `edit_outside`, `remove_outside` and `dead` let more checks
run; what is not supplied, or not among the capabilities, skips with its reason.
"""

from __future__ import annotations

from tests.adapters.ground import PEOPLE, SECRET, TEXTS, assert_kept, live, push, update
from tests.adapters.reading import Reading
from tests.adapters.writing import Writing

__all__ = ["PEOPLE", "SECRET", "TEXTS", "AdapterContract", "assert_kept", "live", "push", "update"]


class AdapterContract(Reading, Writing):
    """Inherited by the tests of every adapter."""
