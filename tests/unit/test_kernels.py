"""Kernels: what they compute, the machine code kept between runs, and that nothing about that cache breaks a run."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blake3 import blake3

from dedupe.kernels import Kernel, cached, kernel, native

SOURCE = """
import numpy as np
from dedupe.kernels import kernel
from helpers import twice

@kernel("f8(f8[::1], i8)")
def doubled(values, extra):
    total = 0.0
    for i in range(values.size):
        total += twice(values[i])
    return total + extra

@kernel("void(u1[:,:], b1[::1], f4[:,::1])")
def spread(image, wanted, out):
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            out[y, x] = image[y, x] if wanted[x] else -1

@kernel(["i8(i8[::1])", "f8(f8[::1])"])
def total(values):
    return values.sum()

@kernel("f8[::1](f8[::1])")
def allocated(values):
    return np.sort(values)
"""
HELPER = """
from dedupe.kernels import kernel

@kernel()
def twice(value):
    return value * FACTOR

FACTOR = 2
"""
PROGRAM = """
import sys, numpy as np, kernels_here as k
a = np.arange(4.0)
a.flags.writeable = False
out = np.empty((2, 3), np.float32)
image = np.arange(12, dtype=np.uint8).reshape(4, 3)[::2]
image.flags.writeable = False
k.spread(image, np.array([True, False, True]), out)
print(k.doubled(a, 1), out.tolist(), k.total(np.arange(3)), k.total(a), k.allocated(a[::-1].copy()).tolist())
"""
ALONE = SOURCE.partition('@kernel(["i8')[0]
TOTAL = SOURCE.partition("@kernel")[0] + '@kernel(["i8' + SOURCE.partition('@kernel(["i8')[2].partition("@kernel")[0]
SHORT = PROGRAM.partition("print")[0] + "print(k.doubled(a, 1))"
LOADED = "\nprint('numba' in sys.modules)"
SHORT_TOTAL = "import numpy as np, kernels_here as k; print(k.total(np.arange(3)))"
EXPECTED = "13.0 [[0.0, -1.0, 2.0], [6.0, -1.0, 8.0]] 3 6.0 [0.0, 1.0, 2.0, 3.0]\n"


@kernel()
def PLAIN(value: float) -> float:
    return value + 1


Run = Callable[..., "subprocess.CompletedProcess[str]"]
Compiled = tuple[Path, "subprocess.CompletedProcess[str]"]


def made(place: Path, source: str) -> Path:
    """A folder with a module of kernels and one with a helper."""
    place.mkdir()
    (place / "kernels_here.py").write_text(source)
    (place / "helpers.py").write_text(HELPER)
    return place


def ran(place: Path, program: str = PROGRAM, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a program that uses these, in a process of its own."""
    paths = os.pathsep.join([str(place), str(Path(__file__).resolve().parents[2])])
    env = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=env, timeout=120)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return made(tmp_path / "code", SOURCE)


@pytest.fixture
def run(place: Path) -> Run:
    return partial(ran, place)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """A folder whose kernels have been compiled, and the run that did it; tests change copies of it."""
    place = made(tmp_path_factory.mktemp("compiled") / "code", SOURCE)
    return place, ran(place)


