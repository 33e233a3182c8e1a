"""Where the work of a scan is done, in this process and its children or on other machines: what an engine is given, and gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from dedupe.model.contract import Named

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from dedupe.model.aliases import Bools, Ints
    from dedupe.model.arrays import Failure, Matrix, Proposed
    from dedupe.model.asked import Run
    from dedupe.model.contract import Metric
    from dedupe.model.judgement import Judgement


Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Batch:
    """k files that are done: `index` int64 (k,), their `stat` int64 (k,6), `contents` structured (k,) of CONTENT_FIELDS.

    `decoded` bool (k,): False where the digest was known, from the store or from an earlier file of the same task, so that
    only the digest of its content is filled in. `vectors` has (rows int64 (r,) into this batch, X (r,d)) for each column.
    `failures` are (file index, Failure): of files that are not in `index`, and, of stage "describe", of files that are there
    but miss a column.
    """

    index: Ints
    stat: Ints
    contents: NDArray[np.void]
    decoded: NDArray[np.bool_]
    vectors: tuple[tuple[Ints, NDArray[Any]], ...]
    failures: list[tuple[int, Failure]]


class Portion(Protocol):
    """Some files of a collection, with all that a crew has to know of them. It can be pickled."""

    def __len__(self) -> int:
        """How many files there are."""
        ...


class Crew(Protocol):
    """Child processes that describe one portion after the other. They stay between portions, warm, and may die of a hostile
    picture without harm to the process that has the crew.
    """

    def describe(self, portion: Portion) -> list[Batch]:
        """All files of a portion, each as a row of one batch or as a failure, numbered as in the whole collection. Raises
        DedupeError if no child can be started.
        """
        ...

    def notes(self) -> list[str]:
        """What there is to say to the user that was not said yet, as that a descriptor is left out."""
        ...

    def close(self) -> None:
        """Ends the child processes."""
        ...


class ToDescribe(Protocol):
    """The files of a scan that have to be read, decoded and described, and how. It stays in the process of the scan: portions
    and `crew` are what can be pickled.
    """

    def __len__(self) -> int:
        """How many files there are, at least one."""
        ...

    def here(self) -> Iterator[Batch]:
        """All of them in child processes of this one, as the local engine does."""
        ...

    def portions(self, most: int) -> Iterator[Portion]:
        """The files in portions of at most about so many, each file in one, in the order in which they are read fastest."""
        ...

    @property
    def crew(self) -> Callable[[int], Crew]:
        """What makes a crew of so many child processes, in whatever process it is called. It can be pickled, and loads what
        it needs of plugins where it is unpickled; what is installed there has to be what is installed here.
        """
        ...

    def lost(self, portion: Portion, message: str) -> Batch:
        """The failures of a portion that could not be done, with the sentence that says why."""
        ...


@dataclass(frozen=True, slots=True)
class Criterion:
    """One descriptor by which contents may be near each other: its `label` in results, its `metric` ("hamming" for u8 of packed
    bits, "cosine" for float32 or int8, "l2" for float32, or a plugin's own), the largest distance that is near, `threshold`,
    one matrix for each of `turns` (words of TURNS, "none" first), and one for each of the `regions`, if parts are looked for.
    Matrices hold X (m,d) of the contents (rows) that they name: those that can be told apart by it.

    Two contents are near where one upright and the other turned in any of the ways are within the threshold; of several ways the
    nearest counts, of equally near ones the first of TURNS. So they are where a region of the one and the other as a whole
    are, that other turned only if it is not fixed.
    """

    label: str
    metric: str | Metric
    threshold: float
    turns: tuple[str, ...]
    matrices: tuple[Matrix, ...]
    regions: tuple[Matrix, ...] = ()


@dataclass(frozen=True, slots=True)
class ToCompare:
    """n contents of which those near each other are wanted, among the ones `used`, bool (n,): flat ones (quality 0 or less) whose
    `pixels` are equal, and those in the matrices of each criterion. Two contents that are both `fixed`, bool (n,), are not
    compared.

    `contents` is structured (n,) of CONTENT_FIELDS. `index` is what --index asks for, a name or a plugin's index, and `folder`
    where searches on this machine may keep what took long, or None. `unless_it_fails(label)` is a context in which a plugin's
    metric is asked: a MetricError ends the block, and the result is without that criterion. Where all pairs will be `judged`, and
    more are near than this machine holds, the nearest ones will do.
    """

    contents: NDArray[np.void]
    criteria: Sequence[Criterion]
    used: Bools
    fixed: Bools
    index: Any
    folder: Path | None
    unless_it_fails: Callable[[str], AbstractContextManager[None]]
    judged: bool = False


@dataclass(frozen=True, slots=True)
class ToGroup:
    """The keeper's rule: goes through the contents `order`, int64 (k,), best to keep first, all of those near another one.
    Contents `fixed`, bool (n,), are never members, and the two of each pair in `apart`, int64 (m,2), are never in one group,
    not through a third one either.
    """

    order: Ints
    fixed: Bools
    apart: Ints


class PairJudge(Protocol):
    """What looks at pictures, pair by pair. `ask` does it here; on other machines it is `elsewhere`, a function that can be
    pickled, is given the sources of both pictures and the turn of the second, and uses child processes where it is called.
    """

    def ask(self, pairs: Proposed) -> Sequence[Judgement | None]:
        """What the two contents of each pair are to each other, None where that cannot be said; from the cache where it has it,
        in which it is kept. Raises Interrupted.
        """
        ...

    def sources(self, rows: Ints) -> list[Any]:
        """Where each of the contents int64 (k,) is read; can be pickled."""
        ...

    @property
    def elsewhere(self) -> Callable[[Sequence[tuple[Any, Any, str]]], list[Judgement | None]]:
        """Judges pairs of sources, each with a word of TURNS, without any cache."""
        ...

    def known(self, pairs: Sequence[tuple[Any, Any, str]]) -> list[Judgement | None]:
        """What the cache has of pairs of sources, None where it has nothing."""
        ...

    def keep(self, pairs: Sequence[tuple[Any, Any, str]], said: Sequence[Judgement | None]) -> None:
        """Puts into the cache what was said of pairs of sources elsewhere; None is passed over."""
        ...


@dataclass(frozen=True, slots=True)
class ToJudge:
    """What the keeper's rule with a judge has to know besides `ToGroup`: the `judge`; `equals` int64 (n,), one number for
    contents of which the one may take the place of the other that lacks what it has; and which contents are `single`, bool
    (n,): of one file, and not fixed, so that they stand alone unless they are in a group.
    """

    judge: PairJudge
    equals: Ints
    single: Bools


@dataclass(frozen=True, slots=True)
class LookedAt:
    """Pairs of a kept content and a member that is a copy of it, and those of a kept content and one `beside` it, which is in no
    group; what was `said` of both; how many contents in no group could not be held against one near them.
    """

    pairs: Proposed
    beside: Proposed
    said: Mapping[Pair, Judgement]
    not_judged: int

    def kinds_beside(self) -> list[str]:
        """The kinds of those that stand beside."""
        pairs = zip(self.beside.left.tolist(), self.beside.right.tolist(), strict=True)
        return [self.said[pair].kind for pair in pairs]

    def listed(self, kinds: Sequence[str]) -> Proposed:
        """The pairs of these kinds."""
        import numpy as np

        from dedupe.model.arrays import Proposed

        left, right, distance, turn = (
            np.concatenate([getattr(each, name) for each in (self.pairs, self.beside)])
            for name in ("left", "right", "distance", "turn")
        )
        wanted = [self.said[pair].kind in kinds for pair in zip(left.tolist(), right.tolist(), strict=True)]
        return Proposed(left, right, distance, turn).of(np.array(wanted, np.bool_))


class Nearness(Protocol):
    """Who is near whom, wherever that is known: no pair has to come to the process of the scan before it is in a group."""

    @property
    def names(self) -> list[str]:
        """Those of the distances that pairs have: "pixels", then the labels of the criteria that did not fail, in their order."""
        ...

    @property
    def limits(self) -> list[float]:
        """The largest distance of each, 1.0 for "pixels"."""
        ...

    @property
    def notes(self) -> list[str]:
        """Sentences on how it was searched, as how many of the near pairs were found."""
        ...

    def near_another(self) -> Bools:
        """Which contents are near another one, bool (n,)."""
        ...

    def counts(self) -> list[int]:
        """How many pairs of contents are near each other by each criterion that did not fail."""
        ...

    def groups(self, asked: ToGroup) -> Proposed:
        """Pairs of a kept content, left, and its members, right, sorted by the keep order of the kept one, then of the member,
        with the distances float32 (m, names), NaN where a criterion does not take the two for near.

        A content that is no member yet becomes kept, and all near it that are in no group become its members.
        """
        ...

    def looked_at(self, asked: ToGroup, judge: ToJudge) -> LookedAt:
        """The same, but only what the judge says are copies are members: a content asks the kept ones near it, nearest first,
        at most 16; the first that is a copy takes it.
        """
        ...


class Machines(Protocol):
    """An engine that runs."""

    def describe(self, work: ToDescribe) -> Iterator[Batch]:
        """Every file of the work in one batch, described or with a reason, as soon as it is done: each batch that is given is
        saved. Which process did it changes no value. Raises Interrupted after SIGINT, once what was finished has been given.
        """
        ...

    def near(self, work: ToCompare) -> Nearness:
        """Who is near whom. The groups made of it do not depend on how many machines there are."""
        ...


@runtime_checkable
class Engine(Named, Protocol):
    """Where the work of a scan is done, asked for as --engine NAME. Parameters are keyword arguments, kept as attributes of the
    same names; that of `address`, where there is one, is what --engine NAME=ADDRESS gives.

    More attributes may be there. `check()` is called before anything is done: it raises UsageError, whose sentence says what is
    missing, as an extra.
    """

    def started(self, run: Run, say: Callable[[str], None]) -> AbstractContextManager[Machines]:
        """Starts what it needs, or connects to it; at the end of the block it ends what it has started, however the block ends.

        `run.workers` is how many processes are asked for, None where that is left to the engine, `run.progress` is told how far
        it is, and `say` takes a sentence for the user. Raises UsageError or DedupeError where it cannot be had.
        """
        ...
