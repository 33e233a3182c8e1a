"""Kernels as Python runs them, where NUMBA_DISABLE_JIT is set: slow, for debuggers and coverage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def interpreted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, with the whole numbers that numba computes with: of 64 bits, which wrap around.

    NumPy would keep to the bits of an array's items and raise or warn where a result has more. Arrays that are given
    narrower whole numbers get them back at the end, cut off; no two of them may overlap, unless they are one.
    """

    def run(*args: Any) -> Any:
        wide = {id(each): each.astype(np.int64) for each in args if _narrow(each)}
        with np.errstate(over="ignore"):
            result = function(*(wide.get(id(each), each) for each in args))
        for each in args:
            if id(each) in wide and each.flags.writeable:
                np.copyto(each, wide[id(each)], casting="unsafe")
        return result.item() if isinstance(result, np.generic) else result

    return run


def _narrow(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iu" and value.dtype.itemsize < 8
