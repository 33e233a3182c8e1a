"""Compilation by numba; imported only where the cache has no machine code.

Of numba's private parts `machine_code` uses a compiled library's `_final_module` and `_get_compiled_object`, its code generator's
`_tm`, and the option `_nrt`; `numba_cache` names those that it uses. Where a numba lacks one, kernels are compiled and kept as
numba itself does it.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable
from typing import Any

import numba
from llvmlite import binding, ir  # type: ignore[import-untyped]
from numba.core import types as numba_types

from dedupe.kernels import cached, native

I64 = ir.IntType(64)
_MATHEMATICS = """acos asin atan atan2 cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs floor fma fmax fmin fmod
hypot log log10 log1p log2 pow rint round sin sinh sqrt tan tanh trunc"""
LIBRARY = {"memset", "memcpy", "memmove"} | {name + end for name in _MATHEMATICS.split() for end in ("", "f")}
"""Functions that machine code may call: those of C, found in every Python process."""


def machine_code(function: Callable[..., Any], signature: str, options: dict[str, Any]) -> bytes:
    """Object code with an entry point that takes array objects, packed by `native.pack`; b"" where numba has to stay:
    the function allocates, calls into Python, or takes or gives back more than arrays and numbers.
    """
    flags = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    with contextlib.suppress(numba.core.errors.NumbaError, NotImplementedError, AttributeError, TypeError, KeyError):
        made = _jitted(function, options | flags)
        made.compile(signature)
        (result,) = made.overloads.values()
        head = _head(function, result.signature)
        if head and _self_contained(result.library._final_module):
            name = result.fndesc.llvm_func_name
            entry = _entry_point(name, result.signature, result.library.codegen)
            return native.pack(head, [result.library._get_compiled_object(), entry])
    return b""


def _jitted(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """A numba dispatcher of a function whose helpers and kernels are dispatchers too."""
    used: dict[str, Any] = {}
    for name, value in function.__globals__.items():
        if name not in function.__code__.co_names:
            continue
        if hasattr(value, "py_func") and hasattr(value, "options"):
            flags = {key: options[key] for key in ("_nrt",) if key in options}
            used[name] = _jitted(value.py_func, value.options | flags)
    copy = types.FunctionType(function.__code__, function.__globals__ | used, function.__name__)
    copy.__module__, copy.__qualname__ = function.__module__, function.__qualname__
    return numba.njit(nogil=True, **options)(copy)


def _head(function: Callable[..., Any], signature: Any) -> dict[str, Any] | None:
    arguments = [_kind(each) for each in signature.args]
    result = str(signature.return_type)
    if None in arguments or result not in ("none", *native.NUMBERS):
        return None
    return {"name": function.__qualname__, "entry": "entry", "arguments": arguments, "result": result}


def _kind(kind: Any) -> str | list[Any] | None:
    if isinstance(kind, numba_types.Array) and isinstance(kind.dtype, numba_types.Number | numba_types.Boolean):
        return [str(kind.dtype), kind.ndim, kind.layout == "C"]
    return str(kind) if str(kind) in native.NUMBERS else None


def _self_contained(module: Any) -> bool:
    """Whether all that optimised code calls is in it or in the C library; an unknown symbol would end the process."""
    outside = {each.name for each in module.functions if each.is_declaration}
    return all(name in LIBRARY or name.startswith("llvm.") for name in outside)


def _entry_point(name: str, signature: Any, codegen: Any) -> bytes:
    """Object code of `entry(result address, arguments)`, which unpacks array objects for numba's calling convention."""
    module = ir.Module(name="entry")
    module.triple = codegen._tm.triple
    module.data_layout = str(codegen.target_data)
    floats = {"float32": ir.FloatType(), "float64": ir.DoubleType(), "int32": ir.IntType(32), "uint32": ir.IntType(32)}
    passed = [floats.get(str(each), I64) for each in signature.args]
    entry = ir.Function(module, ir.FunctionType(ir.IntType(32), [I64, *passed]), "entry")
    build = ir.IRBuilder(entry.append_basic_block())
    nothing = build.alloca(I64)
    build.store(I64(0), nothing)
    unused = build.alloca(I64)
    given = build.select(build.icmp_signed("==", entry.args[0], I64(0)), build.ptrtoint(unused, I64), entry.args[0])
    values = [given, build.ptrtoint(nothing, I64)]
    for kind, value in zip(signature.args, entry.args[1:], strict=True):
        values += _unpacked(build, kind, value) if isinstance(kind, numba_types.Array) else [value]
    callee = ir.Function(module, ir.FunctionType(ir.IntType(32), [each.type for each in values]), name)
    build.ret(build.call(callee, values))
    compiled = binding.parse_assembly(str(module))
    compiled.verify()
    return bytes(codegen._tm.emit_object(compiled))


def _unpacked(build: Any, kind: Any, address: Any) -> list[Any]:
    """Owner, parent, count, item size, data, shape and strides of an array object (fields of PyArrayObject)."""

    def field(base: Any, offset: int) -> Any:
        return build.load(build.inttoptr(build.add(base, I64(offset)), I64.as_pointer()))

    shape, strides = field(address, native.HEAD + 16), field(address, native.HEAD + 24)
    shapes = [field(shape, 8 * i) for i in range(kind.ndim)]
    count = I64(1)
    for each in shapes:
        count = build.mul(count, each)
    data = field(address, native.HEAD)
    item = I64(getattr(kind.dtype, "bitwidth", 8) // 8)
    return [I64(0), I64(0), count, item, data, *shapes, *(field(strides, 8 * i) for i in range(kind.ndim))]


def dispatcher(
    function: Callable[..., Any],
    signature: str | list[str],
    options: dict[str, Any],
    entry: cached.KernelFile,
    announce: Callable[[], None],
) -> Callable[..., Any]:
    """The function as numba runs it, compiled for its signatures or taken from the cache: ours, or numba's own where this
    numba lacks what ours is made of.
    """
    try:
        from dedupe.kernels.numba_cache import NumbaCache
    except (ImportError, AttributeError):
        made = _jitted(function, options | {"cache": True})
    else:
        made = _jitted(function, options)
        made._cache = NumbaCache(entry, announce)
    for each in [signature] if isinstance(signature, str) else signature:
        made.compile(each)
    made.disable_compile()
    written = {i for kinds in made.signatures for i, kind in enumerate(kinds) if getattr(kind, "mutable", False)}

    def run(*args: Any) -> Any:
        return made(*(_writable(value) if i in written else value for i, value in enumerate(args)))

    return run


def _writable(value: Any) -> Any:
    """An array itself or, of a read-only one, a copy: numba tells the two apart, machine code called directly does not."""
    return value if getattr(getattr(value, "flags", None), "writeable", True) else value.copy()
