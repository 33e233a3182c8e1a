"""Pictures on one template are variants of it, and their own copies are found; a photo's edits are no family."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from dedupe.group import Neighbours
from dedupe.judge.families import BESIDE, groups_and_families
from dedupe.model import Pairs, Proposed
from dedupe.model.judgement import Judgement

BOX = (0.1, 0.1, 0.9, 0.3)


def groups(n: int, kinds: dict[tuple[int, int], str]) -> tuple[dict[int, int], dict[tuple[int, int], str], int]:
    """The kept row of each member, what is said of them, how many pairs were asked about; all rows are near each other, and
    pairs that have no kind are `edited` by something inside."""
    near = list(combinations(range(n), 2))
    left, right = (np.array([pair[side] for pair in near], np.int64) for side in (0, 1))
    every = Neighbours(
        "near", np.arange(n), np.zeros(n, np.float32), Pairs(left, right, np.ones(len(near), np.float32))
    )
    asked = list[tuple[int, int]]()

    def ask(pairs: Proposed) -> list[Judgement]:
        rows = list(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True))
        asked.extend(rows)
        said = [kinds.get((min(pair), max(pair)), "edited") for pair in rows]
        return [Judgement(kind, kind, 0.9, box=BOX if kind == "edited" else None) for kind in said]

    none, equals = np.zeros((0, 2), np.int64), np.zeros(n, np.int64)
    found = groups_and_families(np.arange(n), [every], [1.0], np.zeros(n, np.bool_), ask, none, equals)
    owner = dict(zip(found.pairs.right.tolist(), found.pairs.left.tolist(), strict=True))
    return owner, {pair: one.kind for pair, one in found.said.items() if one}, len(asked)


@pytest.mark.parametrize(("changed", "members"), [(2, 2), (3, 0), (30, 0)])
def test_three_that_are_variants_of_each_other_are_variants_of_their_template(changed: int, members: int) -> None:
    variants = dict.fromkeys(combinations(range(1, changed + 1), 2), "variant")
    owner, said, asked = groups(changed + 1, variants)
    assert len(owner) == members
    assert {said[0, row] for row in range(1, changed + 1)} == ({"edited"} if members else {"variant"})
    assert asked <= (2 + BESIDE + 16) * (changed + 1)


def test_edits_of_a_photo_that_are_edits_of_each_other_stay_its_copies() -> None:
    owner, _, _ = groups(6, {})
    assert owner == dict.fromkeys(range(1, 6), 0)


def test_a_copy_of_one_of_a_family_is_found() -> None:
    kinds = dict.fromkeys(combinations(range(1, 5), 2), "variant") | {(1, 4): "re-encoded"}
    owner, _, _ = groups(5, kinds)
    assert owner == {4: 1}
