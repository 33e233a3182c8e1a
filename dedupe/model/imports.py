"""What `dedupe import` gives out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dedupe.model.arrays import Failure

PICTURE, COMPANION, OTHER = "picture", "companion", "other"
"""What a file on a card is: a companion belongs to a picture beside it, as its sidecar does."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A file of the card, `source`, that is copied to `target`; what it is, its bytes, and their digest "blake3:HEX" where it
    had to be known before. Copies of one `shot` go together.
    """

    source: bytes
    target: bytes
    what: str
    size: int
    digest: str | None
    shot: int


@dataclass(frozen=True, slots=True)
class InLibrary:
    """A file of the card whose content the library has, at `place`, as `kind`: same-bytes, same-pixels or re-encoded."""

    path: bytes
    place: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """A picture that is copied although the library has one like it, at `place`: its `kind`, and in words why."""

    path: bytes
    place: bytes
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Import:
    """What is copied from a card to a library, and what need not be; `done` are the copies that stand, if it was carried out.

    `left` counts by suffix the files of other types that are not copied, `others` what was not looked at by reason, `failures`
    are files that could not be read or copied. `journal` is the name for `dedupe undo`, None where nothing was done.
    `own_calibrations` are the descriptors whose calibration the user made.
    """

    card: bytes
    library: bytes
    copies: Sequence[Copy]
    held: Sequence[InLibrary]
    likenesses: Sequence[Likeness]
    left: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)
    failures: Sequence[Failure] = ()
    unread: Sequence[Failure] = ()
    done: Sequence[Copy] | None = None
    journal: str | None = None
    own_calibrations: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything on the card is in the library, or will be when it is carried out."""
        missed = any(self.others.get(reason) for reason in ("symlinks", "special files"))
        copied = self.done is None or len(self.done) == len(self.copies)
        return copied and not (self.left or self.failures or missed)
