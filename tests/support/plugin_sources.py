"""Plugins as source and as classes, for tests of how they are loaded and named."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from dedupe.model import Decode

GOOD = """
from dedupe import Decode, hookimpl

class Good:
    name, version, metric, decode, threshold = "{name}", "1", "l2", Decode((8, 8)), 1.0
    def describe(self, images): ...

@hookimpl
def dedupe_descriptors():
    return [Good]
"""

Installer = Callable[..., None]


class Grid:
    """A descriptor with parameters of every kind."""

    name, version, metric, threshold = "grid", "2", "l2", 0.5

    def __init__(
        self,
        cells: int = 8,
        sigma: float = 1.0,
        centred: bool = False,
        source: Literal["working", "full"] = "working",
        model: Path | None = None,
        label: str = "plain",
    ) -> None:
        self.cells, self.sigma, self.centred, self.source, self.model, self.label = (
            cells,
            sigma,
            centred,
            source,
            model,
            label,
        )

    @property
    def decode(self) -> Decode:
        return Decode((self.cells, self.cells), source=self.source)

    def describe(self, images: Any) -> Any:
        return images


def file(folder: Path, name: str, source: str) -> Path:
    path = folder / name
    path.write_text(textwrap.dedent(source))
    return path


def quiet(line: str) -> None:
    raise AssertionError(f"unexpected warning: {line}")
