"""The trainer `pairs`: what tells a picture's distorted copies from other pictures, learned without PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dedupe import Manifest, Pictures, UsageError
from dedupe_cnn.features import DECODE, WIDTH, Features, Pooling, Vectors, features
from dedupe_cnn.pca import Floats, Moments, leading
from dedupe_cnn.write import head_bytes, write_whole

BATCH = 16
"""Pictures that go through the network together with their copies."""

SHRINK = 0.01
"""What is added to the variance within pictures, as a part of its mean: few pictures do not show all of it."""


@dataclass(frozen=True, kw_only=True)
class PairsTrainer:
    """Learned whitening (Mikolajczyk and Matas, 2007): linear discriminant analysis of the network's features, whitened.

    Each picture is shown once, with `copies` by some of the `distortions`. The head takes the mean off, and gives the `n`
    directions in which pictures vary most for what distortions change in them, each divided by its standard deviation.
    `details` of the manifest has, for each, the ratio of the two variances.
    """

    n: int = 256
    copies: int = 4
    distortions: str = "seed,hard"
    pooling: Pooling = "gem"
    seed: int = 0

    name = "pairs"
    version = "1"
    decode = DECODE

    def check(self) -> None:
        """Raises UsageError for settings from which nothing can be learned."""
        if not 1 <= self.n <= WIDTH:
            raise UsageError(f"pairs takes n from 1 to {WIDTH}, the length of the network's features, not {self.n}.")
        if self.copies < 1:
            raise UsageError("pairs learns from distorted copies; give copies=1 or more.")

    def fit(self, pictures: Pictures, out: Path, progress: Callable[[str, int, int], None]) -> Manifest:
        """Learns from one epoch and writes the head; raises UsageError where there are too few pictures."""
        self.check()
        between, within = Moments(WIDTH), np.zeros((WIDTH, WIDTH))
        for own, copies in self._rows(pictures):
            between.add(own)
            apart = (copies.astype(np.float64) - own[:, None]).reshape(-1, WIDTH)
            within += apart.T @ apart
            progress("learning", between.count, len(pictures))
        count = between.count
        if count <= self.n:
            raise UsageError(
                f"{self.n} directions take at least {self.n + 1} different pictures; there are {count}. "
                "Give more pictures, or a smaller n."
            )
        matrix, ratios = discriminants(between.covariance, within / (count * self.copies), self.n)
        write_whole(out, head_bytes(between.mean, matrix))
        details = {"ratios": ratios.round(6).tolist(), "copies": count * self.copies}
        base = f"features@{Features().version}(pooling={self.pooling})"
        return Manifest(f"pairs{self.n}", "head", "", base, count, self.n, details)

    def _rows(self, pictures: Pictures) -> Iterator[tuple[Vectors, Vectors]]:
        """Features of pictures, float32 (k,1280), and of their copies, (k,copies,1280)."""
        for views in pictures.epoch(0, BATCH):
            own = features(views.pictures, self.pooling)
            copies = features(views.copies.reshape(-1, *views.copies.shape[2:]), self.pooling)
            yield own, copies.reshape(len(own), self.copies, WIDTH)


def discriminants(between: Floats, within: Floats, n: int) -> tuple[Floats, Floats]:
    """The matrix (d,n) to the n directions in which the variance `between` pictures (d,d) is largest for that `within` them,
    (d,d), scaled to a variance of 1, and those ratios (n,), largest first.
    """
    within = within + SHRINK * np.trace(within) / len(within) * np.eye(len(within))
    white = np.linalg.inv(np.linalg.cholesky(within)).T
    ratios, directions = leading(white.T @ between @ white)
    matrix: Floats = white @ directions[:, :n] / np.sqrt(np.maximum(ratios[:n], ratios[0] * 1e-12))
    return matrix, ratios[:n]
