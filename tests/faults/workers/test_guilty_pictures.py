"""Descriptors and decoders that crash, hang, eat memory or lie: only the guilty file is listed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from dedupe.describe.workers import Column
from dedupe.errors import DedupeError
from faulty_workers import FAULTS, Mean, Odd, column, healthy_vectors, linux, outcome, start

pytestmark = linux

SPAWN = pytest.param(
    "spawn", marks=pytest.mark.skipif(sys.platform == "win32", reason="as on Windows, tested elsewhere")
)


# -- descriptors that fail


@pytest.mark.parametrize("method", ["fork", SPAWN])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_descriptor_that_fails_on_two_pictures_costs_these_two(fault: str, method: str, folder: list[bytes]) -> None:
    if method == "spawn" and fault not in ("segfaults", "hangs in C"):
        pytest.skip("spawned workers die as forked ones do; two ways are enough")
    workers = 1 if method == "spawn" else 2  # each start of a spawned one takes as long as the work
    found = outcome(start(folder, column(fault, ""), timeout=2, memory=512 << 20, method=method, workers=workers))
    assert found.reasons == {20: FAULTS[fault][1], 70: FAULTS[fault][1]}
    assert {f.stage for _, f in found.failures} == {"describe"}
    assert all("mean0" in f.message and "\n" not in f.message for _, f in found.failures)
    expected = healthy_vectors(tuple(folder))
    assert found.vectors[0] == {i: v for i, v in expected.items() if i not in (20, 70)}
    if fault in ("raises", "eats memory"):  # the worker lives, so the other column has them
        assert found.vectors[1] == expected


@pytest.mark.parametrize("fault", ["NaN", "infinity"])
def test_a_descriptor_that_gives_nonsense_for_two_pictures_costs_these_two(fault: str, folder: list[bytes]) -> None:
    found = outcome(start(folder, column(fault)))
    assert found.reasons == {20: "not_finite", 70: "not_finite"}
    assert set(found.contents) == set(range(90))
    assert found.vectors[0] == {i: v for i, v in healthy_vectors(tuple(folder)).items() if i not in (20, 70)}


@pytest.mark.parametrize("fault", ["axes", "width", "rows", "dtype", "list"])
def test_another_dtype_or_shape_is_one_error_of_the_plugin(fault: str, folder: list[bytes]) -> None:
    done: set[int] = set()
    with pytest.raises(DedupeError, match=r"The descriptor mean0 .*mistake of the plugin"):
        for batch in start(folder, column(fault)):
            done.update(batch.index.tolist())
    assert done  # what was done until then has come


def test_images_are_read_only(folder: list[bytes]) -> None:
    class Careless(Mean):
        def describe(self, images: Any) -> Any:
            images[:] = 0
            return super().describe(images)

    found = outcome(start(folder[:3], [Column("a", Careless(), "none"), Column("b", Mean(), "none")]))
    assert {(i, f.reason) for i, f in found.failures} == {(0, "raised"), (1, "raised"), (2, "raised")}
    assert set(found.vectors[1]) == {0, 1, 2}


def test_a_descriptor_that_crashes_when_it_is_tried_is_left_out(folder: list[bytes]) -> None:
    said: list[str] = []
    found = outcome(start(folder, column("", "always"), notify=said.append))
    assert found.vectors[0] == healthy_vectors(tuple(folder))
    assert found.vectors[1] == {}
    assert found.reasons == dict.fromkeys(range(90), "crashed")
    assert [line for line in said if "mean1" in line and "SIGSEGV" in line]


def test_what_descriptors_print_goes_to_stderr(folder: list[bytes], capfd: pytest.CaptureFixture[str]) -> None:
    class Loud(Mean):
        def describe(self, images: Any) -> Any:
            print("printed")
            os.write(1, b"written\n")
            return super().describe(images)

    outcome(start(folder[:2], [Column("a", Loud(), "none")]))
    out, err = capfd.readouterr()
    assert out == ""
    assert "printed" in err and "written" in err


# -- decoders that fail


@pytest.mark.parametrize("fault", FAULTS)
def test_a_decoder_that_fails_on_a_file_costs_that_file(fault: str, folder: list[bytes], tmp_path: Path) -> None:
    bad = tmp_path / "x.odd"
    bad.write_bytes(b"ODD" + fault.encode())
    good = tmp_path / "y.odd"
    good.write_bytes(b"ODD")
    paths = [*folder[:40], os.fsencode(bad), *folder[40:80], os.fsencode(good)]
    found = outcome(start(paths, column(""), (Odd(),), timeout=2, memory=512 << 20))
    expected = "broken" if fault == "raises" else FAULTS[fault][1]
    assert found.reasons == {40: expected}
    ((_, failure),) = found.failures
    assert (failure.path, failure.stage) == (os.fsencode(bad), "decode")
    assert set(found.vectors[0]) == set(range(82)) - {40}
    assert found.contents[81][56:59] == b"ODD"


@pytest.mark.parametrize("word", ["shape", "dtype", "empty"])
def test_a_decoder_that_gives_no_picture_costs_the_file(word: str, tmp_path: Path) -> None:
    path = tmp_path / "x.odd"
    path.write_bytes(b"ODD" + word.encode())
    found = outcome(start([os.fsencode(path)], column(""), (Odd(),)))
    assert found.reasons == {0: "broken"}
