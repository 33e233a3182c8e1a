"""A folder of pictures of which two are dark; and no test may leave a process behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from faulty_workers import picture


@pytest.fixture
def folder(tmp_path: Path) -> list[bytes]:
    """90 files, each with a comment of its own so that all are different; the 20th and the 70th are dark."""
    paths = []
    for i in range(90):
        path = tmp_path / f"{i:02}.png"
        path.write_bytes(picture(i in (20, 70))[:-12] + b"\0\0\0\2juNk" + b"%02d" % i + bytes(4) + picture(False)[-12:])
        paths.append(os.fsencode(path))
    return paths


def children() -> set[int]:
    """Processes that this one has started and that still run."""
    found = set()
    for task in os.listdir("/proc/self/task"):
        found |= set(map(int, Path(f"/proc/self/task/{task}/children").read_text().split()))
    return found


@pytest.fixture(autouse=True)
def no_orphans() -> Iterator[None]:
    """No process is left when a test ends, whatever befell it."""
    before = children()
    yield
    deadline = time.monotonic() + 5
    while (left := {pid for pid in children() - before if not is_helper(pid)}) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def is_helper(pid: int) -> bool:
    """Whether it is one that serves all tests: multiprocessing's tracker of resources, or what commands are forked from."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True  # gone by now
    return b"resource_tracker" in command or b"forked_commands" in command
