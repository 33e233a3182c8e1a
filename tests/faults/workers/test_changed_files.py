"""Files that cannot be read, or are not what they were, are listed with the reason."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dedupe.describe.workers.opened import open_file, read_all
from dedupe.model import Files
from faulty_workers import Odd, column, linux, outcome, picture, start

pytestmark = linux


def files(paths: list[bytes], sniff: list[bool]) -> Files:
    stats = [Path(os.fsdecode(path)).stat() for path in paths]
    columns = [
        np.array([getattr(s, name) for s in stats])
        for name in ("st_size", "st_mtime_ns", "st_ctime_ns", "st_dev", "st_ino")
    ]
    offsets = np.cumsum([0, *map(len, paths)])
    return Files(b"".join(paths), offsets, *columns, np.zeros(len(paths), np.int64), np.array(sniff))


def test_files_without_a_suffix_count_if_they_begin_as_a_picture(folder: list[bytes], tmp_path: Path) -> None:
    names = {"picture": picture(False), "text": b"some text", "odd": b"ODD", "nothing": b""}
    for name, data in names.items():
        (tmp_path / name).write_bytes(data)
    paths = [folder[0], *(os.fsencode(tmp_path / name) for name in names)]
    found = outcome(start(files(paths, [False, *[True] * 4]), column(""), (Odd(),)))
    assert set(found.contents) == {0, 1, 3}
    assert found.reasons == {2: "not_an_image", 4: "not_an_image"}


def test_links_pipes_folders_and_what_has_gone(folder: list[bytes], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to(os.fsdecode(folder[0]))
    names = ["pipe.png", "folder.png", "link.png", "gone.png", "a/b.png"]
    found = outcome(start([os.fsencode(tmp_path / name) for name in names], column("")))
    assert found.reasons == {0: "unreadable", 1: "unreadable", 2: "changed", 3: "vanished", 4: "vanished"}
    assert {f.stage for _, f in found.failures} == {"read"}
    given = files([os.fsencode(tmp_path / "link.png")], [False])  # a link that was given as such leads where it did
    assert outcome(start(given, column(""))).reasons == {}
    (tmp_path / "link.png").unlink()
    (tmp_path / "link.png").symlink_to(os.fsdecode(folder[1]))
    assert outcome(start(given, column(""))).reasons == {0: "changed"}


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(folder: list[bytes]) -> None:
    Path(os.fsdecode(folder[0])).chmod(0)
    assert outcome(start(folder[:2], column(""))).reasons == {0: "unreadable"}


def test_a_refusal_by_the_system_is_a_reason(folder: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    from dedupe.errors import PictureError

    for number, reason in ((13, "unreadable"), (5, "unreadable"), (2, "vanished"), (40, "changed")):

        def refuse(*_: Any, number: int = number) -> int:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "open", refuse)
        with pytest.raises(PictureError) as refused:
            open_file(folder[0], None)
        assert refused.value.reason == reason


@pytest.mark.parametrize("change", ["grows", "shrinks", "same size", "touched"])
def test_a_file_that_changes_while_it_is_read(change: str, folder: list[bytes]) -> None:
    from dedupe.errors import PictureError

    fd, stat = open_file(folder[0], None)
    path = Path(os.fsdecode(folder[0]))
    data = path.read_bytes()
    time.sleep(0.02)
    path.write_bytes(
        {"grows": data + b"x", "shrinks": data[:-1], "same size": data[:-1] + b"x", "touched": data}[change]
    )
    with pytest.raises(PictureError) as refused:
        read_all(fd, stat)
    os.close(fd)
    assert refused.value.reason == "changed"


def test_a_file_too_large_to_be_a_picture_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with path.open("wb") as file:
        file.truncate(5 << 30)  # a hole: it takes no room
    begun = time.monotonic()
    assert outcome(start([os.fsencode(path)], column(""))).reasons == {0: "too_large"}
    assert time.monotonic() - begun < 10
