"""The pictures that ship: enough of them, small, different from each other, free of metadata, each with its licence."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

import dedupe

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = Path(dedupe.__file__).parent / "testing" / "photos"
EXAMPLES = ROOT / "examples" / "photos"
SCRIPT = ROOT / "examples" / "scripts" / "make_photos.py"
SUFFIXES = {".jpg", ".png", ".webp"}
LICENCES = {"public domain", "CC0 1.0"}
ORIENTATION = 0x0112


def pictures(folder: Path) -> dict[str, Path]:
    return {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.suffix in SUFFIXES}


def licence_rows(folder: Path) -> list[list[str]]:
    lines = (folder / "LICENSES.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in rows if Path(row[0]).suffix in SUFFIXES]


def bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in pictures(folder).values())


def grey(path: Path, side: int = 16) -> np.ndarray:
    with Image.open(path) as image:
        small = ImageOps.exif_transpose(image).convert("L").resize((side, side), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float64).ravel()
    return (values - values.mean()) / values.std()


def make_photos():
    spec = importlib.util.spec_from_file_location("make_photos", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_enough_photos_and_they_are_small():
    photos = pictures(SHIPPED)
    assert len(photos) >= 100
    assert bytes_of(SHIPPED) < 2_500_000
    for path in photos.values():
        with Image.open(path) as image:
            assert image.format == "JPEG"
            assert 128 <= max(image.size) <= 256, path.name


def test_the_examples_are_a_dozen_originals_and_their_copies():
    script = make_photos()
    made = set(script.COPIES) | set(script.SAME_BYTES)
    originals = set(pictures(EXAMPLES)) - made
    assert len(originals) >= 12
    assert made <= set(pictures(EXAMPLES))
    assert bytes_of(EXAMPLES) < 4_000_000


@pytest.mark.parametrize("folder", [SHIPPED, EXAMPLES], ids=["shipped", "examples"])
def test_every_picture_is_listed_with_its_licence_and_nothing_else_is(folder):
    rows = licence_rows(folder)
    assert sorted(row[0] for row in rows) == sorted(pictures(folder))
    for row in rows:
        if len(row) == 7:
            assert row[3] in LICENCES, row[0]
            assert all(row), row[0]
        else:
            assert row[1] in pictures(folder), f"{row[0]} is said to be a copy of a picture that is not there"


@pytest.mark.parametrize("folder", [SHIPPED, EXAMPLES], ids=["shipped", "examples"])
def test_every_picture_decodes_and_carries_no_metadata(folder):
    found = pictures(folder)
    assert len(found) > 20
    for name, path in found.items():
        with Image.open(path) as image:
            image.load()
            assert set(image.getexif()) <= {ORIENTATION}, name
            assert "icc_profile" not in image.info, name
            assert "comment" not in image.info, name


def test_no_two_shipped_photos_are_near_duplicates():
    X = np.stack([grey(path) for path in pictures(SHIPPED).values()])
    likeness = np.abs(X @ X.T / X.shape[1])
    np.fill_diagonal(likeness, 0)
    assert likeness.max() < 0.93
    assert len({hashlib.sha256(path.read_bytes()).digest() for path in pictures(SHIPPED).values()}) == len(X)


def test_the_script_makes_the_copies_that_are_there(tmp_path):
    script = make_photos()
    script.make(EXAMPLES, tmp_path)
    made = pictures(tmp_path)
    assert set(made) == set(script.COPIES) | set(script.SAME_BYTES)
    for name, path in made.items():
        assert np.abs(grey(path) - grey(EXAMPLES / name)).mean() < 0.1, name
    for name, source in script.SAME_BYTES.items():
        assert (EXAMPLES / name).read_bytes() == (EXAMPLES / source).read_bytes()
    turned = "phone-backup/IMG_0414.jpg"
    assert np.abs(grey(EXAMPLES / turned) - grey(EXAMPLES / script.COPIES[turned][0])).mean() < 0.1
