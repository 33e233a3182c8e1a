"""FAULTS.md, Trees: links of any kind, roots inside each other and other spellings count no file twice."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from dedupe.errors import DedupeError
from dedupe.walk import walk
from tree_walks import SUFFIXES, below, found, paths, posix, touch

pytestmark = posix


def test_symlinks_are_not_followed(tmp_path: Path) -> None:
    touch(tmp_path / "t" / "a.jpg", tmp_path / "outside" / "b.jpg")
    tree = tmp_path / "t"
    (tree / "relative.jpg").symlink_to("a.jpg")
    (tree / "absolute.jpg").symlink_to(tree / "a.jpg")
    (tree / "dangling.jpg").symlink_to("nothing.jpg")
    (tree / "itself.jpg").symlink_to("itself.jpg")
    (tree / "loop").symlink_to(tree)
    (tree / "up").symlink_to("..")
    (tree / "folder").symlink_to(tmp_path / "outside")
    result = found(tree)
    assert below(result, tree) == ["a.jpg"]
    assert result.others == {"symlinks": 7}
    assert result.links == {}
    assert result.failures == []


def test_a_root_may_be_a_link_to_a_folder(tmp_path: Path) -> None:
    touch(tmp_path / "real" / "a.jpg")
    (tmp_path / "link").symlink_to("real")
    assert below(found(tmp_path / "link"), tmp_path) == ["link/a.jpg"]
    both = found(tmp_path / "real", tmp_path / "link")
    assert below(both, tmp_path) == ["link/a.jpg"], "the first path in byte order stands"
    assert both.links == {}


def test_a_link_to_a_file_as_a_root_stands_for_its_target(tmp_path: Path) -> None:
    touch(tmp_path / "target.jpg")
    (tmp_path / "a.jpg").symlink_to("target.jpg")
    result = found(tmp_path / "a.jpg", tmp_path / "target.jpg")
    assert below(result, tmp_path) == ["target.jpg"]
    assert result.links == {}
    (tmp_path / "dangling.jpg").symlink_to("nothing")
    with pytest.raises(DedupeError):
        found(tmp_path / "dangling.jpg")


def test_hard_links_are_one_file(tmp_path: Path) -> None:
    touch(tmp_path / "m.jpg", tmp_path / "other.jpg")
    (tmp_path / "s").mkdir()
    for name in ("z.jpg", "b.jpg", "s/c.jpg"):
        os.link(tmp_path / "m.jpg", tmp_path / name)
    os.link(tmp_path / "m.jpg", tmp_path / "a-without-suffix")
    result = found(tmp_path)
    assert below(result, tmp_path) == ["a-without-suffix", "other.jpg"]
    assert [os.path.relpath(os.fsdecode(path), tmp_path) for path in result.links[0]] == [
        "b.jpg",
        "m.jpg",
        "s/c.jpg",
        "z.jpg",
    ]
    assert list(result.links) == [0]
    assert not result.files.sniff[0], "one of its names has a suffix of ours"


@pytest.mark.parametrize("order", [("", "s"), ("s", ""), ("s/t", "s", "")])
def test_parent_and_child_and_the_same_folder_twice(order: tuple[str, ...], tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg", tmp_path / "s" / "b.jpg", tmp_path / "s" / "t" / "c.jpg")
    (tmp_path / "s" / "note.txt").write_bytes(b"")
    (tmp_path / "s" / "link.jpg").symlink_to("b.jpg")
    os.link(tmp_path / "a.jpg", tmp_path / "s" / "hard.jpg")
    roots = [tmp_path / name for name in order]
    result = found(*roots, *roots)
    assert below(result, tmp_path) == ["a.jpg", "s/b.jpg", "s/t/c.jpg"]
    assert result.links == {0: (os.fsencode(tmp_path / "s" / "hard.jpg"),)}
    assert result.others == {"other files": 1, "symlinks": 1}, "nothing is counted twice"
    assert result.failures == []


def test_what_one_root_excludes_another_may_hold(tmp_path: Path) -> None:
    touch(tmp_path / "s" / "b.jpg", tmp_path / ".git" / "c.jpg")
    assert below(found(tmp_path, tmp_path / "s", exclude=("s/*",)), tmp_path) == ["s/b.jpg"]
    assert below(found(tmp_path, tmp_path / ".git"), tmp_path) == [".git/c.jpg", "s/b.jpg"]


def test_other_spellings_of_one_path_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path / "s" / "b.jpg")
    monkeypatch.chdir(tmp_path)
    given = [b"s", b"./s/", b"s/../s", os.fsencode(tmp_path / "s"), b"s/b.jpg", b"s/../s/b.jpg"]
    result = walk(given, SUFFIXES)
    assert paths(result) == [min(b"./s/b.jpg", os.fsencode(tmp_path / "s" / "b.jpg"))]
    assert result.links == {}
    assert result.files.root.tolist() == [0]


def test_bind_mounts_are_one_file(tmp_path: Path) -> None:
    touch(tmp_path / "real" / "a.jpg", tmp_path / "real" / "s" / "b.jpg")
    (tmp_path / "bound").mkdir()
    bound = subprocess.run(["mount", "--bind", tmp_path / "real", tmp_path / "bound"], capture_output=True, check=False)
    if bound.returncode:
        pytest.skip("bind mounts are not allowed here")
    try:
        result = found(tmp_path)
        apart = found(tmp_path / "real", tmp_path / "bound")
    finally:
        subprocess.run(["umount", tmp_path / "bound"], check=True)
    for one in (result, apart):
        assert below(one, tmp_path) == ["bound/a.jpg", "bound/s/b.jpg"]
        assert one.links == {}, "the same entry of the same folder is no hard link"


@pytest.mark.parametrize(
    "words",
    [
        "scan {links}",
        "find {photo} {links}",
        "describe {links}",
        "eval {links} -d phash",
        "distort {links} -o new",
        "leak {links} {photos}",
        "train pca {links} -o new.onnx",
    ],
)
def test_a_folder_of_links_alone_says_that_they_were_passed_over(dedupe, tmp_path, photos, words) -> None:
    links = tmp_path / "links"
    links.mkdir()
    for photo in photos[:3]:
        (links / photo.name).symlink_to(photo)
    given = words.format(links=links, photos=photos[0].parent, photo=photos[0])
    ran = dedupe(*given.split(" "), cwd=tmp_path)
    assert ran.err.count("3 symbolic links were passed over") == 1, ran.err


def test_links_beside_pictures_are_only_counted(dedupe, tmp_path, photos) -> None:
    (tmp_path / "a.jpg").write_bytes(photos[0].read_bytes())
    (tmp_path / "b.jpg").symlink_to(photos[1])
    ran = dedupe("scan", tmp_path)
    assert "passed over" not in ran.err and ran.lines("summary")[0]["others"] == {"symlinks": 1}
