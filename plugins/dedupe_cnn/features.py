"""The backbone's features of pictures: one forward pass, shared by all descriptors that ask for it."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode
from dedupe_cnn.artefacts import BACKBONE, version
from dedupe_cnn.devices import OnDevice
from dedupe_cnn.session import run

Pooling: TypeAlias = Literal["gem", "average"]
Vectors: TypeAlias = NDArray[np.float32]

POOLINGS: tuple[Pooling, ...] = ("gem", "average")
WIDTH = 1280
DECODE = Decode((224, 224), "RGB", resample="bilinear")
"""The whole picture, its proportions ignored."""

_seen: dict[tuple[int, str], tuple[weakref.ref[Any], dict[Pooling, Vectors]]] = {}
"""By the array's identity and the device."""


def features(images: NDArray[np.uint8], pooling: Pooling = "gem", device: str = "cpu") -> Vectors:
    """Pictures u8 (n,224,224,3) to float32 (n,1280), read-only: the last feature map, pooled over its 49 places.

    The host hands one and the same array to all descriptors of a run, so the pass is remembered for as long as that
    array lives. Only arrays that own their memory and are read-only are remembered: what they hold stays.
    """
    if not len(images):
        return np.zeros((0, WIDTH), np.float32)
    key = id(images), device
    known = _seen.get(key)
    if known is None or known[0]() is not images or images.flags.writeable:
        given = run(BACKBONE, "images", images, POOLINGS, device=device)
        pooled: dict[Pooling, Vectors] = dict(zip(POOLINGS, given, strict=True))
        for each in pooled.values():
            each.flags.writeable = False
        if images.flags.writeable or not images.flags.owndata:
            return pooled[pooling]
        known = weakref.ref(images, partial(_forget, key)), pooled
        _seen[key] = known
    return known[1][pooling]


def _forget(key: tuple[int, str], _: object) -> None:
    _seen.pop(key, None)


@dataclass(frozen=True, kw_only=True)
class Features(OnDevice):
    """EfficientNet-Lite0's pooled features as they are, float32 (n,1280): what heads are trained on.

    `pooling` is "gem", the generalised mean with p = 3 (Radenovic, Tolias and Chum 2018), or "average". All values are
    positive, which makes all pictures alike: to compare pictures, take `cnn`.
    """

    pooling: Pooling = "gem"

    name = "features"
    metric = "cosine"
    decode = DECODE
    threshold = 0.02

    @property
    def version(self) -> str:
        """Names the backbone's file."""
        return version(1, "backbone.onnx")

    def describe(self, images: NDArray[np.uint8]) -> Vectors:
        """Pictures u8 (n,224,224,3) to float32 (n,1280)."""
        return features(images, self.pooling, self.device).copy()
