"""The vector parts of kernels do what their Python functions say, and the kernels made of them what Pillow and areas say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from dedupe.decode.area import reduce_area
from dedupe.decode.resize import resize
from dedupe.decode.steps import SPAN, of_three_pairs, of_two_pairs, three_columns, weighted_pixel
from dedupe.kernels import kernel


@kernel("void(u1[::1], i8, i4[::1], i8, i8, u1[::1], i8)")
def of_bytes(source: Any, at: int, weights: Any, first: int, pairs: int, out: Any, to: int) -> None:
    weighted_pixel(source, at, weights, first, pairs, out, to)


@kernel("void(u2[::1], i8, i4[::1], i8, i8, u1[::1], i8)")
def of_sums(source: Any, at: int, weights: Any, first: int, pairs: int, out: Any, to: int) -> None:
    weighted_pixel(source, at, weights, first, pairs, out, to)


@kernel("void(u1[:,::1], i8, i8[::1], i8, i4[:,::1], u1[:,::1], i8, i8)")
def two_pairs(source: Any, at: int, starts: Any, every: int, weights: Any, out: Any, to: int, size: int) -> None:
    count, stride, below = len(weights), source.shape[1], out.shape[1]
    of_two_pairs(source, at, stride, starts, every, weights, count, out, to, size, below)


@kernel("void(u1[:,::1], i8, i8[::1], i8, i4[:,::1], u1[:,::1], i8, i8)")
def three_pairs(source: Any, at: int, starts: Any, every: int, weights: Any, out: Any, to: int, size: int) -> None:
    count, stride, below = len(weights), source.shape[1], out.shape[1]
    of_three_pairs(source, at, stride, starts, every, weights, count, out, to, size, below)


@kernel("void(u2[::1], i8, i8, u4[::1], u4[::1], u4[::1], u1[::1], i8)")
def of_columns(line: Any, at: int, depth: int, one: Any, two: Any, three: Any, out: Any, to: int) -> None:
    three_columns(line, at, depth, one, two, three, out, to)


@pytest.mark.parametrize("pairs", [1, 2, 3, 9])
@pytest.mark.parametrize(
    ("machine", "dtype", "least", "most"), [(of_bytes, "u1", -(1 << 20), 1 << 21), (of_sums, "u2", 0, 1 << 13)]
)
def test_a_pixel_is_the_weighted_sum_of_pixels(machine: Any, dtype: str, least: int, most: int, pairs: int) -> None:
    rng = np.random.default_rng(pairs)
    for at, first, to in ((0, 0, 0), (3, 5, 1)):
        source = rng.integers(0, np.iinfo(dtype).max, 8 * pairs + at, dtype, endpoint=True)
        weights = rng.integers(least // pairs, most // pairs, 8 * pairs + first).astype(np.int32)
        expected, found = np.full((2, 4 + to + 1), 7, np.uint8)
        weighted_pixel(source, at, weights, first, pairs, expected, to)
        machine(source, at, weights, first, pairs, found, to)
        assert np.array_equal(found, expected)
        assert found[-1] == 7 and (found[:to] == 7).all(), "nothing else is written"


@pytest.mark.parametrize(("machine", "pairs"), [(two_pairs, 2), (three_pairs, 3)])
@pytest.mark.parametrize(("every", "size", "count"), [(1, 3, 20), (4, 4, 7), (1, 3, 1), (1, 3, 0)])
def test_four_rows_are_four_times_one(machine: Any, pairs: int, every: int, size: int, count: int) -> None:
    rng = np.random.default_rng(pairs)
    source = rng.integers(0, 256, (6, 100), np.uint8)
    starts = rng.integers(0, 100 - 8 * pairs, count * every + 1)
    weights = rng.integers(-(1 << 20) // pairs, (1 << 21) // pairs, (count, 8 * pairs)).astype(np.int32)
    step = of_two_pairs if pairs == 2 else of_three_pairs
    expected, python, found = np.full((3, 6, 20 * size + 4), 7, np.uint8)
    for row in range(4):
        for x in range(count):
            weighted_pixel(source[row + 1], starts[x * every], weights[x], 0, pairs, expected[row + 1], size * x)
    step(source, 100, 100, starts, every, weights, count, python, 20 * size + 4, size, 20 * size + 4)
    machine(source, 100, starts, every, weights, found, 20 * size + 4, size)
    assert np.array_equal(python, expected)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("depth", [1, 4])
def test_a_span_is_the_weighted_sum_of_three_columns(depth: int) -> None:
    rng = np.random.default_rng(depth)
    line = rng.integers(0, 65280, 2 * SPAN + 2 * depth, np.uint16, endpoint=True)
    shares = rng.dirichlet([1, 1, 1], 2 * SPAN).T * (1 << 14)
    weights = np.ascontiguousarray(np.floor(shares), np.uint32)
    expected, found = np.full((2, 2 * SPAN), 7, np.uint8)
    three_columns(line, 5, depth, *weights, expected, 3)
    of_columns(line, 5, depth, *weights, found, 3)
    assert np.array_equal(found, expected)
    assert (np.delete(found, np.s_[3 : 3 + SPAN]) == 7).all(), "nothing else is written"


@pytest.mark.parametrize("resample", ["bilinear", "bicubic", "box"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 2), (30, 20), (300, 5), (5, 300), (224, 224), (224, 300), (301, 224)])
def test_colour_is_resized_as_pillow_does_it(shape: tuple[int, int], resample: str) -> None:
    pixels = np.random.default_rng(shape[0]).integers(0, 256, (*shape, 4), dtype=np.uint8)
    if shape[0] % 2:
        pixels[:] = np.where(pixels > 128, 255, 0)
    image = Image.fromarray(pixels[..., :3].copy())
    for size in ((224, 224), (1, 1), (50, 40), (7, 300)):
        expected = np.asarray(image.resize(size, Image.Resampling[resample.upper()]))
        assert np.array_equal(resize(pixels.view(np.uint32)[..., 0], size, resample), expected)


@pytest.mark.parametrize("step", [1.001, 1.03, 1.08, 1.1, 1.5, 2.0, 3.3])
@pytest.mark.parametrize("width", [2, 15, 16, 17, 33, 512])
def test_each_channel_of_a_pixel_is_reduced_as_grey_is(width: int, step: float) -> None:
    box = (0.25, 0.5, 0.25 + width * step, 0.5 + 9 * step)
    rng = np.random.default_rng(width)
    pixels = rng.integers(0, 256, (int(box[3]) + 1, int(box[2]) + 1, 4), dtype=np.uint8)
    found = reduce_area(pixels.view(np.uint32)[..., 0], box, (width, 9)).view(np.uint8).reshape(9, width, 4)
    for channel in range(4):
        grey = np.ascontiguousarray(pixels[..., channel])
        assert np.array_equal(found[..., channel], reduce_area(grey, box, (width, 9)))
        edges = [start + step * np.arange(n + 1) for start, n in ((box[0], width), (box[1], 9))]
        sums = np.zeros((grey.shape[0] + 1, grey.shape[1] + 1))
        sums[1:, 1:] = grey.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
        across = np.array([np.interp(edges[0], np.arange(sums.shape[1]), row) for row in sums])
        both = np.array([np.interp(edges[1], np.arange(sums.shape[0]), column) for column in across.T]).T
        means = np.diff(np.diff(both, axis=0), axis=1) / step**2
        assert np.abs(found[..., channel] - means).max() < 2
