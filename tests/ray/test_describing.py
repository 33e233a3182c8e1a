"""Scans whose pictures are described on Ray, as commands: as local ones, also where a worker or the command itself is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from dedupe.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 240
"""That a scan on Ray may take, where others use the machine too."""

with_ray = pytest.mark.skipif(find_spec("ray") is None, reason="the extra [ray] is not installed")

SLOW = """
import time
import numpy as np
from dedupe import Decode, hookimpl

class Slow:
    name, version, metric, decode, threshold = "slow", "1", "l2", Decode((8, 8)), 1.0
    def describe(self, images):
        time.sleep(0.1 * len(images))
        return images.reshape(len(images), -1).astype(np.float32)

@hookimpl
def dedupe_descriptors():
    return [Slow]
"""

PICTURES = 64
"""That slow describes in 3 seconds with two workers."""


@pytest.fixture
def slowly(tmp_path: Path, photos: list[Path]) -> list[object]:
    """A scan that takes a while, of copies of photos too, by a descriptor in a loose file."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(PICTURES):
        data = photos[number % (PICTURES - 4)].read_bytes()
        (folder / f"{number:02}.jpg").write_bytes(data + bytes(number % 2))
    (tmp_path / "slow.py").write_text(SLOW)
    return ["scan", folder, "--json", "--no-judge", "--plugin", tmp_path / "slow.py", "-d", "slow", "-j", "2"]


