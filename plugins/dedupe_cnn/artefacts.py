"""The files that ship with this package, and what they are known by."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

MODELS = Path(__file__).parent / "models"
BACKBONE = MODELS / "backbone.onnx"
CENTRE = MODELS / "centre.npy"


@cache
def digests() -> dict[str, str]:
    """The BLAKE3 digest of each shipped file by its name, from a list, so that no large file is read for a version."""
    listed: dict[str, str] = json.loads((MODELS / "digests.json").read_text("utf-8"))
    return listed


def version(number: int, *names: str) -> str:
    """A version that names the files that values come from, as 1.0f3a22b1: twelve digits for each."""
    return ".".join([str(number), *(digests()[name][:12] for name in names)])
