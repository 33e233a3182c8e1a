"""What is done to documents and screens, which have flat ground and lines: copies of them, and edits of the whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinds import adjusted, edited, encoded, exact
from kinds.files import save
from kinds.layouts import LAYOUTS
from kinds.pair import Make, Way
from kinds.variant import lines

COPIES = (
    "JPEG 30", "JPEG 60", "JPEG 80", "WebP 30", "WebP 80", "AVIF 50", "half", "half, PNG", "an odd size", "a quarter",
    "enlarged 2", "JPEG 60, then WebP 75",
)  # fmt: skip
CHANGES = ("darker", "gamma 1.35", "less contrast", "sepia", "fog", "blur 1.5", "noise 10")
EDITS = (
    "crop of 80 %", "crop of 95 %", "a side cut off", "border", "turned left", "upside down", "mirrored",
    "turned by 1 to 3 degrees", "turned by 4 to 15 degrees", "perspective", "crop of 90 %, darker",
)  # fmt: skip
LOSSLESS = ("WebP, lossless", "TIFF, LZW", "BMP")


def drawn(make: Make) -> Make:
    """Makes what it makes of a photo of a document that is drawn instead."""

    def of_document(_photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path] | None:
        layout = list(LAYOUTS.values())[int(rng.integers(len(LAYOUTS)))]
        return make(save(layout(rng, lines(rng)), stem, ".document.png"), stem, rng)

    return of_document


NAMES = {*COPIES, *CHANGES, *LOSSLESS, *EDITS, *(f"{name}, sent on" for name in EDITS)}
WAYS = tuple(
    Way(f"document: {way.how}", way.truth, drawn(way.make), way.also)
    for room in (encoded, adjusted, edited, exact)
    for way in room.WAYS
    if way.how in NAMES
)
