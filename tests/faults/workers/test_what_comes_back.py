"""Every file comes back exactly once, described as it was asked for, however the work is spread."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dedupe import testing
from dedupe.describe.workers import Column
from dedupe.model import NO_DATE, Decode, InMemory
from dedupe.walk import listed
from faulty_workers import Mean, column, linux, outcome, picture, start

pytestmark = linux


def test_every_file_comes_back_once_and_the_way_of_working_changes_nothing(folder: list[bytes]) -> None:
    two = outcome(start(folder, column("")))
    assert set(two.contents) == set(two.vectors[0]) == set(range(90))
    assert not two.failures
    others = [
        outcome(start(folder, column(""), workers=1)),
        outcome(start(folder, column(""), workers=3)),
        outcome(start(folder, column("", ""), workers=2)),
        outcome(start(folder, column(""), method="spawn")),
        outcome(start(folder[:5], column(""))),
    ]
    for other in others:
        assert all(other.contents[i] == two.contents[i] for i in other.contents)
        assert all(other.vectors[0][i] == two.vectors[0][i] for i in other.contents)


def test_pictures_in_memory_come_back_as_files_do(folder: list[bytes]) -> None:
    roots = [InMemory(name, Path(os.fsdecode(name)).read_bytes()) for name in folder[:40]]
    held = listed((), frozenset(), roots=roots).files
    files = outcome(start(folder[:40], column("")))
    for method in ("fork", "spawn"):
        assert outcome(start(held, column(""), method=method)).vectors == files.vectors


def test_a_picture_in_memory_that_kills_its_worker_is_named() -> None:
    roots = [InMemory(b"bright", picture(False)), InMemory(b"dark", picture(True))]
    found = outcome(start(listed((), frozenset(), roots=roots).files, column("segfaults"), workers=1))
    assert [(index, failure.path, failure.reason) for index, failure in found.failures] == [(1, b"dark", "crashed")]
    assert set(found.vectors[0]) == {0}


def test_contents_say_what_was_decoded(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x0132] = 6, "2001:01:01 00:00:00"
    with Image.open(testing.photos()[3]) as image:
        image.convert("RGB").save(tmp_path / "a.jpg", exif=exif)
        size = image.size
    Image.new("RGB", (30, 20), "red").save(tmp_path / "b.png")
    Image.new("RGB", (30, 20), (0, 130, 0)).save(tmp_path / "c.bmp")
    paths = [os.fsencode(tmp_path / name) for name in ("a.jpg", "b.png", "c.bmp")]
    (batch,) = start(paths, column(""))
    photo, red, green = batch.contents
    assert (photo["width"], photo["height"], photo["format"], photo["taken"]) == (*size[::-1], b"JPEG", 978307200)
    assert photo["quality"] > 0.1
    assert (red["quality"], red["format"], red["taken"]) == (0, b"PNG", NO_DATE)
    assert red["pixels"].tobytes() != green["pixels"].tobytes()  # as grey as each other, told apart by colour
    stat = (tmp_path / "a.jpg").stat()
    assert batch.stat[0, :5].tolist() == [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_dev, stat.st_ino]
    assert abs(batch.stat[0, 5] - time.time_ns()) < 60e9


def test_an_animation_is_another_content_than_its_first_frame_and_than_another_animation(tmp_path: Path) -> None:
    frames = []
    for path in testing.photos()[3:6]:
        with Image.open(path) as image:
            frames.append(image.convert("RGB").resize((160, 120)))
    for name, shown in (("a", frames), ("b", [*frames[:2], frames[0]]), ("c", frames[:1])):
        shown[0].save(tmp_path / f"{name}.png", save_all=True, append_images=shown[1:])
    (batch,) = start([os.fsencode(tmp_path / f"{name}.png") for name in "abc"], column(""))
    assert batch.contents["frames"].tolist() == [3, 3, 1] and (batch.contents["quality"] > 0).all()
    assert len({each.tobytes() for each in batch.contents["pixels"]}) == 3
    assert len({row.tobytes() for row in batch.vectors[0][1]}) == 1, "their first frames are equal"


def test_sources_modes_and_turns_side_by_side_change_no_bit(tmp_path: Path) -> None:
    class Whole(Mean):
        decode = Decode((8, 8), "RGB", "full", "box")

        def describe(self, images: Any) -> Any:
            return images.reshape(len(images), -1).astype(np.float32)

    path = tmp_path / "a.jpg"
    with Image.open(testing.photos()[3]) as image:
        image.convert("RGB").resize((1200, 900)).save(path)

    class Colour(Whole):
        decode = Decode((8, 8), "RGB", "working", "bicubic")

    columns = [
        Column("a", Mean(), "none"),
        Column("b", Whole(), "none"),
        Column("c", Colour(), "rotate90"),
        Column("d", Mean(), "hflip"),
    ]
    (together,) = start([os.fsencode(path)], columns)
    for i, each in enumerate(columns):
        (alone,) = start([os.fsencode(path)], [each])
        assert np.array_equal(alone.vectors[0][1], together.vectors[i][1])
        assert alone.contents.tobytes() == together.contents.tobytes()
    upright = together.vectors[0][1].reshape(8, 8)
    assert np.array_equal(together.vectors[3][1].reshape(8, 8), upright[:, ::-1])


def test_what_is_known_is_not_decoded_again(folder: list[bytes]) -> None:
    (first,) = start(folder[:6], column(""))
    digests = np.ascontiguousarray(first.contents["digest"][:4]).view(np.uint8).reshape(4, 32)
    prefixes = np.ascontiguousarray(digests[:, :8]).view("<u8").ravel()
    order = np.argsort(prefixes)
    masks = np.array([3, 1, 3, 0], np.uint32)
    known = prefixes[order], masks[order]
    (second,) = start(folder[:6], column("", ""), known=known)
    assert dict(zip(second.index.tolist(), second.decoded.tolist(), strict=True)) == {
        0: False,
        1: True,
        2: False,
        3: True,
        4: True,
        5: True,
    }
    described = [sorted(second.index[rows].tolist()) for rows, _ in second.vectors]
    assert described == [[3, 4, 5], [1, 3, 4, 5]]
    assert np.array_equal(second.contents["digest"], first.contents["digest"])
    (third,) = start(folder[:2], column("", ""), known=None, need=np.array([2, 0], object))
    assert [third.index[rows].tolist() for rows, _ in third.vectors] == [[], [0]]
