"""Within one collection: who is near whom, by each descriptor and in every orientation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedupe import search
from dedupe.describe.choose import Chosen
from dedupe.group import Neighbours
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import UNTURN, Matrix, Pairs
from dedupe.near.across import nearest_turn, turned_pairs
from dedupe.near.same import equal_pixels
from dedupe.search.kept import join_kept
from dedupe.search.rows import classes_of

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NO_PAIRS = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.uint8))


def within(
    contents: NDArray[np.void],
    matrices: Mapping[str, Sequence[Matrix]],
    chosen: Sequence[Chosen],
    used: Bools,
    fixed: Bools,
    index: search.Which,
    folder: Path | None,
    failed: FailedMetrics,
) -> tuple[list[Neighbours], list[str]]:
    """Who is near whom among the contents `used`, bool (n,): first flat ones by their pixels, then by each of the descriptors
    whose metric does not fail; and notes on how they were searched.

    `matrices` are those of each descriptor by its label; contents `fixed`, bool (n,), are not compared with each other. Joins
    that took long are kept in `folder`.
    """
    (pixels,) = equal_pixels(contents)
    pixels[~used] = -1
    found, notes = [Neighbours("pixels", pixels, np.zeros(pixels.max(initial=-1) + 1, np.float32), NO_PAIRS)], []
    usable = used & (contents["quality"] > 0)
    for each in chosen:
        with failed.unless_it_fails(each.label):
            one, searched = neighbours(each, matrices[each.label], usable, fixed, index, folder)
            found.append(one)
            notes += searched
    return found, notes


def neighbours(
    each: Chosen,
    matrices: Sequence[Matrix],
    usable: Bools,
    fixed: Bools,
    index: search.Which = "auto",
    folder: Path | None = None,
) -> tuple[Neighbours, list[str]]:
    """Neighbours by one descriptor among the `usable` rows (n,), and notes on how they were searched.

    `matrices` has one Matrix an orientation, upright first; rows that are `fixed` are not compared with each other, and
    with the others upright: one side of a pair is turned.
    """
    upright, *turned = [matrix.among(usable) for matrix in matrices]
    n, rows, metric, limit = len(usable), upright.contents, each.descriptor.metric, each.threshold
    if not len(rows):
        return Neighbours(each.label, np.full(n, -1, np.int64), np.zeros(0, np.float32), NO_PAIRS), []
    if not fixed[rows].any() and not turned:
        joined = join_kept(folder, upright.X, metric, limit, index=index)
        classes = np.full(n, -1, np.int64)
        classes[rows] = joined.classes  # so that a thousand equal rows cost no million pairs
        return Neighbours(each.label, classes, joined.within, joined.pairs), search.recall_notes(each.label, [joined])
    classes, first, within = _alike(each, upright, turned, fixed)
    upright, *turned = [matrix.among(first) for matrix in (upright, *turned)]
    fresh = upright.among(~fixed)
    joined = join_kept(folder, fresh.X, metric, limit, index=index)
    sides = [(upright.among(fixed), fresh, "none")]
    sides += [(upright, m.among(~fixed), c.turn) for c, m in zip(each.columns[1:], turned, strict=True)]
    parts, results = turned_pairs(each, sides, index)
    pairs = _once([_of_rows(joined.expand(), fresh.contents), *parts])
    pairs = Pairs(classes[pairs.left], classes[pairs.right], pairs.distance, pairs.turn)
    return Neighbours(each.label, classes, within, pairs), search.recall_notes(each.label, [joined, *results])


def _alike(
    each: Chosen, upright: Matrix, turned: Sequence[Matrix], fixed: Bools
) -> tuple[Ints, Bools, NDArray[np.float32]]:
    """Rows that are equal in all orientations they are compared in, fixed ones apart from others: the class int64 (n,) of
    each or -1, whether a row is the first of its class, bool (n,), and the distance within each class, float32 (classes,).
    """
    rows, apart = upright.contents, fixed[upright.contents]
    columns = [classes_of(upright.X)[0], apart.astype(np.int64)]
    for matrix in turned:
        place = np.full(len(fixed), -1, np.int64)
        place[matrix.contents] = classes_of(matrix.X)[0]
        columns.append(np.where(apart, -1, place[rows]))
    found, first, within = search.equal(np.stack(columns, axis=1), upright.X, each.descriptor.metric, each.threshold)
    classes, stands = np.full(len(fixed), -1, np.int64), np.zeros(len(fixed), np.bool_)
    classes[rows], stands[rows[first]] = found, True
    return classes, stands, within


def _of_rows(pairs: Pairs, rows: Ints) -> Pairs:
    return Pairs(rows[pairs.left], rows[pairs.right], pairs.distance, np.zeros(len(pairs), np.uint8))


def _once(parts: Sequence[Pairs]) -> Pairs:
    """Each two rows once, left < right, at their nearest; swapping the sides turns the turn back."""
    a, b = (np.concatenate([getattr(part, side) for part in parts]) for side in ("left", "right"))
    distance, turn = (np.concatenate([getattr(part, column) for part in parts]) for column in ("distance", "turn"))
    left, right = np.minimum(a, b), np.maximum(a, b)
    turn = np.where(a < b, turn, np.array(UNTURN, np.uint8)[turn])
    best = nearest_turn(left, right, turn, distance)
    best = best[left[best] != right[best]]
    return Pairs(left[best], right[best], distance[best], turn[best])
