"""A loose plugin with `pca1280`, the seed document's full rotation: all principal components and none left out.

dedupe eval PHOTOS --plugin examples/scripts/full_rotation.py -d pca1280 -d cnn
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np
from dedupe_cnn.artefacts import MODELS, version
from dedupe_cnn.cnn import Cnn
from dedupe_cnn.features import DECODE, WIDTH
from dedupe_cnn.head import project
from numpy.typing import NDArray

from dedupe import hookimpl

KEPT = 512
"""Components that ship."""


@dataclass(frozen=True, kw_only=True)
class Pca1280:
    """The 512 leading components that ship, up to their signs, and 768 more at right angles to them and to each other.

    Which 768 makes no difference to any distance: turned, they are the trailing components.
    """

    metric: Literal["cosine", "l2"] = "cosine"

    name: ClassVar = "pca1280"
    threshold: ClassVar = 0.1
    decode: ClassVar = DECODE

    @property
    def version(self) -> str:
        """Names the backbone's file, that of the means, and that of the components."""
        return version(1, "backbone.onnx", "centre.npy", "pca512.onnx")

    def describe(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures u8 (n,224,224,3) to float32 (n,1280)."""
        rotated: NDArray[np.float32] = (Cnn().describe(images).astype(np.float64) @ _basis()).astype(np.float32)
        return rotated


@cache
def _basis() -> NDArray[Any]:
    """Orthonormal columns, float64 (1280,1280)."""
    head = MODELS / "pca512.onnx"
    shift = project(head, np.zeros((1, WIDTH), np.float32), KEPT).astype(np.float64)
    components = project(head, np.eye(WIDTH, dtype=np.float32), KEPT) - shift
    return np.linalg.qr(components, mode="complete")[0]


@hookimpl
def dedupe_descriptors() -> list[type]:
    return [Pca1280]
