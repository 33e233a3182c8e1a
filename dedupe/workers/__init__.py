"""Files read, decoded and described in processes that may die; each comes back exactly once, described or with a reason."""

from __future__ import annotations

from dedupe.workers.running import run
from dedupe.workers.shapes import Batch, Column

__all__ = ["Batch", "Column", "run"]
