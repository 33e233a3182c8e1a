"""By which descriptors a scan goes that names none, by the number of pictures alone."""

from __future__ import annotations

import pytest

from dedupe.describe.choose import Budget, proposing
from dedupe.describe.gather import load_plugins
from dedupe.model import Run
from dedupe.scan.usual import LEARNED, MOST, Asked


@pytest.mark.parametrize(
    ("pictures", "thorough", "labels"),
    [
        (MOST, False, ["pdq", LEARNED]),
        (MOST + 1, False, ["pdq"]),
        (MOST + 1, True, ["pdq", LEARNED]),
    ],
)
def test_the_number_of_pictures_says_whether_the_network_proposes_too(
    pictures: int, thorough: bool, labels: list[str]
) -> None:
    asked = Asked((), (), "none", False, thorough, True)
    before, notes = asked.before_the_walk(load_plugins())
    chosen, more = asked.after_it(before, pictures, Run(workers=1))
    assert [each.label for each in before] == ["pdq", LEARNED] and not notes
    assert [each.label for each in chosen] == labels
    assert bool(more) == (len(labels) == 1)
    assert all("--thorough does, in about 4 minutes." in note for note in more)


def test_a_judge_is_given_one_unrelated_picture_in_ten_whatever_the_number() -> None:
    assert proposing((), 1000).share(1000 * 999 // 2) == pytest.approx(100 / (1000 * 999 / 2))
    assert proposing("fpr=1e-5", 1000) == Budget(1e-5, float("inf"))
