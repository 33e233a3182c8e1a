"""Which picture of a set was made of which photos, and by what."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}

Change = Callable[[Image.Image, np.random.Generator], Image.Image]


@dataclass(frozen=True)
class Made:
    """A picture of a set: its path, what was done, and the names of the photos that it shows."""

    path: str
    how: str
    photos: Sequence[str]


def spread(folders: Sequence[Path], count: int) -> list[Path]:
    """So many of the photos of each folder, evenly spaced."""
    found = []
    for folder in folders:
        some = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
        found += [some[i] for i in np.unique(np.linspace(0, len(some) - 1, min(count, len(some))).round().astype(int))]
    return found


def fresh(folder: Path, make: Callable[[Path], Iterable[Made]]) -> list[Made]:
    """The pictures that `make` writes to a folder, with their list beside it; those of an earlier run where it is there."""
    truth = folder.with_suffix(".jsonl")
    if not truth.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        truth.write_text("".join(json.dumps(asdict(one)) + "\n" for one in make(folder)))
    return listed(truth)


def listed(truth: Path) -> list[Made]:
    return [Made(**json.loads(line)) for line in truth.read_text().splitlines()]


def save(image: Image.Image, path: Path, **options: Any) -> str:
    """Writes a picture, in RGB, and gives its whole path."""
    image.convert("RGB").save(path, **options)
    return str(path.resolve())
