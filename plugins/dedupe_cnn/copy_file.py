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

NEAREST, SHARE = 10, 0.7
"""Of so many nearest strangers this share of the mean is taken off each vector."""


def exported(
    weights: Weights, side: int, notes: Mapping[str, str], strangers: NDArray[np.float32] | None = None
) -> bytes:
    """The network as an ONNX file in half precision: `images` u8 (n,side,side,3) to `vectors` float32 (n,d) of unit length.

    What a picture shares with `strangers`, unit vectors (m,d) of pictures that have nothing to do with any collection, says
    nothing about copies: the mean of the nearest ones is taken off it in part (negative embedding subtraction, Yokoo 2021).
    """
    body = {name: each for name, each in weights.items() if name not in HEAD}
    graph = Graph(body, half=True)
    matrix = graph.constant("head.weight", np.ascontiguousarray(weights[HEAD[0]].T).astype(np.float16))
    units = graph.add("MatMul", graph.gem(graph.last_map(side)), graph.add("Cast", matrix, to=1))
    units = graph.add("Add", units, graph.constant(HEAD[1], weights[HEAD[1]].astype(np.float32)))
    units = graph.add("LpNormalization", units, axis=1, p=2)
    if strangers is not None:
        units = _apart(graph, units, strangers)
    return graph.model("copy", side, {OUTPUT: (units, weights[HEAD[0]].shape[0])}, notes)


def _apart(graph: Graph, units: str, strangers: NDArray[np.float32]) -> str:
    known = graph.add("Cast", graph.constant("strangers", strangers.astype(np.float16)), to=1)
    similar = graph.add("MatMul", units, graph.add("Transpose", known, perm=[1, 0]))
    count = graph.constant("nearest", np.array([NEAREST], np.int64))
    nearest = graph.add_several("TopK", 2, similar, count)[1]
    mean = graph.add("ReduceMean", graph.add("Gather", known, nearest), axes=[1], keepdims=0)
    less = graph.add("Sub", units, graph.add("Mul", mean, graph.number("share", SHARE)))
    return graph.add("LpNormalization", less, axis=1, p=2)


def head_of(path: Path, dimensions: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The matrix (1280,dimensions) and the mean (1280,) in a head of principal components."""
    stored = stored_weights(path)
    return stored["matrix"][:, :dimensions].reshape(WIDTH, -1), stored["mean"].reshape(WIDTH)
