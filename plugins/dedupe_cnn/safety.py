"""What is refused of somebody else's model before the runtime sees it: files outside it, and operators of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dedupe import UsageError
from dedupe_cnn.wire import fields

LARGEST = 2 << 30
"""Protobuf's own limit, in bytes."""

STANDARD = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
"""Domains whose operators onnxruntime has itself."""

DEEPEST = 64

# message -> field -> what it holds; fields that are not named here hold neither tensors nor nodes
_INSIDE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: "opset", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 9: "opset", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
    "opset": {},
}
_NODE_DOMAIN = 7
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14


def check_model(path: Path) -> None:
    """Raises UsageError for a file that is missing or no ONNX model, and for one with external data or custom operators.

    The file is walked by the rules of onnx.proto (ONNX 1.18), subgraphs, functions and attributes included, without
    onnxruntime, which would open the files that external data names.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"The model {path} is larger than an ONNX file can be.")
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"The model {path} cannot be read: {error.strerror or error}.") from None
    try:
        kinds = set()
        for kind, message in _walk("model", memoryview(content), 0):
            kinds.add(kind)
            if why := _refusal(kind, message):
                raise UsageError(f"The model {path} is refused: {why}")
    except (ValueError, UnicodeDecodeError):
        kinds = set()
    if not {"graph", "opset"} <= kinds:
        raise UsageError(f"{path} is not an ONNX model.")


def _walk(kind: str, message: memoryview, depth: int) -> Iterator[tuple[str, memoryview]]:
    """The message and all that it holds, each with its kind. Raises ValueError for what is no message."""
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    yield kind, message
    inside = _INSIDE[kind]
    for number, wire, value in fields(message):
        if number in inside:
            if wire != 2:
                raise ValueError("not a message")
            yield from _walk(inside[number], value, depth + 1)


def _refusal(kind: str, message: memoryview) -> str | None:
    if kind == "tensor":
        found = {number: value for number, _, value in fields(message) if number in (_EXTERNAL_DATA, _DATA_LOCATION)}
        if _EXTERNAL_DATA in found or found.get(_DATA_LOCATION, 0):
            return "it keeps weights in other files; save it as one file (onnx.save without external data)."
    if kind == "node":  # a list of operator sets may name some that no node uses: quantised models do
        for domain in _texts(message, _NODE_DOMAIN):
            if domain not in STANDARD:
                return (
                    f"it uses operators of the domain {domain!r}, which onnxruntime does not have; export it without."
                )
    return None


def _texts(message: memoryview, number: int) -> list[str]:
    return [_text(value) for found, wire, value in fields(message) if found == number and wire == 2]


def _text(value: Any) -> str:
    return bytes(value).decode("utf-8")
