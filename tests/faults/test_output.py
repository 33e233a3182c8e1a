"""Closed, full and interrupted outputs: the old report stands, no traceback, no orphan."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-P", "-m", "dedupe"]
SCAN = ("scan", "--no-judge")
"""Of 71 photos: to look at the pairs would take four times as long."""

SLOW = """
import time
from dataclasses import dataclass
import numpy as np
from dedupe import Decode, hookimpl

@dataclass(frozen=True)
class Slow:
    name = "slow"
    version = "1"
    metric = "hamming"
    threshold = 1
    decode = Decode((8, 8))

    def describe(self, images):
        if len(images) and images.any():
            time.sleep(0.1 * len(images))
        return np.packbits(images.reshape(len(images), 64) > 100, axis=1)

@hookimpl
def dedupe_descriptors():
    return [Slow]
"""


@pytest.fixture
def album(tmp_path: Path, photos: list[Path]) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for photo in photos[:70]:
        shutil.copy(photo, folder)
        os.utime(folder / photo.name, (1e9, 1e9))
    shutil.copy(photos[0], folder / "copy.jpg")
    return folder


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    file = tmp_path / "slow.py"
    file.write_text(SLOW)
    return file


def test_a_full_disk_leaves_the_old_report(album, tmp_path):
    report = tmp_path / "out" / "report.json"
    report.parent.mkdir()
    report.write_text("the old one")

    def small_files_only() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))

    done = subprocess.run(
        [*COMMAND, *SCAN, album, "-o", report, "--cache", "none"],
        capture_output=True,
        preexec_fn=small_files_only,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},  # half a compiled module would stay behind
    )
    assert done.returncode == 3, done.stderr
    assert b"report.json" in done.stderr and b"Traceback" not in done.stderr
    assert report.read_text() == "the old one" and [p.name for p in report.parent.iterdir()] == ["report.json"]


def test_a_report_that_cannot_be_written_is_said_before_the_work(dedupe, album, tmp_path):
    ran = dedupe("scan", album, "-o", tmp_path / "no" / "such" / "folder.json", "-d", "pdq")
    assert ran.code == 3 and "folder.json" in ran.err


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_a_closed_stdout_ends_quietly_by_sigpipe_and_what_was_described_is_kept(dedupe, album, form):
    words = [*COMMAND, *SCAN, album, "-q", "--format", form]
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    ran = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=usual)
    ran.stdout.close()
    error = ran.stderr.read()
    ran.stderr.close()
    assert ran.wait(60) == -signal.SIGPIPE and error == b""
    assert dedupe("scan", album).lines("summary")[0]["described"] == 0


def shell(script: str, *words: object, **env: str) -> subprocess.CompletedProcess:
    """Runs a line of bash in which "$@" is the command with the words; its pipes fail as their first command does."""
    line = ["bash", "-o", "pipefail", "-c", script, "bash", *COMMAND, *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, env={**os.environ, **env}, timeout=300)


@pytest.mark.parametrize(("name", "length"), [("r.json", 2), ("r.csv", 3), ("r.txt", 10)])
def test_a_stdout_that_takes_no_summary_costs_no_file(album, tmp_path, name, length):
    report = tmp_path / name
    for script, code in (('"$@" | true', 141), ('"$@" > /dev/full', 3)):
        done = shell(script, *SCAN, album, "-o", report)
        assert done.returncode == code and "Traceback" not in done.stderr, done.stderr
        assert f"The result is in {report}" in done.stderr and "be written: No space left" not in done.stderr
        assert len(report.read_text().splitlines()) >= length
        report.unlink()


def test_a_full_stdout_is_said(album):
    done = shell('"$@" > /dev/full', *SCAN, album)
    assert done.returncode == 3 and "to stdout" in done.stderr and "Traceback" not in done.stderr


def test_a_summary_that_stdout_cannot_encode_costs_no_file(album, tmp_path):
    (album / "\xe9.jpg").write_bytes(b"no picture")
    done = shell('"$@"', *SCAN, album, "-v", "-o", tmp_path / "r.json", PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and "\\xe9.jpg" in done.stdout and done.stdout.isascii(), done.stderr
    assert json.loads((tmp_path / "r.json").read_text().splitlines()[-1])["type"] == "summary"


@pytest.mark.parametrize(
    "words",
    [
        ["scan", "{album}", "--json", "-o"],
        ["find", "{picture}", "{album}", "--json", "-o"],
        ["compare", "{picture}", "{picture}", "--json", "-o"],
        ["describe", "{picture}", "--format", "csv", "-o"],
        ["leak", "{album}", "{album}", "--json", "-o"],
        ["eval", "--json", "-o"],
        ["eval", "--save"],
        ["eval", "--report"],
        ["train", "pca", "{album}", "--force", "-o"],
        ["train", "pca", "{album}", "-o", "{album}/new.onnx", "--report"],
    ],
    ids=" ".join,
)
def test_a_picture_is_never_overwritten_by_a_result(dedupe, album, words):
    picture = album / ("picture.html" if "--report" in words else "copy.jpg")
    (album / "copy.jpg").rename(picture)
    before = {path.name: path.read_bytes() for path in album.iterdir()}
    ran = dedupe(*(word.format(album=album, picture=picture) for word in words), picture)
    assert ran.code == 4 and f"{picture} is a picture" in ran.err and ran.out == "", ran.err
    assert {path.name: path.read_bytes() for path in album.iterdir()} == before


@pytest.mark.parametrize("head", [b"\x00\x00\x00\x18ftypheic" + bytes(80), b"\x89PNG\r\n\x1a\n"])
def test_a_result_replaces_results_alone(dedupe, album, tmp_path, head):
    (tmp_path / "r.json").write_bytes(head)
    assert dedupe("scan", album, "-o", tmp_path / "r.json").code == 4
    assert (tmp_path / "r.json").read_bytes() == head
    (tmp_path / "r.json").write_text("an older result")
    assert dedupe("scan", album, "-o", tmp_path / "r.json").code == 0
    assert (tmp_path / "r.json").read_text().startswith("{")


def left_with(monkeypatch, fault) -> int:
    """The exit code of a command line in which something goes wrong."""
    from dedupe import cli
    from dedupe.cli import signals

    monkeypatch.setattr(cli, "app", lambda **_: fault())
    monkeypatch.setattr(signals, "terminated_is_interrupted", lambda: None)
    with pytest.raises(SystemExit) as left:
        cli.main()
    return left.value.code


def test_a_defect_is_said_with_its_traceback(monkeypatch, capsys):
    def defect() -> None:
        raise RuntimeError("esc \x1b end")

    code, error = left_with(monkeypatch, defect), capsys.readouterr().err
    assert code == 3 and "please report it" in error.splitlines()[-1]
    assert "Traceback" in error and "RuntimeError: esc \\x1b end" in error


def missing_library() -> None:
    """As llvmlite words it; the cause is in its context alone."""
    try:
        raise OSError("libLLVM.so: failed to map segment from shared object")
    except OSError:
        raise OSError("Could not find/load shared object file; the permissions may be incorrect")  # noqa: B904


def no_memory() -> None:
    raise MemoryError


def no_room() -> None:
    raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))


def no_execution() -> None:
    raise ImportError("libLLVM.so: failed to map segment from shared object: Operation not permitted")


@pytest.mark.parametrize("fault", [missing_library, no_memory, no_room])
def test_want_of_memory_is_said_in_a_sentence(monkeypatch, capsys, fault):
    assert left_with(monkeypatch, fault) == 3
    assert capsys.readouterr().err.startswith("dedupe: There is not enough memory.")


def test_a_library_that_may_not_be_run_is_no_want_of_memory(monkeypatch, capsys):
    assert left_with(monkeypatch, no_execution) == 3
    assert "not enough memory" not in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep to the limit")
@pytest.mark.parametrize("kilobytes", [100_000, 300_000, 600_000])
def test_a_limit_on_memory_that_is_too_small_is_said_before_anything_hangs(album, kilobytes):
    done = shell(f'ulimit -v {kilobytes}; "$@"', "scan", album)
    assert done.returncode == 3 and done.stdout == "" and len(done.stderr.splitlines()) == 1
    assert "not enough memory: ulimit -v allows" in done.stderr


def test_paths_from_a_closed_stdin_make_no_sense():
    done = shell('"$@" <&-', "scan", "--files-from", "-")
    assert done.returncode == 2 and "stdin is closed" in done.stderr and "Traceback" not in done.stderr


def test_a_stdout_that_is_not_there_is_no_traceback(album):
    done = subprocess.run(f'"{sys.executable}" -P -m dedupe scan "{album}" >&-', shell=True, capture_output=True)
    assert done.returncode in (0, 3) and b"Traceback" not in done.stderr


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in tasks.read_text().split()] if tasks.exists() else []


def started(dedupe, ran: subprocess.Popen) -> list[int]:
    """Waits until workers work and something is in the cache; their process ids."""
    deadline = time.monotonic() + 60
    while not dedupe("cache", "info", "--json").lines()[0]["contents"] and time.monotonic() < deadline:
        time.sleep(0.05)
    found = children(ran.pid)
    assert found and ran.poll() is None
    return found


def gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text() for pid in pids):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_scan_saves_and_leaves_no_process(dedupe, album, slow, number, code):
    arguments = ["scan", album, "-d", "slow", "--plugin", slow]
    ran = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    workers = started(dedupe, ran)
    ran.send_signal(number)
    out, error = ran.communicate(timeout=30)
    assert ran.returncode == code and out == b"" and b"Traceback" not in error, error
    assert gone(workers)
    summary = dedupe(*arguments).lines("summary")[0]
    assert 0 < summary["described"] < 70, "what was finished was saved"


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_second_interrupt_ends_at_once(dedupe, album, slow):
    ran = subprocess.Popen([*COMMAND, "scan", album, "-d", "slow", "--plugin", slow], stderr=subprocess.PIPE)
    workers = started(dedupe, ran)
    ran.send_signal(signal.SIGINT)
    time.sleep(0.2)
    start = time.monotonic()
    ran.send_signal(signal.SIGINT)
    error = ran.communicate(timeout=30)[1]
    assert ran.returncode == 130 and time.monotonic() - start < 5 and b"Traceback" not in error and gone(workers)


LINGERING = f"""{SLOW}
import atexit, sys

