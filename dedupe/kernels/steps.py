"""Parts of kernels written in LLVM's vector instructions, where numba's compiler finds no vectors in a loop by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Step:
    """A helper of kernels, called there as the Python function `py_func`, which says what it does; it gives back nothing.

    `emit(build, *values)` writes it with llvmlite's IRBuilder: a value is the address of an array's first item or an i64.
    Vectors of whole numbers are the same on every processor; how many instructions one takes is LLVM's to say.
    """

    def __init__(self, py_func: Callable[..., None], emit: Callable[..., None]) -> None:
        self.py_func = py_func
        self.emit = emit

    def __call__(self, *args: Any) -> None:
        """Runs the Python function."""
        self.py_func(*args)


def step(emit: Callable[..., None]) -> Callable[[Callable[..., None]], Step]:
    """Makes a `Step` of the function that it decorates."""
    return lambda function: Step(function, emit)
