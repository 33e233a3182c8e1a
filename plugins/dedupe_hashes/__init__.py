"""Perceptual hashes: those of ImageHash, libpHash and Meta's PDQ, each in a module of its own."""

from __future__ import annotations

from collections.abc import Callable

from dedupe import Descriptor, hookimpl
from dedupe_hashes.ahash import AHash
from dedupe_hashes.bmb import Bmb
from dedupe_hashes.dct import Dct
from dedupe_hashes.dhash import DHash
from dedupe_hashes.mh import Mh
from dedupe_hashes.pdq import Pdq
from dedupe_hashes.phash import PHash
from dedupe_hashes.radial import Radial
from dedupe_hashes.whash import WHash


@hookimpl
def dedupe_descriptors() -> list[Callable[..., Descriptor]]:
    """The classes of this package; none of their kernels is compiled before it is used."""
    return [AHash, DHash, PHash, WHash, Dct, Mh, Radial, Bmb, Pdq]
