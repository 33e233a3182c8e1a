"""SIGTERM ends a run as Ctrl-C does: what is finished is saved."""

from __future__ import annotations

import signal
from types import FrameType

terminated = False


def _terminate(_number: int, _frame: FrameType | None) -> None:
    global terminated
    terminated = True
    raise KeyboardInterrupt


def terminated_is_interrupted() -> None:
    """From now on SIGTERM raises KeyboardInterrupt."""
    signal.signal(signal.SIGTERM, _terminate)
