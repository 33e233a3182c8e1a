"""Checks that tell a damaged row from a sound one; a row that fails is never believed."""

from __future__ import annotations

from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)  # odd, from splitmix64
_SHIFT = np.uint64(32)


def row_checks(words: Words, salt: int) -> Words:
    """Checks of n rows of words, u64 (n,w) to u64 (n,): the sum of each word mixed with its place and `salt`.

    Mixing a word is a bijection (steps of splitmix64, Steele et al. 2014), so that damage within one word always changes
    the check, and any other damage leaves it as it was with a chance of about 2**-64.
    """
    places = np.arange(1, words.shape[1] + 1, dtype=np.uint64) * _SECOND + np.uint64(salt)
    mixed = words + places
    for factor in (_FIRST, _SECOND):
        mixed ^= mixed >> _SHIFT
        mixed *= factor
    mixed ^= mixed >> _SHIFT
    checks: Words = mixed.sum(axis=1, dtype=np.uint64)
    return checks


def blob_check(*parts: bytes) -> bytes:
    """The check of one large or rare row, 8 bytes: BLAKE3 of its parts and their lengths."""
    check = blake3()
    for part in parts:
        check.update(len(part).to_bytes(8, "little"))
        check.update(part)
    return check.digest(length=8)


def salt_of(name: str) -> int:
    """A salt below 2**64, so that a row of one table is none of another's."""
    return int.from_bytes(blob_check(name.encode()), "little")


def as_words(rows: NDArray[Any]) -> Words:
    """Rows u8 (n, 8 w), contiguous, seen as words u64 (n,w)."""
    return np.ascontiguousarray(rows).view("<u8")
