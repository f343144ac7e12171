"""When a system is down, stop asking for a while."""

from __future__ import annotations

import threading
from collections import deque

from adapters.bucket import Clock

IN_A_ROW = 5
SAMPLE = 20
SHARE = 0.5


class Circuit:
    """Opens after 5 failures in a row, when half of the last 20 calls failed, or at one auth error.

    After `cool_down` seconds one caller is let through; the others wait until it has been seen to work.
    """

    def __init__(self, clock: Clock, cool_down: float = 60.0) -> None:
        self._clock = clock
        self._cool_down = cool_down
        self._lock = threading.Lock()
        self._row = 0
        self._calls: deque[bool] = deque(maxlen=SAMPLE)
        self._until: float | None = None
        self.why = ""
        """Why it is open, for people; "" while it is closed."""
        self.refused = False
        """Open because the system does not know us, not because it is down."""

    def wait(self) -> float:
        """Seconds until a call is allowed: 0 when it is now."""
        with self._lock:
            if self._until is None:
                return 0.0
            left = self._until - self._clock().timestamp()
            if left > 0:
                return left
            self._until = self._clock().timestamp() + self._cool_down  # this caller is the probe
            return 0.0

    def worked(self) -> None:
        """A call was answered."""
        with self._lock:
            self._calls.append(True)
            self._row, self._until, self.why, self.refused = 0, None, "", False

    def failed(self) -> None:
        """A call got no answer, or none but "out of order"."""
        with self._lock:
            self._calls.append(False)
            self._row += 1
            bad = self._calls.count(False)
            if self.why or self._row >= IN_A_ROW or (len(self._calls) == SAMPLE and bad >= SHARE * SAMPLE):
                self._open("it did not answer")

    def denied(self) -> None:
        """The system does not know us, or not for this: asking again only locks the account."""
        with self._lock:
            self._open("it refused our credentials")
            self.refused = True

    def _open(self, why: str) -> None:
        self._until = self._clock().timestamp() + self._cool_down
        self._calls.clear()
        self.why = why
