"""Pictures in memory where the verbs take paths: names, results, the cache, what is refused."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dedupe
from dedupe.results import read
from pictures import encoded, photo


def values(result) -> dict[bytes, bytes]:
    return {one.path: one.values.tobytes() for one in result.descriptions}


def test_bytes_without_a_nul_are_a_path_and_those_with_one_a_picture(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("GIF89a").mkdir()
    photo().save("GIF89a/a.jpg")
    Path("P6 \xff\xd8\xff").mkdir()
    photo().save("P6 \xff\xd8\xff/b.jpg")
    folders = [b"GIF89a", os.fsencode("P6 \xff\xd8\xff"), encoded(photo(), "GIF")]
    found = dedupe.describe(folders, cache="none")
    assert [os.path.basename(one.path) for one in found.descriptions] == [b"a.jpg", b"b.jpg", b"picture 1"]
    text = b"P2 4 2 9\n0 1 2 3 4 5 6 7\n"
    with pytest.raises(dedupe.DedupeError, match="no such file"):
        dedupe.describe(text, cache="none")
    assert dedupe.describe({"text": text}, cache="none").summary.files == 1


def test_a_failed_picture_is_not_looked_for_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    photo().save("a.jpg")
    with pytest.raises(dedupe.DedupeError, match="no pixels"):
        dedupe.compare("a.jpg", {"a.jpg": np.zeros((0, 5), np.uint8)}, cache="none")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (np.zeros((4, 4), np.float32), r"^An array of float32 \(4, 4\) is no picture in memory; those are an image of PIL, "),
        (np.zeros((4, 4, 2), np.uint8), "uint8"),
        (np.zeros((4, 4, 3), np.uint16), "uint16"),
        (np.zeros((2, 4, 4, 3), np.uint8), "uint8"),
        (np.zeros(4, np.uint8), "uint8"),
        (np.zeros((4, 4), np.bool_), "bool"),
        (3, "^int is no picture in memory; those are an image of PIL, the bytes of a file, or an array"),
        ([None], "^NoneType is no picture"),
        ({"a": "a.jpg"}, "^str is no picture in memory"),
        (io.BytesIO(b"x\ny"), "^BytesIO is no picture"),
        ({"": photo()}, "cannot be the name of a picture"),
        ({"a\0b": photo()}, "cannot be the name of a picture"),
        ({"\ud800": photo()}, "cannot be the name of a picture"),
        ({3: photo()}, "cannot be the name of a picture"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_in_a_sentence(given, said):
    for verb in (dedupe.describe, dedupe.scan, lambda one, **rest: dedupe.find(one, "/", **rest)):
        with pytest.raises(dedupe.UsageError, match=said):
            verb(given, cache="none")


def test_one_picture_is_one():
    for pair in ([photo(), photo()], {"a": photo(), "b": photo()}, []):
        with pytest.raises(dedupe.UsageError, match="where one has to be"):
            dedupe.compare(pair, photo())


def test_names(tmp_path):
    odd = {"a/b": photo(), "../up": photo(), os.fsdecode(b"\xff\xfe"): photo(), b"bytes": photo(), "[red]\n": photo()}
    found = dedupe.scan([odd, {"a/b": photo(80, 60)}], descriptor="phash", cache="none")
    (group,) = found.groups
    files = [group.kept, *(member.file for member in group.members)]
    names = [b"../up", b"[red]\n", b"a/b", b"a/b", b"bytes", b"\xff\xfe"]
    assert sorted(file.path for file in files) == sorted(found.header.in_memory) == names
    assert all(file.in_memory for file in files) and found.summary.freeable == 0
    found.to_json(tmp_path / "found.jsonl")
    back = read(tmp_path / "found.jsonl")
    assert back.header.in_memory == found.header.in_memory == found.header.roots
    assert [back.groups[0].kept, *(member.file for member in back.groups[0].members)] == files
    assert found.to_pandas()["in_memory"].all()


def test_unnamed_pictures_are_numbered_in_their_order(tmp_path):
    arrays = [np.full((20, 20), number, np.uint8) for number in range(11)]
    found = dedupe.describe([*arrays, {"named": arrays[0]}], cache="none").header.in_memory
    assert found == (*(b"picture %02d" % number for number in range(1, 12)), b"named")
    match = dedupe.find(photo(), [photo(), photo(80, 60)], cache="none")
    assert [(one.query, one.file.path) for one in match.matches] == [
        (b"picture 1", b"picture 2"), (b"picture 1", b"picture 3")
    ]  # fmt: skip
    assert match.header.in_memory == (b"picture 1", b"picture 2", b"picture 3")


def test_a_result_of_files_says_nothing_of_memory(tmp_path):
    photo().save(tmp_path / "a.png")
    photo().save(tmp_path / "b.png")
    assert "in_memory" not in str(dedupe.scan(tmp_path, cache="none").to_dict())


def test_a_turned_picture_is_found_in_a_folder(photos):
    with Image.open(photos[7]) as image:
        turned = image.rotate(90, expand=True)
    found = dedupe.find(turned, [photos[0].parent], turns="all", cache="none")
    assert [(one.file.path, one.turn, one.file.in_memory) for one in found.matches] == [
        (os.fsencode(photos[7]), "rotate90", False)
    ]


def test_a_file_is_kept_before_a_picture_in_memory(tmp_path):
    photo(80, 60).save(tmp_path / "small.jpg")
    given = [tmp_path, {"a": photo(), "b": photo(200, 150)}]
    for keep in ((), "most-pixels", "newest"):
        (group,) = dedupe.scan(given, keep=keep, cache="none").groups
        assert group.kept.path == os.fsencode(tmp_path / "small.jpg") and len(group.members) == 2
    (group,) = dedupe.scan(given, reference={"mine": photo()}, cache="none").groups
    assert group.kept.path == b"mine" and group.kept.in_memory


def test_references_are_told_from_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    photo().save("folder/a.jpg")
    for paths in ([{"folder/x": photo()}], ["folder", {"folder": photo()}]):
        assert len(dedupe.scan(paths, reference="folder", cache="none").groups) == 1
        assert dedupe.find({"folder": photo()}, paths, cache="none").matches


def test_options_that_choose_files_leave_pictures_in_memory_alone():
    options = {"exclude": "*", "min_size": 1 << 30, "cache": "none"}
    assert dedupe.describe({"a": photo()}, **options).summary.files == 1
    found = dedupe.describe({"a": photo(80, 60)}, min_pixels=5000, cache="none")
    assert found.summary.files == 0 and found.summary.others == {"too few pixels": 1}


def test_the_cache_keeps_descriptors_and_no_names(tmp_path, monkeypatch):
    cache, rest = tmp_path / "cache.db", tmp_path / "rest"
    rest.mkdir()
    monkeypatch.chdir(rest)
    monkeypatch.setattr("tempfile.tempdir", str(rest))
    given = [{"secret name": photo(), "secret too": b"\0junk"}, np.asarray(photo(80, 60))]
    first = dedupe.describe(given, cache=cache)
    again = dedupe.describe(given, cache=cache)
    assert (first.summary.described, again.summary.described) == (2, 0) and values(first) == values(again)
    assert [one.reason for one in again.failures] == ["unrecognised"]
    assert b"secret" not in cache.read_bytes() and b"picture" not in cache.read_bytes()
    assert list(rest.iterdir()) == []


def test_a_result_does_not_keep_the_pictures():
    data = encoded(photo(), "JPEG")
    before = sys.getrefcount(data)
    result = dedupe.scan({"a": data, "b": data}, cache="none")
    assert len(result.groups) == 1 and sys.getrefcount(data) == before


@pytest.mark.parametrize("workers", [1, 2])
def test_many_small_arrays(workers):
    rng = np.random.default_rng(5)
    arrays = {f"{number:04}": rng.integers(0, 256, (16, 16, 3), np.uint8) for number in range(1000)}
    arrays["twin"] = arrays["0500"].copy()
    found = dedupe.describe(arrays, descriptor="phash", workers=workers, cache="none")
    assert [one.path.decode() for one in found.descriptions] == [*arrays]
    of = values(found)
    assert of[b"twin"] == of[b"0500"] != of[b"0501"]
