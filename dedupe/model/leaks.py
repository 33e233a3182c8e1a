"""What a leak check gives out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dedupe.model.arrays import Failure
from dedupe.model.held import Held, Pair
from dedupe.model.judgement import Box
from dedupe.model.results import File, Header, group_pairs


@dataclass(frozen=True, slots=True)
class Leaked:
    """A picture that matches its group's kept one; `label` is the name of its class folder, None without one, and the rest is as
    in `Member`.
    """

    file: File
    label: str | None
    distance: Mapping[str, float]
    turn: str = "none"
    kind: str | None = None
    why: str = ""
    box: Box | None = None
    contains: str | None = None
    known: bool = False


@dataclass(frozen=True, slots=True)
class LeakGroup:
    """A training picture and the test pictures that match it directly, or of one set one picture and those that match it, nearest
    first.
    """

    kept: File
    label: str | None
    members: tuple[Leaked, ...]

    def crosses(self, one: Leaked) -> bool:
        """Whether a member stands under another label than the kept picture."""
        return differ(self.label, one.label)


def differ(a: str | None, b: str | None) -> bool:
    """Whether two labels are known and not the same."""
    return a is not None and b is not None and a != b


@dataclass(frozen=True, slots=True)
class LeakSummary:
    """Counts of a leak check: pictures on each side, how many of the test pictures leaked, and how many of these match a
    training picture of another label. `candidates` are the pairs that descriptors took for near; of what was looked at, `kinds`
    says how many pairs are copies, by kind, and how many other pictures are something else, `not_judged` how many could not be.

    Where there was a baseline, `new` and `known` are how many of these pictures have a match that it has not, and have none.

    Of one set, which is `train` then, `test` is 0, and what leaked is what stands in it again.
    """

    train: int
    test: int
    described: int
    groups: int
    pairs: int
    leaked: int
    cross_label: int
    candidates: int
    labels: Mapping[str, int]
    failures: Mapping[str, int]
    others: Mapping[str, int]
    seconds: Mapping[str, float]
    suffixes: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    not_judged: int = 0
    new: int | None = None
    known: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Leaks(Held):
    """The result of a leak check; a test picture stands in the group of each training picture that it matches, and of one set a
    picture in one group at most.

    `clean` are the test pictures that match none, sorted by path; each `File` is made when it is asked for. `foreign` counts
    the test set's files of other types, which were not looked at.
    """

    header: Header
    groups: Sequence[LeakGroup]
    failures: Sequence[Failure]
    summary: LeakSummary
    clean: Sequence[File] = ()
    foreign: int = 0

    @property
    def one_set(self) -> bool:
        """Whether one set was looked through, and no test set held against a training set."""
        return not self.summary.test

    def pairs(self) -> Iterator[Pair]:
        """Each kept picture with each one that matches it."""
        return group_pairs(self.groups)

    def unique(self) -> Iterator[File]:
        """The test pictures that match no training picture, of copies all; of one set one of each group, and the rest."""
        return iter(self.clean)
