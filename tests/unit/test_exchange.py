"""The one exchange, against the rule written out: a member that has what the kept row lacks takes its place."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest

from dedupe.group import Neighbours
from dedupe.judge.families import groups_and_families
from dedupe.judge.grouping import REFUSALS
from dedupe.model import Pairs, Proposed
from dedupe.model.judgement import Judgement, Lack

Pair = tuple[int, int]


def neighbours(near: dict[Pair, float], n: int) -> Neighbours:
    pairs = sorted(near)
    left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    distance = np.array([near[pair] for pair in pairs], np.float32)
    return Neighbours("near", np.arange(n), np.zeros(n, np.float32), Pairs(left, right, distance))


class Judge:
    """Rows in `same` are copies; of these the one with less `detail` lacks it."""

    def __init__(self, same: set[Pair], detail: list[float]) -> None:
        self.same, self.detail, self.asked = same, detail, list[Pair]()

    def __call__(self, pairs: Proposed) -> list[Judgement]:
        rows = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
        self.asked += rows
        return [self.said(*pair) for pair in rows]

    def copies(self, a: int, b: int) -> bool:
        return (min(a, b), max(a, b)) in self.same

    def said(self, a: int, b: int) -> Judgement:
        if not self.copies(a, b):
            return Judgement("variant", "", 1.0)
        more = self.detail[b] - self.detail[a]
        lack = None if abs(more) < 1 else Lack("a" if more > 0 else "b", "detail", abs(more))
        return Judgement("re-encoded", "", 1.0, lacks=lack)


def grouped(
    n: int,
    near: dict[Pair, float],
    judge: Judge,
    equals: list[int] | None = None,
    fixed: tuple[int, ...] = (),
    apart: Sequence[Pair] = (),
) -> dict[int, int]:
    same = np.zeros(n, np.int64) if equals is None else np.array(equals)
    references = np.isin(np.arange(n), fixed)
    parted = np.array(apart, np.int64).reshape(-1, 2)
    found = groups_and_families(np.arange(n), [neighbours(near, n)], [3.0], references, judge, parted, same)
    assert all(pair in found.said for pair in zip(found.pairs.left.tolist(), found.pairs.right.tolist(), strict=True))
    return dict(zip(found.pairs.right.tolist(), found.pairs.left.tolist(), strict=True))


def by_the_rule(n: int, near: dict[Pair, float], judge: Judge, equals: list[int], fixed: set[int]) -> dict[int, int]:
    def first_kept(row: int, kept: list[int]) -> int | None:
        asked = [
            (near[min(row, one), max(row, one)], at, one) for at, one in enumerate(kept) if _pair(row, one) in near
        ]
        return next((one for _, _, one in sorted(asked)[:REFUSALS] if judge.copies(one, row)), None)

    kept, owner = list[int](), dict[int, int]()
    for row in range(n):
        taken = None if row in fixed else first_kept(row, kept)
        owner[row] = row if taken is None else taken
        if taken is None:
            kept.append(row)
    refused = {pair for row in range(n) if row not in fixed for pair in _asked(row, owner[row], kept, near)}
    owner = _with_joined(owner, kept, near, judge, fixed, refused)
    kept = [row for row in range(n) if owner[row] == row]
    place = dict[int, int]()
    for one in kept:
        members = [row for row in range(n) if owner[row] == one != row]
        better = [(-round(4 * (judge.detail[row] - judge.detail[one])), row) for row in members if one not in fixed]
        better = [(much, row) for much, row in better if much <= -4 and equals[one] == equals[row]]
        if better:
            place[one] = min(better)[1]
    crowd = {one for row, one in owner.items() if one != row}
    again = [row for row in range(n) if owner[row] in place and not _stays(row, place[owner[row]], judge)]
    again += [row for one, row in refused if one in place and owner[row] == row and row not in crowd]
    owner = {row: place.get(one, one) for row, one in owner.items() if row not in again}
    kept = [row for row in range(n) if owner.get(row) == row]
    for row in sorted(set(again)):
        taken = None if row in fixed else first_kept(row, kept)
        owner[row] = row if taken is None else taken
        if taken is None:
            kept.append(row)
    return {row: one for row, one in owner.items() if one != row}


def _with_joined(
    owner: dict[int, int], kept: list[int], near: dict[Pair, float], judge: Judge, fixed: set[int], refused: set[Pair]
) -> dict[int, int]:
    """The kept row of each row, once groups have joined; adds to `refused` who went through the rule again."""
    n = len(owner)
    said = {pair for row in range(n) if row not in fixed for pair in _tried(row, owner[row], kept, near)}
    while into := _joining(owner, near, judge, fixed, said):
        said |= {(into[one], row) for row, one in owner.items() if one in into}
        owner = {row: into.get(one, one) for row, one in owner.items()}
        again = [row for row, one in owner.items() if row != one and not judge.copies(row, one)]
        kept = [row for row in range(n) if owner[row] == row]
        for row in again:
            asked = _near_kept(row, kept, near)
            taken = next((one for one in asked if judge.copies(one, row)), None)
            owner[row] = row if taken is None else taken
            said |= {(one, row) for one in asked[: len(asked) if taken is None else asked.index(taken) + 1]}
            if taken is None:
                refused |= {(one, row) for one in asked}
                kept.append(row)
    return owner


def _near_kept(row: int, kept: list[int], near: dict[Pair, float]) -> list[int]:
    asked = sorted((near[_pair(row, one)], at, one) for at, one in enumerate(kept) if _pair(row, one) in near)
    return [one for _, _, one in asked[:REFUSALS]]


def _tried(row: int, owner: int, kept: list[int], near: dict[Pair, float]) -> list[Pair]:
    """Pairs of a kept row and one that was held against it."""
    asked = _near_kept(row, [one for one in kept if one < row], near)
    return [(one, row) for one in (asked if owner == row else asked[: asked.index(owner) + 1])]


def _joining(
    owner: dict[int, int], near: dict[Pair, float], judge: Judge, fixed: set[int], said: set[Pair]
) -> dict[int, int]:
    """By kept row the one that it joins, and in `said` what was asked about for it."""
    kept = sorted(set(owner.values()))
    links = dict[Pair, float]()
    for row, one in owner.items():
        for other in _near_kept(row, kept, near) if row != one else ():
            pair = _pair(one, other)
            if one != other and pair not in said and pair[1] not in fixed:
                links[pair] = min(near[_pair(row, other)], links.get(pair, np.inf))
    wanted = {
        later: [one for _, one in sorted((links[pair], pair[0]) for pair in links if pair[1] == later)]
        for later in kept
    }
    into = dict[int, int]()
    for later, several in wanted.items():
        left = REFUSALS - sum(
            row == later and not judge.copies(one, row) for one, row in said if {one, row} <= set(kept)
        )
        said |= {(one, later) for one in several[: max(0, left)]}
        taken = [one for one in several[: max(0, left)] if judge.copies(one, later) and one not in into]
        if taken:
            into[later] = taken[0]
    for later, one in [*into.items()]:
        members = [row for row, kept_row in owner.items() if row != kept_row == later]
        said |= {(one, row) for row in members}
        if 2 * sum(judge.copies(one, row) for row in members) < len(members):
            del into[later]
    return into


def _pair(a: int, b: int) -> Pair:
    return min(a, b), max(a, b)


def _stays(row: int, taker: int, judge: Judge) -> bool:
    return row == taker or judge.copies(row, taker)


def _asked(row: int, owner: int, kept: list[int], near: dict[Pair, float]) -> list[Pair]:
    """Pairs of a kept row and one that it refused."""
    places = {one: at for at, one in enumerate(kept)}
    asked = sorted((near[_pair(row, one)], places[one], one) for one in kept if one < row and _pair(row, one) in near)
    return [(one, row) for _, _, one in asked[:REFUSALS] if one != owner] if owner == row else []


@pytest.mark.parametrize("seed", range(60))
def test_groups_are_those_of_the_rule_with_one_exchange(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 30))
    share = rng.choice([0.1, 0.4, 1.0])
    near = {pair: float(rng.integers(0, 4)) for pair in combinations(range(n), 2) if rng.random() < share}
    same = {pair for pair in combinations(range(n), 2) if rng.random() < 0.6}
    judge = Judge(same, rng.integers(0, 4, n).astype(float).tolist())
    equals, fixed = rng.integers(0, 2, n).tolist(), {row for row in range(n) if rng.random() < 0.1}
    owner = grouped(n, near, judge, equals, tuple(fixed))
    assert owner == by_the_rule(n, near, judge, equals, fixed)
    assert all(judge.copies(row, kept) for row, kept in owner.items())
    assert not set(owner) & set(owner.values()) and not set(owner) & fixed
    assert len(judge.asked) == len(set(judge.asked))


CHAIN = {(0, 1): 1.0, (0, 2): 1.0, (1, 2): 2.0}


@pytest.mark.parametrize(
    ("detail", "owner"), [([0, 1, 2], {0: 2, 1: 2}), ([0, 2, 1], {0: 1, 2: 1}), ([0, 0.2, 0.4], {1: 0, 2: 0})]
)
def test_of_a_chain_the_one_with_most_is_kept(detail: list[float], owner: dict[int, int]) -> None:
    assert grouped(3, CHAIN, Judge(set(CHAIN), detail)) == owner


def test_neither_a_reference_nor_what_a_rule_before_keeps_gives_way() -> None:
    assert grouped(3, CHAIN, Judge(set(CHAIN), [0, 1, 2]), fixed=(0,)) == {1: 0, 2: 0}
    assert grouped(3, CHAIN, Judge(set(CHAIN), [0, 1, 2]), equals=[0, 1, 1]) == {1: 0, 2: 0}


def test_a_member_that_was_not_proposed_beside_the_new_one_is_held_against_it_all_the_same() -> None:
    near = {(0, 1): 1.0, (0, 2): 1.0}
    assert grouped(3, near, Judge(set(CHAIN), [0, 0, 2])) == {0: 2, 1: 2}
    assert grouped(3, near, Judge({(0, 1), (0, 2)}, [0, 0, 2])) == {0: 2}


LINKED = {(0, 2): 1.0, (1, 2): 1.0, (1, 3): 1.0, (1, 4): 1.0}


@pytest.mark.parametrize(
    ("refused", "owner"),
    [
        ([], {1: 0, 2: 0, 3: 0, 4: 0}),
        ([(0, 1)], {2: 0, 3: 1, 4: 1}),
        ([(0, 3)], {1: 0, 2: 0, 4: 0}),
        ([(0, 3), (0, 4)], {2: 0, 3: 1, 4: 1}),
    ],
)
def test_two_groups_are_one_where_what_both_keep_and_most_of_their_members_are(
    refused: list[Pair], owner: dict[int, int]
) -> None:
    judge = Judge(set(combinations(range(5), 2)) - set(refused), [0.0] * 5)
    assert grouped(5, LINKED, judge) == owner


def test_a_reference_joins_no_group_and_what_is_ignored_stays_where_it_is() -> None:
    judge = Judge(set(combinations(range(5), 2)), [0.0] * 5)
    assert grouped(5, LINKED, judge, fixed=(0, 1)) == {2: 0, 3: 1, 4: 1}
    assert grouped(5, LINKED, judge, fixed=(0,)) == {1: 0, 2: 0, 3: 0, 4: 0}
    assert grouped(5, LINKED, judge, apart=[(0, 4)]) == {2: 0, 3: 1, 4: 1}


class NoisyCopy(Judge):
    """Beside an enlargement, row 0, a noisy copy and the original, rows 1 and 2, seem to have as much; the copy lacks it."""

    def said(self, a: int, b: int) -> Judgement:
        lacks = {(0, 1): "a", (0, 2): "a", (1, 0): "b", (2, 0): "b", (1, 2): "a", (2, 1): "b"}.get((a, b))
        return Judgement("re-encoded", "", 1.0, lacks=Lack(lacks, "detail", 1.0) if lacks else None)


def test_of_two_that_could_take_the_place_the_one_is_kept_that_the_other_lacks_nothing_of() -> None:
    assert grouped(4, {**CHAIN, (0, 3): 1.0}, NoisyCopy(set(), [])) == {0: 2, 1: 2, 3: 2}


class Bordered(Judge):
    """It is seen that row 2 has what row 0 lacks, and not that row 1 has it, which is as good and stands before it."""

    def said(self, a: int, b: int) -> Judgement:
        lacks = {(0, 2): "a", (2, 0): "b"}.get((a, b))
        return Judgement("re-encoded", "", 1.0, lacks=Lack(lacks, "framed", 1.0) if lacks else None)


def test_of_what_is_as_good_as_the_one_that_takes_the_place_the_first_in_keep_order_is_kept() -> None:
    assert grouped(4, {**CHAIN, (0, 3): 1.0}, Bordered(set(), [])) == {0: 1, 2: 1, 3: 1}


def test_a_large_group_is_asked_about_in_proportion_to_its_members() -> None:
    n = 400
    near = {(0, row): 1.0 for row in range(1, n)}
    judge = Judge(set(combinations(range(n), 2)), [0.0] * (n - 1) + [1.0])
    assert set(grouped(n, near, judge).values()) == {n - 1} and len(judge.asked) <= 2 * n
