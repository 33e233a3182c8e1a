"""What watches over all tests of faults sees what it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest

from nothing_lost import guarded, kept

TOUCHES = {
    "remove": "os.remove(path)",
    "rename": "os.rename(path, path + '.old')",
    "replace": "os.replace(other, path)",
    "truncate": "os.truncate(path, 0)",
    "write": "open(path, 'r+b').close()",
}


def act(what: str, module: str, path: Path, other: Path) -> None:
    names = {"__name__": module, "path": str(path), "other": str(other)}
    exec(compile(f"import os\n{TOUCHES[what]}", "<a room of the house>", "exec"), names)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"a picture")
    (tmp_path / "b.jpg").write_bytes(b"another")
    return path


@pytest.mark.parametrize("what", TOUCHES)
def test_what_the_program_does_to_a_picture_is_refused(what: str, picture: Path) -> None:
    with pytest.raises(AssertionError, match=r"the program itself touched .*jpg"), guarded(picture.parent) as noted:
        with pytest.raises(AssertionError, match="jpg"):
            act(what, "dedupe.somewhere", picture, picture.with_name("b.jpg"))
        assert noted and picture.read_bytes() == b"a picture"


def test_what_the_program_has_made_itself_it_may_take_away(picture: Path) -> None:
    own = picture.with_name("own.jpg")
    with guarded(picture.parent):
        names = {"__name__": "dedupe.somewhere", "path": str(own)}
        exec(compile("import os\nopen(path, 'xb').close()\nos.remove(path)", "<a room of the house>", "exec"), names)
    assert not own.exists()


def test_what_a_test_does_or_a_cache_needs_is_allowed(picture: Path) -> None:
    cache = picture.with_name("own.cache")
    cache.write_bytes(b"")
    with guarded(picture.parent):
        act("remove", "dedupe.store", cache, cache)
        picture.write_bytes(b"changed meanwhile")
        picture.unlink()


def test_a_content_that_is_gone_is_missed_and_a_moved_one_is_not(picture: Path) -> None:
    with kept(picture.parent):
        picture.rename(picture.with_name("moved.jpg"))
    with pytest.raises(AssertionError, match=r"a run lost .*moved\.jpg"), kept(picture.parent):
        picture.with_name("moved.jpg").write_bytes(b"something else")
