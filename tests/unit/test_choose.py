"""What was asked for, made definite: one descriptor once, thresholds by its label or as it was asked for."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from dedupe import find, scan
from dedupe.describe.choose import budget, choose
from dedupe.describe.gather import load_plugins
from dedupe.errors import UsageError
from dedupe.plugins import Plugins


@pytest.fixture(scope="module")
def loaded() -> Plugins:
    return load_plugins()


def chosen(loaded: Plugins, specs, thresholds=()) -> dict[str, float]:
    return {each.label: each.threshold for each in choose(loaded, specs, thresholds)}


def test_a_spec_that_spells_out_defaults_is_no_second_descriptor(loaded: Plugins) -> None:
    assert [*chosen(loaded, ["pdq", "pdq:source=working"])] == ["pdq"]
    assert [*chosen(loaded, ["phash:bits=256", "dhash", "phash:bits=256,source=working"])] == ["phash", "dhash"]
    assert [*chosen(loaded, ["phash", "phash:bits=256", "phash:source=working"])] == ["phash", "phash:bits=256"]


@pytest.mark.parametrize("name", ["phash", "phash:bits=256", "phash:bits=256,source=working"])
def test_a_threshold_names_a_descriptor_as_it_was_asked_for(name: str, loaded: Plugins) -> None:
    specs = ["phash:bits=256", "phash:bits=256,source=working"]
    assert chosen(loaded, specs, [f"{name}=3"]) == {"phash": 3}
    with pytest.raises(UsageError, match="not among the descriptors"):
        chosen(loaded, specs, ["phash:bits=64=3"])


def test_thresholds_are_given_by_name_in_python(loaded: Plugins) -> None:
    assert chosen(loaded, ["pdq", "phash"], {"pdq": 10, "phash": 4.0}) == {"pdq": 10, "phash": 4}
    assert budget({"fpr": 1e-4}).fpr == 1e-4


def test_of_several_of_one_name_each_has_its_own_threshold(loaded: Plugins) -> None:
    near = chosen(loaded, ["phash", "phash:bits=256"], ["phash=3", "phash:bits=256=20"])
    assert near == {"phash": 3, "phash:bits=256": 20}


@pytest.mark.parametrize("threshold", ["10", 10, ["10"], (10,), [10.0]])
def test_one_threshold_alone_will_do(threshold, loaded: Plugins) -> None:
    assert chosen(loaded, "phash", threshold) == {"phash": 10}
    assert budget("fpr=1e-4").fpr == budget(["fpr=1e-4"]).fpr == 1e-4


def test_two_budgets_both_hold() -> None:
    for texts in (["fpr=1e-3", "expect=0.5"], ["expect=0.5", "fpr=1e-3"]):
        assert (budget(texts).fpr, budget(texts).expect) == (1e-3, 0.5)
    assert budget(["fpr=1e-3", "fpr=1e-5", "fpr=1e-4"]).fpr == 1e-5
    assert math.isinf(budget("fpr=1e-4").expect) and budget("expect=2").fpr == 1


def test_one_of_each_will_do(tmp_path: Path, photos: list[Path]) -> None:
    for name in ("a.jpg", "b.jpg", "c.png"):
        (tmp_path / name).write_bytes(photos[0].read_bytes())
    result = scan(tmp_path, descriptors="phash", thresholds=0, exclude="*.png", keep="shortest-path", cache="none")
    assert result.summary.files == 2 and result.header.thresholds == {"phash": 0} and len(result.groups) == 1
    assert scan(tmp_path, reference=str(tmp_path / "a.jpg"), cache="none").groups[0].kept.path.endswith(b"a.jpg")
    assert len(find(tmp_path / "a.jpg", str(tmp_path), descriptors="phash", cache="none").matches) == 2
    with pytest.raises(TypeError, match="was given descriptor and descriptors, which are one"):
        scan(tmp_path, descriptor="pdq", descriptors="phash", cache="none")
