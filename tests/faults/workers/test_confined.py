"""What workers can no longer do once they are warm: write, run programs, connect, gain privileges; and what they still can."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dedupe import decode, loose
from dedupe.describe.workers import Column
from dedupe.kernels.cached import cache_folder
from dedupe.processes import sandbox
from faulty_plugins import plugin
from faulty_workers import Mean, linux, start

pytestmark = linux
landlocked = pytest.mark.skipif(not sandbox.landlock(), reason="this kernel has no Landlock, or has it switched off")


@pytest.fixture(autouse=True)
def no_loose_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests may have loaded some into this process."""
    monkeypatch.setattr(loose, "_imported", {})


@dataclass(frozen=True)
class Trying(Mean):
    """Its value is the error number of what it tries, 0 where that can be done."""

    tries: Any = None

    def describe(self, images: Any) -> Any:
        try:
            self.tries()
        except OSError as error:
            return np.full((len(images), 1), error.errno, np.float32)
        return np.zeros((len(images), 1), np.float32)


def tried(folder: list[bytes], tries: Callable[[], object], method: str | None = None) -> int:
    """What comes of it in a warm worker."""
    (batch,) = start(folder[:1], [Column("a", Trying(tries=tries), "none")], method=method)
    assert not batch.failures
    return int(batch.vectors[0][1][0, 0])


