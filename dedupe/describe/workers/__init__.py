"""Files read, decoded and described in processes that may die; each comes back exactly once, described or with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dedupe.describe.workers.shapes import Column

if TYPE_CHECKING:
    from dedupe.describe.workers.running import run

__all__ = ["Column", "run"]


def __getattr__(name: str) -> Any:
    """`run` brings decoding and processes along, which a scan that knows every file already does without."""
    if name != "run":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from dedupe.describe.workers.running import run

    return run
