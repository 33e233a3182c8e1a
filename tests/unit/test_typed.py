"""What a user's own script sees of the types: it passes mypy --strict, and what it does wrong does not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
from pathlib import Path

import numpy as np
from PIL import Image

import dedupe
from dedupe.errors import DedupeError
from dedupe.results import Scan, read


def freed(folder: Path) -> int:
    try:
        result = dedupe.scan(folder, descriptor=["pdq", "phash"], threshold={"pdq": 10, "phash": 2.0}, turns="flips")
    except DedupeError as error:
        print(error, error.exit_code)
        return 0
    result.to_json(folder / "duplicates.jsonl")
    for pair in result.pairs():
        print(pair.a, pair.b, pair.distance["pdq"])
    return sum(member.file.size for group in result for member in group.members)


def nearest(picture: str, folders: list[str]) -> str | None:
    found = dedupe.find(picture, folders, nearest=1, threshold=["fpr=1e-6"], progress=lambda what, done, total: None)
    return found.matches[0].file.path_str if found.matches else None


def same(a: Path, b: Path) -> bool:
    return any(one.match for one in dedupe.compare(a, b, descriptor="pdq", threshold=10).comparisons)


def in_memory(image: Image.Image, data: bytes, folder: Path) -> list[str]:
    array = np.zeros((20, 30, 3), np.uint8)
    images: list[Image.Image] = [image]
    named = {"first": image}
    dedupe.compare(image, {"mine": array})
    dedupe.describe([image, array, data, folder, {"third": array}])
    dedupe.scan(named, reference=images)
    dedupe.scan({"first": image, "second": data})
    return [one.file.path_str for one in dedupe.find(array, folder).matches if not one.file.in_memory]


again = read("duplicates.jsonl")
if isinstance(again, Scan):
    print(again.summary.freeable, [file.path_str for file in again.unique()])
"""

WRONG = """
import dedupe

dedupe.scan("photos", descriptors_=["pdq"])
dedupe.scan("photos", turns=3)
dedupe.compare("a.jpg").comparisons
text: str = dedupe.scan("photos").summary.freeable
dedupe.describe([3])
dedupe.scan({"first": "a.jpg"})
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy --strict says of both: each start of it takes its time."""
    pytest.importorskip("mypy")
    folder = tmp_path_factory.mktemp("typed")
    (folder / "script.py").write_text(SCRIPT)
    (folder / "wrong.py").write_text(WRONG)
    settings = ("--strict", "--config-file", os.devnull, "--cache-dir", str(folder / "cache"))
    command = [sys.executable, "-m", "mypy", *settings, "script.py", "wrong.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300).stdout


def test_a_script_of_a_user_passes_strictly(said):
    assert "script.py" not in said and "in 1 file (checked 2 source files)" in said, said


def test_what_is_wrong_in_one_is_found(said):
    assert [f"wrong.py:{line}: error" in said for line in range(4, 10)] == [True] * 6, said