def test_in_the_warm_up_a_descriptor_may_write_and_afterwards_not(folder: list[bytes], tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def write() -> None:
        mark.with_name(f"mark{len(list(tmp_path.glob('mark*')))}").write_bytes(b"x")

    assert tried(folder, write) == (errno.EACCES if sandbox.landlock() else 0)
    assert (tmp_path / "mark0").exists() and (tmp_path / "mark1").exists() != bool(sandbox.landlock())


ROOM = Path(decode.__file__).parent

FORBIDDEN: dict[str, Callable[[Path], object]] = {
    "append": lambda path: path.open("ab").close(),
    "truncate": lambda path: os.truncate(path, 0),
    "remove": lambda path: path.unlink(),
    "rename": lambda path: path.rename(path.with_name("other")),
    "link": lambda path: os.link(path, path.with_name("other")),
    "symlink": lambda path: path.with_name("other").symlink_to(path),
    "make a folder": lambda path: path.with_name("other").mkdir(),
    "make a pipe": lambda path: os.mkfifo(path.with_name("other")),
    "run a program": lambda path: subprocess.run([sys.executable, "-c", ""], check=True),
    "connect": lambda path: socket.create_connection(("127.0.0.1", 9), 1),
    "listen": lambda path: socket.socket().bind(("127.0.0.1", 0)),
    "write in the folder of a source": lambda path: (Path(sandbox.__file__).parent / "planted.py").touch(),
    "write where kernels are kept": lambda path: (cache_folder(ROOM) / "planted.pyc").touch(),
}


class Later:
    """Does a thing at the second call, since the first is the warm-up's; calls of one process count."""

    def __init__(self, thing: Callable[[], object]) -> None:
        self.thing, self.calls = thing, 0

    def __call__(self) -> None:
        self.calls += 1
        if self.calls > 1:
            self.thing()


@landlocked
@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_a_warm_worker_cannot_do(what: str, folder: list[bytes], tmp_path: Path) -> None:
    if what in ("connect", "listen") and sandbox.landlock() < 4:
        pytest.skip("this kernel's Landlock is too old to forbid TCP")
    path = tmp_path / "precious"
    path.write_text("x")
    assert tried(folder, Later(lambda: FORBIDDEN[what](path))) == errno.EACCES
    assert path.read_text() == "x" and not path.with_name("other").exists()


@landlocked
def test_what_a_warm_worker_can_do(folder: list[bytes], tmp_path: Path) -> None:
    def all_of_it() -> None:
        Path(os.devnull).write_bytes(b"x")
        Path("/etc/hostname").exists() and os.listdir(tmp_path)

    assert tried(folder, Later(all_of_it)) == 0


@landlocked
def test_each_worker_is_free_in_its_first_call_and_confined_in_all_others(folder: list[bytes], tmp_path: Path) -> None:
    def write() -> None:
        (tmp_path / f"by-{os.getpid()}").write_bytes(b"x")

    batches = list(start(folder, [Column("a", Trying(tries=write), "none")]))
    assert {int(x) for batch in batches for x in batch.vectors[0][1].ravel()} == {errno.EACCES}
    assert len(list(tmp_path.glob("by-*"))) == 2


@landlocked
def test_kernels_beside_a_plugin_are_found_in_a_confined_worker(folder: list[bytes], tmp_path: Path) -> None:
    """Else each worker would compile anew what lies there."""
    (tmp_path / "__pycache__").mkdir()
    assert cache_folder.__wrapped__(tmp_path) == tmp_path / "__pycache__"

    def look() -> None:
        assert cache_folder(tmp_path) == tmp_path / "__pycache__"

    assert tried(folder, Later(look)) == 0


def test_what_the_parent_has_open_is_out_of_reach(folder: list[bytes], tmp_path: Path) -> None:
    """A fork copies open files and sockets, and no later limit is for what is open."""
    ours, other = socket.socketpair()
    with ours, other, (tmp_path / "cache").open("wb") as file, (tmp_path / "cache").open("rb") as read:

        def write() -> None:
            os.write(file.fileno(), b"x")
            os.write(other.fileno(), b"x")
            assert os.fstat(read.fileno()).st_ino == inode

        inode = os.fstat(read.fileno()).st_ino
        assert tried(folder, write) == 0
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            ours.recv(1)
    assert (tmp_path / "cache").stat().st_size == 0


def test_privileges_and_large_files_are_forbidden_on_any_linux(folder: list[bytes]) -> None:
    def write() -> None:
        assert "NoNewPrivs:\t1" in Path("/proc/self/status").read_text()
        with os.fdopen(os.memfd_create("large"), "wb") as file:
            os.ftruncate(file.fileno(), sandbox.LARGEST)
            os.ftruncate(file.fileno(), sandbox.LARGEST + 1)

    assert tried(folder, Later(write)) == errno.EFBIG


DESCRIBING = """
MARK = MARK_PATH
if len(images) < 9 and os.path.exists(MARK):
    open(MARK + "2", "w").close()
open(MARK, "w").close()
"""


@landlocked
def test_a_loose_plugin_is_let_alone_and_an_installed_one_is_not(
    site: Callable[..., dict[str, str]], folder: list[bytes], tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    path = plugin(tmp_path, DESCRIBING.replace("MARK_PATH", repr(str(tmp_path / "mark"))))
    asked = ("describe", folder[0], "--json", "-d", "fault", "--cache", "none")
    ran = dedupe(*asked, env=site("written", path.read_text()))
    assert [each["reason"] for each in ran.lines("failure")] == ["raised"] and "Permission" in ran.out
    assert (tmp_path / "mark").exists() and not (tmp_path / "mark2").exists()
    ran = dedupe(*asked, "--plugin", path)
    assert ran.lines("failure") == [] and (tmp_path / "mark2").exists(), ran.err


WRITING = """
from pathlib import Path
from dedupe import hookimpl
class Writing:
    name, version = 'writing', '1'
    def apply(self, image, rng):
        try:
            Path(MARK).touch()
        except PermissionError:
            image = image[::-1]
        return image
@hookimpl
def dedupe_distortions():
    return [Writing]
"""


@landlocked
def test_workers_that_make_copies_write_into_their_folder_alone(
    site: Callable[..., dict[str, str]], photos: list[Path], tmp_path: Path, dedupe: Callable[..., Any]
) -> None:
    env = site("writing", WRITING.replace("MARK", repr(str(tmp_path / "mark"))))
    ran = dedupe("distort", photos[0], "-o", tmp_path / "out", "--distortions", "writing,hflip", env=env)
    assert ran.code == 0 and len(list((tmp_path / "out").rglob("*.jpg"))) == 2, ran.err
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("version", "words"),
    [(0, "is missing"), (3, "TCP allowed: this kernel's Landlock is too old"), (4, "run no programs, no TCP")],
)
def test_plugins_says_what_is_in_force(version: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "landlock", lambda: version)
    assert words in sandbox.described(False) and "no new privileges, files of at most 64 MB" in sandbox.described(False)
    assert "not confined, since --plugin" in sandbox.described(True)


def test_the_command_says_so_too(dedupe: Callable[..., Any], tmp_path: Path) -> None:
    ran = dedupe("plugins", "-v")
    assert sandbox.described(False) in ran.err and "Workers" not in ran.out and ran.code == 0
    assert sandbox.described(True) in dedupe("plugins", "-v", "--plugin", plugin(tmp_path, "pass")).err
    assert "Workers" not in dedupe("plugins").err
