"""What a descriptor costs a picture, without reading and decoding."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from dedupe import config
from dedupe.decode import image_for, read_picture
from dedupe.errors import PictureError
from dedupe.model import Decoder, Descriptor

PICTURES = 32
ROUNDS = 3


def milliseconds(descriptor: Descriptor, paths: Sequence[bytes], decoders: Sequence[Decoder]) -> float | None:
    """Processor milliseconds of `describe` a picture, at best of ROUNDS, on at most PICTURES photos; None without any.

    In this process and after one call that does not count, so that nothing is compiled or loaded meanwhile.
    """
    images = _images(descriptor, paths[:: max(1, len(paths) // PICTURES)][:PICTURES], decoders)
    if not len(images):
        return None
    times = []
    try:
        descriptor.describe(images)
        for _ in range(ROUNDS):
            start = time.process_time()
            descriptor.describe(images)
            times.append(time.process_time() - start)
    except Exception:  # a descriptor that fails on some pictures has been listed with them
        return None
    return 1000 * min(times) / len(images)


def _images(descriptor: Descriptor, paths: Sequence[bytes], decoders: Sequence[Decoder]) -> Any:
    want = descriptor.decode
    arrays = []
    for path in paths:
        try:
            with open(os.fsdecode(path), "rb") as file:
                data = file.read()
            full = want.source == "full"
            rgb = full or want.mode == "RGB"
            picture = read_picture(data, decoders, rgb=rgb, full=full, pixel_cap=config.PIXEL_CAP)
            arrays.append(image_for(picture, want, "none"))
        except (OSError, PictureError):
            continue
    return arrays if want.size is None or not arrays else np.stack(arrays)
