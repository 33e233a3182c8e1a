"""Folders that are owned: what others could have written is neither read nor believed, however the folder is swapped."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dedupe import owned

posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes of POSIX")


def read(folder: Path, name: str = "file") -> bytes:
    with owned.reading(folder, name) as stream:
        return stream.read()


def write(folder: Path, content: bytes, name: str = "file") -> None:
    with owned.writing(folder, name) as stream:
        stream.write(content)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of this user's with one file."""
    place = tmp_path / "folder"
    place.mkdir(mode=0o755)
    write(place, b"mine")
    return place


@pytest.fixture(params=[True, False], ids=["by descriptor", "by path"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on POSIX systems, and as on those without descriptors of folders."""
    if not request.param:
        monkeypatch.setattr(owned, "BY_DESCRIPTOR", False)


@pytest.mark.usefixtures("way")
def test_what_is_written_is_read_and_removed(folder: Path) -> None:
    assert owned.usable(folder)
    write(folder, b"new")
    assert (read(folder), owned.names(folder)) == (b"new", ["file"])
    owned.remove(folder, "file")
    assert owned.names(folder) == list(folder.iterdir()) == []


@pytest.mark.usefixtures("way")
def test_a_file_stands_until_the_new_one_is_whole(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), owned.writing(folder, "file") as stream:
        stream.write(b"half")
        stream.flush()
        assert any(name.endswith(owned.PART) for name in owned.names(folder))
        raise ZeroDivisionError
    assert (read(folder), owned.names(folder)) == (b"mine", ["file"])


def by_group(folder: Path) -> Path:
    folder.chmod(0o775)
    return folder


def by_all(folder: Path) -> Path:
    folder.chmod(0o1777)
    return folder


def of_another(folder: Path) -> Path:
    if os.geteuid() != 0:
        pytest.skip("giving a folder away takes root")
    os.chown(folder, 65534, -1)
    return folder


def linked(folder: Path) -> Path:
    (folder.parent / "link").symlink_to(folder)
    return folder.parent / "link"


def file(folder: Path) -> Path:
    (folder.parent / "plain").write_bytes(b"")
    return folder.parent / "plain"


def missing(folder: Path) -> Path:
    return folder.parent / "missing"


@posix
@pytest.mark.parametrize("change", [by_group, by_all, of_another, linked, file, missing])
def test_another_folder_is_of_no_use(change: Callable[[Path], Path], folder: Path) -> None:
    other = change(folder)
    assert not owned.usable(other)
    assert owned.names(other) == []
    for use in (lambda: read(other), lambda: write(other, b"new"), lambda: owned.remove(other, "file")):
        with pytest.raises(OSError):
            use()
    assert (folder / "file").read_bytes() == b"mine"


@posix
def test_a_folder_of_roots_is_as_good(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    if folder.stat().st_uid == 0:
        assert read(folder) == b"mine"
    else:
        with pytest.raises(PermissionError):
            read(folder)


@posix
@pytest.mark.parametrize("kind", ["writable", "link", "pipe", "folder"])
def test_another_file_is_not_read(kind: str, folder: Path) -> None:
    path = folder / "other"
    if kind == "writable":
        path.write_bytes(b"anybody's")
        path.chmod(0o666)
    elif kind == "link":
        path.symlink_to(folder / "file")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(OSError):
        read(folder, "other")


@posix
def test_a_folder_that_is_swapped_gives_nothing_and_gets_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planted, aside, real = folder.parent / "planted", folder.parent / "aside", os.open
    planted.mkdir()
    (planted / "file").write_bytes(b"planted")

    def swapping(path: object, flags: int, *args: object, **given: object) -> int:
        opened = real(path, flags, *args, **given)  # type: ignore[arg-type]
        if flags & os.O_DIRECTORY:
            folder.rename(aside)
            planted.rename(folder)
        return opened

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", swapping)
        assert read(folder) == b"mine"
    (folder.rename(planted), aside.rename(folder))
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", swapping)
        write(folder, b"new")
    assert (aside / "file").read_bytes() == b"new"
    assert [path.read_bytes() for path in folder.iterdir()] == [b"planted"]
    (folder.rename(planted), aside.rename(folder))
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", swapping)
        owned.remove(folder, "file")
    assert list(aside.iterdir()) == []
    assert [path.read_bytes() for path in folder.iterdir()] == [b"planted"]
