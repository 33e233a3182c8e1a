"""A scan's result as a list of decisions: one row a file, which is kept or removed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dedupe.model.judgement import REMOVED

if TYPE_CHECKING:
    from dedupe.model.results import File, Group

KEEP, REMOVE = "keep", "remove"
"""What can be decided of a file."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A file of a group and what is decided of it: `action` is KEEP or REMOVE, `asked` whether somebody said so.

    `id` is "g3" for the kept file of group 3 and "g3m2" for its second member; `kind` is what a member is to the kept one,
    None where nobody looked or the row is the kept one's own.
    """

    id: str
    group: int
    file: File
    action: str
    asked: bool
    kind: str | None
    why: str

    @property
    def is_kept_one(self) -> bool:
        """Whether it is the file that its group was made around."""
        return "m" not in self.id


PROTECTED = "protected"
"""Why a file stays that lies in a folder of which nothing is removed."""


def proposed(file: File, kind: str | None, select: Sequence[str] = REMOVED) -> str:
    """What a plan proposes for a member of that kind, where the kinds `select` are to go: never what `apply` would refuse."""
    return REMOVE if kind in select and not file.protected and not file.no_file else KEEP


def rows_of(number: int, group: Group) -> Iterator[PlanRow]:
    """A group as a plan lists it by default: the kept file first, then its members. What is in an archive stays."""
    yield PlanRow(f"g{number}", number, group.kept, KEEP, False, None, group.why)
    for at, one in enumerate(group.members, 1):
        why = "; ".join(filter(None, (PROTECTED if one.file.protected else "", one.why)))
        yield PlanRow(f"g{number}m{at}", number, one.file, proposed(one.file, one.kind), False, one.kind, why)
