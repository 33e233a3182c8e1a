"""What parameters of hashes mean, and the sentences for those that mean nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isqrt
from typing import Literal, TypeAlias

from dedupe import UsageError

Source: TypeAlias = Literal["working", "full"]
SOURCES = ("working", "full")


def side(name: str, bits: int, thresholds: Mapping[int, float]) -> int:
    """The side of a hash of `bits` bits, its square root; UsageError where `thresholds` has no such size."""
    if isinstance(bits, bool) or bits not in thresholds:
        raise UsageError(f"{name} has {_either(thresholds)} bits, not {bits!r}.")
    return isqrt(bits)


def checked(name: str, source: Source) -> Source:
    """The source itself; UsageError where there is no such source."""
    if source not in SOURCES:
        raise UsageError(f"{name} looks at a source that is {_either(SOURCES)}, not {source!r}.")
    return source


def _either(values: Sequence[object] | Mapping[int, float]) -> str:
    *most, last = map(str, values)
    return f"{', '.join(most)} or {last}" if most else last
