"""`onnx:model=FILE`: any model that turns a picture into a vector."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from dedupe import Decode, PictureError, UsageError
from dedupe_cnn.devices import OnDevice
from dedupe_cnn.features import Vectors
from dedupe_cnn.problems import DTYPES, input_problem, output_problem
from dedupe_cnn.safety import check_model
from dedupe_cnn.session import outputs_of, session, takes_several
from dedupe_cnn.words import said

DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class OnnxModel(OnDevice):
    """What a model gives for a picture, float32 (n,d), flattened.

    The picture is RGB, `size` pixels wide and high, its proportions ignored, and goes in alone as (1,3,size,size) or, for
    `layout` "nhwc", (1,size,size,3); on another device than the CPU with others, where the model takes several. It goes in
    as bytes if the model takes uint8, else as (value * scale - mean) / std, where `mean` and `std` are one number or three, as
    mean=0.485,0.456,0.406. `output` names the output, the first by default.
    """

    model: Path | None = None
    size: int = 224
    layout: Literal["nchw", "nhwc"] = "nchw"
    mean: str = "0"
    std: str = "1"
    scale: float = 1 / 255
    output: str | None = None
    metric: Literal["cosine", "l2"] = "cosine"

    name = "onnx"
    threshold = 0.1

    @property
    def version(self) -> str:
        """Names the model's file by its digest; "none" without one. Raises UsageError where it cannot be read."""
        return "1." + ("none" if self.model is None else _digest(*_state(self.model)))

    @property
    def decode(self) -> Decode:
        """The whole picture at the model's size. Raises UsageError for a size that is none."""
        if self.size < 1:
            raise UsageError(f"onnx:size is the side of the model's input in pixels, not {self.size}.")
        return Decode((self.size, self.size), "RGB", resample="bilinear")

    def check(self) -> None:
        """Raises UsageError where no model is named, or one that cannot be used: the sentence says why."""
        if self.model is None:
            raise UsageError(
                "onnx needs a model: -d onnx:model=FILE.onnx (with size, layout, mean, std as it wants them)."
            )
        check_model(self.model)
        try:
            self.describe(np.full((1, self.size, self.size, 3), 127, np.uint8))
        except PictureError as error:
            raise UsageError(str(error)) from None

    def describe(self, images: NDArray[np.uint8]) -> Vectors:
        """Pictures u8 (n,size,size,3) to float32 (n,d). Raises PictureError where the model cannot be used so."""
        if self.model is None:
            raise UsageError("onnx needs a model: -d onnx:model=FILE.onnx.")
        runs = session(self.model, self.device)
        given, name = self._ends(runs)
        pictures = images if len(images) else np.zeros((1, self.size, self.size, 3), np.uint8)
        at_once = len(pictures) if self.device != "cpu" and takes_several(runs) else 1
        parts = [pictures[at : at + at_once] for at in range(0, len(pictures), at_once)]
        return np.concatenate([self._some(runs, given, name, part) for part in parts])[: len(images)]

    def _ends(self, runs: Any) -> tuple[Any, str]:
        """The only input, and the name of the output."""
        inputs, names = runs.get_inputs(), [each.name for each in runs.get_outputs()]
        if len(inputs) != 1:
            raise self._refused(f"it has {len(inputs)} inputs, not one; export it with the picture alone as its input")
        name = names[0] if self.output is None else self.output
        if name not in names:
            raise self._refused(f"it has no output {name!r}; there are: {', '.join(names)}")
        if problem := input_problem(inputs[0].type, inputs[0].shape, self.size, self.layout):
            raise self._refused(problem)
        return inputs[0], name

    def _some(self, runs: Any, given: Any, name: str, images: NDArray[np.uint8]) -> Vectors:
        feed = {given.name: self._input(images, given.type)}
        try:
            (found,) = outputs_of(runs, [name], feed)
        except MemoryError:
            raise
        except Exception as error:
            raise self._refused(
                f"it could not be run on a picture of {self.size}x{self.size} ({self.layout}); "
                f"give the size and layout that it was trained with (onnxruntime: {said(error)})"
            ) from None
        if problem := output_problem(found, name, [each.name for each in runs.get_outputs()]):
            raise self._refused(problem)
        if len(images) > 1 and found.shape[:1] != images.shape[:1]:  # it takes several, and makes one thing of them
            return np.concatenate([self._some(runs, given, name, one[None]) for one in images])
        rows: Vectors = found.astype(np.float32).reshape(len(images), -1)
        return rows

    def _input(self, images: NDArray[np.uint8], kind: str) -> NDArray[Any]:
        placed: NDArray[Any] = images if self.layout == "nhwc" else images.transpose(0, 3, 1, 2)
        if DTYPES[kind] is np.uint8:
            return np.ascontiguousarray(placed)
        shape = (1, 1, 1, -1) if self.layout == "nhwc" else (1, -1, 1, 1)
        mean, std = (np.asarray(_numbers(n, t)).reshape(shape) for n, t in (("mean", self.mean), ("std", self.std)))
        return np.ascontiguousarray(((placed * self.scale - mean) / std).astype(DTYPES[kind]))

    def _refused(self, why: str) -> PictureError:
        return PictureError("model", f"The model {self.model} cannot be used: {why}.")


def _numbers(name: str, text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, 3) or (name == "std" and 0 in numbers):
        raise PictureError("model", f"onnx:{name} takes one number or three, as 0.485,0.456,0.406, not {text!r}.")
    return numbers


def _state(path: Path) -> tuple[Path, int, int]:
    try:
        about = path.stat()
    except OSError as error:
        raise UsageError(f"The model {path} cannot be read: {error.strerror or error}.") from None
    return path, about.st_mtime_ns, about.st_size


@lru_cache(maxsize=8)
def _digest(path: Path, _: int, __: int) -> str:
    try:
        return blake3(path.read_bytes()).hexdigest()[:DIGITS]
    except OSError as error:
        raise UsageError(f"The model {path} cannot be read: {error.strerror or error}.") from None
