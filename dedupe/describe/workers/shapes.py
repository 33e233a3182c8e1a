"""What goes into the workers and what comes out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dedupe.model import CONTENT_FIELDS, DTYPES, Batch, Decoder, Descriptor, Distortion, Failure, Files, Ints, Members

Known: TypeAlias = tuple[NDArray[np.uint64], NDArray[np.uint32]]

CONTENT = np.dtype(CONTENT_FIELDS)
STAT = 6
"""Columns of a file's stat: size, mtime_ns, ctime_ns, device, inode, read_ns (when it was opened)."""


@dataclass(frozen=True, slots=True)
class Column:
    """One descriptor of the pictures turned one way, of a region of each (one of REGIONS), or of their distorted copies, stored
    under `key`.

    With `seed` and the content, what the distortion draws is determined.
    """

    key: str
    descriptor: Descriptor
    turn: str
    distortion: Distortion | None = None
    seed: int = 0
    region: str = ""

    @property
    def distorted(self) -> str:
        """The distortion's name, version and parameters, "" for the pictures as they are."""
        return "" if self.distortion is None else self.key.partition("/distort=")[2]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs to know once; `dead` are the columns that failed when they were tried, and how (a reason); `held`
    are the bytes of pictures in memory, by inode, and `members` says where those in containers are read.
    """

    columns: Sequence[Column]
    decoders: Sequence[Decoder]
    pixel_cap: int
    memory: int
    known: Known | None
    dead: Mapping[int, str]
    held: Mapping[int, bytes]
    members: Members | None = None


@dataclass(frozen=True, slots=True)
class FilesTask:
    """Files for one worker, by their positions in the backlog.

    `need` is the mask of columns of each, `single` has each described on its own, `identity` are each file's (device, inode);
    `sniff` marks those that may be no pictures.
    """

    items: list[int]
    paths: list[bytes]
    sniff: list[bool]
    identity: list[tuple[int, int]]
    need: list[int]
    single: bool


@dataclass(frozen=True, slots=True)
class FilesPortion:
    """k files out of a collection: their places in it, `index` int64 (k,), the `files` themselves and the columns wanted of each,
    None: all.
    """

    index: Ints
    files: Files
    need: NDArray[np.object_] | None

    def __len__(self) -> int:
        return len(self.index)


def empty_vectors(columns: Sequence[Column]) -> tuple[tuple[Ints, NDArray[Any]], ...]:
    """No rows for each of the columns."""
    return tuple((np.zeros(0, np.int64), np.zeros((0, 0), vector_dtype(c.descriptor))) for c in columns)


def vector_dtype(descriptor: Descriptor) -> np.dtype[Any]:
    """The dtype of a descriptor's vectors: the one it declares, else that of its metric."""
    metric = descriptor.metric
    declared = getattr(descriptor, "dtype", None) or (DTYPES[metric][0] if isinstance(metric, str) else metric.dtype)
    return np.dtype(np.uint8 if declared == "bits" else declared)


def no_files(columns: Sequence[Column], failures: list[tuple[int, Failure]]) -> Batch:
    """A batch of failures alone."""
    none = np.zeros(0, np.int64)
    return Batch(none, np.zeros((0, STAT), np.int64), np.zeros(0, CONTENT), none > 0, empty_vectors(columns), failures)
