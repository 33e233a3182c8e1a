"""How often a judge is right about pairs whose kind is known, and where it falls short of what it must reach."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinds.pair import KINDS, Pair, passed

OVERALL, EACH, ENOUGH = 0.95, 0.85, 60
"""The shares that must be right, of all pairs and of those of each kind, and the pairs that it takes to say so."""

NEVER = ("same-bytes", "same-pixels", "re-encoded", "adjusted")
"""What is never said of a pair that is less than that."""


@dataclass(frozen=True)
class Judged:
    pair: Pair
    kind: str
    seconds: float

    @property
    def right(self) -> bool:
        return self.pair.right(self.kind)

    @property
    def false(self) -> bool:
        return self.kind in NEVER and self.pair.overclaimed(self.kind)


def judged(pairs: Iterable[Pair], kind: Callable[[Path, Path], str]) -> Iterator[Judged]:
    """Asks a judge for the kind of each pair."""
    for pair in pairs:
        start = time.perf_counter()
        yield Judged(pair, kind(pair.a, pair.b), time.perf_counter() - start)


def by_truth(found: Iterable[Judged]) -> dict[str, list[Judged]]:
    """What was judged, by the kind it is, in the order of the kinds."""
    grouped: dict[str, list[Judged]] = {kind: [] for kind in KINDS}
    for each in found:
        grouped[each.pair.truth].append(each)
    return grouped


def by_how(found: Iterable[Judged]) -> Mapping[str, list[Judged]]:
    """What was judged, by how the pairs came to be."""
    grouped = defaultdict(list)
    for each in found:
        grouped[each.pair.how].append(each)
    return grouped


def share_right(found: Sequence[Judged]) -> float:
    """1 where there are none."""
    return sum(each.right for each in found) / max(1, len(found)) if found else 1.0


def share_passed(found: Sequence[Judged]) -> float:
    """The share taken for one picture, so that groups hold them; 0 where there are none."""
    return sum(passed(each.kind) for each in found) / max(1, len(found))


def said(found: Iterable[Judged]) -> Counter[str]:
    """How often each kind was said."""
    return Counter(each.kind for each in found)


def shortfalls(found: Sequence[Judged], enough: int = ENOUGH) -> Iterator[str]:
    """A sentence for each thing that a judge must reach and doesn't."""
    if share_right(found) < OVERALL:
        yield f"{share_right(found):.1%} of all pairs are right; {OVERALL:.0%} must be."
    for kind, of_kind in by_truth(found).items():
        if len(of_kind) < enough:
            yield f"{kind}: {len(of_kind)} pairs are too few to say; {enough} are needed."
        elif share_right(of_kind) < EACH:
            yield f"{kind}: {share_right(of_kind):.1%} are right; {EACH:.0%} must be."
    for each in found:
        if each.false:
            yield f"{each.kind} was said of what is {each.pair.truth} ({each.pair.how}): {each.pair.a} {each.pair.b}"
