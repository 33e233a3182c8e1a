"""How many workers start: by the bytes and the pixels that there are to read, not by the number of files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dedupe import testing
from dedupe.describe.workers import Column
from dedupe.walk import walk
from faulty_workers import Mean, start
from pictures import encoded


@dataclass(frozen=True)
class Pid(Mean):
    """Its value is the number of the process that it runs in."""

    def describe(self, images: Any) -> Any:
        return np.full((len(images), 1), os.getpid(), np.float32)


def jpeg(size: tuple[int, int], quality: int) -> bytes:
    with Image.open(testing.photos()[3]) as image:
        return encoded(image.convert("L").resize(size, Image.Resampling.BILINEAR), "JPEG", quality=quality)


SMALL, TWELVE_MEGAPIXELS = (256, 192), (4000, 3000)


@pytest.mark.parametrize(
    ("files", "size", "quality", "padding", "workers"),
    [(40, SMALL, 75, 0, 1), (70, SMALL, 75, 0, 2), (40, TWELVE_MEGAPIXELS, 90, 0, 2), (2, SMALL, 75, 0, 1),
     (20, TWELVE_MEGAPIXELS, 5, 0, 2), (6, SMALL, 75, 3 << 20, 2)],
    ids=["thumbnails", "many thumbnails", "large photos", "two", "few bytes of many pixels", "few pixels of many bytes"],
)  # fmt: skip
def test_workers_start_for_what_there_is_to_read(
    files: int, size: tuple[int, int], quality: int, padding: int, workers: int, tmp_path: Path
) -> None:
    data = jpeg(size, quality)
    for i in range(files):  # each of another length, so that none is taken for a copy
        (tmp_path / f"{i}.jpg").write_bytes(data + bytes(padding + i))
    if quality == 5:
        assert files * (1 + len(data) / (128 << 10)) < 64, "its bytes alone are to be worth one worker"
    found = walk([os.fsencode(tmp_path)], frozenset({b".jpg"}))
    batches = list(start(found.files, [Column("a", Pid(), "none")]))
    assert sum(len(batch.index) for batch in batches) == files
    assert len({int(x) for batch in batches for x in batch.vectors[0][1].ravel()}) == workers
