"""What a training gives out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dedupe.model.arrays import Failure
from dedupe.model.contract import Manifest


@dataclass(frozen=True, slots=True)
class Trained:
    """The artefact at `path` and its manifest, as the trainer gave it and as it was `written` beside the artefact.

    `failures` are the pictures that could not be used, `described` counts those described now, not taken from the cache.
    """

    path: Path
    manifest: Manifest
    written: Mapping[str, Any]
    failures: Sequence[Failure]
    described: int
