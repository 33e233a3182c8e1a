"""What belongs to one shot: a RAW and its JPEG, a still and its clip, and files that say more of a picture."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from dedupe.errors import Refused

RAW = frozenset(
    b".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef .raf .raw .rw2 .rwl .sr2 .srf "
    b".srw .x3f".split()
)
STILL = frozenset(b".jpg .jpeg .jpe .heic .heif .hif".split())
CLIP = frozenset([b".mov"])
SIDECAR = frozenset(b".xmp .aae .thm".split())
FULL_NAME = frozenset(b".xmp .json".split())
"""What stands behind a picture's whole name: sidecars of some programs, and those of Google Takeout."""

PICTURE = RAW | STILL | frozenset(b".png .webp .tif .tiff .gif .bmp .avif .jp2 .jxl .psd".split())


@dataclass(frozen=True, slots=True)
class Shot:
    """The files of a folder that have one name but for their suffixes; all are names."""

    pictures: tuple[bytes, ...]
    clips: tuple[bytes, ...]
    sidecars: tuple[bytes, ...]


def names_in(folder: bytes) -> tuple[bytes, ...]:
    """The names in a folder, sorted; none where there is no such folder. Raises Refused where its names are kept secret."""
    try:
        return tuple(sorted(os.listdir(folder)))
    except PermissionError:
        message = f"{os.fsdecode(folder)} cannot be listed, so that it is not known what belongs to it"
        raise Refused("unreadable", message) from None
    except OSError:
        return ()


def split(name: bytes) -> tuple[bytes, bytes]:
    """A name without its suffix, and the suffix in lower case."""
    stem, dot, ending = name.rpartition(b".")
    return (stem, (dot + ending).lower()) if stem else (name, b"")


def shot(stem: bytes, names: Sequence[bytes]) -> Shot:
    """What of a folder's sorted names has a stem."""
    of = [name for name in (stem, *_beginning(stem + b".", names)) if split(name)[0] == stem]
    kinds = [tuple(name for name in of if split(name)[1] in each) for each in (PICTURE, CLIP, SIDECAR)]
    return Shot(*kinds)


def own_sidecars(name: bytes, names: Sequence[bytes]) -> Iterator[bytes]:
    """The files of a folder that say more of this picture alone: IMG_1.JPG.xmp, and Takeout's IMG_1.JPG.json and
    IMG_1.JPG.supplemental-metadata.json, whose end it cuts.
    """
    for each in _beginning(name + b".", names):
        stem, suffix = split(each)
        if suffix in FULL_NAME and b".supplemental-metadata".startswith(stem[len(name) :]):
            yield each


def _beginning(start: bytes, names: Sequence[bytes]) -> Iterator[bytes]:
    """Those of sorted names that begin so."""
    return takewhile(lambda name: name.startswith(start), islice(names, bisect_left(names, start), None))


def go_together(one: bytes, other: bytes) -> bool:
    """Whether two pictures of one stem are one shot: what a camera writes as RAW and for looking at."""
    kinds = {split(one)[1] in RAW, split(other)[1] in RAW}
    stills = {split(one)[1] in STILL, split(other)[1] in STILL}
    return len(kinds) == 2 and len(stills) == 2


def counterpart(name: bytes, picture: bytes, beside: bytes, names: Sequence[bytes]) -> bytes | None:
    """The name that belongs to a picture `beside`, in a folder of these sorted names, as `name` belongs to another picture."""
    ending = name[len(picture) :] if name.startswith(picture) else split(name)[1]
    wanted = (beside if name.startswith(picture) else split(beside)[0]) + ending
    start = wanted[: len(wanted) - len(ending)]
    return next((each for each in _beginning(start, names) if each.lower() == wanted.lower()), None)
