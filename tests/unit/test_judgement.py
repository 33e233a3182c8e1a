"""Kinds of pictures, as they are asked for."""

from __future__ import annotations

import pytest

from dedupe.errors import UsageError
from dedupe.model.judgement import COPIES, LISTED, Judgement, kinds


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), COPIES),
        ("", COPIES),
        ("all", LISTED),
        ("variant", ("variant",)),
        ("similar, variant", ("variant", "similar")),
        (["similar", "edited,variant"], ("edited", "variant", "similar")),
    ],
)
def test_kinds_are_listed_by_name_in_their_order(words: str | list[str], named: tuple[str, ...]) -> None:
    assert kinds(words) == named


@pytest.mark.parametrize("word", ["variants", "different", "variant,nothing"])
def test_what_is_no_kind_is_told_with_those_that_are(word: str) -> None:
    with pytest.raises(UsageError, match=r"--kind (variants|different|nothing): .*same-bytes, .*similar, or all"):
        kinds(word)


def test_a_copy_lies_as_it_was_seen_to_and_what_is_none_as_it_was_proposed() -> None:
    assert Judgement("edited", "mirrored", 1.0, "hflip").turned("none") == "hflip"
    assert Judgement("edited", "cropped to 79 %", 1.0).turned("hflip") == "none"
    assert Judgement("similar", "another shot of one scene", 0.2).turned("hflip") == "hflip"
