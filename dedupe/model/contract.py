"""What plugins and the host agree on: requests, metrics, descriptors, decoders, distortions, trainers, indexes, reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, TextIO, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dedupe.model.aliases import Ints


API = 1

Mode: TypeAlias = Literal["L", "RGB"]
Source: TypeAlias = Literal["working", "full"]
Resample: TypeAlias = Literal["lanczos", "bicubic", "bilinear", "box"]


@dataclass(frozen=True, slots=True)
class Decode:
    """What a descriptor wants to be handed: u8 (n,h,w) for "L", (n,h,w,3) for "RGB".

    `size` is (width, height), the aspect ratio ignored; None hands over a list of arrays u8 (h_i,w_i[,3]) unresized.
    `source` "working" is the host's reduced picture (longest side at most 512), "full" the whole upright picture. A size is
    had in 8 bit, as Pillow resizes.
    """

    size: tuple[int, int] | None = None
    mode: Mode = "L"
    source: Source = "working"
    resample: Resample = "lanczos"


@dataclass(frozen=True, slots=True)
class Metric:
    """A distance that a plugin owns: block(A (n,d), B (m,d)) -> float32 (n,m), smaller is nearer, NaN is never near."""

    name: str
    dtype: str
    block: Callable[[NDArray[Any], NDArray[Any]], NDArray[np.float32]]


DTYPES = {"hamming": ("bits", "uint8"), "cosine": ("float32", "int8"), "l2": ("float32",)}
"""What a descriptor may declare as the `dtype` of its vectors, by metric; the first holds where it declares none."""

Images: TypeAlias = "NDArray[np.uint8] | list[NDArray[np.uint8]]"


class Named(Protocol):
    """What a plugin provides: its name and its version."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...


@runtime_checkable
class Descriptor(Named, Protocol):
    """What describes pictures. Parameters are keyword arguments of the class, kept as attributes of the same names.

    `metric` is "hamming" (u8, packed bits), "cosine" or "l2" (float32), or a `Metric`; `threshold` the distance up to
    which the author calls two pictures near-duplicates; `version` changes whenever an output bit may.

    More attributes may be there. `dtype` of the vectors, where it is not what the metric takes first (`DTYPES`): "int8" for
    "cosine"; "bits" and "uint8" both mean packed bits. `check()` is called before a run: it raises UsageError, whose sentence
    says what is missing, where the descriptor cannot work, as without a file or an extra. `on(device)` gives the same descriptor
    on another device than the CPU, "cuda", "directml", "coreml", or "auto" for any of them that there is, else the CPU; what it
    gives says in `device` which it is, which becomes a part of its key. It raises UsageError, with what there is, for a
    device that there is not; where one does not start, `describe` raises PictureError("device", a sentence).
    """

    @property
    def metric(self) -> str | Metric: ...
    @property
    def decode(self) -> Decode: ...
    @property
    def threshold(self) -> float: ...

    def describe(self, images: Any) -> NDArray[Any]:
        """Pictures as `decode` asked for them to an array (n,d)."""
        ...


@dataclass(frozen=True, slots=True)
class Traits:
    """What a file has besides the pixels of its first frame, which a copy may have lost.

    `frames` or pages, `depth` in bits a channel (8 where it is less), the ICC `profile`, `alpha` (some of it is see-through),
    `camera` (its EXIF names the maker), `gps` (and the place), `hdr` (a gain map), `motion` (a clip of the moment).
    """

    frames: int = 1
    depth: int = 8
    profile: bytes = b""
    alpha: bool = False
    camera: bool = False
    gps: bool = False
    hdr: bool = False
    motion: bool = False


@dataclass(frozen=True, slots=True)
class DecodedInfo:
    """What a decoder says of a picture: upright original width and height in pixels, format, EXIF date or None, and what else
    the file has; None: it does not tell.
    """

    width: int
    height: int
    format: str
    taken: int | None = None
    traits: Traits | None = None


@runtime_checkable
class Decoder(Named, Protocol):
    """What turns a file's bytes into pixels. `suffixes` are lower case with the dot; `matches` looks at the first 64 bytes.

    The host reads its own formats itself, but for cameras' RAW files that begin as a TIFF: they go to the decoder that
    matches the first bytes of a CR2.
    """

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    def matches(self, head: bytes) -> bool:
        """Whether a file that begins so is this decoder's."""
        ...

    def decode(self, stream: BinaryIO, want: tuple[int, int] | None) -> tuple[NDArray[np.uint8], DecodedInfo]:
        """The upright picture as u8 (h,w) or (h,w,3); may be smaller than the original, not below `want` (w,h)."""
        ...


@runtime_checkable
class Distortion(Named, Protocol):
    """What changes a picture as people do. Parameters are keyword arguments, kept as attributes of the same names.

    One that draws a picture's name may have `named(name) -> Distortion`, which the host calls for each picture.
    """

    def apply(self, image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """The distorted copy of an upright picture, u8 (h,w,3) to u8 (h',w',3). Raises PictureError where it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a trained artefact is: the `descriptor` that opens it, keys of its `trainer` and of its `base` descriptor.

    `pictures` it has learned from, `dimensions` of its output, and the trainer's own figures in `details` (JSON values).
    """

    name: str
    descriptor: str
    trainer: str
    base: str
    pictures: int
    dimensions: int
    details: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Trainer(Named, Protocol):
    """What learns a descriptor from vectors of another one, its `base` (a specification as `-d` takes it). One that wants the
    pictures themselves is a `PictureTrainer`.
    """

    @property
    def base(self) -> str: ...

    def fit(
        self, batches: Iterable[NDArray[np.float32]], out: Path, progress: Callable[[str, int, int], None]
    ) -> Manifest:
        """Learns from batches (k,d), which can be gone through again in the same order, and writes the artefact `out`."""
        ...


@runtime_checkable
class Index(Named, Protocol):
    """What proposes near points: the host measures each proposed pair exactly, and which share of pairs was found.

    Points are the rows of float descriptors made ready: float32, of length 1 for "cosine", centred for "l2", and compared by
    Euclidean distance. Parameters are keyword arguments, kept as attributes of the same names; `version` changes
    whenever `build` may give something else, or `load` no longer reads what `save` has written.
    """

    def build(self, points: NDArray[np.float32], seed: int) -> Any:
        """A structure of points (m,d), m and d at least 1, that `near` and `nearest` are given; `seed` starts what is random."""
        ...

    def near(self, built: Any, points: NDArray[np.float32], radius: float) -> tuple[Ints, Ints, Ints]:
        """Numbers int64 (p,) and (p,) of points (k,d) and of built ones that may be within `radius` of each other, and
        int64 (r,) of the points that are left to the host, which compares them with all.
        """
        ...

    def nearest(self, built: Any, points: NDArray[np.float32], count: int) -> Ints | None:
        """Numbers int64 (k,count) of the built points nearest to points (k,d), or None where they cannot be had."""
        ...

    def save(self, built: Any, path: Path) -> None:
        """Writes the structure to one file."""
        ...

    def load(self, path: Path, shape: tuple[int, int]) -> Any:
        """The structure that was saved of points of that shape (m,d); raises whatever it likes where the file has none."""
        ...


@runtime_checkable
class Report(Named, Protocol):
    """A form of results, asked for as --format NAME or by a file's suffix. Parameters are keyword arguments, kept as attributes
    of the same names.

    `suffixes` are lower case with the dot; `commands` the verbs whose results it writes, as ("scan", "find").
    """

    @property
    def suffixes(self) -> tuple[str, ...]: ...
    @property
    def commands(self) -> tuple[str, ...]: ...

    def write(self, result: Any, stream: TextIO) -> None:
        """Writes a result, such as a `Scan`, to a stream of text, which it leaves open."""
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """A check of the kit on what a plugin provides: "passed", "failed" or "skipped" (`message` says why)."""

    kind: str
    name: str
    check: str
    outcome: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point as `dedupe plugins` lists it: "loaded", "failed" (`error` says why), "not loaded", or "on demand" for a
    whole command, which is imported when it runs. `unknown` are the hooks that it has and this host has not.
    """

    name: str
    distribution: str
    version: str
    origin: str
    provides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    error: str | None = None
    status: str = "loaded"
    unknown: tuple[str, ...] = ()
