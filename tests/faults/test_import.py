"""An import that is killed, or whose disk gives up, at any step: nothing is lost, and the next one ends what it began."""

from __future__ import annotations

import os
import pickle
import random
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from nothing_lost import contents, kept
from pictures import photo

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="system calls are traced with strace, on Linux")

CALLS = (
    "write,pwrite64,rename,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,fsync,fchmod,fchown,utimensat,fsetxattr"
)
"""What changes files, but for making an empty one."""

COPY = """
import pickle, sys
from dedupe.importing.carrying import carry_out, settled
with settled():
    carry_out(pickle.load(sys.stdin.buffer))
"""
PATTERN = "{date:%Y}/{name}"

UNDO = """
from dedupe.actions import undo
from dedupe.errors import UsageError
try:
    undo()
except UsageError as nothing:
    assert "nothing to undo" in str(nothing)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A card with two pictures, one of which has a companion, and a library; the trash is beside them."""
    card = tmp_path / "all" / "card"
    card.mkdir(parents=True)
    (tmp_path / "all" / "library" / "2019").mkdir(parents=True)
    photo(120, 90).save(card / "IMG_1.png")
    (card / "IMG_1.xmp").write_text("rating")
    photo(90, 120).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(card / "IMG_2.png")
    (tmp_path / "all" / "library" / "2019" / "had.txt").write_text("had")
    for path in card.iterdir():
        os.utime(path, (1.5e9, 1.5e9))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "all" / "data"))
    return tmp_path / "all"


@pytest.fixture
def import_all(dedupe, place):
    """Imports everything, in another process; whether everything is in the library then."""

    def run() -> bool:
        ran = dedupe("import", place / "card", place / "library", "--to", PATTERN, "--yes", "--json")
        assert ran.code == 0, ran.err
        return ran.lines("summary")[0]["complete"]

    return run


def plan(place: Path) -> bytes:
    from dedupe.importing import import_pictures

    return pickle.dumps(import_pictures(place / "card", place / "library", to=PATTERN))


def child(code: str, given: bytes, *strace: str) -> int:
    """Runs code under strace; its exit code."""
    command = ["strace", "-f", "-qq", "-e", f"trace={CALLS}", *strace, sys.executable, "-c", code]
    return subprocess.run(command, input=given, capture_output=True, timeout=120).returncode


def steps(code: str, given: bytes, sample: int | None, log: Path) -> list[tuple[str, int]]:
    """The system calls of a run, each by name and its number among those of that name; of many a sample."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    assert child(code, given, "-o", str(log)) == 0
    seen, made = Counter[str](), list[tuple[str, int]]()
    for name in re.findall(r"^\d+ +(\w+)\(", log.read_text(), re.MULTILINE):
        seen[name] += 1
        made.append((name, seen[name]))
    assert len(made) > 10
    return made if sample is None else random.Random(0).sample(made, sample)


def faulted(code: str, given: bytes, fault: str, step: tuple[str, int]) -> None:
    """Runs code that is killed, or told that the disk fails, at one of its system calls."""
    name, number = step
    ended = child(code, given, "-o", os.devnull, "-e", f"inject={name}:{fault}:when={number}")
    assert ended in (0, 1, -signal.SIGKILL, 137)


def names(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in (place / "library").rglob("*") if path.is_file())


ALL = ["library/2017/IMG_1.png", "library/2017/IMG_1.xmp", "library/2017/IMG_2.png", "library/2019/had.txt"]


@contextmanager
def everything_there(place: Path) -> Iterator[None]:
    """Whatever happens in the block, everything is there, and the card as it was."""
    before = sorted((path.name, path.read_bytes()) for path in (place / "card").iterdir())
    with kept(place):
        yield
    assert sorted((path.name, path.read_bytes()) for path in (place / "card").iterdir()) == before


def sample(full: bool, fault: str) -> int | None:
    """How many of the steps are tried: all with --full."""
    return None if full else 5 if fault == "signal=KILL" else 2


FAULTS = ["signal=KILL", "error=ENOSPC", "error=EIO", "error=EROFS"]


@pytest.mark.parametrize("fault", FAULTS)
def test_an_import_that_ends_anywhere_loses_nothing_and_is_ended_by_the_next(place, import_all, tmp_path, full, fault):
    planned = plan(place)
    made = steps(COPY, planned, sample(full, fault), tmp_path / "log.json")
    for step in made:
        shutil.rmtree(place / "library" / "2017")
        with everything_there(place):
            faulted(COPY, planned, fault, step)
            complete = import_all()
        assert complete and names(place) == ALL, step
        assert contents(place / "card").keys() <= contents(place / "library").keys()
    print(f"{len(made)} imports, {fault}")


@pytest.mark.parametrize("fault", FAULTS)
def test_an_undo_that_ends_anywhere_loses_nothing_and_is_ended_by_the_next(place, import_all, tmp_path, full, fault):
    import_all()
    made = steps(UNDO, b"", sample(full, fault), tmp_path / "log.json")
    for step in made:
        import_all()
        assert names(place) == ALL
        with everything_there(place):
            faulted(UNDO, b"", fault, step)
            if names(place) != ALL[-1:]:
                assert subprocess.run([sys.executable, "-c", UNDO]).returncode == 0
        assert names(place) == ALL[-1:], step
    print(f"{len(made)} undos, {fault}")
