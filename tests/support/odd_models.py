"""What tests of odd and broken models share: small models, and what makes them odd."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from blake3 import blake3
from dedupe_cnn import artefacts, wire
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


def _truth(name: str) -> bytes:
    """A ValueInfoProto of one truth value, which `wire` does not write."""
    return field(1, name) + field(2, field(1, field(1, 9) + field(2, b"")))


def endless(given: str = "in", gives: str = "out", shape: tuple[int | str, ...] = (1, 3, 8, 8)) -> bytes:
    """A model of some 300 bytes that never ends: a Loop without a count, whose condition stays true."""
    body = [field(1, node("Identity", [a], [b])) for a, b in (("go", "on"), ("x", "y"))]
    body += [field(2, "body"), field(11, value_info("i", "int64", [])), field(11, _truth("go"))]
    body += [field(11, value_info("x", "float32", shape)), field(12, _truth("on"))]
    body += [field(12, value_info("y", "float32", shape))]
    loop = node("Loop", ["", "true", given], [gives])
    loop += field(5, field(1, "body") + field(6, b"".join(body)) + field(20, 5))
    ends = [value_info(given, "float32", shape)], [value_info(gives, "float32", shape)]
    true = field(5, field(2, 9) + field(8, "true") + field(9, b"\x01"))
    return wire.model("m", [loop], {}, *ends) + field(7, true)


def huge(
    given: str = "in", gives: str = "out", shape: tuple[int | str, ...] = (1, 3, 8, 8), values: int = 1 << 32
) -> bytes:
    """A model of some 300 bytes that asks for so many floats: its input's sum, repeated, by whose mean it multiplies."""
    nodes = [
        node("ReduceSum", [given], ["sum"], keepdims=0),
        node("Expand", ["sum", "shape"], ["large"]),
        node("ReduceMean", ["large"], ["mean"], axes=[1], keepdims=1),
        node("Mul", [given, "mean"], [gives]),
    ]
    weights = {"shape": np.array([1, values], np.int64)}
    return wire.model("m", nodes, weights, [value_info(given, "float32", shape)], [value_info(gives, "float32", shape)])


def made_head(path: Path, content: bytes, dimensions: object = 8) -> Path:
    """A model with a manifest that knows it."""
    path.write_bytes(content)
    shipped = json.loads((artefacts.MODELS / "pca512.json").read_text())
    facts = {"digest": "blake3:" + blake3(content).hexdigest(), "dimensions": dimensions}
    path.with_suffix(".json").write_text(json.dumps(shipped | facts))
    return path
