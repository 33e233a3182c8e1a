"""The one place that wraps numba: kernels are compiled when their module is imported, or loaded without numba at all."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

from dedupe.kernels import cached, native
from dedupe.kernels.plain import interpreted

P = ParamSpec("P")
R = TypeVar("R")


def notify(line: str) -> None:
    """Writes one line to stderr; the command line may put a function of its own in this place."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        print(f"dedupe: {line}", file=sys.stderr, flush=True)


class Kernel(Generic[P, R]):
    """A compiled function: called as the Python function `py_func` that it was made from, without the GIL."""

    def __init__(self, py_func: Callable[P, R], options: dict[str, Any], run: Callable[..., Any] | None) -> None:
        self.py_func = py_func
        self.options = options
        self._run: Callable[..., Any] = run or py_func

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs it; TypeError for arguments that are not of the signature's types."""
        return self._run(*args, **kwargs)  # type: ignore[no-any-return]


def kernel(signature: str | list[str] | None = None, **numba_options: Any) -> Callable[[Callable[P, R]], Kernel[P, R]]:
    """Compiles a function with numba (nogil) as soon as its module is imported, or loads the machine code from the cache.

    `signature` is one numba signature or several, such as "void(u1[:,::1], f4[::1])"; without one the function is a
    helper: compiled into the kernels that call it, never on its own. `numba_options` go to `numba.njit`. A kernel of one
    signature that allocates nothing and gives back nothing or a number is loaded from the cache in milliseconds, without
    importing numba (Linux); any other as numba itself does it. Raises numba's errors where it cannot be compiled, and
    TypeError for a closure.
    """

    def decorate(function: Callable[P, R]) -> Kernel[P, R]:
        if function.__closure__:
            raise TypeError(f"the kernel {function.__qualname__} uses more than its arguments and globals")
        if signature is None:
            return Kernel(function, numba_options, None)
        load = interpreted(function) if _disabled() else _load(function, signature, numba_options)
        return Kernel(function, numba_options, load)

    return decorate


def _disabled() -> bool:
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


def _load(function: Callable[..., Any], signature: str | list[str], options: dict[str, Any]) -> Callable[..., Any]:
    """The machine code of a function, from the cache if a sound entry is there."""
    alone = isinstance(signature, str) and native.SUPPORTED
    entry = cached.KernelFile(function, f"{signature} {sorted(options.items())}", _warn_uncached)
    content = entry.read() if alone else None
    if content:
        with contextlib.suppress(Exception):  # damage of any kind costs a compilation, nothing else
            return native.load(content)
    from dedupe.kernels import compiled

    if alone and content != b"":
        _announce()
        content = compiled.machine_code(function, str(signature), options)
        entry.write(content)
        if content:
            return native.load(content)
    return compiled.dispatcher(function, signature, options, entry, _announce)


_said: set[str] = set()


def _once(line: str) -> None:
    if line not in _said:
        _said.add(line)
        notify(line)


def _announce() -> None:
    if not os.environ.get("DEDUPE_QUIET"):
        _once("compiling kernels; this happens once")


def _warn_uncached() -> None:
    _once("no folder for compiled kernels can be written, so they are compiled anew in every run")
