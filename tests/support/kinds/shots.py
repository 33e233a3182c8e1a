"""Similar: another shot of the same scene, from folders of real ones and, where there are none, imitated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from dedupe_distortions.arrays import Floats, warped
from PIL import Image

from kinds.files import opened, save
from kinds.pair import Pair, Way


def shots(scenes: Path, most: int = 12) -> Iterator[Pair]:
    """Pairs of shots that follow each other, at most so many a scene. Each folder is a scene with its shots by name.

    The name begins with "still" where the camera stood still and only things moved: there `variant` is right, too.
    """
    for scene in sorted(path for path in scenes.iterdir() if path.is_dir()):
        taken = sorted(scene.iterdir())
        also = ("variant",) if scene.name.startswith("still") else ()
        every = np.unique(np.linspace(0, len(taken) - 2, most).round().astype(int))
        for at in every:
            yield Pair(taken[at], taken[at + 1], "similar", f"shots: {scene.name}", ("similar", *also))


def moved(image: Image.Image, rng: np.random.Generator, reach: float) -> Image.Image:
    """A view from beside: what is near moves farther than what is far; depth is a smooth field that rng draws."""
    depth = Image.fromarray(rng.random((6, 6), np.float32)).resize(image.size, Image.Resampling.BICUBIC)
    near = np.asarray(depth, np.float32)
    angle = rng.uniform(-0.5, 0.5)
    shift = reach * image.width * (near + 0.3)

    def source(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        rows = shift[y[:, 0].astype(int)]
        return x + np.float32(np.cos(angle)) * rows, y + np.float32(np.sin(angle)) * rows

    return Image.fromarray(warped(np.asarray(image), source, fill=False))


def imitated(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """A photo, and the same scene from beside in a slightly other light, with its own grain."""
    other = moved(opened(photo), rng, rng.uniform(0.03, 0.05))
    levels = np.asarray(other, np.float32) * rng.uniform(0.92, 1.08) + rng.normal(0, 3, (*other.size[::-1], 1))
    shown = Image.fromarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8))
    return photo, save(shown, stem, ".jpg", quality=90)


WAYS = (Way("imitated shot from beside", "similar", imitated),)
