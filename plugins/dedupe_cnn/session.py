"""Models run by onnxruntime: one session a file and process; on the CPU one picture at a time on one thread, else batches."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import PictureError
from dedupe_cnn.devices import PROVIDERS
from dedupe_cnn.words import for_want_of_memory, said


@lru_cache(maxsize=8)
def _session(path: str, _: int, device: str) -> Any:
    # the process is part of what is remembered: a session must not be used on both sides of a fork
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_mem_pattern = device != "directml"  # which cannot have it
    providers = [*([] if device == "cpu" else [PROVIDERS[device]]), "CPUExecutionProvider"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a provider that is not there; it is looked for below
        return onnxruntime.InferenceSession(path, options, providers=providers)


def session(path: Path, device: str = "cpu") -> Any:
    """The session of a model file on a device, made when it is first asked for. Raises PictureError if the runtime refuses the
    file or has fallen back to the CPU, and MemoryError.
    """
    try:
        made = _session(str(path), os.getpid(), device)
    except Exception as error:
        if for_want_of_memory(error):
            raise MemoryError from None
        raise PictureError("model", f"The model {path} cannot be used: {said(error)}.") from None
    if device != "cpu" and PROVIDERS[device] not in made.get_providers():
        raise PictureError(
            "device",
            f"--device {device}: onnxruntime is made for it and could not start it, most likely for want of a driver or a "
            "library; install these, or use --device cpu.",
        )
    return made


def outputs_of(model: Any, names: Sequence[str], feed: Mapping[str, NDArray[Any]]) -> list[Any]:
    """The outputs of a session. Raises what onnxruntime raises, and MemoryError."""
    try:
        return list(model.run(names, feed))
    except Exception as error:
        if for_want_of_memory(error):
            raise MemoryError from None
        raise


def run(
    path: Path,
    name: str,
    rows: NDArray[Any],
    outputs: tuple[str, ...],
    *,
    together: bool = False,
    device: str = "cpu",
) -> list[NDArray[Any]]:
    """The outputs for the rows (n,...) of the input `name`, each (n,...), n > 0.

    On the CPU rows go through one by one: with one thread that is the fastest for a network, and a batch of products differs
    in the last bits. `together` is for heads, whose weights are then read once: they compute in float64, and rounded to
    float32 a batch is what its rows are. On another device all go through at once, where the model takes several.
    """
    model = session(path, device)
    if together or (device != "cpu" and takes_several(model)):
        return outputs_of(model, outputs, {name: rows})
    parts = [outputs_of(model, outputs, {name: rows[i : i + 1]}) for i in range(len(rows))]
    return [np.concatenate(each) for each in zip(*parts, strict=True)]


def takes_several(model: Any) -> bool:
    """Whether the first input of a session is for any number of rows."""
    shape = model.get_inputs()[0].shape
    return bool(shape) and not isinstance(shape[0], int)
