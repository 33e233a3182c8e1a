"""What workers may still do once they are warm: see `dedupe.sandbox`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dedupe import sandbox
from dedupe.kernels import files
from dedupe.loose import Loose


def confine(loose: Sequence[Loose], *folders: Path, largest: int = sandbox.LARGEST) -> None:
    """Confines this process to writing into `folders`; one with loose plugins goes on as it is.

    Kernels are compiled and kept before: where they lie, what a worker writes would be run by the next command. A loose
    plugin is being tried out by the one who wrote it, who can do all this anyway.
    """
    if not loose:
        files.confined()
        sandbox.confine(folders, largest)
