"""JPEGs that are not as they should be: the reader of ours reads none that libjpeg refuses, and none otherwise."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import jpeg_changes
from jpeg_changes import CHANGES, END, START, Parts, disagreement, libjpeg, made, ours, segment, split, tried
from pictures import encoded, photo

IN_CI, ALL = 30 * len(CHANGES), 20_000
HARMLESS = ("doubled", "inserted", "padded", "wide_steps")
FRAME = 4
"""Where the frame stands in what Pillow writes: behind the start, JFIF and two tables of steps."""


def unknown_marker(parts: Parts) -> None:
    parts[1] = b"\xff\x60" + parts[1][2:]


def second_start(parts: Parts) -> None:
    parts.insert(2, START)


def empty_frame(parts: Parts) -> None:
    parts.insert(FRAME, segment(0xC0, bytes([8, 0, 16, 0, 16, 0])))


def long_restart_interval(parts: Parts) -> None:
    parts.insert(FRAME, segment(0xDD, bytes(3)))


def arithmetic_conditioning(parts: Parts) -> None:
    parts.insert(FRAME, segment(0xCC, bytes([0x40, 0])))


def sixth_steps(parts: Parts) -> None:
    for at in (2, 3):
        parts[at] = parts[at][:4] + bytes([parts[at][4] + 5]) + parts[at][5:]
    for at in (12, 15, 18):
        parts[FRAME] = parts[FRAME][:at] + bytes([parts[FRAME][at] + 5]) + parts[FRAME][at + 1 :]


def sampling_of_five(parts: Parts) -> None:
    parts[:] = split(encoded(photo(64, 48).convert("L"), "JPEG"))
    parts[FRAME - 1] = parts[FRAME - 1][:11] + b"\x55" + parts[FRAME - 1][12:]


def one_pixel_too_wide(parts: Parts) -> None:
    parts[:] = split(encoded(Image.new("L", (65500, 8), 100), "JPEG"))
    parts[FRAME - 1] = parts[FRAME - 1][:7] + (65501).to_bytes(2, "big") + parts[FRAME - 1][9:]


def short_jfif(parts: Parts) -> None:
    parts[1] = segment(0xE0, b"JFIF\0")


REFUSED = (
    unknown_marker,
    second_start,
    empty_frame,
    long_restart_interval,
    arithmetic_conditioning,
    sixth_steps,
    sampling_of_five,
    one_pixel_too_wide,
    short_jfif,
)


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change.__name__)
def test_what_pillow_refuses_is_not_read(change: Callable[[Parts], None]) -> None:
    parts = split(encoded(photo(64, 48), "JPEG", subsampling=0))
    assert ours(b"".join(parts)) is not None
    change(parts)
    with pytest.raises(OSError):
        libjpeg(b"".join(parts))
    assert ours(b"".join(parts)) is None


def test_whole_files_of_all_samplings_are_read(full: bool) -> None:
    files = [made(random.Random(seed)) for seed in range(ALL // 10 if full else 200)]
    assert not list(filter(None, map(disagreement, files)))
    assert sum(ours(data) is not None for data in files) >= 0.95 * len(files)


def test_changed_files_are_read_as_libjpeg_reads_them_or_not_at_all(full: bool) -> None:
    assert len({change.__name__ for change in CHANGES}) == 26
    wrong, read = tried(range(ALL if full else IN_CI))
    assert not wrong
    assert all(read[name] for name in HARMLESS), read


def test_no_file_leads_a_kernel_beyond_its_arrays(full: bool) -> None:
    count = ALL if full else 10 * len(CHANGES)
    code = f"import jpeg_changes as j; assert j.checked_indices(); print(j.tried(range({count}))[0])"
    given = {"NUMBA_BOUNDSCHECK": "1", "DEDUPE_QUIET": "1", "PYTHONPATH": str(Path(jpeg_changes.__file__).parent)}
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **given}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stdout[-2000:] + done.stderr[-2000:]
    assert not jpeg_changes.checked_indices(), "here indices are not tested, or the sentence above says nothing"


@pytest.mark.parametrize("change", [unknown_marker, second_start, empty_frame, sixth_steps])
def test_a_broken_copy_of_a_large_photo_is_a_failure_and_the_sound_one_is_kept(
    dedupe: Callable, tmp_path: Path, change: Callable[[Parts], None]
) -> None:
    sound = encoded(photo(3840, 960), "JPEG", quality=90, subsampling=0)
    parts = split(sound)
    change(parts)
    (tmp_path / "a-broken.jpg").write_bytes(b"".join(parts))
    (tmp_path / "b-small.jpg").write_bytes(encoded(photo(1920, 480), "JPEG"))
    (tmp_path / "sound.jpg").write_bytes(sound)
    ran = dedupe("scan", tmp_path)
    assert ran.code == 0
    assert [(Path(line["path"]).name, line["reason"]) for line in ran.lines("failure")] == [("a-broken.jpg", "broken")]
    (group,) = ran.lines("group")
    assert [Path(each["path"]).name for each in (group["keep"], *group["members"])] == ["sound.jpg", "b-small.jpg"]


def test_a_file_that_ends_between_two_segments_is_cut_off() -> None:
    parts = split(encoded(photo(64, 48), "JPEG"))
    for count in range(1, len(parts)):
        assert ours(b"".join(parts[:count])) is None
        assert ours(b"".join(parts[:count]) + END) is None or count == len(parts) - 1
