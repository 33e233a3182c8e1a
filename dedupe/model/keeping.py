"""What keep rules are asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from dedupe.model.arrays import NO_DATE, TRAITS, Files
from dedupe.model.contract import Named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dedupe.model.aliases import Ints


@dataclass(frozen=True, slots=True)
class Candidates:
    """n files, in the order of their paths, of which each group keeps one: columns (n,) that are made when they are asked for.

    They are the files `index` int64 (n,) among `files`; `row` int64 (n,) are their rows in `contents` (CONTENT_FIELDS).
    """

    files: Files
    index: Ints
    contents: NDArray[np.void]
    row: Ints

    def __len__(self) -> int:
        return len(self.index)

    def path(self, i: int) -> bytes:
        """The path of candidate i."""
        return self.files.path(int(self.index[i]))

    @property
    def path_length(self) -> Ints:
        """Bytes of each path, int64."""
        return (self.files.offsets[1:] - self.files.offsets[:-1])[self.index]

    @property
    def size(self) -> Ints:
        """Bytes of each file, int64."""
        return self.files.size[self.index]

    @property
    def pixels(self) -> Ints:
        """Width times height of each picture, int64."""
        found: Ints = self.contents["width"].astype("i8") * self.contents["height"]
        return found[self.row]

    @property
    def format(self) -> NDArray[np.bytes_]:
        """Format of each picture, S8: b"JPEG", b"PNG", ...; of a WebP its codec, b"VP8" or b"VP8L"."""
        found: NDArray[np.bytes_] = self.contents["format"][self.row]
        return found

    @property
    def frames(self) -> Ints:
        """Frames or pages of each picture, int64; 1 where its decoder does not tell."""
        found: Ints = self.contents["frames"][self.row].astype("i8").clip(1)
        return found

    def has(self, *traits: str) -> Ints:
        """How many of these each picture has, int64: words of TRAITS, and "date" for one by EXIF."""
        bits = self.contents["traits"].astype("i8")
        found: Ints = bits * 0
        for trait in traits:
            found += self.contents["taken"] != NO_DATE if trait == "date" else bits >> TRAITS.index(trait) & 1
        return found[self.row]

    @property
    def date(self) -> NDArray[np.float64]:
        """When each picture was taken by its EXIF, else when its file was written: seconds since 1970, float64."""
        taken = self.contents["taken"][self.row]
        dates: NDArray[np.float64] = taken.astype("f8")
        undated = taken == NO_DATE
        dates[undated] = self.files.mtime_ns[self.index[undated]] / 1e9
        return dates

    @property
    def written(self) -> Ints:
        """When each file was written, in nanoseconds since 1970, int64."""
        return self.files.mtime_ns[self.index]


@runtime_checkable
class Rule(Named, Protocol):
    """What says which of several files is kept. Parameters are keyword arguments, kept as attributes of the same names."""

    def order(self, candidates: Candidates) -> NDArray[Any]:
        """A number for each candidate, (n,), of integers, floats or bools: the least is kept first. NaN comes last."""
        ...
