"""The vector parts of kernels do what their Python functions say, and the kernels made of them what Pillow says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from dedupe.decode.resize import resize
from dedupe.decode.steps import SPAN, carried_columns, of_three_pairs, of_two_pairs, three_columns, weighted_pixel
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


@kernel("void(u2[:,::1], i8, i8, u4[:,::1], i8, u1[:,::1], i8)")
def rounded(lines: Any, at: int, depth: int, weights: Any, x: int, out: Any, to: int) -> None:
    one, two, three, stride, below = weights[0], weights[1], weights[2], lines.shape[1], out.shape[1]
    three_columns(lines, at, stride, depth, one, two, three, x, out, to, below)


@kernel("void(u2[:,::1], i8, i8, u4[:,::1], i8, u4[:,::1], u1[:,::1], i8)")
def carried(lines: Any, at: int, depth: int, weights: Any, x: int, carry: Any, out: Any, to: int) -> None:
    one, two, three, stride, below = weights[0], weights[1], weights[2], lines.shape[1], out.shape[1]
    carried_columns(lines, at, stride, depth, one, two, three, x, carry[0], carry[1], out, to, below)


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
@pytest.mark.parametrize("machine", [rounded, carried])
def test_a_span_is_the_weighted_sum_of_three_columns(machine: Any, depth: int) -> None:
    rng = np.random.default_rng(depth)
    lines = rng.integers(0, 65280, (5, 2 * SPAN + 2 * depth), np.uint16, endpoint=True)
    shares = rng.dirichlet([1, 1, 1], 2 * SPAN).T * (1 << 14)
    weights = np.ascontiguousarray(np.floor(shares), np.uint32)
    carry = rng.integers(0, 1 << 22, (2, 2 * SPAN), np.uint32)
    out, carries = np.full((3, 5, 2 * SPAN), 7, np.uint8), np.array([carry] * 3)
    width, stride = 2 * SPAN, lines.shape[1]
    start = carry[0, 3 : 3 + SPAN].astype(np.int64)
    for row in range(1, 5):
        columns = [lines[row, 5 + k * depth : 5 + k * depth + SPAN].astype(np.int64) for k in range(3)]
        total = sum(each * weight[3 : 3 + SPAN].astype(np.int64) for each, weight in zip(columns, weights, strict=True))
        total = total + (start if machine is carried else 1 << 21)
        out[0, row, 4 : 4 + SPAN], start = total >> 22, total & ((1 << 22) - 1)
    if machine is carried:
        carries[0, 1, 3 : 3 + SPAN] = start
        places = (*weights, 3, *carries[1], out[1], width + 4, width)
        carried_columns(lines, stride + 5, stride, depth, *places)
        carried(lines, stride + 5, depth, weights, 3, carries[2], out[2], width + 4)
    else:
        three_columns(lines, stride + 5, stride, depth, *weights, 3, out[1], width + 4, width)
        rounded(lines, stride + 5, depth, weights, 3, out[2], width + 4)
    for found in (1, 2):  # all of both arrays: nothing else is written
        assert np.array_equal(out[found], out[0])
        assert np.array_equal(carries[found], carries[0])


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
