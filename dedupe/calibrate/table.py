"""A descriptor's null distribution as a table, with a fitted tail below what was counted."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CHECKED_PAIRS = 10
"""A share is checked if so many pairs were expected within it; smaller ones are extrapolated."""


REACH = 100.0
"""Over so many times a share it is looked how a distance grows with it."""


def reach(distance: Callable[[float], float | None], share: float, most: float, whole: float) -> float:
    """How much farther one may look for each factor of e in the share allowed, as a part of a `whole` distance.

    `distance` gives that of a share, up to `most`; 0 where it knows none.
    """
    near, far = distance(share), distance(min(REACH * share, most))
    return 0.0 if near is None or far is None else max(0.0, (far - near) / math.log(REACH) / whole)


def parts(reaches: Sequence[float]) -> list[float]:
    """How descriptors that make a union share what may go wrong, adding up to 1: in proportion to what they reach by it.

    If a distance grows by b for each factor of e in the share s, the next bit of share buys b / s; these gains are equal,
    and their sum is largest, where the shares are in proportion to b. Equal parts where nothing is gained.
    """
    total = math.fsum(reaches)
    return [each / total if total > 0 else 1 / len(reaches) for each in reaches]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Shares of pairs of unrelated pictures within distances, for the descriptor `key`.

    `distances` and `shares` rise together: shares[i] of `pairs` pairs among `pictures` are within distances[i]. At x below
    distances[0], the smallest with at least 10 pairs, log(share) is lower by slope x + bend x^2. With `whole`, distances
    are whole numbers (bits). `measured_with` is how pictures were read then, as "working512-1", which may be older than
    what the key says; `sources` tells in words where they came from.
    """

    key: str
    pictures: int
    pairs: int
    distances: Sequence[float]
    shares: Sequence[float]
    slope: float
    bend: float
    whole: bool
    measured_with: str = ""
    sources: str = ""

    @property
    def checked(self) -> float:
        """The smallest share that was counted and not extrapolated."""
        return self.shares[0]

    def share(self, distance: float) -> float:
        """The share of unrelated pairs within a distance: as counted, log-linear between, 1 beyond the table."""
        if not distance >= 0:
            return 0.0
        if distance < self.distances[0]:
            x = self.distances[0] - distance
            return self.shares[0] * math.exp(-x * (self.slope + self.bend * x))
        at = bisect.bisect_right(self.distances, distance) - 1
        if at == len(self.distances) - 1:
            return self.shares[at] if distance == self.distances[at] else 1.0
        if self.whole:
            return self.shares[at]
        low, high = self.distances[at], self.distances[at + 1]
        part = (distance - low) / (high - low)
        return math.exp(math.log(self.shares[at]) * (1 - part) + math.log(self.shares[at + 1]) * part)

    def reach(self, share: float) -> float:
        """What a greater share gains here, as a part of the table's largest distance."""
        return reach(self.distance, share, self.shares[-1], self.distances[-1])

    def distance(self, share: float) -> float:
        """The largest distance within which at most that share of unrelated pairs lies, whole where distances are; 0 at least.

        Beyond the table it is the table's end.
        """
        if share < self.shares[0]:
            lower = math.log(self.shares[0] / max(share, 1e-300))
            root = math.sqrt(self.slope**2 + 4 * self.bend * lower)
            found = self.distances[0] - 2 * lower / (self.slope + root)
            return max(0.0, float(math.floor(found + 1e-9)) if self.whole else found)
        at = bisect.bisect_right(self.shares, share) - 1
        if at == len(self.shares) - 1 or self.whole:
            return float(self.distances[at])
        low, high = math.log(self.shares[at]), math.log(self.shares[at + 1])
        part = (math.log(share) - low) / (high - low)
        return self.distances[at] * (1 - part) + self.distances[at + 1] * part
