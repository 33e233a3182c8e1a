"""walk: what the user's globs leave out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dedupe.model import Select
from dedupe.walk import walk
from dedupe.walk.rules import Rules
from tree_walks import SUFFIXES, below, found, touch


def make(root: Path, *names: str) -> None:
    touch(*(root / name for name in names))


@pytest.mark.parametrize(
    ("glob", "left"),
    [
        ("a.jpg", ["s/b.jpg", "s/t/c.jpg", "é.jpg"]),
        ("?.jpg", []),
        ("s", ["a.jpg", "é.jpg"]),
        ("s/", ["a.jpg", "é.jpg"]),
        ("a.jpg/", ["a.jpg", "s/a.jpg", "s/b.jpg", "s/t/c.jpg", "é.jpg"]),
        ("s/*.jpg", ["a.jpg", "s/t/c.jpg", "é.jpg"]),
        ("s/t", ["a.jpg", "s/a.jpg", "s/b.jpg", "é.jpg"]),
        ("/a.jpg", ["s/a.jpg", "s/b.jpg", "s/t/c.jpg", "é.jpg"]),
        ("./a.jpg", ["s/a.jpg", "s/b.jpg", "s/t/c.jpg", "é.jpg"]),
        ("s/**", ["a.jpg", "é.jpg"]),
        ("**/c.jpg", ["a.jpg", "s/a.jpg", "s/b.jpg", "é.jpg"]),
        ("s/**/c.jpg", ["a.jpg", "s/a.jpg", "s/b.jpg", "é.jpg"]),
        ("[a-b].jpg", ["s/t/c.jpg", "é.jpg"]),
        ("[!a].jpg", ["a.jpg", "s/a.jpg"]),
        ("A.JPG", ["a.jpg", "s/a.jpg", "s/b.jpg", "s/t/c.jpg", "é.jpg"]),
        ("*/a.jpg", ["a.jpg", "s/b.jpg", "s/t/c.jpg", "é.jpg"]),
        ("a.jp", ["a.jpg", "s/a.jpg", "s/b.jpg", "s/t/c.jpg", "é.jpg"]),
        ("", ["a.jpg", "s/a.jpg", "s/b.jpg", "s/t/c.jpg", "é.jpg"]),
        ("[", ["a.jpg", "s/a.jpg", "s/b.jpg", "s/t/c.jpg", "é.jpg"]),
    ],
)
def test_exclude(glob: str, left: list[str], tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "é.jpg", "s/a.jpg", "s/b.jpg", "s/t/c.jpg")
    assert sorted(below(found(tmp_path, exclude=(glob,)), tmp_path)) == left


@pytest.mark.parametrize(
    ("glob", "left"),
    [
        ("{here}/h/sub", ["h/a.jpg", "h/x.jpg"]),
        ("{here}/h/sub/", ["h/a.jpg", "h/x.jpg"]),
        ("{here}/h/a.jpg", ["h/sub/a.jpg", "h/x.jpg"]),
        ("{here}/**/a.jpg", ["h/x.jpg"]),
        ("h/sub", ["h/a.jpg", "h/x.jpg"]),
        ("./h/*.jpg", ["h/sub/a.jpg"]),
        ("../w [1]/h/sub", ["h/a.jpg", "h/x.jpg"]),
        ("~/h/sub", ["h/a.jpg", "h/x.jpg"]),
        ("*/a.jpg", ["h/a.jpg", "h/x.jpg"]),
        ("/a.jpg", ["h/sub/a.jpg", "h/x.jpg"]),
        ("other/sub", ["h/a.jpg", "h/sub/a.jpg", "h/x.jpg"]),
    ],
)
@pytest.mark.parametrize("root", ["h", "./h", "{here}/h"])
def test_a_path_below_a_root_is_excluded_however_it_is_given(
    glob: str, left: list[str], root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "w [1]"
    make(here, "h/a.jpg", "h/x.jpg", "h/sub/a.jpg")
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(here))
    escaped = str(here).replace("[", "[[]")
    root = root.format(here=here)
    glob = glob.replace("w [1]", "w [[]1]").format(here=escaped)
    result = walk([os.fsencode(root)], SUFFIXES, Select(exclude=(glob,)))
    kept = [os.path.relpath(os.fsdecode(result.files.path(i))) for i in range(len(result.files))]
    assert sorted(kept) == left
    assert result.idle == ((glob,) if glob == "other/sub" else ())


def test_globs_that_matched_nothing_are_known(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "b.gif", "cache/c.jpg")
    result = found(tmp_path, exclude=("*.png", "cache", "a.*", "*.jpg", "cache/c*", "/"))
    assert result.idle == ("*.png", "cache/c*", "/")
    assert walk([os.fsencode(tmp_path)], SUFFIXES).idle == ()


def test_excluded_folders_are_not_entered(tmp_path: Path) -> None:
    make(tmp_path, "keep/a.jpg", "cache/b.jpg", "cache/deep/c.jpg")
    result = found(tmp_path, exclude=("cache", "*.gif"))
    assert below(result, tmp_path) == ["keep/a.jpg"]
    assert result.others == {"excluded": 1}
    assert len(found(tmp_path / "cache", exclude=("cache",)).files) == 2, "a root is never excluded"


@pytest.mark.parametrize("glob", ["a{1}", "(", "+", "a|b", "$^", "[a", "\\", "a]", "{a,b}", ".", "(?:a)"])
def test_globs_mean_themselves_and_no_regular_expression(glob: str) -> None:
    rules = Rules(SUFFIXES, Select(exclude=(glob,)))
    assert rules.excludes(glob.encode(), False)
    assert not rules.excludes(b"a", False)
    assert not rules.excludes(b"b", False)


@pytest.mark.parametrize(
    ("glob", "matching", "others"),
    [
        ("[]]", "]", "[a"),
        ("[[]", "[", "]a"),
        ("[a^]", "a^", "b["),
        ("[^a]", "^a", "b"),
        ("[!]a]", "b^", "]a"),
        ("[\\]", "\\", "a]"),
        ("[a-c-]", "abc-", "d"),
        ("[!a-c]", "d", "abc"),
        ("[&&~~||-]", "&~|-", "a"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_sets_of_characters(glob: str, matching: str, others: str) -> None:
    rules = Rules(SUFFIXES, Select(exclude=(glob,)))
    assert [char for char in matching + others if rules.excludes(char.encode(), False)] == list(matching)


def test_a_range_that_runs_backwards_matches_nothing() -> None:
    rules = Rules(SUFFIXES, Select(exclude=("[z-a].jpg", "b.jpg")))
    assert not rules.excludes(b"m.jpg", False)
    assert rules.excludes(b"b.jpg", False)
