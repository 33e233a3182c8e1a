"""By which descriptors a scan goes that names none, by the number of pictures alone."""

from __future__ import annotations

import pytest

from dedupe.config import LEARNED_DESCRIPTOR
from dedupe.describe.choose import Budget, choose, proposing
from dedupe.describe.gather import load_plugins
from dedupe.model import Run
from dedupe.near.usual import MOST, Asked


@pytest.mark.parametrize(
    ("pictures", "thorough", "labels"),
    [
        (MOST, False, ["pdq", LEARNED_DESCRIPTOR]),
        (MOST + 1, False, ["pdq"]),
        (MOST + 1, True, ["pdq", LEARNED_DESCRIPTOR]),
    ],
)
def test_the_number_of_pictures_says_whether_the_network_proposes_too(
    pictures: int, thorough: bool, labels: list[str]
) -> None:
    asked = Asked((), (), "none", False, thorough, True, everything=True)
    before, notes = asked.before_the_walk(load_plugins())
    chosen, more = asked.after_it(before, pictures, Run(workers=1))
    assert [each.label for each in before] == ["pdq", LEARNED_DESCRIPTOR] and not notes
    assert [each.label for each in chosen] == labels
    assert bool(more) == (len(labels) == 1)
    assert all("--thorough does, in about 7 minutes." in note for note in more)


@pytest.mark.parametrize(("names", "each"), [("pdq", 0.002), (["pdq", LEARNED_DESCRIPTOR], 0.01)])
def test_a_judge_is_given_as_many_unrelated_pictures_for_each_whatever_the_number(
    names: list[str], each: float
) -> None:
    chosen = choose(load_plugins(), names)
    for pictures in (1000, 50_000):
        pairs = pictures * (pictures - 1) // 2
        assert proposing((), pictures, chosen).share(pairs) == pytest.approx(each * pictures / pairs)
    assert proposing("fpr=1e-5", 1000, chosen) == Budget(1e-5, float("inf"))
