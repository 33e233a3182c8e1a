"""The kernels of decoding, in a module of their own because importing it compiles them. They allocate nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.decode.steps import (
    BITS,
    HALF,
    PAIR,
    REST,
    SPAN,
    carried_columns,
    of_two_pairs,
    three_columns,
    weighted_pixel,
)
from dedupe.kernels import kernel

WINDOW = 33
LEVELS = 3.0
TINY = 1e-9
GOLDEN = round((5**0.5 - 1) / 2 * (1 << BITS))
"""Multiples of the golden section, of which the rest is taken, lie evenly in every stretch of neighbours."""

LITTLE = 1.5
"""A picture reduced by less is made in spans: of neighbours, two and more begin at one distance from what they are made of."""


@kernel("float64(uint8[:,::1], int64, uint32[:,::1])")
def outside(luma: Any, step: int, counts: Any) -> float:
    """The share of pixels outside the fullest 33 neighbouring levels, of every `step`-th pixel of every `step`-th row.

    `counts` is uint32 (4,256), zero: counting into one table waits for itself where neighbours are equal. Indices are
    unsigned, for numba tests the sign of others, which takes as long as counting.
    """
    height, width = luma.shape
    for y in range(0, height, step):
        row, at = luma[y], np.uint64(0)
        for i in range(np.uint64((width + step - 1) // step)):
            counts[np.uint64(i) & np.uint64(3), row[at]] += np.uint32(1)
            at += np.uint64(step)
    inside = most = total = 0
    for level in range(256):
        here = np.int64(counts[0, level]) + counts[1, level] + counts[2, level] + counts[3, level]
        counts[0, level] = here
        total += here
        inside += here
        if level >= WINDOW:
            inside -= np.int64(counts[0, level - WINDOW])
        most = max(most, inside)
    return 1.0 - most / total


@kernel("int64(uint8[:,::1], int64, int64, uint32[::1], uint32[::1], int64)")
def crossed(luma: Any, down: int, right: int, rows: Any, columns: Any, enough: int) -> int:
    """How many pixels are no sum of what their row and their column have in common, within LEVELS; counted to `enough` + 1.

    Every `right`-th pixel of every `down`-th row is looked at. `rows` and `columns` are zero, with room for each.
    """
    total = 0
    for i in range(len(rows)):
        line, at, in_row = luma[i * down], np.uint64(0), np.uint32(0)
        for j in range(len(columns)):
            value = np.uint32(line[at])
            in_row += value
            columns[j] += value
            at += np.uint64(right)
        rows[i] = in_row
        total += int(in_row)
    mean = total / (len(rows) * len(columns))
    apart = 0
    for i in range(len(rows)):
        line, level = luma[i * down], rows[i] / len(columns)
        for j in range(len(columns)):
            if abs(line[j * right] - level - (columns[j] / len(rows) - mean)) > LEVELS:
                apart += 1
                if apart > enough:
                    return apart
    return apart


@kernel()
def _weigh(start: float, step: float, depth: int, left: Any, columns: Any) -> None:
    """The first column of each new byte, and the weights of it and those after it."""
    for x in range(len(left) // depth):
        begin = start + x * step
        first, before = int(begin + TINY), 0
        for i in range(depth):
            left[x * depth + i] = first * depth + i
        for k in range(columns.shape[0]):
            covered = int(min((first + k + 1 - begin) / step, 1.0) * 16384 + 0.5)
            for i in range(depth):
                columns[k, x * depth + i] = covered - before
            before = covered


@kernel()
def _down(image: Any, begin: float, step: float, line: Any) -> None:
    """The weighted sum of the rows from `begin` on, over a step."""
    first, before, k = int(begin + TINY), 0, 0
    while before < 256:
        covered = int(min((first + k + 1 - begin) / step, 1.0) * 256 + 0.5)
        weight = np.uint16(covered - before)
        row = image[min(first + k, image.shape[0] - 1)]
        if k == 0:
            for i in range(len(row)):
                line[i] = row[i] * weight
        elif weight:
            for i in range(len(row)):
                line[i] += row[i] * weight
        before = covered
        k += 1


@kernel()
def _across(lines: Any, left: Any, columns: Any, carry: Any, out: Any, top: int) -> None:
    """Four rows of the result from as many sums of rows: what is read of the weights serves all four."""
    shift, rest, left_over = np.uint32(BITS), np.uint32(REST), carry[0]
    for x in range(len(left)):
        a, b, c, d = left_over[x], np.uint32(0), np.uint32(0), np.uint32(0)
        for k in range(columns.shape[0]):
            i, weight = left[x] + np.uint64(k), columns[k, x]
            a = np.uint32(a + lines[0, i] * weight)
            b = np.uint32(b + lines[1, i] * weight)
            c = np.uint32(c + lines[2, i] * weight)
            d = np.uint32(d + lines[3, i] * weight)
        b = np.uint32(b + (a & rest))
        c = np.uint32(c + (b & rest))
        d = np.uint32(d + (c & rest))
        left_over[x] = d & rest
        out[top, x] = a >> shift
        out[top + 1, x] = b >> shift
        out[top + 2, x] = c >> shift
        out[top + 3, x] = d >> shift


@kernel()
def _of_three(lines: Any, left: Any, columns: Any, carry: Any, out: Any, top: int) -> None:
    """As `_across` for three columns at most, which a picture reduced by less than two needs."""
    shift, rest, left_over = np.uint32(BITS), np.uint32(REST), carry[0]
    first, second, third = columns[0], columns[1], columns[2]
    for r in range(4):
        line, row = lines[r], out[top + r]
        for x in range(len(left)):
            i = left[x]
            summed = line[i] * first[x] + line[i + np.uint64(1)] * second[x] + line[i + np.uint64(2)] * third[x]
            summed = np.uint32(summed + left_over[x])
            row[x] = summed >> shift
            left_over[x] = summed & rest


@kernel()
def _ending(
    lines: Any, depth: int, shift: Any, columns: Any, before: Any, after: Any, out: Any, top: int, x: int
) -> None:
    """One byte of four rows, where no span fits in any more."""
    start = before[x] if depth == 1 else np.uint32(HALF)
    for r in range(4):
        total = start
        for k in range(3):
            total += np.uint32(lines[r, x + shift + k * depth]) * columns[k, x]
        out[top + r, x] = total >> np.uint32(BITS)
        if depth == 1:
            start = total & np.uint32(REST)
    after[x] = start


@kernel()
def _in_runs(lines: Any, depth: int, left: Any, columns: Any, carry: Any, out: Any, top: int) -> None:
    """As `_across` for three columns at most: where a picture is hardly reduced, they begin a step further on for long runs.

    A run's last span may go beyond it, to where the next run begins anew: so the rows before and after have a carry each.
    """
    begin, count, stride = 0, len(left), lines.shape[1]
    one, two, three, before, after = columns[0], columns[1], columns[2], carry[0], carry[1]
    while begin < count:
        shift, end = np.int64(left[begin]) - begin, begin + depth
        while end < count and np.int64(left[end]) - end == shift:
            end += depth
        for x in range(begin, end, SPAN):
            at, to = x + shift, top * count + x
            if x + SPAN > count:
                for i in range(x, end):
                    _ending(lines, depth, shift, columns, before, after, out, top, i)
            elif depth == 1:
                carried_columns(lines, at, stride, depth, one, two, three, x, before, after, out, to, count)
            else:
                three_columns(lines, at, stride, depth, one, two, three, x, out, to, count)
        begin = end
    for x in range(count if depth == 1 else 0):
        before[x] = after[x]


@kernel()
def _pixels(lines: Any, left: Any, table: Any, out: Any, top: int) -> None:
    """As `_across` for pixels of four bytes, whose weights stand in `table` (w, 8 pairs)."""
    pairs, count, width = table.shape[1] // PAIR, table.shape[0], out.shape[1]
    if pairs == 2:
        of_two_pairs(lines, 0, lines.shape[1], left, 4, table, count, out, top * width, 4, width)
    else:
        for x in range(count):
            for r in range(4):
                weighted_pixel(lines[r], np.int64(left[4 * x]), table[x], 0, pairs, out[top + r], 4 * x)


@kernel()
def _of_bytes(columns: Any, table: Any) -> None:
    """The weights of pixels of four bytes, one pixel after the other."""
    table[:] = 0
    for k in range(columns.shape[0]):
        for x in range(columns.shape[1]):
            table[x // 4, 4 * k + x % 4] = columns[k, x]


@kernel(
    "void(uint8[:,::1], int64, float64, float64, float64, float64, "
    "uint64[::1], uint32[:,::1], int32[:,::1], uint32[:,::1], uint16[:,::1], uint8[:,::1])"
)
def average(
    image: Any,
    depth: int,
    start_x: float,
    start_y: float,
    step_x: float,
    step_y: float,
    left: Any,
    columns: Any,
    table: Any,
    carry: Any,
    lines: Any,
    out: Any,
) -> None:
    """`out[y, x]` is the mean of the image from start_x + x step_x and start_y + y step_y on, over a step each way.

    Pixels are of `depth` bytes, of which each is averaged. Those of four are rounded; of grey ones, rounded down, what is
    left over is carried to the pixel below, so that a stretch of a column is off by less than a level in all.
    Weights are whole numbers that add up to 2^8 for rows and 2^14 for columns, so that every processor gives the same, and
    indices are unsigned, for numba tests the sign of others.
    `left` (w,), `columns` (r, w) with r >= 3, `table` (w / 4, 4 r or more, a multiple of 8) and `lines` (4, width of the
    image + SPAN + 4 depth + r depth) are room for the columns' weights and for four rows, `lines` zero; w and the image's
    width are counted in bytes. `table` is used for a depth of 4 alone. `carry` is (2, w).
    `out` has a multiple of four rows: those at the end may lie below the picture, and are made of its last row.
    """
    for x in range(carry.shape[1]):
        carry[0, x] = x * GOLDEN & REST
    _weigh(start_x, step_x, depth, left, columns)
    little = step_x < LITTLE
    if depth == 4 and not little:
        _of_bytes(columns, table)
    for top in range(0, len(out), 4):
        for r in range(4):
            _down(image, start_y + (top + r) * step_y, step_y, lines[r])
        if little:
            _in_runs(lines, depth, left, columns, carry, out, top)
        elif depth == 4:
            _pixels(lines, left, table, out, top)
        elif columns.shape[0] == 3:
            _of_three(lines, left, columns, carry, out, top)
        else:
            _across(lines, left, columns, carry, out, top)
