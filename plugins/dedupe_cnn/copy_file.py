"""The network for copy detection as a file, and where its training begins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe_cnn.lite0 import WIDTH, Graph, Weights, stored_weights

OUTPUT = "vectors"

HEAD = ("head.weight", "head.bias")
"""The last layer's weights, (d,1280) and (d,)."""


def exported(weights: Weights, side: int, notes: Mapping[str, str]) -> bytes:
    """The network as an ONNX file in half precision: `images` u8 (n,side,side,3) to `vectors` float32 (n,d) of unit length."""
    body = {name: each for name, each in weights.items() if name not in HEAD}
    graph = Graph(body, half=True)
    matrix = graph.constant("head.weight", np.ascontiguousarray(weights[HEAD[0]].T).astype(np.float16))
    units = graph.add("MatMul", graph.gem(graph.last_map(side)), graph.add("Cast", matrix, to=1))
    units = graph.add("Add", units, graph.constant(HEAD[1], weights[HEAD[1]].astype(np.float32)))
    units = graph.add("LpNormalization", units, axis=1, p=2)
    return graph.model("copy", side, {OUTPUT: (units, weights[HEAD[0]].shape[0])}, notes)


def head_of(path: Path, dimensions: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The matrix (1280,dimensions) and the mean (1280,) in a head of principal components."""
    stored = stored_weights(path)
    return stored["matrix"][:, :dimensions].reshape(WIDTH, -1), stored["mean"].reshape(WIDTH)
