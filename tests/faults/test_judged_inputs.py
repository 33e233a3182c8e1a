"""Pictures that cannot be looked at a second time: their pairs are failures, never duplicates, and the others are judged."""

from __future__ import annotations

import mmap
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from blake3 import blake3
from PIL import Image

from dedupe.judge import accepted, judged
from dedupe.judge.life import Source
from dedupe.model import Failure, Run
from dedupe.model.judgement import Judgement
from faulty_workers import linux
from pictures import encoded, photo

HEAD = b"DEADLY"


def source(content: bytes, name: str) -> Source:
    return Source(name.encode(), (-1, 0), blake3(content).digest(), content)


GOOD, SMALL = (source(encoded(photo(200, 150).resize(size)), f"{size}") for size in ((200, 150), (120, 90)))


class Deadly:
    """A decoder that dies, and counts in memory that outlives a child how often it was asked to decode."""

    name, version, suffixes = "deadly", "1", (".deadly",)

    def __init__(self, die: Callable[[], None]) -> None:
        self.die, self.asked = die, mmap.mmap(-1, 1)

    def matches(self, head: bytes) -> bool:
        return head.startswith(HEAD)

    def decode(self, _: Any, __: Any) -> Any:
        self.asked[0] += 1
        self.die()


@linux
@pytest.mark.parametrize(
    ("die", "reason"),
    [(lambda: time.sleep(60), "timeout"), (lambda: os.kill(os.getpid(), signal.SIGSEGV), "crashed")],
    ids=["hangs", "crashes"],
)
@pytest.mark.parametrize("first", [True, False], ids=["kept", "member"])
def test_a_decoder_that_dies_at_the_second_read_costs_one_child_and_blames_its_file(
    die: Callable[[], None], reason: str, first: bool
) -> None:
    """Twenty pairs with one such picture would else take twenty times the timeout."""
    bad = source(HEAD, "bad.deadly")
    others = [source(encoded(photo(40 + n, 30)), f"{n}") for n in range(20)]
    pairs = [(bad, one, "none") if first else (one, bad, "none") for one in others]
    decoder = Deadly(die)
    found = judged([*pairs, (GOOD, SMALL, "none")], [decoder], Run(workers=1, cache="none", file_timeout=1))
    assert decoder.asked[0] == 1
    assert all(isinstance(one, Failure) for one in found[:-1])
    assert {(one.path, one.reason) for one in found[:-1] if isinstance(one, Failure)} == {(b"bad.deadly", reason)}
    assert isinstance(found[-1], Judgement) and accepted(found[-1])


def test_a_picture_above_the_cap_is_a_failure_of_its_own_pairs() -> None:
    large = source(encoded(photo(300, 200)), "large")
    found = judged([(GOOD, large, "none"), (GOOD, SMALL, "none")], (), Run(workers=1, cache="none", max_pixels=40_000))
    assert isinstance(found[0], Failure) and (found[0].path, found[0].stage) == (b"large", "judge")
    assert isinstance(found[1], Judgement) and accepted(found[1])


def test_what_is_no_number_is_no_duplicate() -> None:
    values = np.full((150, 200), np.nan, np.float32)
    values[:10] = 0.5
    nan = source(encoded(Image.fromarray(values), "TIFF"), "nan.tif")
    found = judged([(GOOD, nan, "none"), (nan, GOOD, "none"), (GOOD, SMALL, "none")], (), Run(workers=1, cache="none"))
    assert not any(isinstance(one, Judgement) and accepted(one) for one in found[:2]), found[:2]
    assert isinstance(found[2], Judgement) and accepted(found[2])
