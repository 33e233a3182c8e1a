"""What questions about single pictures give out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dedupe.model.held import Held, Pair

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dedupe.model.arrays import Failure
    from dedupe.model.judgement import Judgement
    from dedupe.model.results import File, Header, Summary


@dataclass(frozen=True, slots=True)
class Match:
    """A picture of the searched folders near a query; where both were looked at, the `kind`, `why`, and the share of the blocks
    with structure that `agree`, as a Judgement has them, and which `contains` the other one as a part: "query" or "match".
    """

    query: bytes
    file: File
    distance: Mapping[str, float]
    turn: str = "none"
    kind: str | None = None
    why: str = ""
    agree: float | None = None
    contains: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Found(Held):
    """The result of a find: matches, for each query nearest first."""

    header: Header
    matches: Sequence[Match]
    failures: Sequence[Failure]
    summary: Summary

    def pairs(self) -> Iterator[Pair]:
        """Each query with each picture near it."""
        for one in self.matches:
            yield Pair(os.fsdecode(one.query), one.file.path_str, one.distance, one.turn)


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


@dataclass(frozen=True, slots=True, repr=False)
class Compared(Held):
    """The result of a comparison: one row a descriptor, and what the two are to each other; None: that cannot be said. `files`
    are the two, as results of before this was kept have them not.
    """

    header: Header
    comparisons: Sequence[Comparison]
    failures: Sequence[Failure]
    summary: Summary
    judgement: Judgement | None = None
    files: Sequence[File] = ()

    def pairs(self) -> Iterator[Pair]:
        """The two pictures for each descriptor by which they match."""
        for one in self.comparisons:
            if one.match:
                yield Pair(os.fsdecode(one.a), os.fsdecode(one.b), {one.descriptor: one.distance}, one.turn)


@dataclass(frozen=True, slots=True)
class Description:
    """One descriptor of one picture: its key, its values (d,), u8 for packed bits, and its name in this result."""

    path: bytes
    descriptor: str
    values: NDArray[Any]
    name: str


@dataclass(frozen=True, slots=True, repr=False)
class Described(Held):
    """The result of describing pictures: one row a picture and descriptor."""

    header: Header
    descriptions: Sequence[Description]
    failures: Sequence[Failure]
    summary: Summary
