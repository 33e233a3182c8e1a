"""The judge as a function of two paths, in this process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from blake3 import blake3

from dedupe.errors import PictureError
from dedupe.judge.reading import Opened, judge_files, opened

CAP = 1 << 28


@lru_cache(maxsize=4)
def read(path: Path) -> Opened:
    data = path.read_bytes()
    return opened(data, blake3(data).digest(), (), CAP)


def kind(a: Path, b: Path) -> str:
    """The kind, or why there is none."""
    try:
        return judge_files(read(a), read(b), "none", (), CAP).kind
    except PictureError as error:
        return error.reason
