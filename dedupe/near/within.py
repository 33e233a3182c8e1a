"""Within one collection: who is near whom, by each descriptor and in every orientation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dedupe import search
from dedupe.describe.choose import Chosen
from dedupe.group import Neighbours
from dedupe.model import UNTURN, Bools, Criterion, Floats, Ints, Matrix, Pairs, ToCompare
from dedupe.near.across import nearest_turn, turned_pairs
from dedupe.near.same import equal_pixels
from dedupe.search.kept import join_kept
from dedupe.search.result import LIMIT, ManyPairs
from dedupe.search.rows import classes_of

NARROWER, LEAST = 0.85, 1e-3
"""Where too many pairs are near, those within such a share of the distance are tried, then of that; what is less is 0."""

NO_PAIRS = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.uint8))


def criteria(chosen: Sequence[Chosen], matrices: Mapping[str, Sequence[Matrix]]) -> list[Criterion]:
    """The descriptors as what contents are compared by; `matrices` are those of each by its label, one an orientation and then
    one a region.
    """
    return [
        Criterion(
            each.label,
            each.descriptor.metric,
            each.threshold,
            tuple(column.turn for column in each.columns),
            tuple(matrices[each.label][: len(each.columns)]),
            tuple(matrices[each.label][len(each.columns) :]),
        )
        for each in chosen
    ]


def within(asked: ToCompare) -> tuple[list[Neighbours], list[str]]:
    """Who is near whom: first flat contents by their pixels, then by each of the descriptors whose metric does not fail; and
    notes on how they were searched. Joins that took long are kept in the folder that is named.
    """
    (pixels,) = equal_pixels(asked.contents)
    pixels[~asked.used] = -1
    found, notes = [Neighbours("pixels", pixels, np.zeros(pixels.max(initial=-1) + 1, np.float32), NO_PAIRS)], []
    for each in asked.criteria:
        with asked.unless_it_fails(each.label):
            one, searched = _nearest(each, asked) if asked.judged else _neighbours(each, asked)
            found.append(one)
            notes += searched
    return found, notes


def _neighbours(each: Criterion, asked: ToCompare) -> tuple[Neighbours, list[str]]:
    return neighbours(each, asked.used, asked.fixed, asked.index, asked.folder)


def _nearest(each: Criterion, asked: ToCompare) -> tuple[Neighbours, list[str]]:
    """The same, of the pairs of ten thousands of pictures of one layout only as many as can be held, the nearest ones."""
    tried = each
    while True:
        try:
            found, notes = _neighbours(tried, asked)
        except ManyPairs:
            if not tried.threshold:
                raise
            tried = replace(tried, threshold=_less(tried))
        else:
            return found, [*notes, *_narrowed(each, tried)]


def _less(each: Criterion) -> float:
    """A smaller distance; whole bits of a Hamming metric."""
    less = NARROWER * each.threshold
    return float(int(less)) if each.metric == "hamming" else less if less > LEAST else 0.0


def _narrowed(each: Criterion, tried: Criterion) -> list[str]:
    if tried is each:
        return []
    many = f"more than {LIMIT // 10**6} million pairs are within {each.threshold:g}"
    return [f"{each.label}: {many}; only those within {tried.threshold:g} were looked at."]


def neighbours(
    each: Criterion,
    usable: Bools,
    fixed: Bools,
    index: search.Which = "auto",
    folder: Path | None = None,
) -> tuple[Neighbours, list[str]]:
    """Neighbours by one descriptor among the `usable` rows (n,), and notes on how they were searched.

    Rows that are `fixed` are not compared with each other, and with the others upright: one side of a pair is turned. Regions are
    compared with wholes.
    """
    upright = each.matrices[0].among(usable)
    n, rows, metric, limit = len(usable), upright.contents, each.metric, each.threshold
    if not len(rows):
        return Neighbours(each.label, np.full(n, -1, np.int64), np.zeros(0, np.float32), NO_PAIRS), []
    if not fixed[rows].any() and len(each.matrices) == 1 and not each.regions:
        joined = join_kept(folder, upright.X, metric, limit, index=index)
        classes = np.full(n, -1, np.int64)
        classes[rows] = joined.classes  # so that a thousand equal rows cost no million pairs
        return Neighbours(each.label, classes, joined.within, joined.pairs), search.recall_notes(each.label, [joined])
    asked = to_search(each, usable, fixed)
    (fresh, _, _), *crossed = asked.sides
    joined = join_kept(folder, fresh.X, metric, limit, index=index)
    parts, results = turned_pairs(metric, limit, crossed, index)
    pairs = _once([_of_rows(joined.expand(), fresh.contents), *parts])
    notes = search.recall_notes(each.label, [joined, *results])
    return Neighbours(each.label, asked.classes, asked.within, pairs), notes


@dataclass(frozen=True, slots=True)
class ToSearch:
    """What has to be searched to know who is near whom by one descriptor.

    Rows that are equal in all orientations and regions they are compared in are one class, fixed ones apart from others.
    `classes` int64 (n,) has that of each or -1, `first` int64 (c,) the first row of each class, `within` float32 (c,) the
    distance inside it.
    The matrices of `sides` name classes; the rows of the first side are compared with each other, and in each other side those of
    the one matrix with those of the other, which is turned as the word says.
    """

    classes: Ints
    first: Ints
    within: Floats
    sides: Sequence[tuple[Matrix, Matrix, str]]


def to_search(each: Criterion, usable: Bools, fixed: Bools) -> ToSearch:
    """That of the `usable` rows, bool (n,), of which those that are `fixed`, bool (n,), are not compared with each other."""
    upright, *turned = [matrix.among(usable) for matrix in each.matrices]
    regions = [matrix.among(usable) for matrix in each.regions]
    rows, apart = upright.contents, fixed[upright.contents]

    def placed(matrix: Matrix) -> Ints:
        place = np.full(len(fixed), -1, np.int64)
        place[matrix.contents] = classes_of(matrix.X)[0]
        return place[rows]

    columns = [classes_of(upright.X)[0], apart.astype(np.int64)]
    columns += [*(np.where(apart, -1, placed(matrix)) for matrix in turned), *map(placed, regions)]
    found, first, within = search.equal(np.stack(columns, axis=1), upright.X, each.metric, each.threshold)
    classes, stands = np.full(len(fixed), -1, np.int64), np.zeros(len(fixed), np.bool_)
    classes[rows], stands[rows[first]] = found, True

    def side(matrix: Matrix, some: Bools) -> Matrix:
        found = matrix.among(stands & some)
        return Matrix(classes[found.contents], found.X)

    fresh, every = side(upright, ~fixed), np.ones(len(fixed), np.bool_)
    sides = [(fresh, fresh, "none"), (side(upright, fixed), fresh, "none")]
    turns = [(side(m, ~fixed), turn) for turn, m in zip(each.turns[1:], turned, strict=True)]
    sides += [(side(upright, every), *one) for one in turns]
    for matrix in regions:
        sides += [(side(matrix, every), *one) for one in [(fresh, "none"), *turns]]
        sides.append((side(upright, fixed), side(matrix, ~fixed), "none"))
    return ToSearch(classes, rows[first], within, sides)


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
