"""ONNX files as bytes: the few messages of onnx.proto that are written here, and a walk over those that are read."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 8
OPSET = 17
PRODUCER = "dedupe-images"

TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7, "float16": 10, "float64": 11}
"""numpy's names of the element types of TensorProto that are written here."""

Value: TypeAlias = "int | float | str | Sequence[int]"
Shape: TypeAlias = "Sequence[int | str]"


def varint(number: int) -> bytes:
    """A whole number in protobuf's base 128; a negative one as its 64-bit two's complement."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: bytes | str | int | float) -> bytes:
    """One field of a message: bytes and text by length, a whole number as a varint, a float in four bytes."""
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(name: str, array: NDArray[Any]) -> bytes:
    """A TensorProto with its values in `raw_data`."""
    array = np.asarray(array)
    dims = b"".join(field(1, int(size)) for size in array.shape)
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return dims + field(2, TYPES[array.dtype.name]) + field(8, name) + field(9, little.tobytes())


def node(kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Value) -> bytes:
    """A NodeProto of the standard operators."""
    parts = [*(field(1, each) for each in inputs), *(field(2, each) for each in outputs), field(4, kind)]
    parts += [field(5, _attribute(name, value)) for name, value in attributes.items()]
    return b"".join(parts)


def _attribute(name: str, value: Value) -> bytes:
    if isinstance(value, float):
        return field(1, name) + field(2, value) + field(20, 1)
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    return field(1, name) + b"".join(field(8, each) for each in value) + field(20, 7)


def value_info(name: str, dtype: str, shape: Shape) -> bytes:
    """A ValueInfoProto; a word in the shape is a size that is known only when the model runs."""
    dims = b"".join(field(1, field(2 if isinstance(size, str) else 1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, TYPES[dtype]) + field(2, dims)))


def model(
    name: str,
    nodes: Sequence[bytes],
    initializers: Mapping[str, NDArray[Any]],
    inputs: Sequence[bytes],
    outputs: Sequence[bytes],
    notes: Mapping[str, str] | None = None,
) -> bytes:
    """A ModelProto with one graph; `notes` become its metadata."""
    graph = [*(field(1, each) for each in nodes), field(2, name)]
    graph += [field(5, tensor(each, array)) for each, array in initializers.items()]
    graph += [*(field(11, each) for each in inputs), *(field(12, each) for each in outputs)]
    parts = [field(1, IR_VERSION), field(2, PRODUCER), field(7, b"".join(graph)), field(8, field(2, OPSET))]
    parts += [field(14, field(1, key) + field(2, text)) for key, text in (notes or {}).items()]
    return b"".join(parts)


def fields(message: memoryview) -> Iterator[tuple[int, int, Any]]:
    """The fields of a message: number, wire type, and a whole number or the bytes. Raises ValueError for what is no message."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        if tag >> 32:  # protobuf forgets these bits, so that the field would be another one to it
            raise ValueError("not a protobuf message")
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield number, kind, value
            continue
        size = {1: 8, 5: 4}.get(kind, -1)
        if kind == 2:
            size, at = _varint(message, at)
        if size < 0 or at + size > len(message) or not number:
            raise ValueError("not a protobuf message")
        yield number, kind, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte, at = message[at], at + 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise ValueError("not a protobuf message")
