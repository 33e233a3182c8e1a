"""Where a training left off, read back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dedupe.errors import SafetyError


def left_off(checkpoint: Path, identity: object) -> dict[str, Any] | None:
    """The state in a checkpoint of the same settings and the same pictures; None where there is none. Imports PyTorch.

    Raises SafetyError for a file of that name that is something else, or cannot be read: it is not ours to replace.
    """
    import torch

    if not os.path.lexists(checkpoint):
        return None
    try:
        found = torch.load(checkpoint, weights_only=True)
    except Exception:
        found = None
    if not isinstance(found, dict) or "identity" not in found:
        raise SafetyError(
            f"{checkpoint} is there, where the training keeps its state, and holds none; "
            "move it away or name another output."
        )
    return found if found["identity"] == identity else None
