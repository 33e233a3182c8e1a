"""The kernel that reads the means of a sequential JPEG's blocks, in a module of its own because importing it compiles it.

It allocates nothing. Indices are unsigned, for numba tests the sign of others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.jpeg.codes_kernels import BITS, prepared
from dedupe.kernels import kernel

NEVER = np.uint64(1 << 32)
"""So many made-up bits are more than there can be: the mark of a file that is not as it should be."""


@kernel()
def _longer(buffer: Any, symbols: Any, limits: Any, firsts: Any) -> Any:
    """Length << 8 | symbol of a code of more than BITS bits; 0 where there is none."""
    code = np.int64(buffer >> np.uint64(48))
    for length in range(BITS + 1, 17):
        if code < limits[length]:
            return np.uint64(length << 8 | symbols[firsts[length] + (code >> (16 - length))])
    return np.uint64(0)


@kernel(inline="always")
def _code(buffer: Any, single: Any, of: Any, symbols: Any, limits: Any, firsts: Any) -> Any:
    """Length << 8 | symbol of the next code; 0 where there is none."""
    entry = np.uint64(single[of + (buffer >> np.uint64(64 - BITS))])
    if entry == 0:
        entry = _longer(buffer, symbols, limits, firsts)
    return entry


@kernel(inline="always")
def _fill(data: Any, last: Any, buffer: Any, held: Any, at: Any, made_up: Any) -> Any:
    """At least 32 bits more behind the `held` ones, at most 32; zeros, which are counted, where a marker comes."""
    if at < last:
        word = (
            np.uint32(data[at]) << np.uint32(24)
            | np.uint32(data[at + np.uint64(1)]) << np.uint32(16)
            | np.uint32(data[at + np.uint64(2)]) << np.uint32(8)
            | np.uint32(data[at + np.uint64(3)])
        )
        if np.uint32(np.uint32(~word) - np.uint32(0x01010101)) & word & np.uint32(0x80808080) == 0:  # no byte is 255
            buffer |= np.uint64(word) << (np.uint64(32) - held)
            return buffer, held + np.uint64(32), at + np.uint64(4), made_up
    for _ in range(4):
        byte = np.uint64(data[at])
        if byte == 255:
            if data[at + np.uint64(1)] != 0:
                made_up += np.uint64(8)
                byte = np.uint64(0)
            else:
                at += np.uint64(2)
        else:
            at += np.uint64(1)
        buffer |= byte << (np.uint64(56) - held)
        held += np.uint64(8)
    return buffer, held, at, made_up


@kernel(inline="always")
def _mean(data: Any, last: Any, single: Any, of: Any, symbols: Any, limits: Any, firsts: Any, state: Any) -> Any:
    """How much the mean of the next block differs from the one before it, and the state behind that."""
    buffer, held, at, made_up = state
    if held <= np.uint64(32):
        buffer, held, at, made_up = _fill(data, last, buffer, held, at, made_up)
    entry = _code(buffer, single, of, symbols, limits, firsts)
    if entry == 0:
        made_up = NEVER
    size, length = entry & np.uint64(255), entry >> np.uint64(8)
    buffer <<= length
    change = _value(buffer, size) if size else np.int64(0)
    return change, (buffer << size, held - (length + size), at, made_up)


@kernel(inline="always")
def _one(buffer: Any, single: Any, of: Any, symbols: Any, limits: Any, firsts: Any) -> Any:
    """Bits and coefficients of the next code alone; 64 coefficients at the block's end, 255 where there is no code."""
    entry = _code(buffer, single, of, symbols, limits, firsts)
    if entry == 0:
        return np.uint64(1), np.uint64(255)
    size, run = entry & np.uint64(15), entry >> np.uint64(4) & np.uint64(15)
    passed = np.uint64(64) if size == 0 and run != np.uint64(15) else run + np.uint64(1)
    return (entry >> np.uint64(8)) + size, passed


@kernel(inline="always")
def _value(buffer: Any, size: Any) -> Any:
    """The number that the first `size` bits stand for, at least one."""
    value = np.int64(buffer >> (np.uint64(64) - size))
    if np.int64(buffer) >= 0:
        value -= (np.int64(1) << np.int64(size)) - np.int64(1)
    return value


