"""Workers that crash, hang, eat memory or lie: only the guilty file is listed, every other one comes back exactly once."""

from __future__ import annotations

import ctypes
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dedupe import testing
from dedupe.errors import Interrupted
from dedupe.model import NO_DATE, Decode, DecodedInfo, Failure, Files
from dedupe.workers import Batch, Column, run
from dedupe.workers.files import open_file, read_all

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these tests kill processes as Linux does")

sys.path.append(str(Path(__file__).resolve().parents[2]))  # last: spawned workers find this module there, and no more

DARK = 20
SPAWN = pytest.param(
    "spawn", marks=pytest.mark.skipif(sys.platform == "win32", reason="as on Windows, tested elsewhere")
)


def segfault() -> None:
    ctypes.string_at(0)


def hang_in_c() -> None:
    ctypes.PyDLL(None).sleep(600)  # PyDLL keeps the GIL


def eat_memory() -> None:
    hoard = []
    while True:
        hoard.append(np.empty(16 << 20, np.uint8))  # room alone: filling it takes longer than the timeout


def raise_in_c() -> None:
    os.abort()


def leave() -> None:
    os._exit(3)


def leave_politely() -> None:
    raise SystemExit(0)


def raise_plainly() -> None:
    raise ValueError("two\nlines")


FAULTS: dict[str, tuple[Callable[[], None], str]] = {
    "segfaults": (segfault, "crashed"),
    "aborts": (raise_in_c, "crashed"),
    "leaves": (leave, "crashed"),
    "leaves politely": (leave_politely, "crashed"),
    "hangs in C": (hang_in_c, "timeout"),
    "eats memory": (eat_memory, "memory"),
    "raises": (raise_plainly, "raised"),
}


@dataclass(frozen=True)
class Mean:
    """Mean grey of the picture at 8 x 8, and its corners; `fault` befalls dark pictures."""

    fault: str = ""
    name: str = "mean"
    version = "1"
    metric = "l2"
    decode = Decode((8, 8), "L", "working", "box")
    threshold = 1.0

    def describe(self, images: Any) -> Any:
        X = images.reshape(len(images), 64).astype(np.float32)
        dark = X.mean(axis=1) < DARK
        if self.fault == "always":
            segfault()
        if self.fault in FAULTS and dark.any():
            FAULTS[self.fault][0]()
        return CORRUPT.get(self.fault, lambda X, dark: X)(X, dark)


CORRUPT: dict[str, Callable[[Any, Any], Any]] = {
    "NaN": lambda X, dark: np.where(dark[:, None], np.nan, X).astype(np.float32),
    "infinity": lambda X, dark: np.where(dark[:, None], np.inf, X).astype(np.float32),
    "rows": lambda X, dark: X[~dark],
    "axes": lambda X, dark: X[:, :, None] if dark.any() else X,
    "dtype": lambda X, dark: X.astype(np.float64) if dark.any() else X,
    "list": lambda X, dark: X.tolist() if dark.any() else X,
    "width": lambda X, dark: X[:, :63] if dark.any() else X,
    "writes": lambda X, dark: X,
}


@dataclass(frozen=True)
class Odd:
    """A decoder for files that begin with ODD; what befalls it stands behind that."""

    name = "odd"
    version = "1"
    suffixes = (".odd",)

    def matches(self, head: bytes) -> bool:
        return head.startswith(b"ODD")

    def decode(self, stream: Any, want: Any) -> Any:
        word = stream.read()[3:].decode()
        if word in FAULTS:
            FAULTS[word][0]()
        array: Any = {
            "shape": np.zeros((3, 4, 2), np.uint8),
            "dtype": np.zeros((3, 4)),
            "empty": np.zeros((0, 4), np.uint8),
        }.get(word, np.full((30, 40, 3), 99, np.uint8))
        return array, DecodedInfo(40, 30, "ODD", 5)


