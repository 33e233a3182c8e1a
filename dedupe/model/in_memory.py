"""A picture in memory, in a path's place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

MEMORY = -1
"""The device of what is on none."""


@dataclass(frozen=True, slots=True, eq=False)
class InMemory(os.PathLike[str]):
    """A picture in memory stands where a path may stand: what a path would say there, its name says.

    `content` is what was given (bytes, an array, an image of PIL), and for a walk bytes or a Failure.
    """

    name: bytes
    content: Any

    def __fspath__(self) -> str:
        return os.fsdecode(self.name)
