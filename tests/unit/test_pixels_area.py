"""Reducing by area: the mean of what each pixel covers, in whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dedupe.pixels.area import reduce_area

BITS = 22


def weights(start: float, step: float, count: int, pixels: int, total: int) -> Any:
    """What each pixel weighs in each of `count` parts, in whole numbers that add up to `total`."""
    edges = start + step * np.arange(count)[:, None]
    covered = np.clip((np.arange(1, pixels + 1) - edges) / step, 0, 1)
    covered[:, -1] = 1
    return np.diff(np.floor(covered * total + 0.5), axis=1, prepend=0).astype(np.int64)


def sums(image: Any, box: Any, size: tuple[int, int]) -> Any:
    (width, height), (left, top, right, bottom) = size, box
    down = weights(top, (bottom - top) / height, height, image.shape[0], 1 << 8)
    across = weights(left, (right - left) / width, width, image.shape[1], 1 << 14)
    return down @ image.astype(np.int64) @ across.T


BOXES = [
    ((533, 400), (0, 0, 400, 533), (384, 512)),
    ((751, 1001), (0.5, 0.75, 1001, 751), (512, 384)),
    ((1000, 30), (0, 0, 30, 1000), (15, 512)),
    ((1, 2000), (0, 0, 2000, 1), (512, 1)),
    ((5000, 3), (0, 0, 3, 5000), (1, 512)),
    ((14, 21), (0.5, 0.25, 21, 14), (20, 13)),
    ((14, 21), (0.5, 0.25, 21, 14), (1, 1)),
    *(
        (
            (int(12 * step) + 2, int(width * step) + 2),
            (0.25, 0.5, 0.25 + width * step, 0.5 + (9 + more) * step),
            (width, 9 + more),
        )
        for width, more in ((2, 0), (15, 1), (16, 2), (17, 3), (33, 0), (512, 1))
        for step in (1.001, 1.03, 1.08, 1.1, 1.4, 1.5, 2.0, 3.3)
    ),
]


@pytest.mark.parametrize(("shape", "box", "size"), BOXES, ids=str)
def test_grey_and_colour_are_sums_in_whole_numbers(shape: Any, box: Any, size: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 4), np.uint8)
    expected = [sums(pixels[..., channel], box, size) for channel in range(4)]
    grey = reduce_area(np.ascontiguousarray(pixels[..., 0]), box, size)
    colour = reduce_area(pixels.view(np.uint32)[..., 0], box, size).view(np.uint8).reshape(*size[::-1], 4)
    for channel, total in enumerate(expected):
        assert np.array_equal(colour[..., channel], (total + (1 << (BITS - 1))) >> BITS)
    assert np.array_equal(grey, colour[..., 0])


@pytest.mark.parametrize(("shape", "box", "size"), BOXES[:5], ids=str)
def test_reducing_by_area_gives_the_mean_of_what_each_pixel_covers(shape: Any, box: Any, size: Any) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    edges = [np.linspace(box[i], box[i + 2], size[i] + 1) for i in (0, 1)]
    parts = []
    for edge, pixels in zip(edges, shape[::-1], strict=True):
        covered = np.minimum(edge[1:, None], np.arange(1, pixels + 1)) - np.maximum(edge[:-1, None], np.arange(pixels))
        parts.append(np.clip(covered, 0, None) / (edge[1] - edge[0]))
    expected = parts[1] @ image @ parts[0].T
    found = reduce_area(image, box, size)
    assert np.abs(found - expected).max() < 1.5
    assert abs((found - expected).mean()) < 0.02


def test_flat_pictures_stay_flat_when_they_are_reduced() -> None:
    for level in (0, 1, 128, 254, 255):
        assert (reduce_area(np.full((777, 1031), level, np.uint8), (0, 0, 1031, 777), (512, 386)) == level).all()
