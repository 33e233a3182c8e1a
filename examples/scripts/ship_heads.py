"""Puts what was trained into the folder of `dedupe_cnn`: `ship_heads.py GEM.onnx AVERAGE.onnx HEAD.onnx...`."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from blake3 import blake3
from dedupe_cnn.artefacts import CENTRE, MODELS
from dedupe_cnn.wire import fields
from dedupe_cnn.write import write_whole
from numpy.typing import NDArray


def main(arguments: Sequence[str] | None = None) -> None:
    """Takes the means of two heads as centres, copies the heads with their manifests, and lists all digests.

    The first two are trained by `pca` on features and on features:pooling=average; the first is copied too.
    """
    gem, average, *others = map(Path, sys.argv[1:] if arguments is None else arguments)
    content = io.BytesIO()
    np.save(content, np.stack([mean_of(gem), mean_of(average)]))
    write_whole(CENTRE, content.getvalue())
    for head in (gem, *others):
        for path in (head, head.with_suffix(".json")):
            write_whole(MODELS / path.name, path.read_bytes())
    files = sorted(path for path in MODELS.iterdir() if path.suffix in (".onnx", ".npy"))
    listed = {path.name: blake3(path.read_bytes()).hexdigest() for path in files}
    write_whole(MODELS / "digests.json", (json.dumps(listed, indent=1) + "\n").encode())


def mean_of(head: Path) -> NDArray[np.float32]:
    """The mean that a head takes off, float32 (d,): its initializer of that name. Raises KeyError where there is none."""
    return np.frombuffer(dict(_initializers(head.read_bytes()))["mean"], np.float32)


def _initializers(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and raw bytes of a model's initializers (model.graph.initializer: fields 7 and 5, name 8, raw data 9)."""
    for graph in _inside(memoryview(content), 7):
        for tensor in _inside(graph, 5):
            found = {number: value for number, _, value in fields(tensor) if number in (8, 9)}
            yield bytes(found[8]).decode(), bytes(found[9])


def _inside(message: memoryview, wanted: int) -> Iterator[Any]:
    return (value for number, _, value in fields(message) if number == wanted)


if __name__ == "__main__":
    main()
