"""The engine that is always there: this process and its children."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from dedupe.describe.portions import here
from dedupe.engines.looking import looked_at_groups
from dedupe.group import Neighbours, group, near_another
from dedupe.model import Batch, Bools, LookedAt, Proposed, Run, ToCompare, ToDescribe, ToGroup, ToJudge
from dedupe.near import within


@dataclass(frozen=True, slots=True)
class LocalNearness:
    """Who is near whom, as lists of pairs in memory; `limits` are the largest distances of the neighbourhoods."""

    neighbours: Sequence[Neighbours]
    limits: list[float]
    notes: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Those of the distances."""
        return [each.name for each in self.neighbours]

    def near_another(self) -> Bools:
        """Which contents are near another one, bool (n,)."""
        return near_another(self.neighbours)

    def counts(self) -> list[int]:
        """How many pairs are near each other by each descriptor."""
        return [each.count() for each in self.neighbours[1:]]

    def groups(self, asked: ToGroup) -> Proposed:
        """Pairs of a kept content and its members."""
        return group(asked.order, self.neighbours, asked.fixed, asked.apart)

    def looked_at(self, asked: ToGroup, judge: ToJudge) -> LookedAt:
        """The same with a judge."""
        return looked_at_groups(asked, self.neighbours, self.limits, judge.judge.ask, judge.equals, judge.single)


class LocalMachines:
    """This process and its children."""

    def describe(self, work: ToDescribe) -> Iterator[Batch]:
        """All files."""
        return here(work)

    def near(self, work: ToCompare) -> LocalNearness:
        """Who is near whom."""
        neighbours, notes = within(work)
        limit = {each.label: each.threshold for each in work.criteria}
        return LocalNearness(neighbours, [1.0, *(limit[each.name] for each in neighbours[1:])], notes)


class Local:
    """`--engine local`."""

    name, version = "local", "1"

    def started(self, run: Run, say: Callable[[str], None]) -> AbstractContextManager[LocalMachines]:  # noqa: ARG002
        """There is nothing to start."""
        return nullcontext(LocalMachines())