@cache
def picture(dark: bool) -> bytes:
    with Image.open(testing.photos()[10]) as image:
        grey = image.convert("L")
    out = io.BytesIO()
    (grey.point(lambda v: v // 20) if dark else grey).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> list[bytes]:
    """90 files, each with a comment of its own so that all are different; the 20th and the 70th are dark."""
    paths = []
    for i in range(90):
        path = tmp_path / f"{i:02}.png"
        path.write_bytes(picture(i in (20, 70))[:-12] + b"\0\0\0\2juNk" + b"%02d" % i + bytes(4) + picture(False)[-12:])
        paths.append(os.fsencode(path))
    return paths


def start(
    paths: Any, columns: list[Column], decoders: tuple[Any, ...] = (), n: int | None = None, **options: Any
) -> Iterator[Batch]:
    given: dict[str, Any] = {"workers": 2, "known": None, "timeout": 30, "memory": 1 << 30, "pixel_cap": 10**8}
    given |= {"notify": lambda _: None} | options
    return run(paths, np.arange(len(paths) if n is None else n), columns, decoders, **given)


def column(*faults: str) -> list[Column]:
    return [Column(f"mean{i}", Mean(fault, f"mean{i}"), "none") for i, fault in enumerate(faults)]


@dataclass
class Outcome:
    """Everything that came back: contents and vectors by file, failures as (index, Failure)."""

    contents: dict[int, bytes]
    vectors: list[dict[int, bytes]]
    failures: list[tuple[int, Failure]]
    decoded: dict[int, bool]

    @property
    def reasons(self) -> dict[int, str]:
        return {index: failure.reason for index, failure in self.failures}


def outcome(batches: Iterator[Batch]) -> Outcome:
    """Collects the batches, and makes sure that no file comes twice."""
    found = Outcome({}, [], [], {})
    for batch in batches:
        assert batch.stat.shape == (len(batch.index), 6)
        for row, index in enumerate(batch.index.tolist()):
            assert index not in found.contents
            found.contents[index] = batch.contents[row].tobytes()
            found.decoded[index] = bool(batch.decoded[row])
        found.vectors = found.vectors or [{} for _ in batch.vectors]
        for number, (rows, X) in enumerate(batch.vectors):
            assert len(rows) == len(X)
            for row, vector in zip(rows.tolist(), X, strict=True):
                index = int(batch.index[row])
                assert index not in found.vectors[number]
                found.vectors[number][index] = vector.tobytes()
        found.failures += batch.failures
    return found


@cache
def healthy_vectors(paths: tuple[bytes, ...]) -> dict[int, bytes]:
    return outcome(start(list(paths), column(""))).vectors[0]


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
    while (left := {pid for pid in children() - before if not is_tracker(pid)}) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left


def is_tracker(pid: int) -> bool:
    """Whether it is the process that multiprocessing starts once, beside the first one it spawns."""
    try:
        return b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True  # gone by now


# -- what comes back


def test_every_file_comes_back_once_and_the_way_of_working_changes_nothing(folder: list[bytes]) -> None:
    two = outcome(start(folder, column("")))
    assert set(two.contents) == set(two.vectors[0]) == set(range(90))
    assert not two.failures
    others = [
        outcome(start(folder, column(""), workers=1)),
        outcome(start(folder, column(""), workers=3)),
        outcome(start(folder, column("", ""), workers=2)),
        outcome(start(folder, column(""), method="spawn")),
        outcome(start(folder[:5], column(""))),
    ]
    for other in others:
        assert all(other.contents[i] == two.contents[i] for i in other.contents)
        assert all(other.vectors[0][i] == two.vectors[0][i] for i in other.contents)


def test_contents_say_what_was_decoded(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x0132] = 6, "2001:01:01 00:00:00"
    with Image.open(testing.photos()[3]) as image:
        image.convert("RGB").save(tmp_path / "a.jpg", exif=exif)
        size = image.size
    Image.new("RGB", (30, 20), "red").save(tmp_path / "b.png")
    Image.new("RGB", (30, 20), (0, 130, 0)).save(tmp_path / "c.bmp")
    paths = [os.fsencode(tmp_path / name) for name in ("a.jpg", "b.png", "c.bmp")]
    (batch,) = start(paths, column(""))
    photo, red, green = batch.contents
    assert (photo["width"], photo["height"], photo["format"], photo["taken"]) == (*size[::-1], b"JPEG", 978307200)
    assert photo["quality"] > 0.1
    assert (red["quality"], red["format"], red["taken"]) == (0, b"PNG", NO_DATE)
    assert red["pixels"].tobytes() != green["pixels"].tobytes()  # as grey as each other, told apart by colour
    stat = (tmp_path / "a.jpg").stat()
    assert batch.stat[0, :5].tolist() == [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_dev, stat.st_ino]
    assert abs(batch.stat[0, 5] - time.time_ns()) < 60e9


def test_sources_modes_and_turns_side_by_side_change_no_bit(tmp_path: Path) -> None:
    class Whole(Mean):
        decode = Decode((8, 8), "RGB", "full", "box")

        def describe(self, images: Any) -> Any:
            return images.reshape(len(images), -1).astype(np.float32)

    path = tmp_path / "a.jpg"
    with Image.open(testing.photos()[3]) as image:
        image.convert("RGB").resize((1200, 900)).save(path)

    class Colour(Whole):
        decode = Decode((8, 8), "RGB", "working", "bicubic")

    columns = [
        Column("a", Mean(), "none"),
        Column("b", Whole(), "none"),
        Column("c", Colour(), "rotate90"),
        Column("d", Mean(), "hflip"),
    ]
    (together,) = start([os.fsencode(path)], columns)
    for i, each in enumerate(columns):
        (alone,) = start([os.fsencode(path)], [each])
        assert np.array_equal(alone.vectors[0][1], together.vectors[i][1])
        assert alone.contents.tobytes() == together.contents.tobytes()
    upright = together.vectors[0][1].reshape(8, 8)
    assert np.array_equal(together.vectors[3][1].reshape(8, 8), upright[:, ::-1])


def test_what_is_known_is_not_decoded_again(folder: list[bytes]) -> None:
    (first,) = start(folder[:6], column(""))
    digests = np.ascontiguousarray(first.contents["digest"][:4]).view(np.uint8).reshape(4, 32)
    prefixes = np.ascontiguousarray(digests[:, :8]).view("<u8").ravel()
    order = np.argsort(prefixes)
    masks = np.array([3, 1, 3, 0], np.uint32)
    known = prefixes[order], masks[order]
    (second,) = start(folder[:6], column("", ""), known=known)
    assert dict(zip(second.index.tolist(), second.decoded.tolist(), strict=True)) == {
        0: False,
        1: True,
        2: False,
        3: True,
        4: True,
        5: True,
    }
    described = [sorted(second.index[rows].tolist()) for rows, _ in second.vectors]
    assert described == [[3, 4, 5], [1, 3, 4, 5]]
    assert np.array_equal(second.contents["digest"], first.contents["digest"])
    (third,) = start(folder[:2], column("", ""), known=None, need=np.array([2, 0], np.uint32))
    assert [third.index[rows].tolist() for rows, _ in third.vectors] == [[], [0]]


# -- descriptors that fail


@pytest.mark.parametrize("method", ["fork", SPAWN])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_descriptor_that_fails_on_two_pictures_costs_these_two(fault: str, method: str, folder: list[bytes]) -> None:
    if method == "spawn" and fault not in ("segfaults", "hangs in C"):
        pytest.skip("spawned workers die as forked ones do; two ways are enough")
    found = outcome(start(folder, column(fault, ""), timeout=2, memory=512 << 20, method=method))
    assert found.reasons == {20: FAULTS[fault][1], 70: FAULTS[fault][1]}
    assert {f.stage for _, f in found.failures} == {"describe"}
    assert all("mean0" in f.message and "\n" not in f.message for _, f in found.failures)
    expected = healthy_vectors(tuple(folder))
    assert found.vectors[0] == {i: v for i, v in expected.items() if i not in (20, 70)}
    if fault in ("raises", "eats memory"):  # the worker lives, so the other column has them
        assert found.vectors[1] == expected


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("NaN", "not_finite"), ("infinity", "not_finite"), ("axes", "wrong_shape"), ("width", "wrong_shape"),
     ("rows", "wrong_shape"), ("dtype", "wrong_dtype"), ("list", "wrong_dtype")],
)  # fmt: skip
def test_a_descriptor_that_gives_nonsense_for_two_pictures_costs_these_two(
    fault: str, reason: str, folder: list[bytes]
) -> None:
    found = outcome(start(folder, column(fault)))
    assert found.reasons == {20: reason, 70: reason}
    assert set(found.contents) == set(range(90))
    assert found.vectors[0] == {i: v for i, v in healthy_vectors(tuple(folder)).items() if i not in (20, 70)}


