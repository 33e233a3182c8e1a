"""What tests of faults share: a folder of pictures that must still be there afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, photos: list[Path]) -> Iterator[Path]:
    """Three photos, one of them twice, and one nearly black picture; all of them are still there afterwards."""
    from PIL import Image

    place = tmp_path / "pictures"
    place.mkdir()
    for i, photo in enumerate(photos[::30][:3]):
        (place / f"{i}.jpg").write_bytes(photo.read_bytes())
    with Image.open(place / "0.jpg") as image:
        image.save(place / "0-again.jpg", quality=85)
        image.convert("L").point(lambda v: v // 20).save(place / "dark.png")
    before = {path: path.read_bytes() for path in place.iterdir()}
    yield place
    assert {path: path.read_bytes() for path in place.iterdir()} == before
