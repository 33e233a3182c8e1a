"""What stands beside a picture: labels, captions and the like, in files of its name."""

from __future__ import annotations

from collections.abc import Sequence

SAYS = tuple(
    b".txt .text .caption .captions .tags .label .labels .cls .cls2 .index .inx .id .json .jsn .xml .yaml .yml .npy .npz .pth "
    b".ten .tb .mp .msg .cbor .pyd .pickle .pkl .xmp .aae".split()
)
"""What files end with that say something of a picture: labels, captions, vectors, as data sets have them, and sidecars."""


def beside(names: Sequence[bytes], pictures: Sequence[bool], left_out: Sequence[bool]) -> list[bool]:
    """Which files stand beside pictures that are left out, and beside no other; `pictures` says which names are pictures',
    `left_out` which of these are.

    Files of one folder whose names are the same up to the first dot belong together, as in a sample of WebDataset. Only what
    says something of a picture goes with it: a document or a clip of that name is worth something by itself.
    """
    keys = [_key(name) for name in names]
    given = list(zip(keys, pictures, left_out, strict=True))
    gone = {key for key, _, out in given if out}
    stay = {key for key, picture, out in given if picture and not out}
    return [
        key in gone - stay and not picture and not out and name.lower().endswith(SAYS)
        for name, (key, picture, out) in zip(names, given, strict=True)
    ]


def _key(name: bytes) -> bytes:
    folder, slash, base = name.rpartition(b"/")
    return folder + slash + base[:1] + base[1:].partition(b".")[0]
