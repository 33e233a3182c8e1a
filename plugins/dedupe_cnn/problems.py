"""Whether a picture goes into somebody else's model and a vector comes out; if not, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

Shape: TypeAlias = "Sequence[int | str | None]"

DTYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
"""What a picture can go in as, by onnxruntime's word for it."""

PLACES = {"nchw": (1, 2, 3), "nhwc": (3, 1, 2)}
"""Where channels, height and width stand in the input, by layout."""


def input_problem(kind: str, shape: Shape, size: int, layout: str) -> str | None:
    """Why a picture of this size and layout does not go into an input, and what to do; None where it may.

    `shape` has a word or None for a size that is known only when the model runs, and is empty where nothing is known.
    """
    if kind not in DTYPES:
        return f"its input is {kind}; export it with one of {', '.join(DTYPES)}"
    if not shape:
        return None
    takes = f"it takes {kind} {list(shape)}"
    if len(shape) != 4:
        return f"{takes}, no picture; export it with an input of four dimensions, as (1,3,height,width)"
    if not _open(shape[0], 1):
        return f"{takes}, several pictures at a time; export it for one"
    if _fits(shape, size, layout):
        return None
    return f"{takes}, not a picture of {size}x{size} ({layout}); {_advice(shape, size, layout)}"


def output_problem(found: Any, name: str, names: Sequence[str]) -> str | None:
    """Why an output is no vector, and what to do; None where it is one. `names` are those of all outputs."""
    others = [each for each in names if each != name]
    do = f"take another with output=, of {', '.join(others)}" if others else "export it again"
    if not isinstance(found, np.ndarray) or not np.issubdtype(found.dtype, np.number):
        return f"its output {name!r} is not made of numbers; {do}"
    if not found.size:
        return f"its output {name!r} is empty, of shape {list(found.shape)}; {do}"
    with np.errstate(over="ignore"):
        finite = np.isfinite(found.astype(np.float32)).all()
    return None if finite else f"its output {name!r} is not made of finite numbers; check mean, std and scale, or {do}"


def _fits(shape: Shape, size: int, layout: str) -> bool:
    wanted = zip(PLACES[layout], (3, size, size), strict=True)
    return all(_open(shape[place], length) for place, length in wanted)


def _open(has: int | str | None, wanted: int) -> bool:
    return not isinstance(has, int) or has == wanted


def _advice(shape: Shape, size: int, layout: str) -> str:
    """The parameters under which a picture fits: where three channels are wanted, else in the present layout."""
    for each in sorted(PLACES, key=lambda name: (shape[PLACES[name][0]] != 3, name != layout)):
        channels, *sides = (shape[place] for place in PLACES[each])
        fixed = {side for side in sides if isinstance(side, int)}
        if not _open(channels, 3) or len(fixed) > 1:
            continue
        wanted = fixed.pop() if fixed else size
        given = [f"layout={each}"] * (each != layout) + [f"size={wanted}"] * (wanted != size)
        return f"give {' and '.join(given)}"
    return "export it for square pictures of three channels"
