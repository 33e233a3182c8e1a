"""Weighted sums of the bytes of pixels, as parts of kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels.steps import Step, step

BITS = 22
"""Bits after the point of weights."""

HALF = 1 << (BITS - 1)
"""What is added to a sum so that rounding it down rounds it to the nearest."""

REST = (1 << BITS) - 1
"""The bits of a sum that rounding it down leaves over."""

PAIR = 8
"""Bytes of two pixels."""

SPAN = 16
"""Bytes of a row that `three_columns` makes."""


def _vector(build: Any, address: Any, at: Any, count: int) -> Any:
    """The address of a vector that begins at an item of an array."""
    from llvmlite import ir  # type: ignore[import-untyped]

    place = build.gep(address, [at])
    return build.bitcast(place, ir.VectorType(address.type.pointee, count).as_pointer())


def _numbers(build: Any, address: Any, at: Any, count: int) -> Any:
    """So many items from one on, as i32."""
    from llvmlite import ir

    found = build.load(_vector(build, address, at, count), align=1)
    wide = ir.VectorType(ir.IntType(32), count)
    return found if found.type == wide else build.zext(found, wide)


def _bytes(build: Any, values: Any, address: Any, at: Any) -> None:
    """Writes i32 of at most 255 as bytes."""
    from llvmlite import ir

    count = values.type.count
    build.store(build.trunc(values, ir.VectorType(ir.IntType(8), count)), _vector(build, address, at, count), align=1)


def _constant(count: int, values: list[int]) -> Any:
    from llvmlite import ir

    return ir.Constant(ir.VectorType(ir.IntType(32), count), values)


def _half() -> Any:
    """What the sums of two pixels begin with."""
    return _constant(PAIR, [HALF] * 4 + [0] * 4)


def _emit_pixel(build: Any, summed: Any, out: Any, to: Any) -> None:
    """The sums of a pair of pixels, added up, as one pixel."""
    low, high = (build.shuffle_vector(summed, summed, _constant(4, [i, i + 1, i + 2, i + 3])) for i in (0, 4))
    level = build.ashr(build.add(low, high), _constant(4, [BITS] * 4))
    for sign, bound in ((">", 0), ("<", 255)):
        limit = _constant(4, [bound] * 4)
        level = build.select(build.icmp_signed(sign, level, limit), level, limit)
    _bytes(build, level, out, to)


def _emit_weighted_pixel(
    build: Any, source: Any, at: Any, weights: Any, first: Any, pairs: Any, out: Any, to: Any
) -> None:
    from llvmlite import ir

    i64, half = ir.IntType(64), _half()
    before = build.block
    loop, after = build.append_basic_block("pairs"), build.append_basic_block("summed")
    build.branch(loop)
    build.position_at_end(loop)
    number, total = build.phi(i64), build.phi(half.type)
    offset = build.mul(number, i64(PAIR))
    pixels = _numbers(build, source, build.add(at, offset), PAIR)
    product = build.mul(pixels, _numbers(build, weights, build.add(first, offset), PAIR))
    summed, following = build.add(total, product), build.add(number, i64(1))
    number.add_incoming(i64(0), before)
    number.add_incoming(following, loop)
    total.add_incoming(half, before)
    total.add_incoming(summed, loop)
    build.cbranch(build.icmp_signed("<", following, pairs), loop, after)
    build.position_at_end(after)
    _emit_pixel(build, summed, out, to)


@step(_emit_weighted_pixel)
def weighted_pixel(source: Any, at: int, weights: Any, first: int, pairs: int, out: Any, to: int) -> None:
    """Four bytes of `out` from `to` on: the weighted sum of 2 `pairs` pixels of four bytes each (u8 or u16) of `source` from
    `at` on, rounded and cut off at 0 and 255. `weights` (i32) has that of each byte, from `first` on, times 2^22.
    """
    for byte in range(4):
        total = HALF
        for k in range(byte, PAIR * pairs, 4):
            total += int(source[at + k]) * int(weights[first + k])
        out[to + byte] = min(max(total >> BITS, 0), 255)


def _four_rows(pairs: int) -> Step:
    """A step that makes `count` pixels in each of four rows, as `weighted_pixel` does for so many pairs.

    The first is made of what begins in `source` at `at` + `starts`[0], the next at `at` + `starts`[every] and so on, and
    in the rows below `stride` further on. They are written from `to` on, `size` bytes apart, and `below` further on. Places
    are counted in the arrays' items, however many dimensions they have.
    """

    def emit(build: Any, source: Any, at: Any, stride: Any, *rest: Any) -> None:
        from llvmlite import ir

        starts, every, weights, count, out, to, size, below = rest
        i64 = ir.IntType(64)
        before = build.block
        loop, after = build.append_basic_block("pixels"), build.append_basic_block("done")
        build.cbranch(build.icmp_signed(">", count, i64(0)), loop, after)
        build.position_at_end(loop)
        number = build.phi(i64)
        offsets = [i64(PAIR * pair) for pair in range(pairs)]
        first = build.mul(number, i64(PAIR * pairs))
        factors = [_numbers(build, weights, build.add(first, offset), PAIR) for offset in offsets]
        at = build.add(at, build.load(build.gep(starts, [build.mul(number, every)])))
        to = build.add(to, build.mul(number, size))
        for _ in range(4):
            summed = _half()
            for offset, factor in zip(offsets, factors, strict=True):
                pixels = _numbers(build, source, build.add(at, offset), PAIR)
                summed = build.add(summed, build.mul(pixels, factor))
            _emit_pixel(build, summed, out, to)
            at, to = build.add(at, stride), build.add(to, below)
        following = build.add(number, i64(1))
        number.add_incoming(i64(0), before)
        number.add_incoming(following, loop)
        build.cbranch(build.icmp_signed("<", following, count), loop, after)
        build.position_at_end(after)

    def rows(
        source: Any,
        at: int,
        stride: int,
        starts: Any,
        every: int,
        weights: Any,
        count: int,
        out: Any,
        to: int,
        size: int,
        below: int,
    ) -> None:
        source, weights, out = source.reshape(-1), weights.reshape(-1), out.reshape(-1)
        for row in range(4):
            for x in range(count):
                begin, end = at + row * stride + int(starts[x * every]), to + row * below + x * size
                weighted_pixel(source, begin, weights, x * PAIR * pairs, pairs, out, end)

    return Step(rows, emit)


of_two_pairs, of_three_pairs = _four_rows(2), _four_rows(3)


def _emit_columns(build: Any, lines: Any, at: Any, stride: Any, depth: Any, *rest: Any) -> None:
    one, two, three, x, *carry, out, to, below = rest
    factors = [_numbers(build, weight, x, SPAN) for weight in (one, two, three)]
    start = _numbers(build, carry[0], x, SPAN) if carry else _constant(SPAN, [HALF] * SPAN)
    for _ in range(4):
        total, begin = start, at
        for factor in factors:
            total = build.add(total, build.mul(_numbers(build, lines, begin, SPAN), factor))
            begin = build.add(begin, depth)
        _bytes(build, build.lshr(total, _constant(SPAN, [BITS] * SPAN)), out, to)
        if carry:
            start = build.and_(total, _constant(SPAN, [REST] * SPAN))
        at, to = build.add(at, stride), build.add(to, below)
    if carry:
        build.store(start, _vector(build, carry[1], x, SPAN), align=1)


@step(_emit_columns)
def three_columns(
    lines: Any, at: int, stride: int, depth: int, one: Any, two: Any, three: Any, x: int, out: Any, to: int, below: int
) -> None:
    """SPAN bytes in each of four rows of `out`, the first from `to` on, the others `below` further on. Each is the rounded sum
    of three of `lines` (u16), `depth` apart, the first row's first at `at`, and in the rows below `stride` further on;
    weighted by what `one`, `two` and `three` (u32) have from `x` on, times 2^22. Places are counted as in `_four_rows`.
    """
    for row in range(4):
        rounded = np.full(x + SPAN, HALF)
        _span(lines, at + row * stride, depth, (one, two, three), x, rounded, rounded, out, to + row * below)


@step(_emit_columns)
def carried_columns(
    lines: Any,
    at: int,
    stride: int,
    depth: int,
    one: Any,
    two: Any,
    three: Any,
    x: int,
    before: Any,
    after: Any,
    out: Any,
    to: int,
    below: int,
) -> None:
    """As `three_columns`, but sums are rounded down, and what is left over is added to the sum below it.

    The first row begins with what `before` (u32) has from `x` on, and `after` gets what the last one leaves, times 2^22.
    """
    for row in range(4):
        start = after if row else before
        _span(lines, at + row * stride, depth, (one, two, three), x, start, after, out, to + row * below)


def _span(lines: Any, at: int, depth: int, weights: Any, x: int, before: Any, after: Any, out: Any, to: int) -> None:
    lines, out = lines.reshape(-1), out.reshape(-1)
    for i in range(SPAN):
        total = int(before[x + i])
        for k, weight in enumerate(weights):
            total += int(lines[at + i + k * depth]) * int(weight[x + i])
        out[to + i], after[x + i] = total >> BITS, total & REST
