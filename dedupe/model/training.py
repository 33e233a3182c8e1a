"""What a training gives out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dedupe.model.arrays import Failure
from dedupe.model.contract import Manifest
from dedupe.model.held import Held
from dedupe.model.results import Header


@dataclass(frozen=True, slots=True, repr=False)
class Trained(Held):
    """The artefact at `path` and its manifest, as the trainer gave it and as it was `written` beside the artefact.

    `failures` are the pictures that could not be used, `described` counts those described now, not taken from the cache.
    """

    path: Path
    manifest: Manifest
    written: Mapping[str, Any]
    failures: Sequence[Failure]
    described: int
    header: Header = field(default_factory=lambda: Header("train", (), {}))
