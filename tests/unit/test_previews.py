"""Pictures to look at: whatever a file does to the child that reads it, the next one is shown."""

from __future__ import annotations

import io
import time
from multiprocessing import active_children
from pathlib import Path
from threading import Thread

import pytest
from blake3 import blake3
from PIL import Image

from deadly_decoders import HEAD, Deadly
from dedupe.model import File, Run
from dedupe.previews import MOST, Previewer, Previewing, PreviewTask, previews

CAP = 100_000_000
KINDS = {"exit": "ended its worker", "sleep": "took longer than 2 seconds"}


def made(path: Path, words: bytes) -> bytes:
    path.write_bytes(HEAD + words)
    return blake3(HEAD + words).digest()


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_that_is_lost_is_replaced(tmp_path, kind):
    asked = Previewer(Previewing((Deadly(),), CAP), 2)
    try:
        bad = PreviewTask((0,), bytes(tmp_path / "bad"), made(tmp_path / "bad", kind.encode()), MOST)
        good = PreviewTask((0,), bytes(tmp_path / "good"), made(tmp_path / "good", b"fine"), None)
        for _ in range(2):
            lost = asked.preview(bad)
            assert lost.jpeg == b"" and KINDS[kind] in lost.note, lost.note
        found = asked.preview(good)
        assert found.note == "" and Image.open(io.BytesIO(found.jpeg)).size == (64, 48)
    finally:
        asked.close()


def test_a_child_that_was_started_ahead_is_the_one_that_is_asked(tmp_path):
    good = PreviewTask((0,), bytes(tmp_path / "good"), made(tmp_path / "good", b"fine"), MOST)
    asked, before = Previewer(Previewing((Deadly(),), CAP), 20), set(active_children())
    try:
        asked.start()
        asked.start()
        while not (ahead := set(active_children()) - before):
            time.sleep(0.01)
        assert asked.preview(good).jpeg
        assert set(active_children()) - before == ahead and len(ahead) == 1
    finally:
        asked.close()


def test_a_child_outlives_the_thread_that_asked_first(tmp_path):
    good = PreviewTask((0,), bytes(tmp_path / "good"), made(tmp_path / "good", b"fine"), MOST)
    asked, found = Previewer(Previewing((Deadly(),), CAP), 20), []
    try:
        for _ in range(2):
            thread = Thread(target=lambda: found.append(asked.preview(good)))
            thread.start()
            thread.join()
            time.sleep(0.1)
        assert [(bool(each.jpeg), each.note) for each in found] == [(True, "")] * 2
    finally:
        asked.close()


def test_of_many_pictures_the_deadly_ones_alone_are_missing(tmp_path):
    files = []
    for name in ("a", "exit", "b", "c"):
        digest = made(tmp_path / name, name.encode())
        files.append(File(bytes(tmp_path / name), 8, 64, 48, "deadly", f"blake3:{digest.hex()}"))
    found = previews(files, [Deadly()], Run(workers=2, file_timeout=20))
    assert [bool(found[each.digest].jpeg) for each in files] == [True, False, True, True]
    assert "Reading or decoding it" in found[files[1].digest].note


@pytest.mark.parametrize("digest", ["blake3:00", "blake3:xyz", "", "md5:" + 64 * "0"])
def test_what_no_content_is_named_by_shows_nothing(tmp_path, digest):
    made(tmp_path / "a", b"fine")
    (found,) = previews([File(bytes(tmp_path / "a"), 8, 64, 48, "deadly", digest)], [Deadly()], Run()).values()
    assert found.jpeg == b"" and found.note == "It changed after it was scanned."
