"""What comes after the features: a small trained model, and the forms in which its output is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dedupe import UsageError
from dedupe_cnn.devices import OnDevice
from dedupe_cnn.features import DECODE, Vectors
from dedupe_cnn.session import run

Dtype: TypeAlias = Literal["float32", "int8", "bits"]
HeadMetric: TypeAlias = Literal["cosine", "l2", "hamming"]

INPUT, OUTPUT = "features", "vectors"
"""The names of a head's input, float32 (n,1280), and output, float32 (n,d)."""

BASES = ("features", "features:pooling=average", "features:pooling=gem")
"""What a head can be used on, as `-d` takes it."""


class Head(OnDevice):
    """A descriptor made of the features by a trained head, which itself runs on the CPU always: it is small, and exact there.

    `dtype` is "float32"; "int8", a byte for each value, scaled so that the largest of a picture is 127 (the cosine does
    not see the scale); or "bits", packed, compared by Hamming distance: bit i of an autoencoder is set where unit i is at least
    the median of the units (starkdg, phash.org), bit i of principal components where the component is positive.
    """

    decode = DECODE

    def __init__(self, *, dtype: Dtype = "float32", metric: HeadMetric = "cosine") -> None:
        self.dtype = dtype
        self._metric = metric

    @property
    def metric(self) -> HeadMetric:
        """For floats "cosine" or "l2", for int8 "cosine", for bits "hamming". Raises UsageError for other pairs."""
        allowed = {"float32": ("cosine", "l2"), "int8": ("cosine",), "bits": ("hamming", "cosine")}
        if self._metric not in allowed.get(self.dtype, ()):
            raise UsageError(f"The metric {self._metric} does not go with dtype={self.dtype}.")
        return "hamming" if self.dtype == "bits" else self._metric


def check_base(trainer: str, base: str) -> None:
    """Raises UsageError for a base whose vectors no head can be used on."""
    if base.replace(" ", "") not in BASES:
        raise UsageError(
            f"{trainer} learns from base=features or base=features:pooling=average, not from {base}: "
            "a head can be used on nothing else."
        )


def project(model: Path, rows: Vectors, width: int) -> Vectors:
    """The first `width` outputs of a head for features (n,1280), float32 (n,width)."""
    if not len(rows):
        return np.zeros((0, width), np.float32)
    (found,) = run(model, INPUT, rows, (OUTPUT,), together=True)
    return np.ascontiguousarray(found[:, :width])


def kept(vectors: Vectors, dtype: str, median: bool) -> NDArray[Any]:
    """Vectors float32 (n,d) in the form that `Head` describes."""
    if dtype == "bits":
        edge = np.median(vectors, axis=1, keepdims=True) if median and len(vectors) else np.float32(0)
        bits: NDArray[np.bool_] = vectors >= edge if median else vectors > edge
        return np.packbits(bits, axis=1)
    if dtype == "int8":
        largest = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-30)
        quantised: NDArray[np.int8] = np.rint(vectors * (127 / largest)).astype(np.int8)
        return quantised
    return vectors
