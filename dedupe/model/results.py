"""What a run gives out: made on demand from the arrays, for what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dedupe.model.arrays import Failure

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is shown: path as bytes, size in bytes, upright dimensions, digest in hex, its other hard links."""

    path: bytes
    size: int
    width: int
    height: int
    format: str
    digest: str
    taken: int | None = None
    links: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A file that matches its group's kept one directly: distance by descriptor name, `kind` where it is known."""

    file: File
    distance: Mapping[str, float]
    turn: str = "none"
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A kept file and the files that match it, nearest first."""

    kept: File
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """How a result was made: command, descriptor keys, the distances used as thresholds by descriptor name."""

    command: str
    descriptors: tuple[str, ...]
    thresholds: Mapping[str, float]
    expected_false_pairs: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a run. `failures` and `others` by reason, `seconds` by stage, `freeable` in bytes."""

    files: int
    contents: int
    described: int
    groups: int
    duplicates: int
    freeable: int
    failures: Mapping[str, int]
    others: Mapping[str, int]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of a scan; `groups` makes each `Group` when it is asked for."""

    header: Header
    groups: Sequence[Group]
    failures: Sequence[Failure]
    summary: Summary

    def __iter__(self) -> Iterator[Group]:
        return iter(self.groups)


@dataclass(frozen=True, slots=True)
class Match:
    """A picture of the searched folders near a query."""

    query: bytes
    file: File
    distance: Mapping[str, float]
    turn: str = "none"


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a find: matches, for each query nearest first."""

    header: Header
    matches: Sequence[Match]
    failures: Sequence[Failure]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Comparison:
    """The distance of two pictures by one descriptor (NaN: undefined), and whether it is within the threshold."""

    a: bytes
    b: bytes
    descriptor: str
    distance: float
    threshold: float
    match: bool
    turn: str = "none"


@dataclass(frozen=True, slots=True)
class Compared:
    """The result of a comparison: one row a descriptor."""

    header: Header
    comparisons: Sequence[Comparison]
    failures: Sequence[Failure]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Description:
    """One descriptor of one picture: its key and values (d,), u8 for packed bits."""

    path: bytes
    descriptor: str
    values: NDArray[Any]


@dataclass(frozen=True, slots=True)
class Described:
    """The result of describing pictures: one row a picture and descriptor."""

    header: Header
    descriptions: Sequence[Description]
    failures: Sequence[Failure]
    summary: Summary
