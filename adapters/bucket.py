"""How often one account may be asked: a token bucket, shared by every adapter that uses the account."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from weakref import WeakValueDictionary

Clock = Callable[[], datetime]
Sleep = Callable[[float], None]


class Bucket:
    """Lets `rate` requests a second through on average and `burst` at once. Safe among threads.

    `clock` gives the time (going back gives no turns, and takes none); `sleep` waits that many seconds.
    """

    def __init__(self, rate: float, burst: int, clock: Clock, sleep: Sleep) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError(f"rate {rate} and burst {burst}: both must be above nothing")
        self._rate = rate
        self._burst = float(burst)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._tokens = float(burst)
        self._at = clock().timestamp()

    def take(self) -> float:
        """Wait for a turn, first come first served; returns the seconds waited."""
        with self._lock:
            self._fill()
            self._tokens -= 1
            wait = max(0.0, -self._tokens / self._rate)
        if wait:
            self._sleep(wait)  # outside the lock: the turn is reserved, others may reserve theirs
        return wait

    def room(self, turns: int) -> float:
        """Wait until so many turns are free at once, without taking them; returns the seconds waited.

        More than can ever be free at once is not waited for.
        """
        with self._lock:
            self._fill()
            lacking = turns - self._tokens if turns <= self._burst else 0.0
        wait = max(0.0, lacking / self._rate)
        if wait:
            self._sleep(wait)
        return wait

    def spare(self) -> bool:
        """A turn, if one is free without waiting."""
        with self._lock:
            self._fill()
            free = self._tokens >= 1
            self._tokens -= free
            return free

    def pause(self, seconds: float) -> None:
        """Let nobody through for that long: the account was told to slow down."""
        with self._lock:
            self._fill()
            self._tokens = min(self._tokens, 1.0 - seconds * self._rate)

    def _fill(self) -> None:
        now = self._clock().timestamp()
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = now


_shared: WeakValueDictionary[tuple[str, float, int, Clock, Sleep], Bucket] = WeakValueDictionary()
_shared_lock = threading.Lock()


def shared(account: str, rate: float, burst: int, clock: Clock, sleep: Sleep) -> Bucket:
    """The bucket of this account: the same one for as long as somebody holds it."""
    key = (account, rate, burst, clock, sleep)
    with _shared_lock:
        bucket = _shared.get(key)
        if bucket is None:
            bucket = _shared[key] = Bucket(rate, burst, clock, sleep)
        return bucket
