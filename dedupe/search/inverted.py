"""Float pairs through an inverted file: rows in k-means cells, each compared with the cells that it may have a near row in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dedupe.model import Bools, Floats, Ints, Pairs
from dedupe.search.floats import FloatRows, Part, near_pairs
from dedupe.search.result import gather_pairs, refuse_many

ROUNDS = 6  # of k-means
TRAINING = 32  # rows a cell
PROBES = 48  # cells that a row is compared with at most
BLOCK = 4096
SAMPLED = 384  # rows that recall is measured on

Points = Floats


def search(A: FloatRows, B: FloatRows | None, threshold: float, seed: int = 0) -> tuple[Pairs, float]:
    """Pairs within `threshold` of the rows of A, left < right, or of A and B, and the share found of those there are.

    A row has near rows only in cells whose border with its own is no farther than the threshold (the bisecting plane of
    the two centres); it is compared with all of these cells, or with the nearest `PROBES` of them, so that pairs are
    missed only where there are more. The share is measured on `SAMPLED` rows against brute force.
    """
    other = A if B is None else B
    points = other.points
    centres = centres_of(len(points), lambda rows: points[rows], seed) if len(other) else points
    visits = probes(A, centres, threshold)
    home = visits.home if B is None else nearest(points, centres)
    members = np.split(np.argsort(home, kind="stable"), np.cumsum(np.bincount(home, minlength=len(centres)))[:-1])
    parts, count = [], 0
    met = _both(A, visits, B, members, threshold) if B is not None else _one(A, visits, members, threshold)
    for part in met:
        parts.append(part)
        count += len(part[0])
        refuse_many(count // 2 if B is None else count)
    found = gather_pairs(parts)
    refuse_many(len(found))
    share = recall(A, other, found, threshold, B is None, seed)
    return Pairs(A.numbers[found.left], other.numbers[found.right], found.distance), share


def _both(A: FloatRows, visits: Visits, B: FloatRows, members: Sequence[Ints], threshold: float) -> Iterator[Part]:
    """The near pairs of the rows of A and those of B that live in the cells that these visit."""
    for cell, own in enumerate(members):
        yield from _blocks(A, visits.of(cell), B, own, threshold)


def _one(A: FloatRows, visits: Visits, members: Sequence[Ints], threshold: float) -> Iterator[Part]:
    """The near pairs of one set, a few of them twice.

    Rows of two cells visit each other: those of the first one do, and find what the others would, but for rows that do not visit
    all that they reach.
    """
    for cell, own in enumerate(members):
        visitors = visits.of(cell)
        later = visits.home[visitors] > cell
        for rows, columns in ((visitors[~later], own), (visitors[later], own[~visits.all[own]])):
            for part in _blocks(A, rows, A, columns, threshold):
                yield _in_order(part, (part[0] < part[1]) | (visits.home[part[0]] != cell))


def _in_order(part: Part, kept: Bools) -> Part:
    """Those of some pairs of one set that are kept, bool (k,), left < right."""
    left, right, distance = (each[kept] for each in part)
    return np.minimum(left, right), np.maximum(left, right), distance


def _blocks(A: FloatRows, rows: Ints, B: FloatRows, columns: Ints, threshold: float) -> Iterator[Part]:
    """The near pairs of some rows and columns, a block of them at a time."""
    for i in range(0, len(rows), BLOCK):
        for j in range(0, len(columns), BLOCK):
            part = near_pairs(A, rows[i : i + BLOCK], B, columns[j : j + BLOCK], threshold)
            if len(part[0]):
                yield part


def centres_of(n: int, points: Callable[[Ints], Points], seed: int) -> Points:
    """Centres float32 (c,d) by Lloyd's k-means on a sample of n points, of which `points` gives some by their numbers, started
    from rows drawn at random.
    """
    rng, count = np.random.default_rng(seed), max(1, int(2 * n**0.5))
    size = min(n, TRAINING * count)
    sample = points(np.sort(rng.choice(n, size, replace=False)))
    centres = sample[np.sort(rng.choice(size, min(count, size), replace=False))].copy()
    for _ in range(ROUNDS):
        home = nearest(sample, centres)
        order = np.argsort(home, kind="stable")
        filled, starts = np.unique(home[order], return_index=True)
        sums = np.add.reduceat(sample[order], starts, axis=0, dtype=np.float64)
        centres[filled] = sums / np.diff(starts, append=size)[:, None]
    return centres


def nearest(points: Points, centres: Points) -> Ints:
    """The nearest centre of each point, int64 (n,)."""
    half = np.einsum("ij,ij->i", centres, centres) / 2
    out = np.empty(len(points), np.int64)
    for at in range(0, len(points), BLOCK):
        out[at : at + BLOCK] = np.argmax(points[at : at + BLOCK] @ centres.T - half, axis=1)
    return out


@dataclass(frozen=True, slots=True)
class Visits:
    """The cells that each of n rows is compared with: `keys` int64 (k,) are cell * n + row, ascending. Of each row `home`, int64
    (n,), is the cell it lies in, and `all`, bool (n,), says whether it visits all cells that it may have a near row in.
    """

    keys: Ints
    home: Ints
    all: Bools

    def of(self, cell: int) -> Ints:
        """The rows that visit a cell, int64 (k,)."""
        n = len(self.home)
        first, last = np.searchsorted(self.keys, [cell * n, (cell + 1) * n])
        return self.keys[first:last] - cell * n


def probes(A: FloatRows, centres: Points, threshold: float) -> Visits:
    """Which cells each row of A is compared with."""
    half = np.einsum("ij,ij->i", centres, centres) / 2
    border = np.sqrt(np.maximum(2 * (half[:, None] + half[None, :] - centres @ centres.T), 0))
    border *= A.reach(threshold) * (1 + 1e-4) + 1e-6
    border += 1e-6
    home, every = np.zeros(len(A), np.int64), np.ones(len(A), np.bool_)
    keys = [np.zeros(0, np.int64)]
    for at in range(0, len(A), BLOCK):
        away = half - A.points[at : at + BLOCK] @ centres.T  # half the squared distance, but for the row's own norm
        own = home[at : at + BLOCK] = away.argmin(axis=1)
        away -= np.take_along_axis(away, own[:, None], axis=1)
        reached = away <= border[own]
        many = np.flatnonzero(np.count_nonzero(reached, axis=1) > PROBES)
        every[at + many] = False
        reached[many] = _nearest_of(away[many], reached[many])
        i, k = np.divmod(np.flatnonzero(reached), max(1, len(centres)))
        keys.append(k * len(A) + i + at)
    joined = np.concatenate(keys)
    joined.sort()
    return Visits(joined, home, every)


def _nearest_of(away: Floats, reached: Bools) -> Bools:
    """The nearest `PROBES` of the cells that each row reaches, bool (k,c), of which there are more."""
    some = np.argpartition(np.where(reached, away, np.inf), PROBES, axis=1)[:, :PROBES]
    found = np.zeros_like(reached)
    np.put_along_axis(found, some, True, axis=1)
    return found


def sampled(n: int, seed: int) -> Ints:
    """The rows, of n, that recall is measured on, ascending."""
    return np.sort(np.random.default_rng(seed + 1).choice(n, min(SAMPLED, n), replace=False))


def recall(A: FloatRows, B: FloatRows, found: Pairs, threshold: float, one: bool, seed: int) -> float:
    """The share of the near pairs of sampled rows of A that were found; 1 where they have none."""
    rows = sampled(len(A), seed)
    known = found.left * len(B) + found.right
    right, total = 0, 0
    for at in range(0, len(B), 4 * BLOCK):
        columns = np.arange(at, min(at + 4 * BLOCK, len(B)))
        for part in _blocks(A, rows, B, columns, threshold):
            left, other, _ = _in_order(part, part[0] != part[1]) if one else part
            keys = left * len(B) + other
            place = np.minimum(np.searchsorted(known, keys), max(0, len(known) - 1))
            right += int(np.count_nonzero(known[place] == keys)) if len(known) else 0
            total += len(keys)
    return right / total if total else 1.0
