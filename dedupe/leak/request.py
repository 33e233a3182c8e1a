"""What a leak check was asked for, and which pairs are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dedupe.calibrate import Limits, settle
from dedupe.describe.choose import TURN_CHOICES, Budget, Chosen, budget, proposing
from dedupe.describe.workers import Column
from dedupe.judge.edges import SMALL
from dedupe.leak.aligned import Aligned
from dedupe.model import Bools, Floats, Proposed, Run, Select
from dedupe.near.usual import Asked
from dedupe.plugins import Plugins, descriptor_key
from dedupe.search import Which

SHARE = 3e-3
"""The share of unrelated pairs that each descriptor may propose of small pictures, most of which their edges sort out,"""

MOST = 1_000_000
"""but no more are expected than so many: the edges of so many take 40 seconds."""


@dataclass(frozen=True, slots=True)
class LeakRequest:
    """How two sets, or one, are looked through; the kinds `listed` are those that a judge says. `asked_for` says which of the
    descriptors `chosen` are for how many pictures.
    """

    asked_for: Asked
    chosen: Sequence[Chosen]
    notes: Sequence[str]
    threshold: Sequence[str]
    turns: str
    index: Which
    judge: bool
    listed: Sequence[str]
    loaded: Plugins
    select: Select
    run: Run

    def among(self, pictures: int) -> LeakRequest:
        """The same for so many candidate pictures."""
        chosen, notes = self.asked_for.after_it(self.chosen, pictures, self.run)
        return replace(self, chosen=chosen, notes=[*self.notes, *notes])

    @property
    def edges(self) -> list[Chosen]:
        """The column that small pictures are compared by before they are judged."""
        described, turns = Aligned(), TURN_CHOICES[self.turns] if self.judge else ()
        columns = tuple(Column(descriptor_key(described, turn), described, turn) for turn in turns)
        return [Chosen(described.name, described, described.threshold, columns)] if columns else []

    def limits(self, pairs: int, pictures: int, any_small: bool) -> tuple[Limits, Limits]:
        """The distances within which pairs are searched, so many among so many pictures, and those for pairs that are not
        small, as a scan has them.
        """
        if not self.judge:
            found = settle(self.chosen, budget(self.threshold), pairs)
            return found, found
        usual = settle(self.chosen, proposing(self.threshold, pictures, self.chosen), pairs)
        if self.threshold or not any_small:
            return usual, usual
        return settle(self.chosen, Budget(SHARE * len(self.chosen), MOST), pairs), usual


def small(contents: NDArray[np.void]) -> Bools:
    """Which contents the judge looks at as a whole, bool (n,)."""
    found: Bools = np.maximum(contents["width"], contents["height"]) < SMALL
    return found


def nearness(pairs: Proposed, chosen: Sequence[Chosen]) -> Floats:
    """The least distance of each pair in shares of the descriptor's largest, float32 (m,)."""
    limits = np.array([each.threshold or 1.0 for each in chosen], np.float32)
    found: Floats = np.nanmin(pairs.distance / limits, axis=1, initial=np.inf)
    return found
