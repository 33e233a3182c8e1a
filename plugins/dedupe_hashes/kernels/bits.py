"""Bits from numbers."""

from __future__ import annotations

from typing import Any

from dedupe import kernel


@kernel()
def pack(values: Any, limit: float, out: Any) -> None:
    """Bit i of `out` (u8, the first bit the highest) is whether values[i] > limit; the last byte is filled with zeros."""
    out[:] = 0
    for i in range(values.size):
        if values[i] > limit:
            out[i >> 3] |= 128 >> (i & 7)
