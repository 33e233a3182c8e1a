"""Files written as a whole."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dedupe.errors import SafetyError
from dedupe.whole import TEXT, parts, remove_abandoned, take_name, whole_file, writing

posix = pytest.mark.skipif(os.name == "nt", reason="files have no permissions, owners and locks of this kind there")


@pytest.fixture(params=["unnamed", "named"])
def way(request, monkeypatch):
    """Both ways to write: on a system that has files without a name, and on one that has not."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    elif not hasattr(os, "O_TMPFILE"):
        pytest.skip("this system gives every file a name")
    return request.param


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("way")
def test_what_stood_there_stands_until_the_block_ends(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with whole_file(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["a.txt"]


def test_it_has_no_name_while_it_is_written_where_the_system_can_do_that(tmp_path, way):
    with whole_file(tmp_path / "a.txt") as stream:
        stream.write(b"new")
        names = os.listdir(tmp_path)
        assert not names if way == "unnamed" else parts.PART.fullmatch(*names)


@posix
@pytest.mark.usefixtures("way")
def test_a_new_file_has_the_umasks_permissions_and_one_that_is_replaced_keeps_its_own(tmp_path):
    before = os.umask(0o027)
    try:
        with whole_file(tmp_path / "new") as stream:
            stream.write(b"new")
        for wanted in (0o600, 0o664, 0o444, 0o755):
            (tmp_path / "old").write_bytes(b"old")
            (tmp_path / "old").chmod(wanted | stat.S_ISUID)
            with whole_file(tmp_path / "old") as stream:
                assert stat.S_IMODE(os.fstat(stream.fileno()).st_mode) == wanted, "while it is written"
                stream.write(b"new")
            assert mode(tmp_path / "old") == wanted and (tmp_path / "old").read_bytes() == b"new"
            (tmp_path / "old").unlink()
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == 0o640


@posix
@pytest.mark.usefixtures("way")
def test_a_link_stays_and_what_it_leads_to_is_replaced_and_keeps_its_permissions(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "real").write_bytes(b"old")
    (tmp_path / "folder" / "real").chmod(0o604)
    for name, target in (("link", "folder/real"), ("dangling", "folder/new")):
        (tmp_path / name).symlink_to(target)
        with whole_file(tmp_path / name) as stream:
            stream.write(b"new")
        assert (tmp_path / name).is_symlink() and (tmp_path / target).read_bytes() == b"new"
    assert mode(tmp_path / "folder" / "real") == 0o604
    assert sorted(os.listdir(tmp_path / "folder")) == ["new", "real"]


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.usefixtures("way")
def test_a_block_that_fails_leaves_nothing(tmp_path, anew):
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "a.txt", anew=anew) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


@pytest.mark.usefixtures("way")
def test_a_link_in_the_way_of_the_half_written_file_is_not_followed(tmp_path, monkeypatch):
    (tmp_path / "precious").write_bytes(b"precious")
    part = tmp_path / ".part"
    part.symlink_to("precious")
    monkeypatch.setattr(writing, "part_name", lambda _: part)
    with pytest.raises(FileExistsError), whole_file(tmp_path / "a.txt") as stream:
        stream.write(b"ours")
    assert (tmp_path / "precious").read_bytes() == b"precious" and not (tmp_path / "a.txt").exists()


@pytest.mark.usefixtures("way")
def test_a_file_made_meanwhile_is_not_replaced(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(FileExistsError), whole_file(path, anew=True) as stream:
        stream.write(b"ours")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs" and os.listdir(tmp_path) == ["a.txt"]
    path.unlink()
    with pytest.raises(SafetyError, match="is not a text file"), whole_file(path) as stream:
        stream.write(b"ours")
        path.write_bytes(b"theirs\0")
    assert path.read_bytes() == b"theirs\0" and os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.usefixtures("way")
def test_a_file_system_without_hard_links(tmp_path, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refused)
    (tmp_path / "old.txt").write_bytes(b"old")
    (tmp_path / "old.txt").chmod(0o600)
    for path, anew in ((tmp_path / "a.txt", True), (tmp_path / "old.txt", False)):
        with whole_file(path, anew=anew) as stream:
            stream.write(b"ours")
        assert path.read_bytes() == b"ours"
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "old.txt"]
    assert os.name == "nt" or mode(tmp_path / "old.txt") == 0o600
    (tmp_path / "b.txt").write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        take_name(os.fsencode(tmp_path / "a.txt"), os.fsencode(tmp_path / "b.txt"))
    assert (tmp_path / "b.txt").read_bytes() == b"theirs"


def test_a_file_system_that_gives_every_file_a_name(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "O_TMPFILE", getattr(os, "O_TMPFILE", 0), raising=False)
    real = os.open

    def refused(path, flags, *more, **settings):
        if Path(path).is_dir() and flags & os.O_RDWR:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return real(path, flags, *more, **settings)

    monkeypatch.setattr(os, "open", refused)
    with whole_file(tmp_path / "a.txt") as stream:
        stream.write(b"ours")
        assert len(os.listdir(tmp_path)) == 1
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.usefixtures("way")
def test_what_was_written_can_be_read_before_it_has_its_name(tmp_path):
    with whole_file(tmp_path / "a", durable=False) as stream:
        stream.write(b"0abc")
        stream.seek(1)
        digest = stream.read()
        stream.seek(0)
        stream.write(digest[:1])
    assert (tmp_path / "a").read_bytes() == b"aabc"


@pytest.mark.usefixtures("way")
def test_it_is_on_the_disk_before_it_has_its_name_unless_it_may_be_lost(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(sorted(os.listdir(tmp_path))))
    with whole_file(tmp_path / "a.txt", durable=False) as stream:
        stream.write(b"new")
    assert synced == []
    with whole_file(tmp_path / "b.txt") as stream:
        stream.write(b"new")
    assert len(synced) == 1 and "b.txt" not in synced[0]


@posix
def test_what_goes_to_a_pipe_replaces_nothing(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with whole_file(pipe) as stream:
        stream.write(b"passed on")
    assert os.read(reader, 100) == b"passed on" and stat.S_ISFIFO(pipe.stat().st_mode)
    os.close(reader)


KILLED = """
import os, signal, sys
from pathlib import Path
from dedupe.whole import parts, whole_file, writing

if sys.argv[2] == "named":
    vars(os).pop("O_TMPFILE", None)
if sys.argv[3] == "published":
    writing.give_name = lambda *given: (parts.give_name(*given), os.kill(os.getpid(), signal.SIGKILL))
with whole_file(Path(sys.argv[1])) as stream:
    stream.write(b"half" * 10000)
    stream.flush()
    if sys.argv[3] == "writing":
        os.kill(os.getpid(), signal.SIGKILL)
"""


@posix
@pytest.mark.parametrize("moment", ["writing", "published"])
def test_a_kill_leaves_what_stood_there_and_the_next_run_removes_the_rest(tmp_path, way, moment):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-P", "-c", KILLED, path, way, moment], capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert path.read_bytes() == b"old"
    left = sorted(set(os.listdir(tmp_path)) - {"a.txt"})
    assert len(left) == (0 if (way, moment) == ("unnamed", "writing") else 1)
    with whole_file(tmp_path / "another.txt") as stream:
        stream.write(b"new")
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "another.txt"]


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def part(host: str, pid: int, name: str = "a.txt") -> str:
    return f".{name}.{host}.{pid}.0123abcd.part"


@posix
def test_what_may_be_anybody_elses_is_not_removed(tmp_path, dead, monkeypatch):
    host = parts._host()
    kept = [
        part("00000000" if host != "00000000" else "00000001", dead),  # another machine's, on a share
        part(host, os.getpid()),
        part(host, os.getppid()),  # alive
        part(host, 1),  # another user's, or ours in a container
        f".a.txt.{dead}.part",
        f"a.txt.{host}.{dead}.0123abcd.part",
        f".a.txt.{host}.{dead}.0123abcd.part~",
        f".a.txt.{host}.0{dead}.0123abcd.part",
        f".a.txt.{host}.{dead}.0123ABCD.part",
        f".a.txt.{host.upper() if host.upper() != host else 'x' * 8}.{dead}.0123abcd.part",
    ]
    for name in kept:
        (tmp_path / name).write_bytes(b"precious")
    (tmp_path / part(host, dead, "link")).symlink_to(kept[0])
    (tmp_path / part(host, dead, "folder")).mkdir()
    os.mkfifo(tmp_path / part(host, dead, "pipe"))
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / part(host, dead)).write_bytes(b"elsewhere")
    before = sorted(os.listdir(tmp_path))
    (tmp_path / part(host, dead)).write_bytes(b"half")
    (tmp_path / part(host, dead, "new\nline")).write_bytes(b"half")
    remove_abandoned(tmp_path)
    assert sorted(os.listdir(tmp_path)) == before and os.listdir(tmp_path / "below")
    (tmp_path / part(host, dead)).write_bytes(b"half")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    remove_abandoned(tmp_path)
    assert (tmp_path / part(host, dead)).exists(), "another user's"


