"""Numbers in JSON."""

from __future__ import annotations

from math import isfinite


def number(value: float | None, digits: int = 6) -> float | int | None:
    """A number as JSON: whole ones as integers, others with so many digits (six drop a float32's binary tail, nine carry it);
    None for what is no number.
    """
    if value is None or not isfinite(value):
        return None
    short = value if value == int(value) else float(f"{value:.{digits}g}")
    return int(short) if short == int(short) else short
