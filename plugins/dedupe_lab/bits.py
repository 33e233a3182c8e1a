"""Hashes of pictures and how far apart they are: in bits, and in hex digits, which is how a published experiment counts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import DedupeError, Failure, UsageError, compare, describe

HASHES = ("ahash", "phash", "dhash")
"""Those of that experiment."""

Words = NDArray[np.uint64]


class NoneUsable(DedupeError):
    """Of the pictures asked for none can be described."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """Pictures that every descriptor described: their `paths`, and by specification a row each, X (n,d).

    `keys` by specification, `failures` of the rest.
    """

    paths: list[bytes]
    rows: dict[str, NDArray[Any]]
    keys: dict[str, str]
    failures: Sequence[Failure]


def hashed(pictures: Sequence[Any], specs: Sequence[str], **settings: Any) -> Hashed:
    """Describes pictures and folders by every specification; raises NoneUsable if none can be used."""
    specs = list(dict.fromkeys(specs))
    made = describe(list(pictures), descriptor=specs, **settings)
    keys = dict(zip(specs, made.header.descriptors, strict=True))
    if len(set(keys.values())) < len(keys):
        raise UsageError(f"{' and '.join(keys)} are one descriptor written in two ways; name each once.")
    by_key: dict[str, dict[bytes, NDArray[Any]]] = {key: {} for key in keys.values()}
    for one in made.descriptions:
        by_key[one.descriptor][one.path] = one.values
    first, *others = by_key.values()
    paths = [path for path in first if all(path in each for each in others)]
    if not paths:
        why = f" The first failure: {made.failures[0].message}" if made.failures else ""
        raise NoneUsable(f"No picture can be used.{why}")
    rows = {spec: np.stack([by_key[key][path] for path in paths]) for spec, key in keys.items()}
    return Hashed(paths, rows, keys, made.failures)


def rows_of(paths: Sequence[Path], spec: str, **settings: Any) -> tuple[NDArray[Any], list[int]]:
    """What one descriptor says of pictures, (k,d), and which of the paths they are; NoneUsable if none can be described."""
    found = hashed(paths, [spec], **settings)
    row = {path: number for number, path in enumerate(found.paths)}
    there = [number for number, path in enumerate(paths) if os.fsencode(path) in row]
    return found.rows[spec][[row[os.fsencode(paths[number])] for number in there]], there


def only_bits(specs: Sequence[str], **settings: Any) -> None:
    """Raises UsageError for a descriptor that is no row of bits compared by Hamming distance, told by two shipped photos."""
    from dedupe.testing import photos

    two = sorted(photos())[:2]
    found = hashed(two, specs, **settings)
    asked = list(found.rows)
    bits = [spec for spec in asked if found.rows[spec].dtype == np.uint8 and len(found.paths) == 2]
    apart = {spec: int(np.bitwise_count(np.bitwise_xor(*found.rows[spec])).sum()) for spec in bits}
    made = compare(*two, descriptor=bits, **settings).comparisons if bits else []
    hamming = [spec for spec, one in zip(bits, made, strict=True) if one.distance == apart[spec]]
    for spec in asked:
        if spec not in hamming:
            raise UsageError(f"{spec} is not a hash of bits; choose such as {', '.join(HASHES)}.")


def words(rows: NDArray[np.uint8]) -> Words:
    """Packed bits u8 (n,d) as uint64 (n,ceil(d/8)), filled up with zeros."""
    n, d = rows.shape
    return np.ascontiguousarray(np.pad(rows, ((0, 0), (0, -d % 8)))).view(np.uint64).reshape(n, -1)


def bits_apart(A: Words, B: Words) -> NDArray[np.uint16]:
    """Differing bits of all rows of A (n,w) with all rows of B (m,w), uint16 (n,m)."""
    out = np.zeros((len(A), len(B)), np.uint16)
    for k in range(A.shape[1]):
        out += np.bitwise_count(A[:, None, k] ^ B[None, :, k])
    return out


def digits_apart(A: Words, B: Words) -> NDArray[np.uint16]:
    """Differing hex digits of all rows of A (n,w) with all rows of B (m,w), uint16 (n,m)."""
    ones = np.uint64(0x1111111111111111)
    out = np.zeros((len(A), len(B)), np.uint16)
    for k in range(A.shape[1]):
        apart = A[:, None, k] ^ B[None, :, k]
        apart |= apart >> np.uint64(2)
        apart |= apart >> np.uint64(1)
        out += np.bitwise_count(apart & ones)
    return out
