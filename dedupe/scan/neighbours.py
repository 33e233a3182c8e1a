"""Descriptors of a collection to neighbourhoods: who is near whom, by each descriptor and in every orientation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dedupe import search
from dedupe.describe.choose import Chosen
from dedupe.group import Neighbours
from dedupe.model import TURNS, UNTURN, Matrix, Pairs
from dedupe.search.kept import join_kept
from dedupe.search.rows import classes_of

Ints = NDArray[np.int64]


def equal_pixels(contents: NDArray[np.void], usable: NDArray[np.bool_]) -> Neighbours:
    """Pictures too flat to be described are near each other only if their pixels are equal: one class a digest."""
    flat = np.flatnonzero(usable & (contents["quality"] == 0))
    classes = np.full(len(contents), -1, np.int64)
    pixels = np.ascontiguousarray(contents["pixels"]).view("S16")
    unique, classes[flat] = np.unique(pixels[flat], return_inverse=True)
    return Neighbours("pixels", classes, np.zeros(len(unique), np.float32), _no_pairs())


def near(
    chosen: Chosen,
    matrices: Sequence[Matrix],
    usable: NDArray[np.bool_],
    reference: NDArray[np.bool_],
    index: search.Which,
    folder: Path | None = None,
) -> tuple[Neighbours, list[str]]:
    """Neighbours by one descriptor among the `usable` rows (n,), and notes on how they were searched.

    Joins that took long are kept in `folder`.
    `matrices` has one Matrix an orientation, upright first; rows in `reference` are not compared with each other, and
    with the others upright: one side of a pair is turned.
    """
    upright, *turned = [matrix.among(usable) for matrix in matrices]
    if not len(upright.contents):
        return Neighbours(chosen.label, np.full(len(usable), -1, np.int64), np.zeros(0, np.float32), _no_pairs()), []
    metric, limit = chosen.descriptor.metric, chosen.threshold
    if not reference[upright.contents].any() and not turned:
        joined = join_kept(folder, upright.X, metric, limit, index=index)
        return _by_class(chosen.label, joined, upright, len(usable)), search.recall_notes(chosen.label, [joined])
    classes, first, within = _alike(upright, turned, reference, chosen)
    upright, *turned = [matrix.among(first) for matrix in (upright, *turned)]
    fresh = ~reference[upright.contents]
    joined = join_kept(folder, upright.X[fresh], metric, limit, index=index)
    crossed: list[search.Crossed] = []
    parts = [_rows(joined.expand(), upright.contents[fresh], upright.contents[fresh])]
    parts += _across(upright, upright, fresh, ~fresh, chosen, index, 0, crossed)
    for column, matrix in zip(chosen.columns[1:], turned, strict=True):
        turn, every = TURNS.index(column.turn), np.ones(len(upright.contents), np.bool_)
        parts += _across(upright, matrix, every, ~reference[matrix.contents], chosen, index, turn, crossed)
    pairs = _merge(parts, len(usable))
    pairs = Pairs(classes[pairs.left], classes[pairs.right], pairs.distance, pairs.turn)
    return Neighbours(chosen.label, classes, within, pairs), search.recall_notes(chosen.label, [joined, *crossed])


def _by_class(label: str, joined: search.Joined, upright: Matrix, n: int) -> Neighbours:
    """Class-level neighbours as the search found them, so that a thousand equal rows cost no million pairs."""
    classes = np.full(n, -1, np.int64)
    classes[upright.contents] = joined.classes
    return Neighbours(label, classes, joined.within, joined.pairs)


def _alike(
    upright: Matrix, turned: Sequence[Matrix], reference: NDArray[np.bool_], chosen: Chosen
) -> tuple[Ints, NDArray[np.bool_], NDArray[np.float32]]:
    """Rows that are equal in all orientations they are compared in, references apart from others: the class int64 (n,) of
    each or -1, whether a row is the first of its class, bool (n,), and the distance within each class, float32 (classes,).
    """
    rows, fixed = upright.contents, reference[upright.contents]
    columns = [classes_of(upright.X)[0], fixed.astype(np.int64)]
    for matrix in turned:
        place = np.full(len(reference), -1, np.int64)
        place[matrix.contents] = classes_of(matrix.X)[0]
        columns.append(np.where(fixed, -1, place[rows]))
    found, first, within = search.equal(
        np.stack(columns, axis=1), upright.X, chosen.descriptor.metric, chosen.threshold
    )
    classes, stands = np.full(len(reference), -1, np.int64), np.zeros(len(reference), np.bool_)
    classes[rows], stands[rows[first]] = found, True
    return classes, stands, within


def _across(
    left: Matrix,
    right: Matrix,
    a: NDArray[np.bool_],
    b: NDArray[np.bool_],
    chosen: Chosen,
    index: search.Which,
    turn: int,
    results: list[search.Crossed],
) -> Iterator[Pairs]:
    """Pairs of the rows `a` of left with the rows `b` of right, which are turned by `turn`; the search goes to `results`."""
    if a.any() and b.any():
        found = search.cross(left.X[a], right.X[b], chosen.descriptor.metric, chosen.threshold, index=index)
        results.append(found)
        yield _rows(found.pairs, left.contents[a], right.contents[b], turn)


def _rows(pairs: Pairs, left: Ints, right: Ints, turn: int = 0) -> Pairs:
    """Pairs of positions to pairs of rows with left < right; swapping the sides turns the turn back."""
    a, b = left[pairs.left], right[pairs.right]
    turns = np.where(a < b, np.uint8(turn), UNTURN[turn]).astype(np.uint8)
    apart = a != b
    return Pairs(np.minimum(a, b)[apart], np.maximum(a, b)[apart], pairs.distance[apart], turns[apart])


def _merge(parts: Sequence[Pairs], n: int) -> Pairs:
    """One pair for each two rows: the nearest, upright before turned."""
    left, right, distance = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("left", "right", "distance")
    )
    turn = np.concatenate([np.zeros(len(part), np.uint8) if part.turn is None else part.turn for part in parts])
    order = np.lexsort((turn, distance, right, left))
    key = left[order] * n + right[order]
    first = order[np.flatnonzero(np.diff(key, prepend=-1))]
    return Pairs(left[first], right[first], distance[first], turn[first])


def _no_pairs() -> Pairs:
    none = np.zeros(0, np.int64)
    return Pairs(none, none, np.zeros(0, np.float32), np.zeros(0, np.uint8))
