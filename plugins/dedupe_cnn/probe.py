"""A head tried once before any picture is described."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dedupe import PictureError, UsageError
from dedupe_cnn.features import WIDTH, Vectors
from dedupe_cnn.head import INPUT, OUTPUT
from dedupe_cnn.session import run, session
from dedupe_cnn.words import said


def check_head(path: Path, dimensions: int) -> None:
    """Raises UsageError for a head that does not give so many finite values for vectors of zeros and of ones.

    That is also one with other inputs and outputs than `dedupe train` writes, and one that the runtime refuses.
    """
    try:
        runs = session(path)
    except PictureError as error:
        raise UsageError(str(error)) from None
    inputs, outputs = ([each.name for each in ends] for ends in (runs.get_inputs(), runs.get_outputs()))
    if inputs != [INPUT] or OUTPUT not in outputs:
        raise UsageError(
            f"{path} is not a head: it turns {_listed(inputs)} into {_listed(outputs)}, not {INPUT!r} into {OUTPUT!r}; "
            f"train one with `dedupe train`, or use a whole network as -d onnx:model={path}."
        )
    if problem := _problem(_tried(path), dimensions, path.with_suffix(".json").name):
        raise UsageError(f"{path} cannot be used: {problem}; train it again.")


def _tried(path: Path) -> Vectors:
    """What the head gives for zeros and for ones, (2,d)."""
    rows = np.stack([np.zeros(WIDTH, np.float32), np.ones(WIDTH, np.float32)])
    try:
        (found,) = run(path, INPUT, rows, (OUTPUT,), together=True)
    except MemoryError:
        raise
    except Exception as error:
        (given,) = session(path).get_inputs()
        raise UsageError(
            f"{path} cannot be used: it takes {given.type} {given.shape}, and a picture's features are {WIDTH} floats "
            f"({said(error)}); train it again."
        ) from None
    return np.asarray(found)


def _problem(found: Vectors, dimensions: int, manifest: str) -> str | None:
    if found.ndim != 2 or len(found) != 2 or found.dtype != np.float32:
        return f"it gives {found.dtype} {list(found.shape)} for two pictures, not float32 [2, {dimensions}]"
    if found.shape[1] != dimensions:
        return f"it gives {found.shape[1]} values a picture, and its manifest {manifest} says {dimensions}"
    return None if np.isfinite(found).all() else "it gives values that are not finite"


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names)) or "nothing"
