"""One side of a pair is turned: pictures in reference folders are described upright alone."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dedupe import scan
from dedupe.describe.choose import choose
from dedupe.describe.gather import gather, load_plugins


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
    found = gather([library, incoming], chosen, load_plugins(), upright_roots=upright_roots)
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
