"""Asked to stop: Ctrl-C and SIGTERM end a run at the next page or batch, whichever thread works on it."""

from __future__ import annotations

import signal
import threading
from types import FrameType

_ASKED = threading.Event()


class Terminated(KeyboardInterrupt):
    """SIGTERM: it leaves like Ctrl-C, with an exit code of its own."""


def listen() -> None:
    """From now on both signals interrupt the main thread, which calls this; `check` tells the others."""
    signal.signal(signal.SIGINT, _asked)
    signal.signal(signal.SIGTERM, _asked)


def check() -> None:
    """Raises KeyboardInterrupt once somebody asked to stop: called where nothing is half done."""
    if _ASKED.is_set():
        raise KeyboardInterrupt


def _asked(number: int, frame: FrameType | None) -> None:
    _ASKED.set()
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt
