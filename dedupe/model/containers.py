"""Files that hold pictures, as archives and tables do: what opens them, what they hold, and where a picture in one is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias, runtime_checkable

from dedupe.model.contract import Named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INSIDE = -2
"""The device of what is in a container."""

ADDRESS = -3
"""The device of containers at addresses."""

HEAD = 512
"""Bytes by which a source tells a container."""

MARK = b"::"
"""What stands between the path of a container and the name of a picture in it."""

Reader: TypeAlias = Callable[[int, int], bytes]
"""Gives the bytes of what lies at an offset and has so many, as an `Entry` says. Raises PictureError for that one alone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a container holds under a name: `offset` finds it again, `size` are its bytes once they are unpacked.

    `picture` is True where the container says that it is a picture; else its name's suffix has to be one's, or its first bytes.
    With `skipped`, words like "links", it is nothing that could be read, and is counted under these.
    """

    name: bytes
    offset: int
    size: int
    label: str = ""
    picture: bool = False
    skipped: str = ""


@runtime_checkable
class PictureSource(Named, Protocol):
    """What opens a kind of container. `suffixes` are lower case with their dots; `matches` looks at the first 512 bytes.

    It is handed the container as an open file, which it leaves open, in a child process that can write nothing, and never
    unpacks anything to the disk. `version` changes whenever `entries` may give something else of the same file.

    More attributes may be there. `labelled(column)` gives the same source, of another version, which takes labels from that
    column. `without(stream, out, offsets)` writes to a new file what the container is without the
    entries at these offsets: the same form, all else in it as it is and in its order; it raises PictureError where it cannot.
    `of_folder(path)` gives the paths of the containers that a folder is made of, which is
    then one data set, and none for any other folder. With `in_order` True its reader gets to an entry only through all that
    lie before, as in what is compressed as a whole; then what the judge needs for many pairs is read in one pass, in the order of
    the offsets.
    """

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    def matches(self, head: bytes) -> bool:
        """Whether a file with one of its suffixes that begins so is this source's."""
        ...

    def entries(self, stream: BinaryIO) -> Iterator[Entry]:
        """What there is, in any order, each offset once. Raises PictureError where the container ends early or is damaged:
        what was given until then counts.
        """
        ...

    def reader(self, stream: BinaryIO) -> Reader:
        """What reads one entry after the other, fastest in the order of their offsets."""
        ...


@dataclass(frozen=True, slots=True)
class Remote:
    """The way to what is at an address: where the process listens that fetches it, its key, and the number it has there."""

    place: str
    key: bytes
    number: int


@dataclass(frozen=True, slots=True)
class Container:
    """A file that holds pictures, as it was when it was looked through: its path, size in bytes, times in ns since 1970, device
    and inode as int64 holds them, and what opens it. One that is `remote` has an address as its path. With `by_entry` it stands
    for all files below an address, whose offsets change with them.
    """

    path: bytes
    size: int
    mtime_ns: int
    ctime_ns: int
    device: int
    inode: int
    source: PictureSource
    remote: Remote | None = None
    by_entry: bool = False


@dataclass(frozen=True, slots=True)
class MemberPlace:
    """Where a picture in a container is read."""

    container: Container
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Members:
    """m pictures in containers, as a struct of arrays: `container` int64 (m,) is a number into `containers`, `offset` and `size`
    int64 (m,) are those of its entry, and `labels` their labels, "" where one has none.
    """

    containers: Sequence[Container]
    container: NDArray[np.int64]
    offset: NDArray[np.int64]
    size: NDArray[np.int64]
    labels: Sequence[str]

    def place(self, member: int) -> MemberPlace:
        """Where member number `member` is read."""
        container = self.containers[int(self.container[member])]
        return MemberPlace(container, int(self.offset[member]), int(self.size[member]))


@dataclass(frozen=True, slots=True)
class Listing:
    """What a container holds, n entries as a struct of arrays: names (no two are equal), offsets and sizes int64 (n,), whether
    each is known to be a picture bool (n,), labels. `skipped` counts by reason what cannot be read; `failure` is the reason and
    the sentence where it could not be looked through, or not up to its end.
    """

    container: Container
    names: Sequence[bytes]
    offset: NDArray[np.int64]
    size: NDArray[np.int64]
    picture: NDArray[np.bool_]
    labels: Sequence[str]
    skipped: Mapping[str, int] = field(default_factory=dict)
    failure: tuple[str, str] | None = None
