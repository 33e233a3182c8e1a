"""What a plugin's decoder read counts as long as that decoder, in that version, is at hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dedupe.results import Scan, read

SOURCE = """
import numpy as np
from dedupe import DecodedInfo, hookimpl

class Toy:
    name, version, suffixes = "toy", "{version}", (".toy",)
    def matches(self, head):
        return head.startswith(b"TOY")
    def decode(self, stream, want):
        seed = stream.read()[3] + {seed}
        pixels = np.random.default_rng(seed).integers(0, 255, (12, 12, 3)).astype("u1").repeat(9, 0).repeat(9, 1)
        return pixels, DecodedInfo(108, 108, "TOY")

@hookimpl
def dedupe_decoders():
    return [Toy()]
"""


@pytest.fixture
def toys(tmp_path: Path) -> Path:
    folder = tmp_path / "toys"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.toy").write_bytes(b"TOY" + bytes([number]))
    (folder / "2 again.toy").write_bytes(b"TOY\2")
    return folder


def plugin(tmp_path: Path, version: str, seed: int) -> Path:
    path = tmp_path / f"toy_{version}.py"
    path.write_text(SOURCE.format(version=version, seed=seed))
    return path


@pytest.mark.parametrize("moved", [False, True], ids=["in place", "moved"])
def test_another_version_of_a_decoder_reads_its_pictures_again(
    dedupe: Callable[..., Any], tmp_path: Path, toys: Path, moved: bool
) -> None:
    first, second = plugin(tmp_path, "1", 0), plugin(tmp_path, "2", 100)

    def hashes(which: Path, name: str = "phash", cache: str = "") -> tuple[dict[str, str], int]:
        shown = dedupe("describe", *sorted(toys.iterdir()), "-d", name, "--plugin", which, "--json", *cache.split())
        assert shown.code == 0, shown.err
        found = {Path(line["path"]).name: line["hex"] for line in shown.lines("descriptor")}
        return found, shown.lines("summary")[0]["described"]

    old, described = hashes(first)
    assert described == 3
    assert hashes(first) == (old, 0)
    hashes(first, "dhash")
    if moved:
        toys = toys.rename(tmp_path / "elsewhere")
    new, described = hashes(second)
    assert described == 3
    assert new == hashes(second, cache="--cache none")[0] != old
    assert hashes(second, "dhash")[0] == hashes(second, "dhash", "--cache none")[0]  # the old one's is not taken for it
    assert hashes(second) == (new, 0)
    assert hashes(first) == (old, 0)


def test_a_decoder_that_is_gone_leaves_nothing_behind(
    dedupe: Callable[..., Any], tmp_path: Path, toys: Path, photos: list[Path]
) -> None:
    (toys / "photo.jpg").write_bytes(photos[0].read_bytes())
    with_it = dedupe("scan", toys, "--plugin", plugin(tmp_path, "1", 0), "--json")
    assert [len(group["members"]) for group in with_it.lines("group")] == [1]
    without = dedupe("scan", *toys.iterdir(), "--json")
    assert not without.lines("group")
    (summary,) = without.lines("summary")
    assert (summary["files"], summary["others"]) == (1, {"other files": 4})


def test_what_a_decoder_tells_of_a_picture_is_kept_and_what_it_does_not_is_null(
    dedupe: Callable[..., Any], tmp_path: Path, toys: Path
) -> None:
    silent = plugin(tmp_path, "1", 0)
    told = plugin(tmp_path, "2", 0)
    told.write_text(
        told.read_text()
        .replace("import DecodedInfo", "import DecodedInfo, Traits")
        .replace('108, "TOY")', '108, "TOY", 5, Traits(3, 16, gps=True))')
    )
    for which, expected in ((silent, [None] * 3), (told, [3, 16, ["date", "gps"]])) * 2:
        ran = dedupe("scan", toys, "--plugin", which, "-o", tmp_path / "found.jsonl")
        result = read(tmp_path / "found.jsonl")
        assert ran.code == 0 and isinstance(result, Scan)
        (group,) = result.to_dict()["group"]
        for each in (group["keep"], *group["members"]):
            assert [each[name] for name in ("frames", "depth", "has")] == expected


def test_the_codec_of_a_webp_is_kept(dedupe: Callable[..., Any], tmp_path: Path, photos: list[Path]) -> None:
    (tmp_path / "album").mkdir()
    with Image.open(photos[0]) as photo:
        for name, options in (
            ("a.gif", {}),
            ("b.webp", {"quality": 90}),
            ("c.webp", {"lossless": True}),
            ("d.jpg", {}),
        ):
            photo.save(tmp_path / "album" / name, **options)
            os.utime(tmp_path / "album" / name, (1e9, 1e9))
    with (tmp_path / "album" / "b.webp").open("ab") as stream:
        stream.write(bytes(1 << 20))  # it is the largest, and not for its pixels

    def scanned() -> tuple[str, int]:
        ran = dedupe("scan", tmp_path / "album", "--cache", tmp_path / "cache.sqlite", "--json")
        (group,) = ran.lines("group")
        files = {Path(file["path"]).name: file["format"] for file in (group["keep"], *group["members"])}
        assert files == {"a.gif": "GIF", "b.webp": "WEBP", "c.webp": "WEBP", "d.jpg": "JPEG"}
        return Path(group["keep"]["path"]).name, ran.lines("summary")[0]["described"]

    assert [scanned(), scanned()] == [("c.webp", 4), ("c.webp", 0)]


def test_the_index_by_digest_takes_the_newest_whoever_comes_first() -> None:
    from dedupe.store import database
    from dedupe.store.index import CONTENT, CONTENTS, DigestIndex

    db = database.connect(None)
    rows = np.zeros(3, CONTENT)
    rows["digest"] = [b"a" * 32, b"a" * 32, b"b" * 32]
    rows["decoder"] = [0, 7, 7]
    CONTENTS.write(db, np.array([1, 2, 3]), rows.view(np.uint8).reshape(3, -1))
    prefix = np.frombuffer(b"a" * 8 + b"b" * 8, "<u8")
    for readers, expected in ((None, [2, 3]), ({0}, [1, -1]), ({0, 7}, [2, 3]), ({7}, [2, 3]), ((), [-1, -1])):
        index = DigestIndex(readers)
        index.refresh(db)
        assert index.candidates(prefix).tolist() == expected
        assert np.isin(expected, [*index.all()[1], -1]).all()
