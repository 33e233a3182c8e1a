"""What the judge says of two pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dedupe.errors import UsageError
from dedupe.model.observed import Observed

KINDS = ("same-bytes", "same-pixels", "re-encoded", "adjusted", "edited", "variant", "similar", "different")
"""What two pictures can be to each other; the first that fits counts."""

COPIES = KINDS[:5]
"""Kinds of one picture; a variant has its layout with other content, what is similar is another shot of its scene."""

LISTED = KINDS[:-1]
"""Kinds that a result can list."""

REMOVED = KINDS[:3]
"""Kinds of copies of which a plan proposes to keep one: nothing of the picture is lost with the others,"""

CHANGED = KINDS[3:5]
"""and those that it keeps, for the user to decide."""

Box = tuple[float, float, float, float]


LACKS = ("cut", "framed", "covered", "colour", "hues", "transparency", "depth", "detail", "enlarged")
"""What a picture can lack that another one has, the most important first: parts beyond its edge, that no border is around it,
what something hides, colour, all colours but one, transparency, more than 8 bits a channel, fine detail, and that it
was not enlarged.
"""


@dataclass(frozen=True, slots=True)
class Lack:
    """That of two pictures `side`, "a" or "b", lacks `what` (of LACKS) and the other one nothing; by how `much`, all in all."""

    side: str
    what: str
    much: float = 1.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What two pictures a and b are to each other, by `kind` (of KINDS), `why` in words, the share of the blocks with structure
    that `agree`, the `turn` of b, the `box` around what is changed, in shares of a: left, top, right, bottom; and of copies what
    one of them `lacks`, and which of them, "a" or "b", `contains` the other one as a part. `evidence` is there where it was asked
    for and the two could be laid over each other.
    """

    kind: str
    why: str
    agree: float
    turn: str = "none"
    box: Box | None = None
    lacks: Lack | None = None
    evidence: Observed | None = None
    contains: str | None = None

    @property
    def holder(self) -> str | None:
        """What a group calls the picture that contains the other one, of its kept picture a and a member b."""
        return {"a": "keep", "b": "member"}.get(self.contains or "")

    def turned(self, proposed: str) -> str:
        """How b lies: as a copy was seen to, whatever a descriptor has `proposed`; what is no copy was not laid over a."""
        return self.turn if self.kind in COPIES else proposed


def kinds(words: str | Iterable[str], option: str = "--kind") -> tuple[str, ...]:
    """The kinds that a result lists, in the order of KINDS: by name, several separated by commas, or "all"; without any those of
    one picture.

    Raises UsageError, which names the option, for what is no kind.
    """
    given = [words] if isinstance(words, str) else words
    named = [name.strip() for word in given for name in word.split(",") if name.strip()]
    if unknown := [name for name in named if name not in (*LISTED, "all")]:
        raise UsageError(f"{option} {unknown[0]}: not a kind; choose from {', '.join(LISTED)}, or all.")
    if not named:
        return COPIES
    return tuple(kind for kind in LISTED if kind in named or "all" in named)