def test_images_are_read_only(folder: list[bytes]) -> None:
    class Careless(Mean):
        def describe(self, images: Any) -> Any:
            images[:] = 0
            return super().describe(images)

    found = outcome(start(folder[:3], [Column("a", Careless(), "none"), Column("b", Mean(), "none")]))
    assert {(i, f.reason) for i, f in found.failures} == {(0, "raised"), (1, "raised"), (2, "raised")}
    assert set(found.vectors[1]) == {0, 1, 2}


def test_a_descriptor_that_crashes_when_it_is_tried_is_left_out(folder: list[bytes]) -> None:
    said: list[str] = []
    found = outcome(start(folder, column("", "always"), notify=said.append))
    assert found.vectors[0] == healthy_vectors(tuple(folder))
    assert found.vectors[1] == {}
    assert found.reasons == dict.fromkeys(range(90), "crashed")
    assert [line for line in said if "mean1" in line and "SIGSEGV" in line]


def test_what_descriptors_print_goes_to_stderr(folder: list[bytes], capfd: pytest.CaptureFixture[str]) -> None:
    class Loud(Mean):
        def describe(self, images: Any) -> Any:
            print("printed")
            os.write(1, b"written\n")
            return super().describe(images)

    outcome(start(folder[:2], [Column("a", Loud(), "none")]))
    out, err = capfd.readouterr()
    assert out == ""
    assert "printed" in err and "written" in err


