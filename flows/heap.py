"""The memory of a run: one heap for all its threads, and a collector of cycles that seldom looks."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

COLLECT_EVERY = 100_000
"""Objects made, and not gone again, until Python looks for cycles."""
_ARENA_MAX = -8
"""mallopt(3) of glibc: how many heaps threads may have."""


@contextmanager
def frugal() -> Iterator[None]:
    """For the length of a run, neither time nor memory that brings nothing.

    The collector of cycles looks seldom: a page of customers is many objects without any, and goes by itself;
    at the usual threshold it costs 20 µs a record and more. What was there before the first run, the
    imported modules, is never looked at again; what a run leaves behind is, or a service would grow.
    Systems are read side by side, and a heap for each of those threads keeps what another could use (40 MiB
    with four systems); where the C library is not glibc nothing is changed.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_ARENA_MAX, 1)
    if not gc.get_freeze_count():
        gc.freeze()
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_EVERY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
