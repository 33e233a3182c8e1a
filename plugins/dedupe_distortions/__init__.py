"""Distortions: what people and programs do to pictures, by the seed documents' definitions and harder ones."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from dedupe import Distortion, hookimpl

HOME = {
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


@hookimpl
def dedupe_distortions() -> list[Callable[..., Distortion]]:
    """The classes of all distortions of this plugin."""
    found: list[Any] = []
    for module, names in HOME.items():
        home = import_module(f"{__name__}.{module}")
        found += [getattr(home, name) for name in names.split()]
    return found