# -- decoders that fail


@pytest.mark.parametrize("fault", FAULTS)
def test_a_decoder_that_fails_on_a_file_costs_that_file(fault: str, folder: list[bytes], tmp_path: Path) -> None:
    bad = tmp_path / "x.odd"
    bad.write_bytes(b"ODD" + fault.encode())
    good = tmp_path / "y.odd"
    good.write_bytes(b"ODD")
    paths = [*folder[:40], os.fsencode(bad), *folder[40:80], os.fsencode(good)]
    found = outcome(start(paths, column(""), (Odd(),), timeout=2, memory=512 << 20))
    expected = "broken" if fault == "raises" else FAULTS[fault][1]
    assert found.reasons == {40: expected}
    ((_, failure),) = found.failures
    assert (failure.path, failure.stage) == (os.fsencode(bad), "decode")
    assert set(found.vectors[0]) == set(range(82)) - {40}
    assert found.contents[81][56:59] == b"ODD"


@pytest.mark.parametrize("word", ["shape", "dtype", "empty"])
def test_a_decoder_that_gives_no_picture_costs_the_file(word: str, tmp_path: Path) -> None:
    path = tmp_path / "x.odd"
    path.write_bytes(b"ODD" + word.encode())
    found = outcome(start([os.fsencode(path)], column(""), (Odd(),)))
    assert found.reasons == {0: "broken"}


# -- files that are not what they were


def files(paths: list[bytes], sniff: list[bool]) -> Files:
    stats = [Path(os.fsdecode(path)).stat() for path in paths]
    columns = [
        np.array([getattr(s, name) for s in stats])
        for name in ("st_size", "st_mtime_ns", "st_ctime_ns", "st_dev", "st_ino")
    ]
    offsets = np.cumsum([0, *map(len, paths)])
    return Files(b"".join(paths), offsets, *columns, np.zeros(len(paths), np.int64), np.array(sniff))


