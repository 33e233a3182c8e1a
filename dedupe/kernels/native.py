"""Machine code loaded and called without numba: importing numba costs more than hashing a thousand pictures."""

from __future__ import annotations

import contextlib
import ctypes
import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

SUPPORTED = sys.platform == "linux" and sys.maxsize > 2**32
"""Elsewhere kernels are loaded by numba itself."""

HEAD = object.__basicsize__
"""Where the fields of an array object begin; the entry point reads data, shape and strides from there."""

_NUMBERS: dict[str, Any] = {
    "int64": ctypes.c_int64,
    "int32": ctypes.c_int32,
    "uint64": ctypes.c_uint64,
    "uint32": ctypes.c_uint32,
    "float64": ctypes.c_double,
    "float32": ctypes.c_float,
}
NUMBERS = tuple(_NUMBERS)
"""The numba types of numbers that may be passed and given back."""

_engines: list[Any] = []


def load(content: bytes) -> Callable[..., Any]:
    """A callable of what `pack` gave; raises ValueError or RuntimeError where it is none."""
    head, objects = unpack(content)
    address = _link(objects, head["entry"])
    result = _NUMBERS[head["result"]]() if head["result"] != "none" else None
    kinds = [None if isinstance(kind, str) else (np.dtype(kind[0]), kind[1], kind[2]) for kind in head["arguments"]]
    types = [_NUMBERS[kind] if isinstance(kind, str) else ctypes.c_void_p for kind in head["arguments"]]
    entry = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, *types)(address)
    return _caller(entry, kinds, type(result) if result is not None else None, head["name"])


def _caller(entry: Any, kinds: list[Any], result: Any, name: str) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        if len(args) != len(kinds):
            raise TypeError(f"{name} takes {len(kinds)} arguments, not {len(args)}")
        passed = [
            value if kind is None else _address(value, kind, name) for value, kind in zip(args, kinds, strict=True)
        ]
        given = result() if result is not None else None
        try:
            status = entry(ctypes.addressof(given) if given is not None else None, *passed)
        except ctypes.ArgumentError as error:
            raise TypeError(f"{name} takes numbers of other types: {error}") from None
        if status not in (0, -2):  # numba's codes for "a value" and "None"
            raise RuntimeError(f"{name} raised an exception (status {status})")
        return given.value if given is not None else None

    return call


def _address(array: Any, kind: tuple[np.dtype[Any], int, bool], name: str) -> int:
    dtype, dimensions, contiguous = kind
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != dimensions:
        raise TypeError(f"{name} takes an array of {dtype} with {dimensions} dimensions, not {_said(array)}")
    if contiguous and not array.flags.c_contiguous:
        raise TypeError(f"{name} takes an array that is contiguous")
    return id(array)


def _said(value: Any) -> str:
    return f"one of {value.dtype} with {value.ndim}" if isinstance(value, np.ndarray) else repr(type(value))


def _link(objects: list[bytes], entry: str) -> int:
    from llvmlite import binding  # type: ignore[import-untyped]

    if not _engines:
        with contextlib.suppress(RuntimeError):  # newer versions of llvmlite do this by themselves and say so
            binding.initialize()
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine()
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)
    for each in objects:
        engine.add_object_file(binding.ObjectFileRef.from_data(each))
    engine.finalize_object()
    _engines.append(engine)  # the code lives as long as its engine
    return int(engine.get_function_address(entry))


def pack(head: dict[str, Any], objects: list[bytes]) -> bytes:
    """One line of JSON, then the object files; `head` holds name, entry, arguments, result."""
    line = json.dumps({**head, "sizes": [len(each) for each in objects]})
    return line.encode() + b"\n" + b"".join(objects)


def unpack(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """What was packed; raises ValueError where it is something else."""
    line, _, rest = content.partition(b"\n")
    head = json.loads(line)
    ends = np.cumsum(head["sizes"]).tolist()
    return head, [rest[end - size : end] for size, end in zip(head["sizes"], ends, strict=True)]
