"""Descriptors from a convolutional network's features, heads trained on them, and the trainers of such heads."""

from __future__ import annotations

from collections.abc import Callable

from dedupe import Descriptor, Trainer, hookimpl
from dedupe_cnn.autoencoder import AutoencoderTrainer
from dedupe_cnn.cnn import Cnn
from dedupe_cnn.copy_model import CopyModel
from dedupe_cnn.copy_shipped import Copy256, Copy256Bits
from dedupe_cnn.copy_trainer import CopyTrainer
from dedupe_cnn.features import Features
from dedupe_cnn.model import OnnxModel
from dedupe_cnn.pairs import PairsTrainer
from dedupe_cnn.pca import PcaTrainer
from dedupe_cnn.shipped import SHIPPED
from dedupe_cnn.sscd import Sscd, SscdDistilled
from dedupe_cnn.trained import Trained


@hookimpl
def dedupe_descriptors() -> list[Callable[..., Descriptor]]:
    """The classes of this package; no model is read before it is used."""
    return [Copy256, Copy256Bits, Features, Cnn, *SHIPPED, Trained, CopyModel, OnnxModel, Sscd, SscdDistilled]


@hookimpl
def dedupe_trainers() -> list[Callable[..., Trainer | PairsTrainer | CopyTrainer]]:
    """The trainers of heads."""
    return [PcaTrainer, PairsTrainer, CopyTrainer, AutoencoderTrainer]
