"""The kernels of judging made ready."""

# ruff: noqa: F401 -- importing is the point

from __future__ import annotations

from dedupe.decode.prepare import prepare as prepare_decoding
from dedupe.model import Decode


def prepare() -> None:
    """Imports the kernels of which pictures are read to be looked at, and those that look."""
    from dedupe.judge import block_kernels

    prepare_decoding([Decode(None, "RGB")], large=False)
