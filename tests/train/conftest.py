"""What the tests of the lab's trainings share."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def arrays() -> tuple[np.ndarray, np.ndarray]:
    """Bright pictures and dark ones, which anything learns."""
    rng = np.random.default_rng(0)
    y = np.arange(128, dtype=np.int64) % 2
    return (rng.random((128, 3, 32, 32), np.float32) * 0.5 + y[:, None, None, None] * 0.5).astype(np.float32), y


@pytest.fixture
def one_thread() -> None:
    import torch

    torch.set_num_threads(1)
