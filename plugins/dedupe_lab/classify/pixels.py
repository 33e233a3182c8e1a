"""The pixels of a picture as a descriptor: loaded as a loose plugin, it has the host read pictures for the networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import Decode, hookimpl

SIDE = 32
"""Pictures of other sizes are brought to this one."""


class Pixels:
    """32 x 32 x 3 bytes, row by row, by Pillow's LANCZOS from all pixels; and one that is 1 if the picture had that size."""

    name, version, metric, threshold = "lab-pixels", "1", "hamming", 0.0
    decode = Decode(None, "RGB", source="full")

    def describe(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Rows u8 (n,3073)."""
        from PIL import Image

        out = np.zeros((len(images), SIDE * SIDE * 3 + 1), np.uint8)
        for row, image in zip(out, images, strict=True):
            row[-1] = image.shape[:2] == (SIDE, SIDE)
            if not row[-1]:
                image = np.asarray(Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.LANCZOS))
            row[:-1] = image.reshape(-1)
        return out


@hookimpl
def dedupe_descriptors() -> list[Any]:
    """The one descriptor."""
    return [Pixels]
