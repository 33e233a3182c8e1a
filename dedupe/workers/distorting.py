"""A picture's distorted copies, each saved and read again as a file of its own would be."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from blake3 import blake3
from PIL import Image

from dedupe.decode.picture import Picture
from dedupe.errors import PictureError
from dedupe.model import Distortion
from dedupe.workers.shapes import Column

Read = Callable[..., Picture]

QUALITY = 100
"""JPEG quality of a distorted copy, as the seed document has it."""


class Copies:
    """The pictures of one file by source and distortion, each made when it is first asked for, and kept.

    `read(data, rgb, full)` decodes; `digest` of the file's content seeds what a distortion draws; `path` names the file.
    """

    def __init__(self, data: bytes, digest: bytes, path: bytes, working: Picture, read: Read) -> None:
        self._data, self._digest, self._name, self._read = data, digest, os.path.basename(path), read
        self._pictures: dict[tuple[str, str], Picture] = {("working", ""): working}
        self._files: dict[str, bytes | PictureError] = {}

    def picture(self, column: Column) -> Picture:
        """The picture that a column is about. Raises PictureError where it cannot be had."""
        source, name = column.descriptor.decode.source, column.distorted
        if (source, name) not in self._pictures:
            data = self._data if column.distortion is None else self._file(name, column.distortion)
            self._pictures[source, name] = self._read(data, True, full=source == "full")
        return self._pictures[source, name]

    def _file(self, name: str, distortion: Distortion) -> bytes:
        if name not in self._files:
            try:
                self._files[name] = self._saved(name, distortion)
            except PictureError as error:
                self._files[name] = error
        file = self._files[name]
        if isinstance(file, PictureError):
            raise file
        return file

    def _saved(self, name: str, distortion: Distortion) -> bytes:
        if ("full", "") not in self._pictures:
            self._pictures["full", ""] = self._read(self._data, True, full=True)
        image = distorted(
            self._pictures["full", ""].array("RGB", "none"), distortion, seed(self._digest, name), self._name
        )
        file = io.BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=QUALITY, subsampling=0)
        return file.getvalue()


def seed(digest: bytes, distortion: str) -> int:
    """What a distortion of a content draws from: the same for equal contents and distortions, on every machine."""
    return int.from_bytes(blake3(digest + distortion.encode()).digest()[:16], "little")


def distorted(image: Any, distortion: Distortion, seed: int, name: bytes) -> Any:
    """The distorted copy of a picture u8 (h,w,3). Raises PictureError for what the distortion cannot do or does wrong."""
    named = getattr(distortion, "named", None)
    if named is not None:
        distortion = named(name.decode("utf-8", "replace"))
    try:
        copy = distortion.apply(image, np.random.default_rng(seed))
    except (PictureError, MemoryError):
        raise
    except Exception as error:
        sentence = (
            f"The distortion {distortion.name} raised {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        )
        raise PictureError("raised", sentence) from None
    fits = (
        isinstance(copy, np.ndarray) and copy.dtype == np.uint8 and copy.ndim == 3 and copy.shape[2] == 3 and copy.size
    )
    if not fits:
        found = f"{copy.dtype} {copy.shape}" if isinstance(copy, np.ndarray) else type(copy).__name__
        raise PictureError("wrong_shape", f"The distortion {distortion.name} gave {found}, not uint8 (h, w, 3).")
    return np.ascontiguousarray(copy)
