"""`copy256` and `copy256bits`: the network for copy detection that ships, trained by `dedupe train copy`."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dedupe import UsageError
from dedupe_cnn.artefacts import MODELS, version
from dedupe_cnn.copy_model import decode, vectors
from dedupe_cnn.devices import OnDevice
from dedupe_cnn.head import kept

FILE, SIDE, WIDTH = "copy256.onnx", 160, 256

DISTANCES = {"int8": 0.19, "float32": 0.19, "bits": 51.0}
"""The authors' distances: about one in a million pairs of unrelated photos lies within."""


class _Shipped(OnDevice):
    """The network's file, and how it is to be given pictures; subclasses say how its output is kept."""

    dtype: str
    decode = decode(SIDE)

    @property
    def version(self) -> str:
        """Names the network's file."""
        return version(1, FILE)

    @property
    def threshold(self) -> float:
        """The distance within which about one in a million pairs of unrelated photos lie."""
        return DISTANCES[self.dtype]

    def describe(self, images: NDArray[np.uint8]) -> NDArray[Any]:
        """Pictures u8 (n,160,160,3) to int8 or float32 (n,256), or to packed bits u8 (n,32)."""
        return kept(vectors(MODELS / FILE, images, WIDTH, self.device), self.dtype, median=False)


class Copy256(_Shipped):
    """256 numbers that a picture's copies share and other pictures do not.

    `dtype` is "int8", a byte for each, scaled so that the largest of a picture is 127 (the cosine does not see the scale), or
    "float32".
    """

    name = "copy256"

    def __init__(self, *, dtype: Literal["int8", "float32"] = "int8") -> None:
        self.dtype = dtype

    @property
    def metric(self) -> Literal["cosine"]:
        """The cosine. Raises UsageError for another dtype."""
        if self.dtype not in ("int8", "float32"):
            raise UsageError(f"copy256 has dtype=int8 and dtype=float32, not {self.dtype}; its signs are copy256bits.")
        return "cosine"


class Copy256Bits(_Shipped):
    """The signs of the numbers of `copy256`, packed."""

    name, metric, dtype = "copy256bits", "hamming", "bits"
