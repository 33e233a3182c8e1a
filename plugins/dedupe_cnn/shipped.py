"""The heads that ship: leading principal components, and autoencoders."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe_cnn.artefacts import MODELS, version
from dedupe_cnn.features import features
from dedupe_cnn.head import Head, kept, project
from dedupe_cnn.thresholds import threshold


class _Shipped(Head):
    """A head from this package's folder; subclasses say which, and its `name`."""

    name: str
    file: str
    width: int
    median = False

    @property
    def version(self) -> str:
        """Names the backbone's file and the head's."""
        return version(1, "backbone.onnx", self.file)

    @property
    def threshold(self) -> float:
        """The distance within which one in a million pairs of unrelated photos lie."""
        return threshold(self.name, self.dtype, self.metric)

    def describe(self, images: NDArray[np.uint8]) -> NDArray[Any]:
        """Pictures u8 (n,224,224,3) to float32 or int8 (n,d), or to packed bits u8 (n,d/8)."""
        return kept(
            project(MODELS / self.file, features(images, device=self.device), self.width), self.dtype, self.median
        )


class Pca512(_Shipped):
    """The 512 leading principal components of the features (see `_Shipped` and `Head`)."""

    name, file, width = "pca512", "pca512.onnx", 512


class Pca256(Pca512):
    """The 256 leading principal components of the features."""

    name, width = "pca256", 256


class Pca128(Pca512):
    """The 128 leading principal components of the features."""

    name, width = "pca128", 128


class Pca64(Pca512):
    """The 64 leading principal components of the features."""

    name, width = "pca64", 64


class Pca32(Pca512):
    """The 32 leading principal components of the features."""

    name, width = "pca32", 32


class LinearAutoencoder(_Shipped):
    """The 256 hidden units of an autoencoder whose units are linear."""

    name, file, width, median = "ae256-linear", "ae256-linear.onnx", 256, True


class SigmoidAutoencoder(LinearAutoencoder):
    """The 256 hidden units of an autoencoder with sigmoid units."""

    name, file = "ae256-sigmoid", "ae256-sigmoid.onnx"


class ReluAutoencoder(LinearAutoencoder):
    """The 256 hidden units of an autoencoder with rectified linear units."""

    name, file = "ae256-relu", "ae256-relu.onnx"


SHIPPED = (Pca512, Pca256, Pca128, Pca64, Pca32, LinearAutoencoder, SigmoidAutoencoder, ReluAutoencoder)