@contextmanager
def scanning(*words: object, out: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A scan on Ray, as the leader of a group of processes of its own, as a shell would start it."""
    command = [sys.executable, "-P", "-m", "dedupe", *map(os.fspath, words), "--engine", "ray"]
    with out.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.PIPE, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def processes() -> dict[int, tuple[int, str]]:
    """Parent and command of each process that can be looked into."""
    found = {}
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            pid = int(folder.name)
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            found[pid] = parent, (folder / "cmdline").read_bytes().decode(errors="replace")
    return found


def actors(command: int) -> list[int]:
    """The actors of a command that describe: not the children that they have."""
    there = processes()
    nodes = {pid for pid, (parent, words) in there.items() if parent == command and "raylet/raylet" in words}
    return [pid for pid, (parent, words) in there.items() if parent in nodes and words.startswith("ray::Describer")]


def left_of(command: int) -> list[str]:
    """The processes that a command, which led a session, has left behind, after some time to end; but for Ray's agents, which
    need a minute to see that they are alone.
    """
    deadline = time.monotonic() + 20
    while (left := _of_session(command)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _of_session(leader: int) -> list[str]:
    found = []
    for pid, (_, words) in processes().items():
        with suppress(OSError):
            if os.getsid(pid) == leader and pid != leader and "Agent" not in words:
                found.append(words)
    return found


def waited(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """The exit code and stderr."""
    _, err = process.communicate(timeout=SECONDS)
    return process.returncode, err.decode()


def described(cache: Path) -> int:
    """How many contents a cache has."""
    import sqlite3

    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{cache}?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM contents").fetchone()[0])
    return 0


def told(text: str, *also: str) -> list[dict]:
    """The lines of a result without what differs between two runs."""
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        for name in ("seconds", "time", "options", "command_line", *also):
            line.pop(name, None)
    return lines


@with_ray
def test_groups_distances_and_failures_are_those_of_a_local_scan(dedupe, tmp_path: Path, shared: Path) -> None:
    import zipfile

    shutil.copytree(ROOT / "examples" / "photos", tmp_path / "pictures")
    with zipfile.ZipFile(shared / "hostile-images.zip") as hostile:
        names = [name for name in sorted(hostile.namelist()) if name.startswith("generated/") and name[-1] != "/"]
        hostile.extractall(tmp_path / "pictures", names)
    words = (
        "scan",
        tmp_path / "pictures",
        tmp_path / "pictures" / "x.zip",
        "--json",
        "-d",
        "pdq",
        "-j",
        "2",
    )
    with zipfile.ZipFile(tmp_path / "pictures" / "x.zip", "w") as some:
        for path in sorted((tmp_path / "pictures").rglob("*.jpg"))[:20]:
            some.write(path, path.name)
    local, ran = dedupe(*words, "--cache", "none"), dedupe(*words, "--cache", "none", "--engine", "ray")
    assert local.code == ran.code == 0 and len(local.lines("failure")) > 20
    assert told(ran.out) == told(local.out)
    assert ran.err == local.err


@with_ray
def test_what_a_killed_worker_had_is_described_by_another_one(dedupe, slowly, tmp_path: Path) -> None:
    with scanning(*slowly, "--cache", tmp_path / "cache", out=tmp_path / "out") as process:
        killed, deadline = 0, time.monotonic() + SECONDS
        while process.poll() is None and killed < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
            for pid in actors(process.pid)[killed : killed + 1]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed += 1
        code, err = waited(process)
    assert (code, killed) == (0, 2), err
    assert told((tmp_path / "out").read_text()) == told(dedupe(*slowly, "--cache", "none").out)
    assert "ray" not in err.lower()
    assert left_of(process.pid) == []


@with_ray
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_scan_that_was_stopped_goes_on_from_the_cache(dedupe, slowly, tmp_path: Path, how: signal.Signals) -> None:
    cache = tmp_path / "cache"
    with scanning(*slowly, "--cache", cache, out=tmp_path / "out") as process:
        deadline = time.monotonic() + SECONDS
        while described(cache) < PICTURES // 8 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert process.poll() is None, "it was done before it could be stopped"
        os.kill(process.pid, how) if how == signal.SIGKILL else os.killpg(process.pid, how)
        code, err = waited(process)
    assert left_of(process.pid) == []
    assert code == (-how if how == signal.SIGKILL else 128 + how)
    if how != signal.SIGKILL:
        word = "Stopped" if how == signal.SIGTERM else "Interrupted"
        assert err.splitlines()[-1] == f"dedupe: {word}. What was finished has been saved."
        assert "***" not in err
    before = described(cache)
    assert PICTURES // 8 <= before < PICTURES
    again = dedupe(*slowly, "--cache", cache, "--engine", "ray")
    assert again.code == 0
    assert again.lines("summary")[0]["described"] <= PICTURES - before
    right = dedupe(*slowly, "--cache", "none")
    assert told(again.out, "described") == told(right.out, "described")


@with_ray
def test_a_ray_of_our_own_is_reached_from_this_machine_and_this_user_alone(tmp_path: Path, slowly) -> None:
    with scanning(*slowly, "--cache", "none", out=tmp_path / "out") as process:
        deadline = time.monotonic() + SECONDS
        while not actors(process.pid) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        mine = {pid for pid in processes() if pid == process.pid or _session(pid) == process.pid}
        inodes = {inode for pid in mine for inode in _sockets(pid)}
        open_to = [address for address, inode in _listening() if inode in inodes]
        sockets = [word for pid in mine for word in _words(pid) if word.startswith("--raylet_socket_name=")]
        folders = {Path(word.partition("=")[2]).parents[3] for word in sockets}
        private = {folder.stat().st_mode & 0o777 for folder in folders}
        code, err = waited(process)
    assert code == 0, err
    assert open_to and {*open_to} == {"127.0.0.1"}
    assert private == {0o700}
    assert not any(folder.exists() for folder in folders)


def _session(pid: int) -> int:
    with suppress(OSError):
        return os.getsid(pid)
    return 0


def _sockets(pid: int) -> list[str]:
    found = []
    with suppress(OSError):
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.append(str(each.readlink()))
    return [name[8:-1] for name in found if name.startswith("socket:[")]


def _words(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return []


def _listening() -> list[tuple[str, str]]:
    """Addresses that TCP sockets listen on, IPv4 in hexadecimal turned round, and their inodes."""
    found = []
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                host = fields[1].partition(":")[0]
                found.append((socket.inet_ntoa(bytes.fromhex(host[-8:])[::-1]), fields[9]))
    return found


@with_ray
@pytest.mark.parametrize(
    ("address", "code", "sentence"),
    [
        (
            "nowhere",
            2,
            "dedupe: --engine ray=nowhere: give HOST:PORT, or auto for the cluster that runs on this machine.",
        ),
        (
            "ray://a:1",
            2,
            "dedupe: --engine ray=ray://a:1: give HOST:PORT, or auto for the cluster that runs on this machine.",
        ),
        ("a:x", 2, "dedupe: --engine ray=a:x: give HOST:PORT, or auto for the cluster that runs on this machine."),
        ("127.0.0.2:1", 3, "dedupe: No Ray cluster answers at 127.0.0.2:1: [Errno 111] Connection refused."),
    ],
)
def test_a_cluster_that_is_not_there_is_one_sentence(dedupe, slowly, address: str, code: int, sentence: str) -> None:
    ran = dedupe(*slowly, "--cache", "none", "--engine", f"ray={address}")
    assert (ran.code, ran.out) == (code, "")
    assert len(ran.err.splitlines()) == 1 and ran.err.startswith(sentence)


@with_ray
def test_a_cluster_that_ended_and_is_still_noted_down_is_not_waited_for(dedupe, slowly) -> None:
    env = {"RAY_ADDRESS": "127.0.0.1:1"}
    ran = dedupe(*slowly, "--cache", "none", "--engine", "ray=auto", env=env)
    assert ran.code == 3 and ran.err.startswith("dedupe: No Ray cluster answers at ")


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from dedupe_ray import engine

    monkeypatch.setattr(engine, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"^Ray is not installed: pip install '.\[ray\]' in the folder"):
        engine.Ray().check()


@with_ray
def test_nodes_of_other_versions_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from dedupe_ray import versions

    from dedupe import DedupeError

    node = {"Alive": True, "Resources": {"CPU": 2.0}, "NodeID": "a", "NodeManagerHostname": "there"}
    ours = versions.versions()
    monkeypatch.setattr(versions, "_asked", lambda _: "answer")
    monkeypatch.setattr(versions.ray, "nodes", lambda: [node])
    monkeypatch.setattr(versions.ray, "wait", lambda asked, **_: (asked, []))
    for theirs in ({**ours, "pillow": "1.0"}, {**ours, "python": "3.9.1"}, {**ours, "dedupe-images": "none"}):
        monkeypatch.setattr(versions.ray, "get", lambda _, theirs=theirs: theirs)
        with pytest.raises(DedupeError, match=r"The Ray node there has .*; they have to be the same"):
            versions.refuse_other_versions()
    monkeypatch.setattr(versions.ray, "get", lambda _: {**ours, "python": ours["python"] + "1"})
    versions.refuse_other_versions()


def test_a_folder_that_a_killed_scan_has_left_is_removed_and_no_other(tmp_path: Path, monkeypatch) -> None:
    from dedupe_ray import folder

    monkeypatch.setattr(folder.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(folder, "LONGEST", 1000)
    left, strange = tmp_path / f"{folder.PREFIX}left", tmp_path / f"{folder.PREFIX}strange"
    for each in (left, strange):
        (each / "r").mkdir(parents=True)
    (left / folder.LOCK).touch()
    with folder.private_folder() as first, folder.private_folder() as second:
        assert first != second
        assert sorted(tmp_path.iterdir()) == sorted([first, second, strange])
        assert first.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == [strange]
