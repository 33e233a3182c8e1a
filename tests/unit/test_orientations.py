"""One side of a pair is turned: pictures in reference folders are described upright alone."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dedupe import scan
from dedupe.describe.choose import choose
from dedupe.describe.gather import described as gathered
from dedupe.describe.gather import load_plugins, met
from dedupe.model import Run, Select

METHODS = {
    "hflip": Image.Transpose.FLIP_LEFT_RIGHT,
    "vflip": Image.Transpose.FLIP_TOP_BOTTOM,
    "rotate90": Image.Transpose.ROTATE_90,
    "rotate180": Image.Transpose.ROTATE_180,
    "rotate270": Image.Transpose.ROTATE_270,
    "transpose": Image.Transpose.TRANSPOSE,
    "transverse": Image.Transpose.TRANSVERSE,
}


@pytest.fixture
def folders(tmp_path: Path, photos: list[Path]) -> tuple[Path, Path]:
    """A library of four photos; three mirrored ones and a copy of one of them as they come in."""
    library, incoming = tmp_path / "library", tmp_path / "incoming"
    for folder in (library, incoming):
        folder.mkdir()
    for photo in photos[:4]:
        (library / photo.name).write_bytes(photo.read_bytes())
    for photo in photos[:3]:
        Image.open(photo).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(incoming / f"{photo.stem}.png")
    (incoming / "copy.jpg").write_bytes(photos[3].read_bytes())
    return library, incoming


def described(library: Path, incoming: Path, upright_roots: int = 1) -> tuple[list[list[str]], int]:
    """The names described in each orientation, and how many pictures were decoded."""
    chosen = choose(load_plugins(), ["phash"], (), "flips")
    loaded, select, run = load_plugins(), Select(), Run()
    walked = met([library, incoming], loaded, select, run)
    found = gathered(walked, chosen, loaded, select, run, upright_roots=upright_roots)
    names = {int(row): found.walk.files.path(at) for at, row in reversed([*enumerate(found.collection.rows)])}
    return [
        sorted(os.fsdecode(os.path.basename(names[row])) for row in matrix.contents.tolist())
        for matrix in found.collection.matrices
    ], found.collection.described


@pytest.mark.parametrize("cached", ["nothing", "upright", "half"])
def test_references_are_described_upright_alone(folders: tuple[Path, Path], cached: str) -> None:
    _, incoming = folders
    if cached != "nothing":
        scan([incoming] if cached == "half" else folders)
    (upright, *turned), _ = described(*folders)
    assert len(upright) == 7
    for names in turned:  # the copy's content is wanted in all orientations for the sake of the one that comes in
        assert len(names) == 4 and {Path(name).suffix for name in names} == {".png", ".jpg"}
    again, decoded = described(*folders)
    assert again == [upright, *turned] and decoded == 0
    everything, decoded = described(*folders, upright_roots=0)
    assert [len(names) for names in everything] == [7, 7, 7] and decoded == 3


def looked_at(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L").resize((32, 32), Image.Resampling.BOX), np.float64)


@pytest.mark.parametrize("fixed", [True, False])
def test_turned_as_told_a_member_looks_like_the_kept_picture(folders: tuple[Path, Path], fixed: bool) -> None:
    library, incoming = folders
    for path in [*library.iterdir(), *incoming.iterdir()][1:]:
        path.unlink()
    (kept,) = library.iterdir()
    with Image.open(kept) as image:
        small = image.resize((image.width * 3 // 4, image.height * 3 // 4))
    for turn, method in [("none", None), *METHODS.items()]:
        (small if method is None else small.transpose(method)).save(incoming / f"{turn}.jpg", quality=90)
    where = {"reference": [library]} if fixed else {"keep": ["most-pixels"]}
    (group,) = scan([incoming] if fixed else [incoming, library], turns="all", **where).groups
    assert os.fsdecode(group.kept.path) == str(kept) and len(group.members) == 8
    for member in group.members:
        with Image.open(os.fsdecode(member.file.path)) as image:
            turned = image if member.turn == "none" else image.transpose(METHODS[member.turn])
            assert np.abs(looked_at(turned) - looked_at(small)).mean() < 4, (member.file.path, member.turn)


@pytest.mark.parametrize("turns", ["none", "flips"])
def test_what_stands_upright_beside_a_reference_is_said_to_be_upright(folders: tuple[Path, Path], turns: str) -> None:
    library, incoming = folders
    for path in library.iterdir():
        with Image.open(path) as image:
            image.save(incoming / f"{path.stem}-again.jpg", quality=60)
    groups = scan([incoming], reference=library, turns=turns).groups
    again = {os.fsdecode(m.file.path): m.turn for g in groups for m in g.members if b"-again" in m.file.path}
    assert len(again) == 4 and set(again.values()) == {"none"}


@pytest.mark.parametrize("turns", ["flips", "all"])
def test_mirrored_copies_of_references_are_found(folders: tuple[Path, Path], turns: str) -> None:
    library, incoming = folders
    groups = scan([incoming], reference=library, turns=turns, descriptors=["phash", "pdq"]).groups
    assert sorted((len(group.members), group.members[0].turn) for group in groups) == [(1, "hflip")] * 3 + [(1, "none")]
    assert all(os.fsencode(library) in group.kept.path for group in groups)
    with_all = scan([incoming, library], turns=turns, descriptors=["phash", "pdq"]).groups
    assert {frozenset((group.kept.path, group.members[0].file.path)) for group in groups} == {
        frozenset((group.kept.path, group.members[0].file.path)) for group in with_all
    }
    for group in groups:
        assert np.isfinite([*group.members[0].distance.values()]).all()
