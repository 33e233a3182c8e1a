"""The script that makes the lab's results, with a few steps on a few pictures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("torch", reason="PyTorch is not installed: pip install '.[train]'")

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "scripts" / "make_lab_results.py"


def test_all_of_it_is_made(full, photos, tmp_path):
    if not full:
        pytest.skip("takes two minutes; pytest --full runs it")
    number = 0
    for kind in ("train", "test"):
        for name in ("cat", "dog", "truck"):
            (tmp_path / kind / name).mkdir(parents=True)
            for i in range(12):
                with Image.open(photos[number % len(photos)]) as opened:
                    opened.convert("RGB").resize((32, 32)).save(tmp_path / kind / name / f"{i}.png")
                number += 1
    words = (SCRIPT, tmp_path, "--trainings", tmp_path / "out", "--output", tmp_path / "results", "--smoke")
    subprocess.run([sys.executable, *map(str, words)], check=True)
    text = (tmp_path / "results" / "README.md").read_text()
    assert "{" not in text and "| hash-as-published |" in text and "| mean of the distortions |" in text
    for link in ("classes-some", "classes-all", "classify", "inputs", "robustness"):
        assert f"({link}.html)" in text and (tmp_path / "results" / f"{link}.html").is_file()
