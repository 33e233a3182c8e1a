"""The trainer `pca`: principal components of any number of vectors, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import Manifest, UsageError
from dedupe_cnn.features import WIDTH
from dedupe_cnn.head import check_base
from dedupe_cnn.write import head_bytes, write_whole

Floats = NDArray[np.float64]

MARKS = (500, 4000)
"""After so many pictures the eigenvalues are noted too: what starkdg could afford (phash.org, April 2019)."""

LOOKED_AT = (250, 500)
"""Components at which the curve is marked: where its slope lessens and where it tops out, says starkdg."""

TITLE = "Cumulative eigenvalues"


class Moments:
    """Mean (d,) and scatter (d,d) of the rows seen so far, in float64.

    Each batch is centred on its own and joined by Chan, Golub and LeVeque's formula (1979), which does not lose the
    digits that sums of squares lose when the mean is large.
    """

    def __init__(self, width: int) -> None:
        self.count = 0
        self.mean: Floats = np.zeros(width)
        self.scatter: Floats = np.zeros((width, width))

    def add(self, rows: NDArray[Any]) -> None:
        """Takes rows (k,d) in, k > 0."""
        rows = rows.astype(np.float64)
        mean = rows.mean(axis=0)
        rows -= mean
        apart = mean - self.mean
        total = self.count + len(rows)
        self.scatter += rows.T @ rows
        self.scatter += np.outer(apart, apart) * (self.count * len(rows) / total)
        self.mean = self.mean + apart * (len(rows) / total)
        self.count = total

    @property
    def covariance(self) -> Floats:
        """The covariance (d,d), scatter / (count - 1)."""
        covariance: Floats = self.scatter / max(1, self.count - 1)
        return covariance


@dataclass(frozen=True, kw_only=True)
class PcaTrainer:
    """Principal component analysis: the head takes the mean off and gives the `n` leading components.

    `whiten` divides each component by its standard deviation. `details` of the manifest has all eigenvalues, in order,
    the share of their sum that is kept, and its curves after the first 500 and 4,000 pictures and after all. Components are
    signed so that the largest entry of each is positive.
    """

    n: int = 256
    whiten: bool = False
    base: str = "features"

    name = "pca"
    version = "1"

    def check(self) -> None:
        """Raises UsageError for a base that no head can be used on, and for more components than it has values."""
        check_base(self.name, self.base)
        self._check_n(WIDTH)

    def fit(
        self, batches: Iterable[NDArray[np.float32]], out: Path, progress: Callable[[str, int, int], None]
    ) -> Manifest:
        """Learns from batches (k,d) and writes the head; raises UsageError where there are too few vectors or values."""
        total, width = _extent(batches)
        self._check_n(width)
        if total <= self.n:
            raise UsageError(
                f"{self.n} components take at least {self.n + 1} different pictures; there are {total}. "
                "Give more pictures, or a smaller n."
            )
        moments, curves = Moments(width), {}
        for rows in _cut(batches, MARKS):
            moments.add(rows)
            if moments.count in MARKS and moments.count < total:
                curves[f"{moments.count:,} pictures"] = _shares(np.linalg.eigvalsh(moments.covariance)[::-1])
            progress("learning", moments.count, total)
        values, vectors = leading(moments.covariance)
        curves[f"{total:,} pictures"] = _shares(values)
        matrix = vectors[:, : self.n]
        if self.whiten:
            matrix = matrix / np.sqrt(np.maximum(values[: self.n], values[0] * 1e-12))
        write_whole(out, head_bytes(moments.mean, matrix))
        details = {
            "whiten": self.whiten,
            "kept": curves[f"{total:,} pictures"][self.n - 1],
            "eigenvalues": values.round(9).tolist(),
            "curves": {
                "title": TITLE,
                "x": "components",
                "y": "share of the variance",
                "lines": curves,
                "marks": [place for place in LOOKED_AT if place <= width],
            },
        }
        return Manifest(f"pca{self.n}", "head", "", "", total, self.n, details)

    def _check_n(self, width: int) -> None:
        if not 1 <= self.n <= width:
            raise UsageError(f"pca takes n from 1 to {width}, the length of the vectors of {self.base}, not {self.n}.")


def leading(covariance: Floats) -> tuple[Floats, Floats]:
    """Eigenvalues (d,), largest first, not below 0, and eigenvectors as columns (d,d), each with its largest entry positive."""
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(values))])
    return values, vectors * signs


def _shares(values: NDArray[Any]) -> list[float]:
    running = np.cumsum(np.maximum(values, 0))
    shares: list[float] = (running / (running[-1] or 1.0)).round(6).tolist()
    return shares


def _extent(batches: Iterable[NDArray[Any]]) -> tuple[int, int]:
    """How many vectors there are, and how long they are."""
    total, width = 0, 0
    for rows in batches:
        total, width = total + len(rows), rows.shape[1]
    return total, width


def _cut(batches: Iterable[NDArray[Any]], marks: Iterable[int]) -> Iterator[NDArray[Any]]:
    """The batches that are not empty, divided where the count reaches a mark."""
    seen = 0
    for rows in batches:
        inside = [mark - seen for mark in marks if seen < mark < seen + len(rows)]
        yield from (part for part in np.split(rows, inside) if len(part))
        seen += len(rows)
