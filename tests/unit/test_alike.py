"""Which of judged pictures may not stand among different ones: pictures in, places out."""

from __future__ import annotations

import numpy as np

from dedupe.evaluate.alike import Alike, related
from dedupe.model.judgement import Judgement


def said(**kinds: str) -> dict[tuple[int, int], Judgement | None]:
    """What was said of pairs that are named so: of 0 and 1 by p01."""
    return {(int(name[1]), int(name[2])): Judgement(kind, "", 1.0) for name, kind in kinds.items()}


def test_copies_and_other_shots_go_and_what_only_looks_alike_stays():
    pairs = said(p01="re-encoded", p02="similar", p03="variant", p04="different")
    assert related(np.arange(5), pairs) == [(0, 1), (0, 2)]


def test_what_could_not_be_looked_at_stays():
    assert related(np.arange(2), {(0, 1): None}) == []


def test_a_copy_goes_with_what_it_is_a_copy_of_before_another_shot():
    assert related(np.arange(3), said(p02="similar", p12="edited")) == [(1, 2)]


def test_a_picture_is_not_left_out_for_one_that_is_left_out_itself():
    assert related(np.arange(3), said(p01="similar", p12="similar")) == [(0, 1)]
    assert related(np.array([2, 1, 0]), said(p21="similar", p10="similar")) == [(2, 1)]


def test_they_are_counted_by_kind_and_named_with_it():
    members, kinds = np.array([2, 3, 1]), ("re-encoded", "re-encoded", "similar")
    one = Alike(np.zeros(3, np.int64), members, kinds, ("pdq 2", "pdq 4", "pdq 60"), not_judged=1)
    assert one.counts() == {"re-encoded": 2, "similar": 1} and one.said() == "2 re-encoded, 1 similar"
    assert one.apart(5).tolist() == [True, False, False, False, True]
    assert one.named([b"/a", b"/b", b"/c", b"/d"], 1) == ["/c and /a (re-encoded, pdq 2)"]
    assert one.copies().said() == "2 re-encoded" and len(one.copies().member) == 2
    assert one.notes() == ["1 pair near each other could not be looked at, and may be copies."]