def linger():
    print("leaving", file=sys.stderr, flush=True)
    time.sleep(20)

atexit.register(linger)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_at_the_very_end_changes_no_exit_code(album, tmp_path, number):
    (tmp_path / "lingering.py").write_text(LINGERING)
    arguments = ["scan", album, "--plugin", tmp_path / "lingering.py", "--check"]
    ran = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "leaving" not in ran.stderr.readline():
        assert ran.poll() is None
    start = time.monotonic()
    ran.send_signal(number)
    out, error = ran.communicate(timeout=30)
    assert ran.returncode == 5 and time.monotonic() - start < 10 and "Traceback" not in error
    assert json.loads(out.splitlines()[-1])["type"] == "summary"


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_killed_scan_leaves_no_process_and_no_half_file_and_the_next_is_right(dedupe, album, slow, tmp_path):
    arguments, before = ["scan", album, "-d", "slow", "--plugin", slow], set(os.listdir(tmp_path))
    into = ["-o", tmp_path / "r.json"]
    ran = subprocess.Popen([*COMMAND, *arguments, *into], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    workers = started(dedupe, ran)
    ran.kill()
    ran.wait()
    assert gone(workers) and set(os.listdir(tmp_path)) - {"__pycache__"} == before
    again, clean = dedupe(*arguments), dedupe(*arguments, "--cache", "none")
    assert again.lines("group") == clean.lines("group") and again.lines("summary")[0]["files"] == 71


def test_no_color_and_no_terminal_mean_no_escapes(dedupe, album):
    assert "\x1b" not in dedupe("scan", album, "--format", "table", env={"NO_COLOR": "1"}).out
