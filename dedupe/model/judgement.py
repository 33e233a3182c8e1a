"""What the judge says of two pictures."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("same-bytes", "same-pixels", "re-encoded", "adjusted", "edited", "variant", "similar", "different")
"""What two pictures can be to each other; the first that fits counts."""

COPIES = KINDS[:5]
"""Kinds of one picture; a variant has its layout with other content, what is similar is another shot of its scene."""

REMOVED = KINDS[:3]
"""Kinds of copies of which a plan proposes to keep one: nothing of the picture is lost with the others."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What two pictures a and b are to each other, by `kind` (of KINDS), `why` in words, the share of the blocks with structure
    that `agree`, the `turn` of b, and the `box` around what is changed, in shares of a: left, top, right, bottom.
    """

    kind: str
    why: str
    agree: float
    turn: str = "none"
    box: Box | None = None
