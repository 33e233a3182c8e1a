"""Without numba's compiler (NUMBA_DISABLE_JIT) kernels run as Python, and give the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dedupe.kernels import native
from dedupe.kernels.plain import interpreted

SUPPORT = Path(__file__).resolve().parents[1] / "support"


def results(*words: str, **environment: str) -> dict[str, Any]:
    """What the program of all kernels prints."""
    command = [sys.executable, SUPPORT / "kernel_results.py", *words]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=280)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_every_kernel_gives_the_same_in_python(full: bool) -> None:
    words = ["--full"] if full else []
    compiled, plain = results(*words), results(*words, NUMBA_DISABLE_JIT="1")
    assert plain["uncalled"] == compiled["uncalled"] == [], "kernel_results.py needs an input for these"
    assert plain["results"] == compiled["results"]
    assert not plain["numba"]
    assert compiled["by_numba"] == [] or not native.SUPPORTED, "every scan would import numba for these"


def test_a_scan_finds_the_same_in_python(dedupe: Callable[..., Any], tmp_path: Path, photos: list[Path]) -> None:
    for i, photo in enumerate(photos[:2]):
        with Image.open(photo) as image:
            image.resize((120, 90)).save(tmp_path / f"{i}.png")
            image.resize((3840, 64)).save(tmp_path / f"large-{i}.jpg")
    with Image.open(tmp_path / "0.png") as image:
        image.save(tmp_path / "0-again.jpg", quality=80)
    words = ["scan", tmp_path, "-d", "pdq", "-d", "phash", "--cache", "none", "--json"]
    compiled, plain = dedupe(*words), dedupe(*words, env={"NUMBA_DISABLE_JIT": "1"})
    assert plain.code == compiled.code == 0, plain.err
    assert plain.lines("group") == compiled.lines("group") != []
    assert not plain.lines("failure"), plain.out


def add(values: np.ndarray, out: np.ndarray) -> Any:
    for i in range(len(values)):
        out[i] = values[i] * values[i] + 1
    return out[0]


def test_whole_numbers_are_of_64_bits_and_come_back_cut_off() -> None:
    values, out = np.array([200, 255], np.uint8), np.zeros(2, np.uint16)
    assert interpreted(add)(values, out) == 40001
    assert (values.tolist(), out.tolist()) == ([200, 255], [40001, 65026])
    narrow = np.zeros(2, np.uint8)
    assert interpreted(add)(values, narrow) == 40001, "as a local variable of numba has it"
    assert narrow.tolist() == [40001 % 256, 65026 % 256]


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64, np.float32])
def test_one_array_given_twice_stays_one(dtype: type) -> None:
    values = np.array([3, 4], dtype)
    result = interpreted(add)(values, values)
    assert (result, values.tolist()) == (10, [10, 17])
    assert isinstance(result, float if dtype is np.float32 else int)


def test_an_array_that_is_only_read_may_be_read_only() -> None:
    values, out = np.array([3, 4], np.uint8), np.zeros(2, np.int64)
    values.flags.writeable = False
    assert interpreted(add)(values, out) == 10


def test_sums_wrap_around_without_a_warning() -> None:
    def summed(values: np.ndarray) -> Any:
        return values[0] + values[1]

    most = np.uint64((1 << 64) - 1)
    assert interpreted(summed)(np.array([most, 5], np.uint64)) == 4