@posix
def test_a_file_that_somebody_holds_is_not_removed_whatever_its_number(tmp_path, dead):
    """Processes of another container, and of another machine of the same name, have numbers that say nothing here."""
    import fcntl

    path = tmp_path / part(parts._host(), dead)
    with path.open("xb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        remove_abandoned(tmp_path)
        assert path.exists()
    remove_abandoned(tmp_path)
    assert not path.exists()


@posix
def test_a_file_is_held_while_it_is_written(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    with whole_file(tmp_path / "a.txt") as stream:
        (name,) = os.listdir(tmp_path)
        monkeypatch.setattr(parts, "_is_gone", lambda _: True)
        remove_abandoned(tmp_path)
        assert os.listdir(tmp_path) == [name]
        stream.write(b"new")
    assert (tmp_path / "a.txt").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["a" * 255, "é" * 127, "漢" * 85, "\U0001f600" * 63, "new\nline", "\udcff" * 255])
def test_names_that_are_as_long_as_a_name_can_be(tmp_path, name, way):
    if name.startswith("\udcff") and sys.platform != "linux":
        pytest.skip("names are text there")
    with whole_file(tmp_path / name, TEXT) as stream:
        stream.write(b"new")
        assert way == "unnamed" or parts.PART.fullmatch(*os.listdir(tmp_path))
    assert os.listdir(tmp_path) == [name]
