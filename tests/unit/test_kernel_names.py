"""The names of machine code: whatever makes it other code gives it another name, and old code is never run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dedupe.kernels import cached, native

ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes of POSIX")

KERNEL = """
from dedupe.kernels import kernel

@kernel("f8(f8[::1], i8)")
def item(values, i):
    return values[i]
"""
USE = "import numpy as np, item_here; print(item_here.item(np.arange(9.0)[:4], {}))"


def python(program: str, cwd: Path, *paths: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program in a process of its own, with modules from the folder `cwd` and others."""
    places = os.pathsep.join(map(str, [cwd, *paths]))
    env = {**os.environ, "PYTHONPATH": places, "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run(
        [sys.executable, "-c", program], cwd=cwd, capture_output=True, text=True, env=env, timeout=120
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a module of one kernel."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "item_here.py").write_text(KERNEL)
    return tmp_path / "code"


def entries(folder: Path) -> set[Path]:
    return set(folder.rglob("*.kernel"))


@pytest.mark.parametrize("change", ["generator", "format"])
def test_other_code_that_makes_and_calls_it_never_runs_the_old(change: str, place: Path, tmp_path: Path) -> None:
    house = tmp_path / "house"
    shutil.copytree(ROOT / "dedupe", house / "dedupe", ignore=shutil.ignore_patterns("__pycache__", "*.jpg"))
    first, again = (python(USE.format(1), place, house) for _ in range(2))
    assert (first.stdout, again.stdout) == ("1.0\n", "1.0\n"), first.stderr
    assert "compiling" in first.stderr and again.stderr == ""
    old = entries(place)
    if change == "generator":
        with (house / "dedupe" / "kernels" / "native.py").open("a") as stream:
            stream.write("# called in another way\n")
        program = USE
    else:
        program = f"from dedupe.kernels import cached; cached.FORMAT += 1; {USE}"
    new = python(program.format(2), place, house)
    assert new.stdout == "2.0\n" and "compiling" in new.stderr
    assert entries(place) > old


def plain() -> None: ...


NAMES = """
from dedupe.kernels import cached
def plain(): ...
plain.__code__ = plain.__code__.replace(co_filename="{}")
print(cached.KernelFile(plain, "", print).name)
"""


@pytest.mark.parametrize(
    "setting",
    [("NUMBA_OPT", "1"), ("NUMBA_BOUNDSCHECK", "1"), ("NUMBA_CPU_NAME", "generic"), ("NUMBA_CPU_FEATURES", ""), None],
)
def test_an_option_of_numba_gives_another_name(setting: tuple[str, str] | None, place: Path) -> None:
    program = NAMES.format((place / "item_here.py").as_posix())
    names = [python(program, place, ROOT).stdout for _ in range(2)]
    if setting is None:
        (place / ".numba_config.yaml").write_text("boundscheck: 1\n")
    names.append(python(program, place, ROOT, **dict([setting] if setting else [])).stdout)
    assert names[0] == names[1] != names[2] != ""


FOR_ITEM = """
import item_here, numpy, shared_here
from dedupe.kernels import cached
def plain(): return item_here.item, shared_here.FACTOR, MANY, numpy.zeros
plain.__code__ = plain.__code__.replace(co_filename="nowhere")
print(cached.KernelFile(plain, "", print).name)
"""


@pytest.mark.parametrize("change", ["nothing", "helper", "module", "array"])
def test_what_is_compiled_in_gives_another_name(change: str, place: Path) -> None:
    def name(items: int = 3) -> str:
        program = f"import numpy; MANY = numpy.arange({items}){FOR_ITEM}"
        return python(program, place, ROOT, NUMBA_DISABLE_JIT="1").stdout

    (place / "shared_here.py").write_text("FACTOR = 2\n")
    before = name()
    if change == "helper":
        (place / "item_here.py").write_text(KERNEL + "# changed\n")
    elif change == "module":
        (place / "shared_here.py").write_text("FACTOR = 3\n")
    after = name(4 if change == "array" else 3)
    assert before and (before == after) == (change == "nothing")


def test_an_entry_of_another_name_is_not_read(tmp_path: Path) -> None:
    one, other = (cached.KernelFile(plain, options, lambda: None) for options in ("one", "other"))
    one.folder = other.folder = tmp_path
    one.write(b"content")
    assert one.read() == b"content"
    (tmp_path / one.name).rename(tmp_path / other.name)
    assert other.read() is None
    part = one.part("part")
    (tmp_path / other.name).rename(tmp_path / part.name)
    assert part.read() is None


@pytest.mark.skipif(not native.SUPPORTED, reason="machine code is loaded without numba on Linux only")
def test_the_check_of_bounds_takes_effect_where_code_without_it_is_kept(place: Path) -> None:
    assert python(USE.format(6), place, ROOT).stdout == "6.0\n", "an item behind the end, of the array below it"
    checked = python(USE.format(6), place, ROOT, NUMBA_BOUNDSCHECK="1")
    assert checked.stdout == "" and ("RuntimeError" in checked.stderr or "IndexError" in checked.stderr)
    assert python(USE.format(3), place, ROOT, NUMBA_BOUNDSCHECK="1").stdout == "3.0\n"
    unchecked = python(USE.format(6), place, ROOT)
    assert (unchecked.stdout, unchecked.stderr) == ("6.0\n", "")


FOLDER = "from pathlib import Path; from dedupe.kernels.cached import cache_folder; print(cache_folder(Path('{}')))"


@posix
def test_a_pycache_in_which_others_can_write_is_not_used(place: Path, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)}

    def used() -> str:
        return python(FOLDER.format(place), place, ROOT, **home).stdout.strip()

    beside = place / cached.BESIDE
    assert used() == str(beside)
    assert not (tmp_path / "home").exists()
    instead = []
    for change in (lambda: beside.chmod(0o775), lambda: beside.chmod(0o777), _linked(beside)):
        change()
        instead.append(used())
    if os.geteuid() == 0:
        beside.unlink()
        beside.mkdir()
        os.chown(beside, 65534, -1)
        instead.append(used())
    (other,) = set(instead)
    assert Path(other).is_relative_to(tmp_path / "home")


def _linked(folder: Path) -> Callable[[], None]:
    def change() -> None:
        folder.rmdir()
        folder.symlink_to(folder.parent)

    return change


COUNTED = """
from dedupe import owned
from dedupe.kernels import cached, upkeep
import item_here
folder = next(cached.own_folders())
folder.mkdir(parents=True)
entry = cached.KernelFile(item_here.item.py_func, "", print)
for each in (entry, entry.part("i8(i8)")):
    each.folder = folder
    each.write(b"content")
    print(folder in upkeep.kept().folders)
    owned.remove(folder, each.name)
    print(folder in upkeep.kept().folders)
with owned.writing(folder, entry.name):
    print(folder in upkeep.kept().folders)
"""


def test_what_is_written_is_counted_while_it_is_there(place: Path, tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home"), "NUMBA_DISABLE_JIT": "1"}
    done = python(COUNTED, place, ROOT, **home)
    assert (done.stdout.split(), done.stderr) == (["True", "False", "True", "False", "True"], "")
