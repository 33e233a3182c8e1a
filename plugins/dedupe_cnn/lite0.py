"""EfficientNet-Lite as weights by name, and as an ONNX graph at any side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe_cnn.wire import TYPES, fields, model, node, value_info

Weights = Mapping[str, NDArray[Any]]

WIDTH = 1280
"""Channels of the last feature map."""

MEAN, DEVIATION = 127.0, 128.0
"""What the weights expect: (value - 127) / 128, as EfficientNet-Lite has it. ImageNet's own means cost 10 points of top-1."""

STAGES = 1, 2, 2, 2, 1, 2, 1
"""The stride of the first block of each stage, which changes the number of channels."""

INPUT = "images"


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's "same" along a side of `size`: what stands before and after it, more after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def blocks(weights: Weights) -> int:
    """How many inverted residual blocks there are."""
    return sum(name.startswith("_blocks.") and name.endswith("._depthwise_conv.weight") for name in weights)


def strides(weights: Weights) -> list[int]:
    """By how much each block makes the picture smaller."""
    channels = [ends(weights, f"_blocks.{number}") for number in range(blocks(weights))]
    following = iter(STAGES)
    return [next(following) if before != after else 1 for before, after in channels]


class Graph:
    """Collects nodes and weights; each method adds a layer after the tensor it is given and returns the new tensor's name.

    `weights` have batch norm folded in: NAME.weight (out,in,k,k) and NAME.bias (out,). With `half` they are stored in half
    precision; the runtime widens them once, when it loads the file.
    """

    def __init__(self, weights: Weights, half: bool) -> None:
        self.weights, self.half, self.strides = weights, half, strides(weights)
        self.nodes: list[bytes] = []
        self.stored: dict[str, NDArray[Any]] = {}

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        return self.add_several(kind, 1, *inputs, **attributes)[0]

    def add_several(self, kind: str, outputs: int, *inputs: str, **attributes: Any) -> list[str]:
        """A layer that gives several tensors."""
        names = [f"v{len(self.nodes)}" + "abc"[:i] for i in range(outputs)]
        self.nodes.append(node(kind, inputs, names, **attributes))
        return names

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.stored[name] = np.asarray(values)
        return name

    def number(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, np.float32))

    def weight(self, name: str) -> str:
        values = self.weights[name]
        if not self.half:
            return self.constant(name, values.astype(np.float32))
        return self.add("Cast", self.constant(name, values.astype(np.float16)), to=1)

    def convolution(self, x: str, name: str, stride: int, size: int) -> str:
        filters = self.weights[f"{name}.weight"]
        kernel = filters.shape[-1]
        before, after = same_padding(size, kernel, stride)
        weight = self.weight(f"{name}.weight")
        bias = self.constant(f"{name}.bias", self.weights[f"{name}.bias"].astype(np.float32))
        group = len(filters) if filters.shape[1] == 1 and kernel > 1 else 1
        shape = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [before, before, after, after]}
        return self.add("Conv", x, weight, bias, **shape, group=group)

    def relu6(self, x: str) -> str:
        return self.add("Clip", x, self.number("zero", 0), self.number("six", 6))

    def block(self, x: str, number: int, size: int) -> tuple[str, int]:
        """An inverted residual block (Sandler et al. 2018); the new tensor and its side."""
        name, stride, start = f"_blocks.{number}", self.strides[number], x
        if f"{name}._expand_conv.weight" in self.weights:
            x = self.relu6(self.convolution(x, f"{name}._expand_conv", 1, size))
        x = self.relu6(self.convolution(x, f"{name}._depthwise_conv", stride, size))
        size = -(-size // stride)
        x = self.convolution(x, f"{name}._project_conv", 1, size)
        before, after = ends(self.weights, name)
        return (self.add("Add", x, start) if stride == 1 and before == after else x), size

    def last_map(self, side: int) -> str:
        """The last feature map of pictures u8 (n,side,side,3)."""
        x = self.add("Cast", self.add("Transpose", INPUT, perm=[0, 3, 1, 2]), to=1)
        x = self.add("Sub", x, self.number("mean", MEAN))
        x = self.add("Div", x, self.number("deviation", DEVIATION))
        x, size = self.relu6(self.convolution(x, "_conv_stem", 2, side)), -(-side // 2)
        for number in range(blocks(self.weights)):
            x, size = self.block(x, number, size)
        return self.relu6(self.convolution(x, "_conv_head", 1, size))

    def mean(self, x: str) -> str:
        return self.add("Flatten", self.add("GlobalAveragePool", x), axis=1)

    def gem(self, x: str) -> str:
        """The generalised mean with p = 3 over the places of a feature map (Radenovic, Tolias and Chum 2018)."""
        cube = self.add("Mul", self.add("Mul", x, x), x)
        return self.add("Pow", self.mean(cube), self.number("third", 1 / 3))

    def model(self, name: str, side: int, outputs: Mapping[str, tuple[str, int]], notes: Mapping[str, str]) -> bytes:
        """The file: u8 (n,side,side,3) to `outputs`, each of a tensor, float32 (n,width)."""
        for output, (source, _) in outputs.items():
            self.nodes.append(node("Identity", [source], [output]))
        given = [value_info(INPUT, "uint8", ["n", side, side, 3])]
        told = [value_info(output, "float32", ["n", width]) for output, (_, width) in outputs.items()]
        return model(name, self.nodes, self.stored, given, told, notes)


def ends(weights: Weights, block: str) -> tuple[int, int]:
    """How many channels a block is given and gives."""
    first = weights.get(f"{block}._expand_conv.weight")
    before = weights[f"{block}._depthwise_conv.weight"].shape[0] if first is None else first.shape[1]
    return before, weights[f"{block}._project_conv.weight"].shape[0]


def stored_weights(path: Path) -> dict[str, NDArray[Any]]:
    """The weights in an ONNX file that `Graph` made, float32 by name. Raises ValueError for what is no ONNX file."""
    found: dict[str, NDArray[Any]] = {}
    for number, _, graph in fields(memoryview(path.read_bytes())):
        if number == 7:
            found |= {name: array.astype(np.float32) for name, array in _tensors(graph)}
    return found


def _tensors(graph: memoryview) -> Iterator[tuple[str, NDArray[Any]]]:
    names = {number: name for name, number in TYPES.items()}
    for number, _, tensor in fields(graph):
        if number != 5:
            continue
        told = [(each, value) for each, _, value in fields(tensor)]
        shape = [value for each, value in told if each == 1]
        known = dict(told)
        yield (
            bytes(known[8]).decode(),
            np.frombuffer(known[9], np.dtype(names[known[2]]).newbyteorder("<")).reshape(shape),
        )
