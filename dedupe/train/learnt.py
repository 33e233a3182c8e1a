"""Photos to what a trainer learns from: read or described some at a time, kept in the store, read back in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from dedupe.describe import describe
from dedupe.describe.workers import Column
from dedupe.errors import DedupeError
from dedupe.model import Decoder, Failure, Files, Floats, Ints, Run
from dedupe.store import Store
from dedupe.walk.once import select

SLICE = 4096
"""Files described before their vectors are let go."""

BATCH = 512


@dataclass(frozen=True, slots=True)
class Distinct:
    """The different contents that could be described: `digests` V32 (n,), sorted, and the first file of each, int64 (n,);
    failures; how many were described now.
    """

    digests: NDArray[np.void]
    files: Ints
    failures: list[Failure]
    described: int


def describe_all(
    files: Files,
    columns: Sequence[Column],
    decoders: Sequence[Decoder],
    store: Store,
    run: Run,
    *,
    version: str,
) -> Distinct:
    """Describes all files by a column, or looks at what they hold without one, in constant memory but for 40 bytes a file.

    Raises Interrupted after saving what was finished.
    """
    digests: list[NDArray[np.bytes_]] = [np.zeros(0, "S32")]
    places: list[Ints] = [np.zeros(0, np.int64)]
    failures: list[Failure] = []
    described = 0
    for at in range(0, len(files), SLICE):
        some = select(files, np.arange(at, min(at + SLICE, len(files))))

        def told(stage: str, done: int, _: int, at: int = at) -> None:
            run.progress(stage, at + done, len(files))

        found = describe(some, columns, decoders, store, replace(run, progress=told), version=version)
        used = np.flatnonzero(found.rows >= 0)
        for matrix in found.matrices:
            used = used[np.isin(found.rows[used], matrix.contents)]
        digests.append(np.ascontiguousarray(found.contents["digest"][found.rows[used]]).view("S32"))
        places.append(at + used)
        failures += found.failures
        described += found.described
    unique, first = np.unique(np.concatenate(digests), return_index=True)
    return Distinct(unique.view("V32"), np.concatenate(places)[first], failures, described)


def digest_of(digests: NDArray[np.void]) -> str:
    """BLAKE3 over the sorted digests of contents: which pictures these are."""
    return "blake3:" + blake3(digests.tobytes()).hexdigest()


class Batches:
    """The vectors of some contents in batches (k,d), in the order of their digests, which has nothing to do with that of
    their paths: the first so many are a fair sample. It can be gone through again and again."""

    failures: Sequence[Failure] = ()

    def __init__(self, store: Store, key: str, digests: NDArray[np.void]) -> None:
        self._store, self.base, self._digests = store, key, digests

    def __len__(self) -> int:
        return -(-len(self._digests) // BATCH)

    def __iter__(self) -> Iterator[Floats]:
        for at in range(0, len(self._digests), BATCH):
            ids = self._store.find_digests(self._digests[at : at + BATCH])
            have, X = self._store.vectors(self.base, ids)
            if not have.all():
                raise DedupeError("The cache lost vectors while they were learned from; run the command again.")
            yield X

    def digest(self) -> str:
        """Which pictures these are."""
        return digest_of(self._digests)

    def about(self) -> Mapping[str, Any]:
        """What the manifest does not say of them anyway."""
        return {}
