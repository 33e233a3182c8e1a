"""A few pictures of two classes, as the lab trains on."""

from __future__ import annotations

import numpy as np
from dedupe_lab.classify.data import Labelled


def pictures(low: int = 0) -> Labelled:
    X = np.random.default_rng(0).integers(low, 256, (8, 32, 32, 3), np.uint8)
    return Labelled(X, np.arange(8, dtype=np.int64) % 2, (), ("cat", "dog"), 0, 0)
