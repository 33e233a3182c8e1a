"""Pairs of pictures whose kind is known by construction: the yardstick of the judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from kinds import adjusted, documents, edited, encoded, exact, shots, strangers, variant
from kinds.files import suits
from kinds.pair import KINDS, Pair, Way, passed, read, write

__all__ = ["KINDS", "WAYS", "Pair", "Way", "made", "pairs", "passed", "read", "suits", "write"]

ROOMS = (exact, encoded, adjusted, edited, variant, shots, documents)
WAYS = {kind: tuple(way for room in ROOMS for way in room.WAYS if way.truth == kind) for kind in KINDS}
"""The ways to come by each kind; `different` has none, since it takes no making."""

ATTEMPTS = 40
"""So many photos are tried for a way before it is left out for once."""


def made(kind: str, photos: Sequence[Path], out: Path, count: int, seed: int = 0) -> Iterator[Pair]:
    """So many pairs of one kind below a folder, one way and one photo after the other, so that all come as often."""
    ways = WAYS[kind]
    (out / kind).mkdir(parents=True, exist_ok=True)
    for number in range(count if ways else 0):
        way = ways[number % len(ways)]
        rng = np.random.default_rng([seed, number, crc32(way.how.encode())])
        tried = (photos[(number + attempt * 17) % len(photos)] for attempt in range(ATTEMPTS))
        pair = next(filter(None, (way.pair(photo, out / kind / f"{number:04}", rng) for photo in tried)), None)
        if pair:
            yield pair


def pairs(
    photos: Sequence[Path], out: Path, each: int = 240, *, scenes: Path | None = None, seed: int = 0
) -> Iterator[Pair]:
    """Pairs of all kinds, `each` of a kind or a few fewer, written below a folder; those that are `different` last.

    The photos have nothing to do with each other, and each `suits`. `scenes` has folders of real shots that follow each
    other; these come besides the imitated ones.
    """
    for kind in KINDS:
        yield from made(kind, photos, out, each if kind != "similar" or not scenes else each // 4, seed)
    yield from shots.shots(scenes) if scenes else ()
    yield from strangers.drawn(photos, each // 2, seed)
    yield from strangers.nearest(photos, max(1, each // 2 // len(strangers.NEAREST_BY)), out / "cache.sqlite3")
