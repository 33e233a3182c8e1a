"""The keeper's rule with a judge, part by part: where it has to ask, it stops, the pairs are judged, and it goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dedupe.engines.looking import looked_at_groups
from dedupe.engines.parts.tasks import Ref, Tasks
from dedupe.group import Neighbours
from dedupe.model import TURNS, Bools, Ints, LookedAt, PairJudge, Progress, Proposed, ToGroup, ToJudge
from dedupe.model.judgement import Judgement

Pair = tuple[int, int]
SourcePair = tuple[Any, Any, str]
Said = dict[Pair, "Judgement | None"]

LEAST, MOST = 32, 256
"""Pairs that one call judges: each starts a child process, and where a worker is lost its call is judged again."""

CALLS = 64
"""There are about so many calls at a time, within these bounds."""


@dataclass(frozen=True, slots=True)
class PartAsked:
    """A part: its contents, int64 (k,) ascending, where its `neighbours` lie, and what is asked of its rows."""

    rows: Ints
    neighbours: Ref
    asked: ToGroup

    def of_all(self, pairs: Proposed) -> Proposed:
        """Pairs of the part as pairs of contents."""
        return Proposed(self.rows[pairs.left], self.rows[pairs.right], pairs.distance, pairs.turn)


def looked_at(
    tasks: Tasks, parts: Sequence[PartAsked], limits: Sequence[float], judge: ToJudge, progress: Progress
) -> list[LookedAt]:
    """What `looked_at_groups` gives for each part."""
    found: dict[int, LookedAt] = {}
    said: list[Said] = [{} for _ in parts]
    about = [tasks.put((part.asked, list(limits), judge.equals[part.rows], judge.single[part.rows])) for part in parts]
    while len(found) < len(parts):
        left = [number for number in range(len(parts)) if number not in found]
        calls = [tasks.call(_looked, parts[number].neighbours, about[number], said[number]) for number in left]
        wanted: list[tuple[int, Proposed]] = []
        for number, gave in zip(left, tasks.get(calls), strict=True):
            if isinstance(gave, LookedAt):
                found[number] = gave
            else:
                wanted.append((number, gave))
        _ask(tasks, parts, wanted, judge.judge, said, progress)
    return [found[number] for number in range(len(parts))]


class _Wanted(Exception):
    """Pairs of which nothing was said yet."""

    def __init__(self, pairs: Proposed) -> None:
        self.pairs = pairs


def _looked(
    neighbours: Sequence[Neighbours], about: tuple[ToGroup, list[float], Ints, Bools], said: Mapping[Pair, Any]
) -> LookedAt | Proposed:
    """What the rule gives, or the pairs that have to be judged before it can."""
    asked, limits, equals, single = about

    def ask(pairs: Proposed) -> list[Judgement | None]:
        rows = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
        new = np.array([pair not in said for pair in rows], np.bool_)
        if new.any():
            raise _Wanted(pairs.of(new))
        return [said[pair] for pair in rows]

    try:
        return looked_at_groups(asked, neighbours, limits, ask, equals, single)
    except _Wanted as wanted:
        return wanted.pairs


def _ask(
    tasks: Tasks,
    parts: Sequence[PartAsked],
    wanted: Sequence[tuple[int, Proposed]],
    judge: PairJudge,
    said: list[Said],
    progress: Progress,
) -> None:
    """Adds what is said of pairs: what the cache has, and what is judged elsewhere, which the cache is given as it comes in."""
    places = [
        (number, pair)
        for number, pairs in wanted
        for pair in sorted(zip(pairs.left.tolist(), pairs.right.tolist(), pairs.turn.tolist(), strict=True))
    ]
    rows = np.array([parts[number].rows[[a, b]] for number, (a, b, _) in places], np.int64).reshape(-1, 2)
    every, at = np.unique(rows, return_inverse=True)
    sources = judge.sources(every)
    at = at.reshape(-1, 2)
    pairs = [
        (sources[a], sources[b], TURNS[turn]) for (a, b), (_, (_, _, turn)) in zip(at.tolist(), places, strict=True)
    ]
    answers = judge.known(pairs)
    unknown = [item for item, answer in enumerate(answers) if answer is None]
    if unknown:
        given = iter(_judged_elsewhere(tasks, judge, [pairs[item] for item in unknown], progress))
        answers = [next(given) if answer is None else answer for answer in answers]
    for (number, (a, b, _)), answer in zip(places, answers, strict=True):
        said[number][a, b] = answer


def _judged_elsewhere(
    tasks: Tasks, judge: PairJudge, pairs: Sequence[SourcePair], progress: Progress
) -> list[Judgement | None]:
    """What is said of pairs, some at a time; it is kept as it comes in, whatever becomes of the rest."""
    size = min(MOST, max(LEAST, -(-len(pairs) // CALLS)))
    batches = [pairs[first : first + size] for first in range(0, len(pairs), size)]
    how, done, found = tasks.put(judge.elsewhere), 0, dict[int, list[Judgement | None]]()
    for number, said in tasks.done([tasks.call(_judged, how, batch) for batch in batches]):
        judge.keep(batches[number], said)
        found[number] = said
        done += len(said)
        progress("judging", done, len(pairs))
    return [answer for number in range(len(batches)) for answer in found[number]]


def _judged(how: Any, pairs: Sequence[SourcePair]) -> list[Judgement | None]:
    """What is said of pairs by the judge's own child processes."""
    found: list[Judgement | None] = how(pairs)
    return found
