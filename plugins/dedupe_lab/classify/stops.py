"""SIGINT and SIGTERM while a network trains: the first takes effect between two steps, the second at once."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stops:
    """While it is entered a first signal waits for `heed`, which hands it to the program's own handler.

    Outside the main thread, and for a signal that the program does not handle, it changes nothing.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._waiting: int | None = None

    def __enter__(self) -> Stops:
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if callable(handler := signal.getsignal(number)):
                    self._before[number] = handler
                    signal.signal(number, self._note)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if kind is None:
            self.heed()

    def heed(self) -> None:
        """Lets a signal that came take effect."""
        number, self._waiting = self._waiting, None
        if number is not None:
            self._before[number](number, None)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._waiting is not None:
            self._before[number](number, frame)
        self._waiting = number
