"""What is seen when one picture is laid over another, as results have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Observed:
    """Of two pictures a and b that were laid over each other: whether both are `drawn` (documents, screens, graphics), how many
    `blocks` have structure, and where the `corners` of b lie in a, from its upper left on clockwise, in shares of a.

    `boxes` are around the parts that do not agree, in shares of a. `shown` is the share of a's area that b shows, `beyond` that
    of b's area that a does not show, `rotated` by how many degrees b is, beside turns by right angles. `lighter`: by how many
    levels b is, `contrast` of b as a share of that of a, `colour` by how many levels a and b are off grey, `balance` how far
    the colours lie apart. `softer`: by how many pixels a would have to be blurred to be as soft as b, negative where b would,
    `grain`: how many levels of it b has more than a. `jpeg_quality` of both files, where they are JPEG.
    """

    drawn: bool
    blocks: int
    corners: tuple[Point, Point, Point, Point]
    boxes: tuple[tuple[float, float, float, float], ...]
    shown: float
    beyond: float
    rotated: float
    lighter: float
    contrast: float
    colour: tuple[float, float]
    balance: float
    softer: float
    grain: float
    jpeg_quality: tuple[int | None, int | None] = (None, None)


def as_line(seen: Observed) -> dict[str, Any]:
    """The fields with numbers of four decimals, as JSON has them."""
    return {name: _rounded(value) for name, value in asdict(seen).items()}


def from_line(line: Mapping[str, Any]) -> Observed:
    """What `as_line` gave. Raises KeyError, TypeError or ValueError for what it did not."""
    given = {each.name: line[each.name] for each in fields(Observed)}
    return Observed(**{name: _tuples(value) for name, value in given.items()})


def _rounded(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
