"""Groups are a partition whose members all match their kept picture, whatever the pairs."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.group import Neighbours, group
from dedupe.model import Pairs


def neighbours(name: str, n: int, edges: set[tuple[int, int]], classes: list[int] | None = None) -> Neighbours:
    """Rows that are classes of their own, or the classes given, joined by edges between classes."""
    of = np.arange(n) if classes is None else np.array(classes, np.int64)
    count = int(of.max(initial=-1)) + 1
    clean = sorted({(min(a, b), max(a, b)) for a, b in edges if a != b and max(a, b) < count})
    left, right = (np.array([edge[side] for edge in clean], np.int64) for side in (0, 1))
    distance = (left * 7 + right).astype(np.float32)
    return Neighbours(name, of.astype(np.int64), np.zeros(count, np.float32), Pairs(left, right, distance))


cases = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.permutations(range(n)),
        st.lists(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))), min_size=1, max_size=2),
        st.lists(st.integers(-1, n - 1), min_size=n, max_size=n),
        st.sets(st.integers(0, n - 1)),
    )
)


def near(each: Neighbours, a: int, b: int) -> bool:
    ca, cb = int(each.classes[a]), int(each.classes[b])
    if ca < 0 or cb < 0:
        return False
    pairs = set(zip(each.pairs.left.tolist(), each.pairs.right.tolist(), strict=True))
    return ca == cb or (min(ca, cb), max(ca, cb)) in pairs


@settings(max_examples=300, deadline=None)
@given(cases)
def test_groups_are_a_partition_whose_members_match_their_kept_one(case):
    n, order, edges, classes, fixed = case
    found = [neighbours("a", n, edges[0]), neighbours("b", n, edges[-1], classes)]
    reference = np.array([row in fixed for row in range(n)])
    first = np.array(sorted(order, key=lambda row: row not in fixed), np.int64)
    grouping = group(first, found, reference)
    owner = dict(zip(grouping.right.tolist(), grouping.left.tolist(), strict=True))
    assert len(owner) == len(grouping.right), "a member twice"
    assert not set(owner) & set(owner.values()), "a kept row is a member"
    assert not set(owner) & fixed, "a reference is a member"
    for member, kept in owner.items():
        assert any(near(each, member, kept) for each in found)
    for i, (kept, member) in enumerate(zip(grouping.left, grouping.right, strict=True)):
        passed = ~np.isnan(grouping.distance[i])
        assert passed.tolist() == [near(each, int(kept), int(member)) for each in found]
    rank = {int(row): at for at, row in enumerate(first)}
    for row in first.tolist():
        if row in owner or row in fixed:
            continue
        better = [other for other in set(owner.values()) | set(range(n)) - set(owner) if rank[other] < rank[row]]
        assert not any(near(each, row, other) for each in found for other in better), "left beside a kept neighbour"


@settings(max_examples=300, deadline=None)
@given(cases, st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=8))
def test_rows_that_stand_apart_are_never_in_one_group_and_the_others_where_they_were(case, pairs):
    n, order, edges, classes, fixed = case
    found = [neighbours("a", n, edges[0]), neighbours("b", n, edges[-1], classes)]
    first = sorted(order, key=lambda row: row not in fixed)
    apart = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1] and max(pair) < n})
    grouping = group(
        np.array(first, np.int64),
        found,
        np.array([row in fixed for row in range(n)]),
        np.array(apart, np.int64).reshape(-1, 2),
    )
    owner: dict[int, int] = {}
    for row in first:  # the rule written out: the first that was kept, is near and may have it
        others = {b if a == row else a for a, b in apart if row in (a, b)}
        taboo = others | {owner[other] for other in others if other in owner}
        kept = [one for one in first[: first.index(row)] if one not in owner and one not in taboo]
        taken = None if row in fixed else next((o for o in kept if any(near(e, row, o) for e in found)), None)
        if taken is not None:
            owner[row] = taken
    assert dict(zip(grouping.right.tolist(), grouping.left.tolist(), strict=True)) == owner


def test_a_chain_of_blends_is_not_one_group():
    n = 41
    chain = neighbours("a", n, {(i, i + d) for i in range(n) for d in (1, 2, 3)})
    grouping = group(np.arange(n), [chain])
    assert np.all(np.abs(grouping.left - grouping.right) <= 3)
    assert len(np.unique(grouping.left)) > 5


def test_a_thousand_equal_rows_are_one_group_without_pairs():
    equal = Neighbours("a", np.zeros(1000, np.int64), np.zeros(1, np.float32), neighbours("a", 0, set()).pairs)
    grouping = group(np.arange(1000)[::-1].copy(), [equal])
    assert np.all(grouping.left == 999) and len(grouping.right) == 999
