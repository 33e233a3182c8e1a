"""Tables of a JPEG's codes, for the kernel that reads means. They allocate nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.kernels import kernel

BITS = 13
"""Bits that are looked up at once. Tables of all four kinds that a picture in colour has stay in the processor's cache."""

TABLES = 8
"""Rows of the tables: four for means (DC), four for the other coefficients (AC)."""

_EVERY = (1 << BITS) - 1


@kernel()
def _assign(counts: Any, symbols: Any, single: Any, limits: Any, firsts: Any) -> bool:
    """Canonical codes (ITU T.81, annex C): `single[prefix]` = length << 8 | symbol; longer codes by `limits` and `firsts`.

    False for lengths that no prefix code has, and where a code is of ones alone, which libjpeg refuses.
    """
    single[:] = 0
    code, at = 0, 0
    for length in range(1, 17):
        firsts[length] = at - code
        if counts[length - 1] and code + counts[length - 1] >= 1 << length:
            return False
        for _ in range(counts[length - 1]):
            if length <= BITS:
                first = code << (BITS - length)
                for i in range(first, first + (1 << (BITS - length))):
                    single[i] = length << 8 | symbols[at]
            code += 1
            at += 1
        limits[length] = code << (16 - length)
        code <<= 1
    return True


@kernel()
def _join(single: Any, several: Any) -> None:
    """`several[prefix]` = bits | coefficients << 4 | (1 << 11 at a block's end) of all coefficients that a prefix holds."""
    for i in range(1 << BITS):
        used, passed, end = 0, 0, 0
        while end == 0 and passed < 63:
            entry: Any = np.int64(single[(i << used) & _EVERY])
            size, run = entry & 15, entry >> 4 & 15
            bits = (entry >> 8) + size
            if entry == 0 or used + bits > BITS or passed + run + 1 > 63:
                break
            end = 1 if size == 0 and run != 15 else 0
            passed += 1 if end else run + 1
            used += bits
        several[i] = used | passed << 4 | end << 11


@kernel()
def prepared(counts: Any, symbols: Any, single: Any, several: Any, limits: Any, firsts: Any) -> bool:
    """Makes all tables; False for codes that libjpeg refuses."""
    for i in range(TABLES):
        own = slice(i << BITS, (i + 1) << BITS)
        if not _assign(counts[i], symbols[i], single[own], limits[i], firsts[i]):
            return False
        if i >= TABLES // 2:
            _join(single[own], several[own])
    return True
