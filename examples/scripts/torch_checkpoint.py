"""PyTorch's files of before 1.6, read without PyTorch and without letting the pickle call anything of its own choice."""

from __future__ import annotations

import math
import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedupe import DedupeError

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
LARGEST = 1 << 28  # values of one storage

Pending = Callable[[dict[str, NDArray[Any]]], NDArray[Any]]


class _Storage(NamedTuple):
    """Stands for a storage class of PyTorch: only its element type is used. A pickle cannot change it."""

    dtype: str


_STORAGES = {
    "FloatStorage": _Storage("<f4"),
    "HalfStorage": _Storage("<f2"),
    "DoubleStorage": _Storage("<f8"),
    "LongStorage": _Storage("<i8"),
    "IntStorage": _Storage("<i4"),
}


class _Tensor:
    """What `torch._utils._rebuild_tensor_v2` stands for. A pickle, which may set attributes, finds none here."""

    __slots__ = ()

    def __call__(self, key: str, offset: int, size: Any, stride: Any, *_: Any) -> Pending:
        """A view, made once the storages have been read."""
        shape, steps = tuple(map(int, size)), tuple(map(int, stride))
        reach = sum((length - 1) * step for length, step in zip(shape, steps, strict=True))

        def made(storages: dict[str, NDArray[Any]]) -> NDArray[Any]:
            values = storages[key]
            outside = offset < 0 or min((*steps, *shape), default=1) < 1 or offset + reach >= len(values)
            if outside or math.prod(shape) > len(values):
                raise pickle.UnpicklingError("a tensor reaches beyond its storage")
            width = values.itemsize
            view = np.lib.stride_tricks.as_strided(values[offset:], shape, [step * width for step in steps])
            return np.ascontiguousarray(view)

        return made


class _Unpickler(pickle.Unpickler):
    """Knows five kinds of storage, tensors and OrderedDict; refuses every other name."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream, encoding="utf-8")
        self.wanted: dict[str, tuple[str, int]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor()
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no list of weights needs")

    def persistent_load(self, given: Any) -> str:
        kind, storage, key, _, count, view = given
        if kind != "storage" or not isinstance(storage, _Storage) or view is not None or not 0 <= count <= LARGEST:
            raise pickle.UnpicklingError("a storage of a kind that is not known")
        self.wanted[str(key)] = (storage.dtype, int(count))
        return str(key)


def read_checkpoint(stream: BinaryIO) -> dict[str, NDArray[Any]]:
    """The tensors of a PyTorch state dict by name, from a stream of the format before PyTorch 1.6.

    Only the names that a state dict needs are looked up (`torch.serialization._legacy_load` of PyTorch 1.5 describes the
    format); a pickle that asks for anything else is refused. Raises DedupeError.
    """
    try:
        return _read(stream)
    except DedupeError:
        raise
    except Exception as error:
        raise DedupeError(f"This is not a checkpoint that can be read: {error}.") from None


def _read(stream: BinaryIO) -> dict[str, NDArray[Any]]:
    if _Unpickler(stream).load() != MAGIC or _Unpickler(stream).load() != PROTOCOL:
        raise DedupeError("This is not a checkpoint of PyTorch from before 1.6, in which the package has its weights.")
    about = _Unpickler(stream).load()
    if not about.get("little_endian", True):
        raise pickle.UnpicklingError("its numbers are big-endian")
    unpickler = _Unpickler(stream)
    pending = unpickler.load()
    storages = {str(key): _storage(stream, *unpickler.wanted[str(key)]) for key in _Unpickler(stream).load()}
    return {name: made(storages) for name, made in pending.items()}


def _storage(stream: BinaryIO, dtype: str, count: int) -> NDArray[Any]:
    (stored,) = struct.unpack("<q", stream.read(8))
    data = stream.read(count * np.dtype(dtype).itemsize)
    if stored != count or len(data) != count * np.dtype(dtype).itemsize:
        raise pickle.UnpicklingError("it ends early")
    return np.frombuffer(data, dtype)