@kernel(inline="always")
def _pass(data: Any, last: Any, single: Any, several: Any, of: Any, codes: Any, state: Any) -> Any:
    """The state behind the coefficients of a block that follow its mean."""
    symbols, limits, firsts = codes
    buffer, held, at, made_up = state
    passed = np.uint64(0)
    while passed < np.uint64(63):
        if held <= np.uint64(32):
            buffer, held, at, made_up = _fill(data, last, buffer, held, at, made_up)
        entry = np.uint64(several[of + (buffer >> np.uint64(64 - BITS))])
        bits, more = entry & np.uint64(15), entry >> np.uint64(4)
        if entry == 0 or passed + (more & np.uint64(127)) > np.uint64(63):
            bits, more = _one(buffer, single, of, symbols, limits, firsts)
            if more != np.uint64(64) and passed + more > np.uint64(63):
                made_up = NEVER
        buffer <<= bits
        held -= bits
        passed += more
    return buffer, held, at, made_up


@kernel()
def _at_marker(data: Any, marker: Any, state: Any) -> bool:
    """Whether all before a marker has been used, but for the bits that fill its last byte, and that marker comes next."""
    _buffer, held, at, made_up = state
    spent = made_up <= held and held - made_up <= np.uint64(7)
    return bool(spent and data[at] == 0xFF and data[at + np.uint64(1)] == marker)


@kernel(
    "int64(uint8[::1], int64, int64[:,::1], uint8[:,::1], uint8[:,::1], uint16[::1], uint16[::1], int64[:,::1], "
    "int64[:,::1], int64, int64, int64, int64, int16[:,::1])"
)
def read_means(
    data: Any,
    start: int,
    blocks: Any,
    counts: Any,
    symbols: Any,
    single: Any,
    several: Any,
    limits: Any,
    firsts: Any,
    step: int,
    restart: int,
    down: int,
    right: int,
    out: Any,
) -> int:
    """The mean of each block of the first component into `out`; 1 if all is exactly as it should be up to the end marker,
    else 0.

    `data` holds the file, with an end marker behind `start`, where its only scan begins. `blocks` (b,4) are those of one
    unit of `down` rows and `right` columns of blocks: its tables for mean and others (rows of `counts` (8,16) and `symbols`
    (8,256)), row and column of a block of the first component, or -1. `step` is the size of a quantised mean's unit,
    `restart` the units between two restart markers or 0.

    `out` (rows,columns) gets means quantised as they are. Of all else no more is read than how long it is, as much at once
    as BITS bits hold. Scratch: single and several (8 << BITS,), limits and firsts (8,17).
    """
    if not prepared(counts, symbols, single, several, limits, firsts):
        return 0
    last = np.uint64(max(len(data) - 4, 0))
    state = (np.uint64(0), np.uint64(0), np.uint64(start), np.uint64(0))
    mean, done, levels = 0, 0, True
    for y in range(0, out.shape[0], down):
        for x in range(0, out.shape[1], right):
            if restart and done and done % restart == 0:
                if not _at_marker(data, 0xD0 + (done // restart - 1 & 7), state):
                    return 0
                state = (np.uint64(0), np.uint64(0), state[2] + np.uint64(2), np.uint64(0))
                mean = 0
            done += 1
            for b in range(np.uint64(len(blocks))):
                dc, ac, row, column = blocks[b, 0], blocks[b, 1], blocks[b, 2], blocks[b, 3]
                of = np.uint64(dc << BITS)
                change, state = _mean(data, last, single, of, symbols[dc], limits[dc], firsts[dc], state)
                if row >= 0:
                    mean += change
                    levels = levels and -512 <= (mean * step + 4) >> 3 < 512
                    out[y + row, x + column] = mean
                codes = symbols[ac], limits[ac], firsts[ac]
                state = _pass(data, last, single, several, np.uint64(ac << BITS), codes, state)
        if not levels or state[3] > state[1]:  # or more has been used than there is
            return 0
    return 1 if _at_marker(data, 0xD9, state) else 0
