"""An interrupted or killed run ends in time with its exit code, and no worker outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dedupe.errors import Interrupted
from dedupe.processes.pool import Pool
from faulty_workers import column, linux, start

pytestmark = linux

PROGRAM = """
import os, sys, time
import numpy as np
from dataclasses import dataclass
from dedupe.errors import Interrupted
from dedupe.model import Decode
from dedupe.describe.workers import Column, run
from plain_files import plain_files

@dataclass
class Slow:
    name, version, metric, decode, threshold = "slow", "1", "l2", Decode((8, 8)), 1.0
    def describe(self, images):
        time.sleep({seconds} * len(images))
        return images.reshape(len(images), -1).astype(np.float32)

if __name__ == "__main__":
    paths = [os.fsencode(p) for p in sys.argv[1:]]
    batches = run(plain_files(paths), np.arange(len(paths)), [Column("a", Slow(), "none")], [], workers=2, known=None,
                  timeout=60, memory=1 << 30, pixel_cap=10**8, notify=lambda _: None)
    done = 0
    try:
        for batch in batches:
            done += len(batch.index)
            assert all(len(rows) == len(batch.index) for rows, _ in batch.vectors)
            print("batch", done, flush=True)
    except Interrupted as error:
        print("interrupted", done, flush=True)
        sys.exit(error.exit_code)
"""


def program(folder: list[bytes], seconds: float) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-c", PROGRAM.replace("{seconds}", str(seconds)), *map(os.fsdecode, folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, start_new_session=True)


def descendants(pid: int) -> set[int]:
    found = set()
    for line in subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout.splitlines():
        own, parent = map(int, line.split())
        if parent == pid:
            found.add(own)
    return found


def gone(pids: set[int], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.05)
    return False


def test_sigint_once_finishes_what_is_begun(folder: list[bytes]) -> None:
    running = program(folder, 0.05)
    assert running.stdout
    assert running.stdout.readline().startswith("batch")
    workers = descendants(running.pid)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: the workers get it too
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    last = out.splitlines()[-1].split()
    assert last[0] == "interrupted"
    assert 0 < int(last[1]) < 90
    assert workers and gone(workers)


def test_sigint_twice_stops_at_once(folder: list[bytes]) -> None:
    running = program(folder, 0.02)
    assert running.stdout
    running.stdout.readline()
    workers = descendants(running.pid)
    begun = time.monotonic()
    running.send_signal(signal.SIGINT)
    time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
    assert time.monotonic() - begun < 10
    assert gone(workers)


def test_what_is_stopped_at_once_says_so_in_a_word(folder: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_pool: Pool) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Pool, "_listen", interrupted)
    with pytest.raises(Interrupted, match=r"^Stopped\.$"):
        list(start(folder, column("")))


def test_no_worker_outlives_a_parent_that_is_killed(folder: list[bytes]) -> None:
    running = program(folder, 5)
    deadline = time.monotonic() + 30
    while not (workers := descendants(running.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    running.kill()
    running.communicate(timeout=60)
    assert workers
    assert gone(workers)


def test_the_handler_of_sigint_is_put_back(folder: list[bytes]) -> None:
    before = signal.getsignal(signal.SIGINT)
    batches = start(folder, column(""))
    next(batches)
    assert signal.getsignal(signal.SIGINT) != before
    batches.close()  # type: ignore[attr-defined]
    assert signal.getsignal(signal.SIGINT) == before
    with pytest.raises(Interrupted):
        for number, _ in enumerate(start(folder, column(""))):
            if number == 0:
                signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before
