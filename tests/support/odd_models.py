"""What tests of odd and broken models share: small models, and what makes them odd."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from dedupe_cnn import wire
from dedupe_cnn.wire import field, node, value_info

IN = value_info("in", "float32", [1, 3, 8, 8])
OUT = value_info("out", "float32", [1, 3, 1, 1])
POOL = node("GlobalAveragePool", ["in"], ["out"])


def written(path: Path, nodes: list[bytes] | None = None, more: bytes = b"", **weights: np.ndarray) -> Path:
    """A model with these nodes, or with one that pools; `more` are fields of its graph."""
    nodes = [POOL] if nodes is None else nodes
    content = wire.model("m", nodes, weights, [IN], [OUT])
    path.write_bytes(content + (field(7, more) if more else b""))
    return path


def nan_model(path: Path) -> Path:
    return written(
        path, [node("GlobalAveragePool", ["in"], ["m"]), node("Div", ["m", "z"], ["out"])], z=np.float32([0])
    )


def two_outputs(path: Path) -> Path:
    nodes = [node("Sub", ["in", "in"], ["zero"]), node("Div", ["zero", "zero"], ["out"]), POOL.replace(b"out", b"two")]
    outputs = [value_info(name, "float32", [1, 3, "h", "w"]) for name in ("out", "two")]
    path.write_bytes(wire.model("m", nodes, {}, [IN], outputs))
    return path


def replaced(old: bytes, new: bytes) -> Callable[[Path], Path]:
    def made(path: Path) -> Path:
        content = written(path).read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new))
        return path

    return made


def of_opset(number: int) -> Callable[[Path], Path]:
    return replaced(field(8, field(2, wire.OPSET)), field(8, field(2, number)))


def of_ir(number: int) -> Callable[[Path], Path]:
    after = field(2, wire.PRODUCER)
    return replaced(field(1, wire.IR_VERSION) + after, field(1, number) + after)


def taking(shape: list[int | str], kind: str = "float32", *nodes: bytes, **weights: np.ndarray) -> Callable:
    """A model of another input, which flattens it unless nodes are given."""

    def made(path: Path) -> Path:
        ends = [value_info("in", kind, shape)], [value_info("out", kind, ["n", "d"])]
        path.write_bytes(wire.model("m", list(nodes) or [node("Flatten", ["in"], ["out"])], weights, *ends))
        return path

    return made


def two_inputs(path: Path) -> Path:
    more = value_info("other", "float32", [1])
    path.write_bytes(wire.model("m", [node("Add", ["in", "other"], ["out"])], {}, [IN, more], [OUT]))
    return path


def no_input(path: Path) -> Path:
    path.write_bytes(wire.model("m", [node("Identity", ["w"], ["out"])], {"w": np.ones(3, np.float32)}, [], [OUT]))
    return path


FREE = ["n", "c", "h", "w"]
