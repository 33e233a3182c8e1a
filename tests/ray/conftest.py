"""What the scans on Ray have in common."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from copied_photos import copied_photos
from dedupe.testing import photos
from ray_runs import found_by, scan


@pytest.fixture(scope="session", autouse=True)
def imported() -> None:
    """Ray goes by the environment in which it is first imported, here as a scan imports it."""
    from dedupe_ray.cluster import ASKS, QUIET

    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**QUIET, **ASKS}.items():
            patch.setenv(name, value)
        with suppress(ImportError):
            import ray  # noqa: F401


@pytest.fixture(scope="session")
def pictures(tmp_path_factory, full) -> Path:
    """About 300 pictures, with --full 2,000 of the larger data beside the checkout, where it is there."""
    some = sorted(photos())[:100]
    if full and (data := os.environ.get("DEDUPE_TEST_DATA")):
        some = sorted(Path(data, "photos").rglob("*.jpg"))[:710] or some
    return copied_photos(tmp_path_factory.mktemp("copied") / "pictures", some)


@pytest.fixture(scope="session")
def right(pictures, tmp_path_factory) -> list[Any]:
    """What a scan on this machine finds."""
    found = found_by(scan(pictures, tmp_path_factory.mktemp("local") / "cache", engine="local"))
    assert len(found[0]) > 50
    return found
