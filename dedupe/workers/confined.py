"""What workers may still do once they are warm: see `dedupe.sandbox`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dedupe import decode, sandbox
from dedupe.kernels import files
from dedupe.loose import Loose

_KERNELS = Path(decode.__file__).parent
"""Whose kernels a worker may have to compile and keep."""


def confine(loose: Sequence[Loose], *folders: Path, largest: int = sandbox.LARGEST) -> None:
    """Confines this process to writing kernels and to `folders`; one with loose plugins goes on as it is.

    A loose plugin is being tried out by the one who wrote it, who can do all this anyway.
    """
    if not loose:
        kernels = files.cache_folder(_KERNELS)
        files.confined()
        sandbox.confine([*folders, *([kernels] if kernels else [])], largest)
