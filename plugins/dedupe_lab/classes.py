"""Distances of pictures within and between classes, by every hash: counted for all pairs, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import DedupeError, Failure, UsageError
from dedupe_lab.bits import HASHES, Words, bits_apart, digits_apart, hashed, only_bits, words
from dedupe_lab.folders import chosen_classes, pictures

NEAR = 10
"""The document counts pairs with a distance below this; in hex digits, of which it has 16."""

PUBLISHED = {("cat", "cat"): 270, ("dog", "dog"): 346, ("dog", "truck"): 139}
"""Its counts, the same for all three hashes: one variable was printed three times. They are aHash's."""

DOCUMENT = 100
"""Pictures of each class that it compares."""

DOTS = 1_000
"""Pairs of two classes that a scatter plot shows, drawn at random."""

ROWS = 256

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Between:
    """The distances of all pairs of pictures of classes `a` and `b` by one hash, no picture with itself.

    `counts` int64 (bits + 1,) by distance, `some` int64 (k,) distances of pairs drawn at random; `as_published` counts as
    the document's code does: ordered pairs, each picture with itself too, with fewer than 10 differing hex digits.
    """

    hash: str
    a: str
    b: str
    counts: Counts
    some: Counts
    as_published: int

    @property
    def pairs(self) -> int:
        """How many pairs there are."""
        return int(self.counts.sum())

    @property
    def below(self) -> int:
        """How many of them differ in fewer than 10 bits."""
        return int(self.counts[:NEAR].sum())

    @property
    def mean(self) -> float:
        """The mean distance in bits."""
        return float(self.counts @ np.arange(len(self.counts)) / max(1, self.pairs))

    @property
    def published(self) -> int | None:
        """The document's number."""
        return PUBLISHED.get((self.a, self.b))


@dataclass(frozen=True, slots=True)
class ClassDistances:
    """All of them, the number of pictures used by class, and those that could not be."""

    between: Sequence[Between]
    used: dict[str, int]
    failures: Sequence[Failure]

    def of(self, hash_: str) -> list[Between]:
        """Those of one hash."""
        return [each for each in self.between if each.hash == hash_]

    @property
    def hashes(self) -> list[str]:
        """The hashes, in their order."""
        return list(dict.fromkeys(each.hash for each in self.between))

    def same_and_different(self, hash_: str) -> tuple[Counts, Counts]:
        """Counts by distance of pairs of one class, and of pairs of two."""
        same = [each.counts for each in self.of(hash_) if each.a == each.b]
        different = [each.counts for each in self.of(hash_) if each.a != each.b]
        return np.sum(same, axis=0), np.sum(different, axis=0)


def class_distances(
    root: Path, classes: Sequence[str] = (), n: int = 100, hashes: Sequence[str] = HASHES, **settings: Any
) -> ClassDistances:
    """The distances of all pairs of the first `n` pictures (0: all) of each class folder under `root`.

    Raises UsageError for folders that are not so, for a class with fewer pictures, and for hashes that are no bits;
    DedupeError where fewer than two pictures of a class can be used.
    """
    wanted = {name: _first(folder, n) for name, folder in chosen_classes(root, classes, least=2).items()}
    only_bits(hashes, **settings)
    found = hashed([path for paths in wanted.values() for path in paths], hashes, **settings)
    class_of = {os.fsencode(path): name for name, paths in wanted.items() for path in paths}
    names = np.array([class_of[path] for path in found.paths])
    used = {name: int((names == name).sum()) for name in wanted}
    for name, count in used.items():
        if count < 2:
            raise DedupeError(f"Of the class {name} {count} pictures can be used; distances need two.")
    between = [
        one
        for spec, rows in found.rows.items()
        for one in _all(spec, rows.shape[1] * 8, {name: words(rows[names == name]) for name in wanted})
    ]
    return ClassDistances(between, used, found.failures)


def _first(folder: Path, n: int) -> list[Path]:
    found = pictures(folder)
    if n < 0:
        raise UsageError(f"-n {n}: give a number of pictures for each class, or 0 for all.")
    if len(found) < n:
        raise UsageError(
            f"The class {folder.name} has {len(found)} pictures, not {n}; ask for -n {len(found)} at most."
        )
    return found[:n] if n else found


def _all(spec: str, bits: int, rows: dict[str, Words]) -> Iterator[Between]:
    rng = np.random.default_rng(0)
    for a, b in combinations_with_replacement(rows, 2):
        counts, published = _counted(rows[a], rows[b], bits)
        if a == b:
            counts[0] -= len(rows[a])
            counts //= 2
        first, second = sorted((a, b))
        yield Between(spec, first, second, counts, _some(rows[a], rows[b], a == b, rng), published)


def _counted(A: Words, B: Words, bits: int) -> tuple[Counts, int]:
    """Counts of the distances of all ordered pairs, and how many differ in fewer than 10 hex digits."""
    counts, near = np.zeros(bits + 1, np.int64), 0
    for at in range(0, len(A), ROWS):
        counts += np.bincount(bits_apart(A[at : at + ROWS], B).ravel(), minlength=bits + 1)
        near += int(np.count_nonzero(digits_apart(A[at : at + ROWS], B) < NEAR))
    return counts, near


def _some(A: Words, B: Words, same: bool, rng: np.random.Generator) -> Counts:
    left, right = rng.integers(0, len(A), 2 * DOTS), rng.integers(0, len(B), 2 * DOTS)
    apart = np.flatnonzero(left != right)[:DOTS] if same else np.arange(min(DOTS, len(left)))
    distances: Counts = np.bitwise_count(A[left[apart]] ^ B[right[apart]]).sum(axis=1).astype(np.int64)
    return distances
