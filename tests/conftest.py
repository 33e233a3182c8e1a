"""What all tests share: the --full option, the shipped photos, the folder of larger data beside the checkout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from forked_commands import Forked

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 300
"""That a command may take."""

JUDGED = {"--judge", "--no-judge", "--kind", "--fast", "--thorough", "--help"}
"""Options of a scan that say whether each pair is looked at."""

for path in (ROOT / "tests" / "support").glob("*.py"):
    pytest.register_assert_rewrite(path.stem)  # else a failure in what tests share would not say what was compared


def pytest_configure() -> None:
    """No test sees the user's own calibrations and settings, not even what is made for several tests. A shell has its
    background jobs ignore SIGINT, which every process they start would, too: some are interrupted here.
    """
    os.environ["DEDUPE_DATA"] = os.devnull
    os.environ["DEDUPE_CONFIG"] = "none"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # it makes each start twice as slow
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # tests run side by side, and threads that wait take time, too
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run every case of the sweeps, not a sample")


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether sweeps run every case."""
    return bool(request.config.getoption("--full"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The larger data that stands beside a developer's checkout; tests that need it skip without it."""
    folder = Path(os.environ.get("DEDUPE_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the larger test data is not here ({folder}); DEDUPE_TEST_DATA names another folder")
    return folder


@pytest.fixture(scope="session")
def photos() -> list[Path]:
    """The photos that ship with the package, in the order of their names."""
    from dedupe.testing import photos

    return sorted(photos())


@pytest.fixture(scope="session")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 1,000 small pictures of nothing, no two of which are near each other."""
    import numpy as np
    from PIL import Image

    folder = tmp_path_factory.mktemp("strangers")
    for number, levels in enumerate(np.random.default_rng(4).integers(0, 256, (1000, 16, 16), np.uint8)):
        Image.fromarray(levels).resize((64, 64), Image.Resampling.BICUBIC).save(folder / f"{number:04}.png")
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test has a cache and calibrations of its own, so that no test sees the user's or another's."""
    path = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("DEDUPE_CACHE", str(path))
    monkeypatch.setenv("DEDUPE_DATA", str(path / "data"))
    monkeypatch.delenv("DEDUPE_PLUGINS", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)  # a terminal's width, which tests in parallel are given, too
    return path


@pytest.fixture(scope="module")
def module_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for the tests of one module."""
    return tmp_path_factory.mktemp("module-cache")


@pytest.fixture
def one_cache(own_cache: Path, module_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For modules whose tests scan one album in many ways: its pictures are described, and its pairs judged, once."""
    monkeypatch.setenv("DEDUPE_CACHE", str(module_cache))


class Ran:
    """A finished command: exit code, stdout and stderr as text, JSON lines by type."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8", "surrogateescape")
        self.err = done.stderr.decode("utf-8", "surrogateescape")

    def lines(self, kind: str | None = None) -> list[dict]:
        """The JSON lines of stdout, or those of one type."""
        found = [json.loads(line) for line in self.out.splitlines()]
        return found if kind is None else [line for line in found if line["type"] == kind]


@pytest.fixture(scope="session")
def forked(full: bool) -> Iterator[Forked | None]:
    """What runs commands without their start; not with --full, and not where processes cannot be forked safely."""
    if full or sys.platform != "linux":
        yield None
        return
    from forked_commands import Forked

    commands = Forked()
    yield commands
    commands.close()


@pytest.fixture
def dedupe(forked: Forked | None) -> Callable[..., Ran]:
    """Runs the command line in a process of its own: dedupe("scan", folder, env={...}, stdin=..., cwd=...).

    A scan that does not say who decides (`JUDGED`) is given --no-judge: most tests are about something else, and a network and a
    look at each pair would take longer than all the rest.
    """

    def run(*args: object, env: dict[str, str] | None = None, stdin: bytes = b"", cwd: Path | None = None) -> Ran:
        words = [os.fsdecode(word) if isinstance(word, (str, bytes, os.PathLike)) else str(word) for word in args]
        if words[:1] == ["scan"] and not JUDGED.intersection(words):
            words.append("--no-judge")
        environment = {**os.environ, **(env or {})}
        if forked and forked.serves(environment):
            return Ran(forked.run(words, stdin, os.fspath(cwd or os.getcwd()), environment, SECONDS))
        command = [sys.executable, "-P", "-m", "dedupe", *words]
        return Ran(subprocess.run(command, capture_output=True, env=environment, input=stdin, cwd=cwd, timeout=SECONDS))

    return run