def test_files_without_a_suffix_count_if_they_begin_as_a_picture(folder: list[bytes], tmp_path: Path) -> None:
    names = {"picture": picture(False), "text": b"some text", "odd": b"ODD", "nothing": b""}
    for name, data in names.items():
        (tmp_path / name).write_bytes(data)
    paths = [folder[0], *(os.fsencode(tmp_path / name) for name in names)]
    found = outcome(start(files(paths, [False, *[True] * 4]), column(""), (Odd(),), n=5))
    assert set(found.contents) == {0, 1, 3}
    assert found.reasons == {2: "not_an_image", 4: "not_an_image"}


def test_links_pipes_folders_and_what_has_gone(folder: list[bytes], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to(os.fsdecode(folder[0]))
    names = ["pipe.png", "folder.png", "link.png", "gone.png", "a/b.png"]
    found = outcome(start([os.fsencode(tmp_path / name) for name in names], column("")))
    assert found.reasons == {0: "unreadable", 1: "unreadable", 2: "changed", 3: "vanished", 4: "vanished"}
    assert {f.stage for _, f in found.failures} == {"read"}
    given = files([os.fsencode(tmp_path / "link.png")], [False])  # a link that was given as such leads where it did
    assert outcome(start(given, column(""), n=1)).reasons == {}
    (tmp_path / "link.png").unlink()
    (tmp_path / "link.png").symlink_to(os.fsdecode(folder[1]))
    assert outcome(start(given, column(""), n=1)).reasons == {0: "changed"}


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(folder: list[bytes]) -> None:
    Path(os.fsdecode(folder[0])).chmod(0)
    assert outcome(start(folder[:2], column(""))).reasons == {0: "unreadable"}


def test_a_refusal_by_the_system_is_a_reason(folder: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    from dedupe.errors import PictureError

    for number, reason in ((13, "unreadable"), (5, "unreadable"), (2, "vanished"), (40, "changed")):

        def refuse(*_: Any, number: int = number) -> int:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "open", refuse)
        with pytest.raises(PictureError) as refused:
            open_file(folder[0], None)
        assert refused.value.reason == reason


@pytest.mark.parametrize("change", ["grows", "shrinks", "same size", "touched"])
def test_a_file_that_changes_while_it_is_read(change: str, folder: list[bytes]) -> None:
    from dedupe.errors import PictureError

    fd, stat = open_file(folder[0], None)
    path = Path(os.fsdecode(folder[0]))
    data = path.read_bytes()
    time.sleep(0.02)
    path.write_bytes(
        {"grows": data + b"x", "shrinks": data[:-1], "same size": data[:-1] + b"x", "touched": data}[change]
    )
    with pytest.raises(PictureError) as refused:
        read_all(fd, stat)
    os.close(fd)
    assert refused.value.reason == "changed"


def test_a_file_too_large_to_be_a_picture_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with path.open("wb") as file:
        file.truncate(5 << 30)  # a hole: it takes no room
    begun = time.monotonic()
    assert outcome(start([os.fsencode(path)], column(""))).reasons == {0: "too_large"}
    assert time.monotonic() - begun < 10


# -- interruption


PROGRAM = """
import os, sys, time
import numpy as np
from dataclasses import dataclass
from dedupe.errors import Interrupted
from dedupe.model import Decode
from dedupe.workers import Column, run

@dataclass
class Slow:
    name, version, metric, decode, threshold = "slow", "1", "l2", Decode((8, 8)), 1.0
    def describe(self, images):
        time.sleep({seconds} * len(images))
        return images.reshape(len(images), -1).astype(np.float32)

if __name__ == "__main__":
    paths = [os.fsencode(p) for p in sys.argv[1:]]
    batches = run(paths, np.arange(len(paths)), [Column("a", Slow(), "none")], [], workers=2, known=None,
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
