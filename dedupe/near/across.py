"""Across two collections, and from one picture to a collection: what descriptors propose, with one side turned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedupe import search
from dedupe.describe import Collection
from dedupe.describe.choose import Chosen
from dedupe.group import proposed
from dedupe.metrics.failed import FailedMetrics
from dedupe.model import TURNS, UNTURN, Floats, Ints, Matrix, Metric, Pairs, Proposed
from dedupe.near.same import equal_pixels, shaped, told_apart

Turns = NDArray[np.uint8]


def between(
    upright: Collection, turned: Collection, chosen: Sequence[Chosen], index: search.Which, failed: FailedMetrics
) -> tuple[Proposed, list[str]]:
    """Pairs of a content of the first collection, left, and one of the second, right, in each turn of the right one that some
    descriptor proposes, those excepted whose metric fails; and notes on how they were searched. Flat contents are in none.
    """
    columns, found, notes = turned.columns(chosen), list[list[Pairs]](), list[str]()
    for each, matrix in zip(chosen, upright.matrices, strict=False):
        with failed.unless_it_fails(each.label):
            left = shaped(matrix, upright.contents)
            rights = [shaped(right, turned.contents) for right in columns[each.label]]
            sides = [(left, right, column.turn) for right, column in zip(rights, each.columns, strict=True)]
            parts, results = turned_pairs(each.descriptor.metric, each.threshold, sides, index)
            found.append(parts)
            notes += search.recall_notes(each.label, results)
    return _joined(found), notes


def _joined(found: Sequence[Sequence[Pairs]]) -> Proposed:
    """The pairs of each descriptor as one, in the order of left, right and turn."""
    parts = [part for each in found for part in each]
    by = np.repeat(np.arange(len(found)), [sum(map(len, each)) for each in found])
    none = np.zeros(0, np.int64)
    left, right, turn = (
        np.concatenate([none, *(getattr(part, name) for part in parts)]) for name in ("left", "right", "turn")
    )
    size = int(right.max(initial=0)) + 1
    key, at = np.unique((left * size + right) * len(TURNS) + turn, return_inverse=True)
    distance = np.full((len(key), len(found)), np.nan, np.float32)
    distance[at, by] = np.concatenate([none, *(part.distance for part in parts)])
    pair, turn = np.divmod(key, len(TURNS))
    return Proposed(*np.divmod(pair, size), distance, turn.astype(np.uint8))


def around(
    query: Collection,
    found: Collection,
    chosen: Sequence[Chosen],
    index: search.Which,
    failed: FailedMetrics,
    *,
    nearest: int | None = None,
    folder: Path | None = None,
    judged: bool = False,
) -> Proposed:
    """Pairs of the query's only content, left, and each content near it, right; with `nearest` so many at least, however far.

    Distances are those of pixels first, which count for flat contents alone, then those by each descriptor whose metric does
    not fail; the query is turned. Where the pairs are `judged`, descriptors of colours propose plain skies, too. What an index
    of a plugin builds is kept in `folder`.
    """
    (flat,), classes = equal_pixels(query.contents, found.contents)
    same = (classes == flat) & (classes >= 0)
    every = [(np.where(same, np.float32(0), np.float32(np.nan)), np.zeros(len(same), np.uint8))]
    upright = [each.upright for each in chosen]
    asked = told_apart(chosen, query.columns(chosen), query.contents, judged=judged)
    searched = told_apart(upright, found.columns(upright), found.contents, judged=judged)
    for each in chosen:
        with failed.unless_it_fails(each.label):
            every.append(_to_one(each, asked[each.label], searched[each.label], len(same), index, nearest, folder))
    rows = np.flatnonzero(~np.all([np.isnan(distance) for distance, _ in every], axis=0))
    return proposed(np.zeros(len(rows), np.int64), rows, [(distance[rows], turn[rows]) for distance, turn in every])


def _to_one(
    each: Chosen,
    query: Sequence[Matrix],
    found: Sequence[Matrix],
    n: int,
    index: search.Which,
    nearest: int | None,
    folder: Path | None,
) -> tuple[Floats, Turns]:
    """By one descriptor the distance of n contents to the query, NaN where not near, and the turn that brings them to it.

    Of the query there is a matrix a turn and then one a region, of what is found the upright one and then the regions: wholes
    are compared with wholes, and regions of either with the other as a whole.
    """
    distance, turns = np.full(n, np.nan, np.float32), np.zeros(n, np.uint8)
    limit = np.inf if nearest else each.threshold
    most = nearest + 1 if nearest and isinstance(index, search.Approximate) else None  # one may be the query itself
    wholes = [(one, matrix, column.turn) for column, one in zip(each.columns, query, strict=False) for matrix in found]
    regions = [(one, found[0], "none") for one in query[len(each.columns) :]]
    for one, matrix, turn in (*wholes, *regions):
        if len(matrix.contents) and len(one.contents):
            metric = each.descriptor.metric
            at, values = search.near(one.X, matrix.X, metric, limit, nearest=most, index=index, folder=folder)
            rows = matrix.contents[at]
            better = ~(distance[rows] <= values)
            distance[rows[better]], turns[rows[better]] = values[better], UNTURN[TURNS.index(turn)]
    return distance, turns


def turned_pairs(
    metric: str | Metric, threshold: float, sides: Iterable[tuple[Matrix, Matrix, str]], index: search.Which
) -> tuple[list[Pairs], list[search.Crossed]]:
    """Near pairs of the rows of two matrices, of which the right one is turned as the word says, and what searched them."""
    parts, results = [], []
    for left, right, turn in sides:
        if len(left.contents) and len(right.contents):
            found = search.cross(right.X, left.X, metric, threshold, index=index)
            results.append(found)
            rows = left.contents[found.pairs.right], right.contents[found.pairs.left]
            parts.append(Pairs(*rows, found.pairs.distance, np.full(len(found.pairs), TURNS.index(turn), np.uint8)))
    return parts, results


def nearest_turn(left: Ints, right: Ints, turn: Turns, distance: Floats) -> Ints:
    """The places of the nearest of each two rows' pairs, upright before turned, in the order of (left, right)."""
    order = np.lexsort((turn, distance, right, left))
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(left[order]) != 0) | (np.diff(right[order]) != 0)
    return order[new]
