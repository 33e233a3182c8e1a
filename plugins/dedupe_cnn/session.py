"""Models run by onnxruntime: one session a file and process, one thread, one picture at a time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import PictureError
from dedupe_cnn.words import for_want_of_memory, said


@lru_cache(maxsize=8)
def _session(path: str, _: int) -> Any:
    # the process is part of what is remembered: a session must not be used on both sides of a fork
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def session(path: Path) -> Any:
    """The session of a model file, made when it is first asked for. Raises PictureError if the runtime refuses the file, and
    MemoryError.
    """
    try:
        return _session(str(path), os.getpid())
    except Exception as error:
        if for_want_of_memory(error):
            raise MemoryError from None
        raise PictureError("model", f"The model {path} cannot be used: {said(error)}.") from None


def outputs_of(model: Any, names: Sequence[str], feed: Mapping[str, NDArray[Any]]) -> list[Any]:
    """The outputs of a session. Raises what onnxruntime raises, and MemoryError."""
    try:
        return list(model.run(names, feed))
    except Exception as error:
        if for_want_of_memory(error):
            raise MemoryError from None
        raise


def run(
    path: Path, name: str, rows: NDArray[Any], outputs: tuple[str, ...], *, together: bool = False
) -> list[NDArray[Any]]:
    """The outputs for the rows (n,...) of the input `name`, each (n,...), n > 0.

    Rows go through one by one: with one thread that is the fastest for a network, and a batch of products differs in the
    last bits. `together` is for heads, whose weights are then read once: they compute in float64, and rounded to float32
    a batch is what its rows are.
    """
    model = session(path)
    if together:
        return outputs_of(model, outputs, {name: rows})
    parts = [outputs_of(model, outputs, {name: rows[i : i + 1]}) for i in range(len(rows))]
    return [np.concatenate(each) for each in zip(*parts, strict=True)]
