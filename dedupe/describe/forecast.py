"""Says in time what the orientations and regions that slow descriptors describe will cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from dedupe.console import counted
from dedupe.describe.workers import Column

ENOUGH = 32
"""Pictures from whose time the rest is reckoned."""

LONG = 60.0
"""Seconds that are worth a word."""


class Forecast:
    """Watches pictures being described in several ways, and says once how long all of them take if that is long."""

    def __init__(self, columns: Sequence[Column], notify: Callable[[str], None]) -> None:
        self._turns, regions = len({column.turn for column in columns}), {column.region for column in columns} - {""}
        self._parts = f" and {len(regions)} regions" if regions else ""
        self._notify = notify
        self._first: tuple[float, int] | None = None
        self._told = self._turns < 2 and not regions

    def seen(self, done: int, total: int) -> None:
        """So many of all pictures are done by now."""
        if self._told:
            return
        now = time.monotonic()
        if self._first is None:  # what must be loaded or compiled is behind us
            self._first = now, done
            return
        since, before = self._first
        if done - before < ENOUGH:
            return
        self._told = True
        left = (now - since) / (done - before) * (total - done)
        if left > LONG:
            self._notify(
                f"Each picture is described in {counted(self._turns, 'orientation', 'orientations')}{self._parts}: about "
                f"{left / 60:.0f} min for the {total - done:,} that are left. Upright and as a whole alone, it takes a fraction "
                "of that."
            )
