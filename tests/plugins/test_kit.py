"""The conformance kit is right about those who keep the contract, and about those who break one promise of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest

from dedupe import testing
from dedupe.testing import decoders, descriptors, tested

MUTANTS = Path(__file__).resolve().parent / "mutants"

DESCRIPTORS = {
    "good_and_bad:Good": "",
    "good_and_bad:GoodBits": "",
    "good_and_bad:GoodList": "",
    "good_and_bad:BadContract": "contract",
    "good_and_bad:BadCheck": "check",
    "good_and_bad:BadKey": "key",
    "good_and_bad:BadPicklable": "picklable",
    "slow_to_import:BadImportTime": "import-time",
    "heavy_to_import:HeavyImportTime": "import-time",
    "good_and_bad:BadShapes": "shapes",
    "good_and_bad:BadDtype": "dtype",
    "good_and_bad:BadEmpty": "empty",
    "good_and_bad:BadFinite": "finite",
    "good_and_bad:BadInputUnchanged": "input-unchanged",
    "good_and_bad:BadReadOnly": "input-unchanged",
    "good_and_bad:BadDeterministic": "deterministic",
    "good_and_bad:BadFreshProcess": "fresh-process",
    "good_and_bad:BadBatchEqualsSingle": "batch-equals-single",
    "good_and_bad:BadBatchEqualsSingleBits": "batch-equals-single",
    "good_and_bad:BadIdentity": "identity",
    "good_and_bad:BadSymmetry": "symmetry",
    "good_and_bad:BadMildJpeg": "mild-jpeg",
}

DECODERS = {
    "good_and_bad:GoodToy": "",
    "good_and_bad:ToyContract": "contract",
    "good_and_bad:ToyPicklable": "picklable",
    "slow_to_import:ToyImportTime": "import-time",
    "good_and_bad:ToyOwnFiles": "own-files",
    "good_and_bad:ToyOtherFormats": "other-formats",
    "good_and_bad:ToyPixels": "pixels",
    "good_and_bad:ToyWant": "want",
    "good_and_bad:ToyInfo": "info",
    "good_and_bad:ToyTruncated": "truncated",
    "good_and_bad:ToyDeterministic": "deterministic",
}


@pytest.fixture(autouse=True)
def mutants(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(MUTANTS)
    yield
    for name in [path.stem for path in MUTANTS.glob("*.py")]:
        sys.modules.pop(name, None)


def named(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(import_module(module), name)


def failing(checks: Mapping[str, Callable[[Any], None]], subject: Any) -> list[str]:
    failed = []
    for name, check in checks.items():
        try:
            check(subject)
        except SkipTest:
            pass
        except Exception:
            failed.append(name)
    return failed


@pytest.mark.parametrize(("where", "check"), DESCRIPTORS.items(), ids=[w.partition(":")[2] for w in DESCRIPTORS])
def test_exactly_the_broken_promise_of_a_descriptor_is_found(where: str, check: str) -> None:
    assert failing(descriptors.CHECKS, descriptors.DescriptorUnderTest(named(where))) == ([check] if check else [])


@pytest.mark.parametrize(("where", "check"), DECODERS.items(), ids=[w.partition(":")[2] for w in DECODERS])
def test_exactly_the_broken_promise_of_a_decoder_is_found(where: str, check: str, tmp_path: Path) -> None:
    toy = import_module("good_and_bad").toy
    sizes = {}
    for width, height in ((64, 48), (33, 70)):
        path = tmp_path / f"{width}.toy"
        path.write_bytes(toy(width, height))
        sizes[path] = (width, height)
    assert failing(decoders.CHECKS, decoders.DecoderUnderTest(named(where)(), of_its_format=sizes)) == (
        [check] if check else []
    )


def test_every_check_has_a_mutant() -> None:
    assert set(DESCRIPTORS.values()) == {"", *descriptors.CHECKS}
    assert set(DECODERS.values()) == {"", *decoders.CHECKS}


def test_a_wrong_size_given_by_the_author_is_found(tmp_path: Path) -> None:
    module = import_module("good_and_bad")
    path = tmp_path / "turned.toy"
    path.write_bytes(module.toy(64, 48))
    assert failing(decoders.CHECKS, decoders.DecoderUnderTest(module.GoodToy(), of_its_format={path: (48, 64)})) == [
        "pixels",
        "info",
    ]


def test_an_author_writes_three_lines_and_gets_named_cases(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(
        "from dedupe.testing import descriptor_checks\n"
        "from good_and_bad import BadDtype\n"
        "test_descriptor = descriptor_checks(BadDtype())\n"
    )
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path]
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(MUTANTS), *filter(None, sys.path)]), "COLUMNS": "200"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=tmp_path)
    outcome = dict(re.findall(r"^(?:PASSED|FAILED) .*test_mine.py::test_descriptor\[(.*?)\](.*)", done.stdout, re.M))
    assert list(outcome) == [*(name for name in descriptors.CHECKS if name != "dtype"), "dtype"]
    assert "the dtype is float64; it is float32 unless" in outcome["dtype"]


def test_a_parameter_without_a_second_value_is_asked_for() -> None:
    module = import_module("good_and_bad")

    class Tuned(module.Good):  # type: ignore[name-defined,misc]
        def __init__(self, weights: tuple[int, ...] = (1, 2)) -> None:
            super().__init__()
            self.weights = weights

    with pytest.raises(AssertionError, match=r"variants=\{'weights'"):
        tested.check_key(descriptors.DescriptorUnderTest(Tuned))
    tested.check_key(descriptors.DescriptorUnderTest(Tuned, {"weights": (3,)}))


def test_the_photos_ship() -> None:
    assert len(testing.photos()) >= 100


def test_pytest_is_needed_only_when_the_kit_is_used() -> None:
    code = "import sys, dedupe.testing; dedupe.testing.photos(); print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
