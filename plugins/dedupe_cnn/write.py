"""Writing what was trained: a head as an ONNX file, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe.kit import whole_file
from dedupe_cnn.head import INPUT, OUTPUT
from dedupe_cnn.wire import model, node, value_info

ACTIVATIONS = {"linear": "Identity", "sigmoid": "Sigmoid", "relu": "Relu"}


def head_bytes(
    mean: NDArray[Any], matrix: NDArray[Any], bias: NDArray[Any] | None = None, activation: str = "linear"
) -> bytes:
    """The head activation((features - mean) @ matrix + bias) as ONNX: mean (w,), matrix (w,d), bias (d,), kept as float32.

    The mean is subtracted first, and in single precision: folded into the bias it would cost digits.
    """
    stored = {"mean": mean, "matrix": matrix, "bias": np.zeros(matrix.shape[1]) if bias is None else bias}
    nodes = [
        node("Sub", [INPUT, "mean"], ["centred"]),
        node("MatMul", ["centred", "matrix"], ["product"]),
        node("Add", ["product", "bias"], ["units"]),
        node(ACTIVATIONS[activation], ["units"], [OUTPUT]),
    ]
    return model(
        "head",
        nodes,
        {name: np.asarray(each, np.float32) for name, each in stored.items()},
        [value_info(INPUT, "float32", ["n", matrix.shape[0]])],
        [value_info(OUTPUT, "float32", ["n", matrix.shape[1]])],
    )


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file that is never seen in part, over whatever stands there: whoever names the place has looked at it."""
    with whole_file(path, over=None) as stream:
        stream.write(content)
