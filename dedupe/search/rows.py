"""Rows of bytes as words, and classes of equal rows, so that a thousand equal rows cost no million pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import metrics
from dedupe.model import Bools, Floats, Ints, Metric

Words = NDArray[np.uint64]
_BLOCK = 1 << 14


def as_words(X: NDArray[Any]) -> Words:
    """The bytes of each row of X (n,d) as u64 (n,W), the last word filled up with zeros."""
    raw = np.ascontiguousarray(X).view(np.uint8).reshape(len(X), X.shape[1] * X.itemsize)
    width = max(1, -(-raw.shape[1] // 8))
    if raw.shape[1] == 8 * width and len(raw):
        return raw.view(np.uint64)
    padded = np.zeros((len(raw), 8 * width), np.uint8)
    padded[:, : raw.shape[1]] = raw
    return padded.view(np.uint64)


def equal(keys: NDArray[Any], X: NDArray[Any], metric: str | Metric, threshold: float) -> tuple[Ints, Ints, Floats]:
    """Classes of rows with equal bytes in `keys` (n,k): the class of each row int64 (n,), numbered in the order of their
    first rows, those rows int64 (c,), and the distance within each class float32 (c,).

    Rows with equal keys are equal rows of X (n,d); one that is not within `threshold` of itself is a class of its own.
    """
    owner = metrics.resolve(metric)
    classes, rows = classes_of(keys)
    within = _itself(X[rows], owner)
    alone = ~(within <= metrics.as_float32(threshold))
    return _split(classes, alone, within) if alone[classes].sum() > alone.sum() else (classes, rows, within)


def _itself(X: NDArray[Any], owner: Metric) -> Floats:
    """The distance of each row to itself, NaN where it is undefined."""
    if owner is metrics.HAMMING:
        return np.zeros(len(X), np.float32)
    if owner in metrics.BUILT_IN.values():
        defined = np.isfinite(X).all(axis=1)
        if owner is metrics.COSINE:
            defined &= X.any(axis=1)
        return np.where(defined, 0, np.nan).astype(np.float32)
    step = 32
    parts = [metrics.distances(X[at : at + step], X[at : at + step], owner).diagonal() for at in range(0, len(X), step)]
    return np.concatenate([*parts, np.zeros(0, np.float32)])


def _split(classes: Ints, alone: Bools, within: Floats) -> tuple[Ints, Ints, Floats]:
    """The classes with those taken apart whose rows are not near themselves: each row is then a class of its own."""
    n = len(classes)
    first = np.full(len(alone), n)
    np.minimum.at(first, classes, np.arange(n))
    stands = np.where(alone[classes], np.arange(n), first[classes])
    is_first = stands == np.arange(n)
    rows = np.flatnonzero(is_first)
    return (np.cumsum(is_first) - 1)[stands], rows, within[classes[rows]]


def classes_of(X: NDArray[Any]) -> tuple[Ints, Ints]:
    """Classes of rows (n,d) with equal bytes: class of each row int64 (n,), first row of each class int64 (c,).

    Classes are numbered in the order of their first rows.
    """
    words = as_words(X)
    if len(words) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    keys = words[:, 0] if words.shape[1] == 1 else _digests(words)
    order = np.argsort(keys)
    ordered = keys[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    if words.shape[1] > 1:
        order, starts = _verified(words, order, starts)
    first = np.minimum.reduceat(order, starts)
    return _numbered(order, starts, first)


def _numbered(order: Ints, starts: Ints, first: Ints) -> tuple[Ints, Ints]:
    n = len(order)
    is_first = np.zeros(n, np.bool_)
    is_first[first] = True
    number = np.cumsum(is_first) - 1
    classes = np.empty(n, np.int64)
    classes[order] = np.repeat(number[first], np.diff(starts, append=n))
    return classes, np.flatnonzero(is_first)


def _digests(words: Words) -> Words:
    """A u64 for each row that differs for nearly all different rows."""
    factors: Any = np.random.default_rng(0).integers(0, 2**63, words.shape[1], dtype=np.uint64) | np.uint64(1)
    out = np.empty(len(words), np.uint64)
    for at in range(0, len(words), _BLOCK):
        some = words[at : at + _BLOCK]
        mixed: Words = (some ^ (some >> np.uint64(32))) * factors
        np.sum((mixed ^ (mixed >> np.uint64(29))) * factors[::-1], axis=1, out=out[at : at + _BLOCK])
    return out


def _verified(words: Words, order: Ints, starts: Ints) -> tuple[Ints, Ints]:
    """Order and starts with the runs taken apart in which rows have equal digests but differ."""
    ends = np.append(starts[1:], len(order))
    new = np.zeros(len(order), np.bool_)
    new[starts] = True
    runs = np.repeat(np.arange(len(starts)), ends - starts)
    mixed: set[int] = set()
    inner = np.flatnonzero(~new)
    for at in range(0, len(inner), _BLOCK):
        rows = inner[at : at + _BLOCK]
        differ = (words[order[rows]] != words[order[starts[runs[rows]]]]).any(axis=1)
        mixed.update(runs[rows[differ]].tolist())
    for run in sorted(mixed):
        part = slice(starts[run], ends[run])
        rows = np.array(sorted(order[part].tolist(), key=lambda row: words[row].tobytes()), np.int64)
        order[part] = rows
        new[part][1:] = (words[rows[1:]] != words[rows[:-1]]).any(axis=1)
    return order, np.flatnonzero(new)
