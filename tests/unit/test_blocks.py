"""Blocks of two pictures that lie over each other."""

from __future__ import annotations

import numpy as np
import pytest

from dedupe.judge.block_kernels import sum_products
from dedupe.judge.blocks import blocks
from dedupe.judge.quantiles import quantile


@pytest.mark.parametrize(
    ("high", "wide", "size"), [(100, 77, 8), (48, 64, 16), (3, 90, 4), (90, 1, 4), (2, 2, 4), (17, 33, 4)]
)
def test_products_of_gradients_are_summed_block_by_block(high: int, wide: int, size: int) -> None:
    a, b = np.random.default_rng(high).uniform(0, 255, (2, high, wide)).astype(np.float32)
    out = np.empty((3, max(1, high // size), max(1, wide // size)), np.float32)
    sum_products(a, b, size, np.empty((3, wide), np.float32), out)

    def gradients(grey: np.ndarray) -> np.ndarray:
        padded = np.pad(grey.astype(np.float64), 1, "edge")
        return np.stack([padded[1:-1, 2:] - padded[1:-1, :-2], padded[2:, 1:-1] - padded[:-2, 1:-1]]) / 2

    p, q = gradients(a), gradients(b)
    for found, product in zip(out, (p * p, q * q, p * q), strict=True):
        sums = product.sum(axis=0)
        rows, columns = found.shape
        tall, broad = min(size, high), min(size, wide)
        means = sums[: rows * tall, : columns * broad].reshape(rows, tall, columns, broad).mean(axis=(1, 3))
        np.testing.assert_allclose(found, means, rtol=1e-5, atol=1e-3)


def test_of_a_picture_and_itself_all_blocks_agree_and_none_is_sharper() -> None:
    grey = np.random.default_rng(0).uniform(0, 255, (96, 128)).astype(np.float32)
    found = blocks(grey, grey, np.ones(grey.shape, np.bool_))
    assert found.size == 8
    assert found.sharper == 0
    assert found.structured.all()
    np.testing.assert_allclose(found.likeness, 1, atol=1e-5)
    assert not found.unexplained.any()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_quantiles_are_those_of_numpy(kind: type[np.floating]) -> None:
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 10, 399, 400):
        values = (rng.uniform(-50, 50, n)).astype(kind)
        for share in (0.0, 0.1, 0.25, 0.5, 0.7, 1.0):
            assert quantile(values, share) == pytest.approx(float(np.quantile(values, share)), rel=1e-5, abs=1e-5)
