"""What tests of faults share: nothing is lost in any of them, a folder of pictures that must stay as it is, and a place to
install plugins in.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nothing_lost import guarded, kept


@pytest.fixture(autouse=True)
def nothing_lost(tmp_path: Path) -> Iterator[None]:
    """Whatever the program does in the test's own process, it takes no content away."""
    with guarded(tmp_path):
        yield


@pytest.fixture
def dedupe(dedupe: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """The command line in a process of its own, as for all tests; no content below `tmp_path` is missing after a run."""

    def run(*args: object, **options: Any) -> Any:
        with kept(tmp_path):
            return dedupe(*args, **options)

    return run


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
    with Image.open(photos[90]) as image:
        image.convert("L").point(lambda v: v // 20).save(place / "dark.png")
    before = {path: path.read_bytes() for path in place.iterdir()}
    yield place
    assert {path: path.read_bytes() for path in place.iterdir()} == before


@pytest.fixture
def site(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Installs a distribution with one entry point where `dedupe` finds it; gives the environment to run it with."""
    place = tmp_path / "site"

    def install(name: str, source: str, version: str = "1.0") -> dict[str, str]:
        info = place / f"dedupe_{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dedupe-{name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[dedupe]\n{name} = installed_{name}\n")
        (place / f"installed_{name}.py").write_text(textwrap.dedent(source))
        return {"PYTHONPATH": os.pathsep.join(filter(None, [str(place), os.environ.get("PYTHONPATH", "")]))}

    return install
