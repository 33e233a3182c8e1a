"""One picture, what was done to it, and how far its hashes moved."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedupe import DedupeError, UsageError, distort
from dedupe_lab.bits import HASHES, bits_apart, digits_apart, hashed, only_bits, words

DISTORTIONS = "s2"
"""Crystallised, swirled, with more contrast and noise."""

SHOWN = 220
"""The longest side of a picture on the sheet, in pixels."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the picture: its name, a small copy u8 (h,w,3), and by hash hex, bits and hex digits apart."""

    name: str
    image: NDArray[np.uint8]
    hex: dict[str, str]
    bits: dict[str, int]
    digits: dict[str, int]


def robustness(
    picture: Path,
    other: Path | None = None,
    hashes: Sequence[str] = HASHES,
    distortions: str = DISTORTIONS,
    **settings: Any,
) -> list[Version]:
    """The picture itself, its distorted versions and an unrelated one, each with its distance from the first.

    `other` is the unrelated one, by default a shipped photo. Raises DedupeError where a picture cannot be used, UsageError
    for what is no picture, for an unknown distortion and for what is no hash.
    """
    picture, other = _one_file(picture), _one_file(other) if other else _other(picture)
    if other.exists() and other.samefile(picture):
        other = picture
    only_bits(hashes, **settings)
    with tempfile.TemporaryDirectory() as folder:
        loose = settings.get("plugin", ())
        made = distort([picture], folder, distortions=distortions, form="png", plugin=loose)
        if made.failures:
            raise DedupeError(f"{picture} cannot be distorted: {made.failures[0].message}")
        asked = [key.partition("@")[0] for key in made.copies]
        copies = sorted(Path(folder).glob("*/*.png"), key=lambda path: asked.index(path.parent.name.partition("-")[0]))
        named = [
            ("original", picture),
            *((path.parent.name, path) for path in copies),
            ("unrelated", other),
        ]
        found = hashed([path for _, path in named], hashes, **settings)
        if found.failures:
            raise DedupeError(f"{os.fsdecode(found.failures[0].path)} cannot be used: {found.failures[0].message}")
        at = {path: row for row, path in enumerate(found.paths)}
        for path in (picture, other):
            if os.fsencode(path) not in at:
                raise UsageError(f"{path} is no picture; name a file that holds one.")
        order = [at[os.fsencode(path)] for _, path in named]
        return _versions(
            [(name, _small(path)) for name, path in named], {k: rows[order] for k, rows in found.rows.items()}
        )


def _versions(named: Sequence[tuple[str, NDArray[np.uint8]]], rows: dict[str, NDArray[np.uint8]]) -> list[Version]:
    packed = {spec: words(X) for spec, X in rows.items()}
    bits = {spec: bits_apart(W[:1], W)[0] for spec, W in packed.items()}
    digits = {spec: digits_apart(W[:1], W)[0] for spec, W in packed.items()}
    return [
        Version(
            name,
            image,
            {spec: X[i].tobytes().hex() for spec, X in rows.items()},
            {spec: int(each[i]) for spec, each in bits.items()},
            {spec: int(each[i]) for spec, each in digits.items()},
        )
        for i, (name, image) in enumerate(named)
    ]


def _one_file(path: Path) -> Path:
    """A file, through links to it; raises UsageError for a folder and for what is not there."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name one picture.")
    if not path.exists():
        raise UsageError(f"{path}: there is no such file.")
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _other(picture: Path) -> Path:
    """A shipped photo that is not the picture."""
    from dedupe.testing import photos

    own = picture.read_bytes()
    return next(photo for photo in sorted(photos()) if photo.read_bytes() != own)


def _small(path: Path) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as opened:
            opened.draft("RGB", (SHOWN, SHOWN))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
            upright.thumbnail((SHOWN, SHOWN), Image.Resampling.LANCZOS)
            return np.asarray(upright).copy()
    except Exception as error:  # Pillow raises many kinds
        raise DedupeError(f"{path} cannot be shown: {error}. Save it as PNG or JPEG first.") from None
