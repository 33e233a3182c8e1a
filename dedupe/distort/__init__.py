"""Distortions: what people and programs do to pictures, by the seed documents' definitions and harder ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dedupe.distort.applied import apply, generator, named
from dedupe.distort.sets import HARD, S2, SEED, SETS, chosen

if TYPE_CHECKING:
    from dedupe.model import Distortion

__all__ = ["HARD", "S2", "SEED", "SETS", "apply", "builtin", "chosen", "generator", "named"]

_HOME = {
    "filters": "Blur Noise Compress Crystallise",
    "geometry": "Rotate Shear HFlip VFlip Perspective Swirl",
    "crops": "Crop Part",
    "text": "Occlude Caption",
    "tones": "Bright Dark HistEq Contrast Grey Saturation",
    "scale": "Decimate Upscale Downscale Resize Aspect",
    "overlays": "Border Sticker",
    "scenes": "Paste Collage Screenshot",
    "chain": "Chain",
}


def builtin() -> list[Callable[..., Distortion]]:
    """The classes of all distortions that the host has, as the hook `dedupe_distortions` would give them."""
    from importlib import import_module

    found: list[Any] = []
    for module, names in _HOME.items():
        home = import_module(f"{__name__}.{module}")
        found += [getattr(home, name) for name in names.split()]
    return found
