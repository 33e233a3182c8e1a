"""One shot is one item: what stands beside a picture and belongs to it by its name."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from dedupe.actions.companions import split

COMPANIONS = frozenset({b".xmp", b".aae", b".json", b".thm", b".mov", b".mp4"})
"""Suffixes of what belongs to a picture of the same name: sidecars, and the clip of a Live Photo."""


@dataclass(slots=True)
class CardShot:
    """Pictures of one name in one folder, as a RAW with its JPEG, and their companions; the names of all begin with `stem`."""

    stem: bytes
    pictures: list[bytes] = field(default_factory=list)
    companions: list[bytes] = field(default_factory=list)


def shots(pictures: Sequence[bytes], others: Collection[bytes]) -> list[CardShot]:
    """The shots of these pictures, sorted by path, with what of the other files belongs to them. Case does not count."""
    found: dict[tuple[bytes, bytes], CardShot] = {}
    for path in sorted(pictures):
        folder, name = os.path.split(path)
        stem = split(name)[0]
        found.setdefault((folder, stem.lower()), CardShot(stem)).pictures.append(path)
    for path in sorted(others):
        if shot := _owner(path, found):
            shot.companions.append(path)
    return list(found.values())


def _owner(path: bytes, found: dict[tuple[bytes, bytes], CardShot]) -> CardShot | None:
    """The shot that a file belongs to: IMG_1.xmp, IMG_1.JPG.xmp and IMG_1.JPG.supplemental-metadata.json to IMG_1.JPG."""
    folder, name = os.path.split(path)
    stem, suffix = split(name.lower())
    if suffix not in COMPANIONS:
        return None
    while stem:
        if shot := found.get((folder, stem)):
            return shot
        stem, shorter = split(stem)
        if not shorter:
            return None
    return None
