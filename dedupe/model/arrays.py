"""What flows through the stages: structs of arrays, and the constants that their columns mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dedupe.model.containers import INSIDE
from dedupe.model.in_memory import MEMORY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dedupe.model.containers import MemberPlace, Members

TURNS = ("none", "hflip", "vflip", "rotate180", "rotate90", "rotate270", "transpose", "transverse")
"""The orientations of a picture. `rotate90` is a quarter turn counter-clockwise, `transpose` mirrors at the main diagonal,
`transverse` at the other one. A pair with `turn` t says: the right picture, turned by t, looks like the left one."""

UNTURN = (0, 1, 2, 3, 5, 4, 6, 7)
"""By index into TURNS the turn that undoes a turn: only the quarter turns swap."""

FLIPS = ("hflip", "vflip")
"""The orientations that `--turns=flips` adds to the upright one."""

REGIONS = tuple(f"half-{x}-{y}" for y in range(3) for x in range(3))
"""The windows of half a picture's width and height, by the quarters left of and above them."""

NO_DATE = -(2**63)
"""`taken` of a picture that does not say when it was taken."""

TRAITS = ("alpha", "profile", "camera", "gps", "hdr", "motion")
"""What a file may have besides pixels, as `Traits` has it: see there."""

CONTENT_FIELDS: list[tuple[Any, ...]] = [
    ("digest", "V32"),  # BLAKE3-256 of the file's bytes
    ("pixels", "V16"),  # digest of the working image, without quality of all pixels, and of the original size
    ("width", "<i4"),  # of the upright original
    ("height", "<i4"),
    ("format", "S8"),  # JPEG, PNG, ...; of a WebP its codec, VP8 or VP8L
    ("taken", "<i8"),  # seconds since 1970 of the local time in EXIF, or NO_DATE
    ("quality", "<f4"),  # 0 (flat, nearly blank) to 1; below 0: shades alone
    ("decoder", "<u4"),  # 0: the host's own; else a mark of the plugin's decoder and its version
    ("frames", "<u2"),  # or pages, at most 65,535; 0: its decoder tells neither this nor what follows
    ("depth", "u1"),  # bits a channel
    ("traits", "u1"),  # bit i: it has TRAITS[i]
    ("profile", "<u4"),  # CRC-32 of the ICC profile; 0: none
]
"""The columns of a structured array of contents, one row a content."""


@dataclass(frozen=True, slots=True)
class Files:
    """n files as a struct of arrays: paths in one blob, `paths[offsets[i]:offsets[i+1]]`, and int64 columns (n,).

    `sniff` marks files that have no suffix of ours and count only if their first bytes are a picture's;
    `root` is the index of the root (of those given) that a file was found under. Pictures in memory stand among them: their
    path is a name, their device MEMORY, their inode a number, under which `held` has their bytes. Of pictures in containers
    the path is that of the container, `::` and a name, the device INSIDE, the inode a number among `members`, and times are
    the container's. `labels` are those that lists gave, by path.
    """

    paths: bytes
    offsets: NDArray[np.int64]
    size: NDArray[np.int64]
    mtime_ns: NDArray[np.int64]
    ctime_ns: NDArray[np.int64]
    device: NDArray[np.int64]
    inode: NDArray[np.int64]
    root: NDArray[np.int64]
    sniff: NDArray[np.bool_]
    held: Mapping[int, bytes] = field(default_factory=dict)
    members: Members | None = None
    labels: Mapping[bytes, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.size)

    def path(self, i: int) -> bytes:
        """The path of file i, as the file system's bytes."""
        return self.paths[self.offsets[i] : self.offsets[i + 1]]

    @property
    def in_memory(self) -> NDArray[np.bool_]:
        """Which are pictures in memory, bool (n,)."""
        found: NDArray[np.bool_] = self.device == MEMORY
        return found

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which are pictures in containers, bool (n,)."""
        found: NDArray[np.bool_] = self.device == INSIDE
        return found

    @property
    def no_file(self) -> NDArray[np.bool_]:
        """Which are no files of their own, so that nothing can be done to them, bool (n,)."""
        return self.in_memory | self.inside

    def place(self, i: int) -> MemberPlace | None:
        """Where picture i is read if it is in a container."""
        return self.members.place(int(self.inode[i])) if self.members and self.device[i] == INSIDE else None


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or plugin that could not be used: data, with a stable one-word `reason` and a sentence."""

    path: bytes
    stage: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """m pairs as a struct of arrays: left, right int64 (m,), distance float32 (m,), turn uint8 (m,) into TURNS.

    Sorted by (left, right), unique; within one set left < right, across two sets left counts in the first.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    distance: NDArray[np.float32]
    turn: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True, slots=True)
class Proposed:
    """m pairs that one of d descriptors at least takes for near, as a struct of arrays: left, right int64 (m,) are rows of
    contents, `distance` float32 (m,d) is NaN where a descriptor does not, `turn` uint8 (m,) into TURNS is as in `Pairs`.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    distance: NDArray[np.float32]
    turn: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.left)

    def of(self, some: NDArray[np.bool_] | NDArray[np.int64]) -> Proposed:
        """Some of the pairs."""
        return Proposed(self.left[some], self.right[some], self.distance[some], self.turn[some])


@dataclass(frozen=True, slots=True)
class Matrix:
    """Descriptors X (n,d) of n contents; `contents` are the store's ids int64 (n,)."""

    contents: NDArray[np.int64]
    X: NDArray[Any]

    def among(self, wanted: NDArray[np.bool_]) -> Matrix:
        """The rows whose contents are wanted, bool by content; itself, without a copy, if all are."""
        keep = wanted[self.contents]
        return self if keep.all() else Matrix(self.contents[keep], self.X[keep])
