"""Models of one's own are called by their files' names, wherever something is named."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from dedupe_cnn import artefacts

from odd_models import written


@pytest.fixture
def folder(tmp_path: Path, photos: list[Path]) -> Path:
    """A photo twice, and two trained models of one name, beside a third one of another name."""
    for name in ("a.jpg", "b.jpg"):
        shutil.copy(photos[0], tmp_path / name)
    for model, place in (("pca512", "one/mine"), ("ae256-relu", "two/mine"), ("ae256-linear", "two/other")):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        for suffix in (".onnx", ".json"):
            shutil.copy(artefacts.MODELS / f"{model}{suffix}", tmp_path / f"{place}{suffix}")
    return tmp_path


def test_two_models_are_called_by_their_names(dedupe, folder):
    words = ("-d", "one/mine.onnx", "-d", "two/other.onnx", "-t", "mine.onnx=0.2", "--cache", folder / "cache")
    ran = dedupe("scan", "a.jpg", "b.jpg", *words, "--json", cwd=folder)
    (header,), (group,) = ran.lines("header"), ran.lines("group")
    assert list(header["thresholds"]) == ["mine.onnx", "other.onnx"] and header["thresholds"]["mine.onnx"] == 0.2, (
        ran.err
    )
    assert [key.split("@")[0] for key in header["descriptors"]] == ["head", "head"], "keys name what is computed"
    assert set(group["members"][0]["distance"]) == {"mine.onnx", "other.onnx"}
    assert any(note.startswith("other.onnx is not calibrated") for note in header["notes"])
    table = dedupe("scan", "a.jpg", "b.jpg", *words, "--format", "table", cwd=folder).out
    assert "mine.onnx distance 0.2, other.onnx distance 0.1 or less" in table and "head" not in table
    rows = csv.DictReader(dedupe("scan", "a.jpg", "b.jpg", *words, "--format", "csv", cwd=folder).out.splitlines())
    assert {"distance:mine.onnx", "distance:other.onnx"} <= set(next(rows))


def test_two_files_of_one_name_are_told_apart_by_their_folders(dedupe, folder):
    words = ("-d", "one/mine.onnx", "-d", "two/mine.onnx", "-d", "two/other.onnx", "--cache", folder / "cache")
    ran = dedupe("compare", "a.jpg", "b.jpg", *words, "-t", "two/mine.onnx=0.3", "--json", cwd=folder)
    named = {line["descriptor"]: line["threshold"] for line in ran.lines("comparison")}
    assert named == {"one/mine.onnx": 0.1, "two/mine.onnx": 0.3, "other.onnx": 0.1}, ran.err
    described = dedupe("describe", "a.jpg", *words, "--json", cwd=folder).lines("descriptor")
    assert [line["name"] for line in described] == list(named)
    assert all(line["descriptor"].startswith("head@") for line in described)
    table = dedupe("describe", "a.jpg", *words, "--format", "table", cwd=folder).out
    assert all(name in table for name in named) and "head@" not in table


def test_any_model_is_called_by_its_file_too(dedupe, folder):
    written(folder / "pool.onnx")
    ran = dedupe("compare", "a.jpg", "b.jpg", "-d", f"onnx:model={folder}/pool.onnx,size=8", "--json", cwd=folder)
    assert [line["descriptor"] for line in ran.lines("comparison")] == ["pool.onnx"], ran.err
    words = ("-d", "onnx:model=pool.onnx,size=8", "-d", "onnx:model=pool.onnx,size=8,metric=l2", "--json")
    both = dedupe("compare", "a.jpg", "b.jpg", *words, cwd=folder).lines("comparison")
    assert [line["descriptor"] for line in both] == [words[1], words[3]]
