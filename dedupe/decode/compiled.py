"""The kernels of decoding, in a module of their own because importing it compiles them. They allocate nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.decode.steps import PAIR, SPAN, of_two_pairs, three_columns, weighted_pixel
from dedupe.kernels import kernel

WINDOW = 33
LEVELS = 3.0
TINY = 1e-9
RUN = 6
"""Bytes of a row that begin at one distance from those they are made of: fewer are not worth spans of their own."""


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
def _across(lines: Any, left: Any, columns: Any, out: Any, top: int) -> None:
    """Four rows of the result from as many sums of rows: what is read of the weights serves all four."""
    shift, last = np.uint32(22), out.shape[0] - 1
    for x in range(len(left)):
        a = b = c = d = np.uint32(1 << 21)
        for k in range(columns.shape[0]):
            i, weight = left[x] + np.uint64(k), columns[k, x]
            a = np.uint32(a + lines[0, i] * weight)
            b = np.uint32(b + lines[1, i] * weight)
            c = np.uint32(c + lines[2, i] * weight)
            d = np.uint32(d + lines[3, i] * weight)
        out[top, x] = a >> shift
        out[min(top + 1, last), x] = b >> shift
        out[min(top + 2, last), x] = c >> shift
        out[min(top + 3, last), x] = d >> shift


@kernel()
def _of_three(lines: Any, left: Any, columns: Any, out: Any, top: int) -> None:
    """As `_across` for three columns at most, which a picture reduced by less than two needs."""
    shift, half, last = np.uint32(22), np.uint32(1 << 21), out.shape[0] - 1
    first, second, third = columns[0], columns[1], columns[2]
    for r in range(4):
        line, row = lines[r], out[min(top + r, last)]
        for x in range(len(left)):
            i = left[x]
            summed = line[i] * first[x] + line[i + np.uint64(1)] * second[x] + line[i + np.uint64(2)] * third[x]
            row[x] = np.uint32(summed + half) >> shift


@kernel()
def _ending(line: Any, depth: int, shift: Any, columns: Any, row: Any, begin: int) -> None:
    """What is left of a row's last run where no span fits in."""
    for x in range(begin, len(row)):
        total = np.uint32(1 << 21)
        for k in range(3):
            total += np.uint32(line[x + shift + k * depth]) * columns[k, x]
        row[x] = total >> np.uint32(22)


@kernel()
def _in_runs(lines: Any, depth: int, left: Any, columns: Any, out: Any, top: int) -> None:
    """As `_across` for three columns at most: where a picture is hardly reduced, they begin a step further on for long runs.

    A run's last span may go beyond it, to where the next run begins anew.
    """
    begin, last = 0, out.shape[0] - 1
    while begin < len(left):
        shift, end = np.int64(left[begin]) - begin, begin + depth
        while end < len(left) and np.int64(left[end]) - end == shift:
            end += depth
        for r in range(4):
            line, row = lines[r], out[min(top + r, last)]
            for x in range(begin, end, SPAN):
                if x + SPAN <= len(left):
                    three_columns(line, x + shift, depth, columns[0], columns[1], columns[2], row, x)
                else:
                    _ending(line, depth, shift, columns, row, x)
        begin = end


@kernel()
def _pixels(lines: Any, left: Any, table: Any, out: Any, top: int) -> None:
    """As `_across` for pixels of four bytes, whose weights stand in `table` (w, 8 pairs)."""
    pairs, count, width = table.shape[1] // PAIR, table.shape[0], out.shape[1]
    if pairs == 2 and top + 4 <= out.shape[0]:
        of_two_pairs(lines, 0, lines.shape[1], left, 4, table, count, out, top * width, 4, width)
    else:
        for x in range(count):
            for row in range(min(4, out.shape[0] - top)):
                weighted_pixel(lines[row], np.int64(left[4 * x]), table[x], 0, pairs, out[top + row], 4 * x)


@kernel()
def _of_bytes(columns: Any, table: Any) -> None:
    """The weights of pixels of four bytes, one pixel after the other."""
    table[:] = 0
    for k in range(columns.shape[0]):
        for x in range(columns.shape[1]):
            table[x // 4, 4 * k + x % 4] = columns[k, x]


@kernel(
    "void(uint8[:,::1], int64, float64, float64, float64, float64, "
    "uint64[::1], uint32[:,::1], int32[:,::1], uint16[:,::1], uint8[:,::1])"
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
    lines: Any,
    out: Any,
) -> None:
    """`out[y, x]` is the mean of the image from start_x + x step_x and start_y + y step_y on, over a step each way.

    Pixels are of `depth` bytes, of which each is averaged. Weights are whole numbers that add up to 2^8 for rows and 2^14
    for columns, so that every processor gives the same, and indices are unsigned, for numba tests the sign of others.
    `left` (w,), `columns` (r, w) with r >= 3, `table` (w / 4, 4 r or more, a multiple of 8) and `lines` (4, width of the
    image + SPAN + 4 depth + r depth) are room for the columns' weights and for four rows, `lines` zero; w and the image's
    width are counted in bytes. `table` is used for a depth of 4 alone.
    """
    height = out.shape[0]
    _weigh(start_x, step_x, depth, left, columns)
    few = (step_x - 1.0) * RUN < depth
    if depth == 4 and not few:
        _of_bytes(columns, table)
    for top in range(0, height, 4):
        for r in range(4):  # the last block may do its last row more than once
            _down(image, start_y + min(top + r, height - 1) * step_y, step_y, lines[r])
        if few:
            _in_runs(lines, depth, left, columns, out, top)
        elif depth == 4:
            _pixels(lines, left, table, out, top)
        elif columns.shape[0] == 3:
            _of_three(lines, left, columns, out, top)
        else:
            _across(lines, left, columns, out, top)
