"""The keeper's rule with a judge, against the rule written out; and how often the judge is asked."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from dedupe.group import Neighbours
from dedupe.judge.grouping import REFUSALS, judged_groups
from dedupe.model import Pairs, Proposed
from dedupe.model.judgement import Judgement


def neighbours(near: dict[tuple[int, int], float], n: int) -> Neighbours:
    pairs = sorted(near)
    left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    distance = np.array([near[pair] for pair in pairs], np.float32)
    return Neighbours("near", np.arange(n), np.zeros(n, np.float32), Pairs(left, right, distance))


def by_the_rule(
    order: list[int],
    near: dict[tuple[int, int], float],
    same: set[tuple[int, int]],
    fixed: set[int],
    apart: set[tuple[int, int]],
) -> dict[int, int]:
    kept, owner = [], {}
    for row in order:
        others = {b if a == row else a for a, b in apart if row in (a, b)}
        taboo = others | {owner[other] for other in others if other in owner}
        asked = [
            (near[min(row, one), max(row, one)], at, one)
            for at, one in enumerate(kept)
            if (min(row, one), max(row, one)) in near
        ]
        taken = (
            None
            if row in fixed
            else next(
                (
                    one
                    for _, _, one in sorted(asked)[:REFUSALS]
                    if one not in taboo and (min(row, one), max(row, one)) in same
                ),
                None,
            )
        )
        if taken is None:
            kept.append(row)
        else:
            owner[row] = taken
    return owner


class Judge:
    def __init__(self, same: set[tuple[int, int]]) -> None:
        self.same, self.asked = same, list[tuple[int, int]]()

    def __call__(self, pairs: Proposed) -> list[Judgement]:
        rows = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
        self.asked += rows
        return [Judgement("re-encoded" if (min(pair), max(pair)) in self.same else "variant", "", 1.0) for pair in rows]


@pytest.mark.parametrize("parted", [0.0, 0.1])
@pytest.mark.parametrize("seed", range(40))
def test_groups_are_those_of_the_rule_and_no_pair_is_asked_twice(seed: int, parted: float) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    near = {
        pair: float(rng.integers(0, 4))
        for pair in combinations(range(n), 2)
        if rng.random() < rng.choice([0.1, 0.5, 1.0])
    }
    same = {pair for pair in near if rng.random() < 0.4}
    fixed = {row for row in range(n) if rng.random() < 0.1}
    order = rng.permutation(n)
    judge, references = Judge(same), np.isin(np.arange(n), list(fixed))
    apart = {pair for pair in combinations(range(n), 2) if rng.random() < parted}
    pairs = np.array(sorted(apart), np.int64).reshape(-1, 2)
    found = judged_groups(order, [neighbours(near, n)], [3.0], references, judge, pairs)
    owner = dict(zip(found.pairs.right.tolist(), found.pairs.left.tolist(), strict=True))
    assert owner == by_the_rule(order.tolist(), near, same, fixed, apart)
    assert not {(min(pair), max(pair)) for pair in judge.asked} & apart
    assert len(judge.asked) == len(set(judge.asked)) == len(found.said)


@pytest.mark.parametrize("alike", [True, False])
def test_many_near_pictures_are_asked_about_in_proportion_to_their_number(alike: bool) -> None:
    n = 300
    near = dict.fromkeys(combinations(range(n), 2), 1.0)
    judge = Judge(set(near) if alike else set())
    found = judged_groups(np.arange(n), [neighbours(near, n)], [3.0], np.zeros(n, np.bool_), judge)
    assert len(found.pairs) == (n - 1 if alike else 0)
    assert len(judge.asked) <= (1 if alike else REFUSALS + 1) * n


@pytest.mark.parametrize("seed", range(20))
def test_equal_rows_are_asked_about_as_the_rule_has_it(seed: int) -> None:
    """By two descriptors, each of which has many rows that are equal to it."""
    rng = np.random.default_rng(seed)
    n, near, each = 70, dict[tuple[int, int], float](), []
    for _ in range(2):
        classes, between = rng.integers(0, 3, n), {(0, 1): 1.0, (1, 2): 2.0}
        pairs = neighbours(between, 3).pairs
        each.append(Neighbours("near", classes, np.zeros(3, np.float32), pairs))
        for a, b in combinations(range(n), 2):
            one, other = sorted((int(classes[a]), int(classes[b])))
            distance = 0.0 if one == other else between.get((one, other))
            if distance is not None:
                near[a, b] = min(distance, near.get((a, b), distance))
    same = {pair for pair in near if rng.random() < 0.03}
    judge = Judge(same)
    found = judged_groups(np.arange(n), each, [3.0, 3.0], np.zeros(n, np.bool_), judge)
    owner = dict(zip(found.pairs.right.tolist(), found.pairs.left.tolist(), strict=True))
    assert owner == by_the_rule(list(range(n)), near, same, set(), set())
