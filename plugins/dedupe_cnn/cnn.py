"""`cnn`: the backbone's features, centred."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dedupe_cnn.artefacts import CENTRE, version
from dedupe_cnn.devices import OnDevice
from dedupe_cnn.features import DECODE, POOLINGS, Pooling, Vectors, features
from dedupe_cnn.thresholds import threshold


@dataclass(frozen=True, kw_only=True)
class Cnn(OnDevice):
    """EfficientNet-Lite0's features less their mean over the training pictures, float32 (n,1280).

    `cnn:pooling=average,metric=l2` is what starkdg compared as raw features of a network (phash.org, April 2019; there of a
    MobileNetV2); for Euclidean distances the mean makes no difference.
    """

    pooling: Pooling = "gem"
    metric: Literal["cosine", "l2"] = "cosine"

    name = "cnn"
    decode = DECODE

    @property
    def version(self) -> str:
        """Names the backbone's file and that of the means."""
        return version(1, "backbone.onnx", "centre.npy")

    @property
    def threshold(self) -> float:
        """The distance within which one in a million pairs of unrelated photos lie."""
        return threshold(self.name, self.pooling, self.metric)

    def describe(self, images: NDArray[np.uint8]) -> Vectors:
        """Pictures u8 (n,224,224,3) to float32 (n,1280)."""
        centred: Vectors = features(images, self.pooling, self.device) - _centre()[POOLINGS.index(self.pooling)]
        return centred


@cache
def _centre() -> Vectors:
    """Means of the two poolings, float32 (2,1280)."""
    means: Vectors = np.load(CENTRE, allow_pickle=False)
    return means