@pytest.fixture(scope="module")
def compiled_alone(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The same of the kernel that stands alone."""
    place = made(tmp_path_factory.mktemp("alone") / "code", ALONE)
    return place, ran(place, SHORT + LOADED)


def entries(place: Path) -> list[Path]:
    return sorted(place.rglob("*.kernel"))


def copied_to(place: Path, compiled: Compiled) -> None:
    """Puts a copy of what is compiled there."""
    shutil.rmtree(place)
    shutil.copytree(compiled[0], place)


def test_kernels_are_compiled_once_and_again_when_a_helper_changes(run: Run, place: Path, compiled: Compiled) -> None:
    copied_to(place, compiled)
    first, second = compiled[1], run()
    assert (first.stdout, second.stdout) == (EXPECTED, EXPECTED)
    assert first.stderr == "dedupe: compiling kernels; this happens once\n"
    assert second.stderr == ""
    assert (
        len(entries(place)) == 6
    )  # two alone; of one with two signatures both; one that needs numba, and a note of that
    (place / "helpers.py").write_text(HELPER.replace("FACTOR = 2", "FACTOR = 3"))
    assert run().stdout == EXPECTED.replace("13.0", "19.0")


@pytest.mark.skipif(not native.SUPPORTED, reason="machine code is loaded without numba on Linux only")
def test_a_kernel_that_stands_alone_is_loaded_without_numba(compiled_alone: Compiled) -> None:
    place, first = compiled_alone
    assert first.stdout == "13.0\nTrue\n"
    assert ran(place, SHORT + LOADED).stdout == "13.0\nFalse\n"


def damage(path: Path, content: bytes, kind: int) -> None:
    """Does to a file what disks and crashes do, in one of six ways."""
    middle = len(content) // 2
    path.unlink()
    if kind == 5:
        path.mkdir()
    else:
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes((b"", content[:-7], os.urandom(5000), flipped, content + b"x")[kind])


def test_a_damaged_cache_is_compiled_again(run: Run, place: Path, compiled: Compiled) -> None:
    copied_to(place, compiled)
    for i, path in enumerate(entries(place)):
        damage(path, path.read_bytes(), i % 6)
    done = run()
    assert (done.stdout, done.returncode) == (EXPECTED, 0)
    assert "compiling" in done.stderr


@pytest.mark.parametrize("kind", range(6))
def test_a_damaged_entry_is_not_there(tmp_path: Path, kind: int) -> None:
    entry = cached.KernelFile(PLAIN.py_func, "", lambda: None)
    entry.folder, path = tmp_path, tmp_path / entry.name
    assert entry.read() is None
    entry.write(b"content" * 9)
    assert entry.read() == b"content" * 9
    damage(path, path.read_bytes(), kind)
    assert entry.read() is None
    entry.write(b"new")
    assert entry.read() == (None if kind == 5 else b"new")
    assert list(tmp_path.iterdir()) == [path]


def sealed(path: Path, content: bytes) -> None:
    """Puts content behind the first line of an entry, with a digest that is right."""
    rest = path.read_bytes()[32:].partition(b"\n")[0] + b"\n" + content
    path.write_bytes(blake3(rest).digest() + rest)


@pytest.mark.parametrize("contents", [(b"{}\nnothing", b"[]\n"), (b"nothing", b"\x80\x04K\x01.")])
def test_content_that_is_sound_but_no_machine_code_is_compiled_again(
    contents: tuple[bytes, bytes], run: Run, place: Path, compiled_alone: Compiled
) -> None:
    copied_to(place, compiled_alone)
    for path, content in zip(entries(place), contents, strict=True):
        sealed(path, content)
    done = run(SHORT)
    assert (done.stdout, done.returncode) == ("13.0\n", 0)
    assert done.stderr == "dedupe: compiling kernels; this happens once\n"
    assert all(path.stat().st_size > 500 for path in entries(place)), "they are put right"


def test_a_pickle_that_is_sound_but_no_machine_code_is_compiled_again(run: Run, place: Path) -> None:
    (place / "kernels_here.py").write_text(TOTAL)
    run(SHORT_TOTAL)
    assert len(entries(place)) == 2
    for path in entries(place):
        sealed(path, b"\x80\x04K\x01.")
    done = run(SHORT_TOTAL)
    assert (done.stdout, done.returncode) == ("3\n", 0)
    assert "compiling" in done.stderr
    assert run(SHORT_TOTAL).stderr == ""


def test_without_jit_the_functions_themselves_run(run: Run, place: Path) -> None:
    done = run(PROGRAM, NUMBA_DISABLE_JIT="1")
    assert (done.stdout, done.stderr, entries(place)) == (EXPECTED, "", [])


def test_the_platforms_folder_is_next_and_then_a_private_one(run: Run, place: Path, tmp_path: Path) -> None:
    (place / "kernels_here.py").write_text(ALONE)
    (place / "__pycache__").write_text("in the way")  # also root cannot write here
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    temporary.mkdir()
    places = {"XDG_CACHE_HOME": str(home), "HOME": str(home), "TMPDIR": str(temporary)}
    assert run(SHORT, **places).stdout == "13.0\n"
    assert entries(home)
    assert not entries(temporary)
    assert run(SHORT, **places).stderr == ""
    blocked = {**places, "XDG_CACHE_HOME": str(place / "__pycache__"), "HOME": str(place / "__pycache__")}
    assert run(SHORT, **blocked).stdout == "13.0\n"
    folder = next(temporary.iterdir())
    assert entries(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o777)  # anybody may have written here
    done = run(SHORT, **blocked)
    assert done.stdout == "13.0\n"
    assert done.stderr.splitlines()[0].startswith("dedupe: no folder for compiled kernels")
    assert done.stderr.count("no folder") == 1


def test_another_processor_has_entries_of_its_own(run: Run, place: Path, compiled_alone: Compiled) -> None:
    copied_to(place, compiled_alone)
    before = set(entries(place))
    assert run(SHORT, NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="").stdout == "13.0\n"
    assert len(set(entries(place)) - before) == len(before)


@pytest.fixture
def copied() -> Iterator[Kernel[..., Any]]:
    @kernel("i8(u1[:,::1], i4[::1], f8)")
    def copied(image: Any, out: Any, factor: float) -> int:
        for i in range(out.size):
            out[i] = int(image[0, i] * factor)
        return int(out.size)

    yield copied


@pytest.mark.parametrize(
    "bad",
    [
        (np.zeros((2, 2), np.uint16), np.zeros(2, np.int32), 1.0),
        (np.zeros(4, np.uint8), np.zeros(2, np.int32), 1.0),
        (np.zeros((4, 4), np.uint8)[:, ::2], np.zeros(2, np.int32), 1.0),
        ([[1, 2]], np.zeros(2, np.int32), 1.0),
        (None, np.zeros(2, np.int32), 1.0),
        (np.zeros((2, 2), np.uint8), np.zeros(2, np.int32)),
        (np.zeros((2, 2), np.uint8), np.zeros(2, np.int32), "1"),
    ],
)
def test_other_arguments_are_type_errors(copied: Kernel[..., Any], bad: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        copied(*bad)
    out = np.zeros(2, np.int32)
    assert copied(np.array([[3, 4]], np.uint8), out, 2.0) == 2
    assert out.tolist() == [6, 8]


def test_an_exception_inside_is_an_exception_outside() -> None:
    @kernel("f8(f8[::1], i8)")
    def divided(values: Any, by: int) -> float:
        return values[0] / by  # type: ignore[no-any-return]

    assert divided(np.ones(1), 4) == 0.25
    with pytest.raises((RuntimeError, ZeroDivisionError)):
        divided(np.ones(1), 0)


def test_helpers_run_as_python_where_no_kernel_calls_them() -> None:
    assert PLAIN(1) == 2
    assert PLAIN.py_func(1) == 2


def test_a_closure_is_no_kernel() -> None:
    factor = 2

    def closure(value: float) -> float:
        return value * factor

    with pytest.raises(TypeError, match="closure uses more than its arguments and globals"):
        kernel("f8(f8)")(closure)
