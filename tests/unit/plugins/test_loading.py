"""Installed plugins and loose files are loaded and listed, and one that fails takes no other along."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dedupe.errors import UsageError
from dedupe.model import Decode
from dedupe.plugins import load
from faulty_plugins import plugin
from plugin_sources import GOOD, Installer, file, quiet

# -- loading


def test_an_installed_plugin_is_loaded_and_listed(install: Installer, tmp_path: Path) -> None:
    install("dedupe-one", "plugin_one", GOOD.format(name="one"), "3.1")
    loaded = load(warn=quiet)
    assert list(loaded.descriptors) == ["one"]
    assert loaded.descriptor("one").decode == Decode((8, 8))
    (row,) = loaded.listing
    assert (row.name, row.distribution, row.version, row.status) == ("one", "dedupe-one", "3.1", "loaded")
    assert row.origin == str(tmp_path / "site" / "plugin_one.py")
    assert row.provides == {"descriptors": ("one",)}
    assert row.error is None


def test_one_bad_plugin_takes_no_other_along(install: Installer) -> None:
    install("dedupe-bad", "plugin_bad", "import no_such_module_at_all")
    install("dedupe-good", "plugin_good", GOOD.format(name="good"))
    lines: list[str] = []
    loaded = load(warn=lines.append)
    assert list(loaded.descriptors) == ["good"]
    assert [row.status for row in loaded.listing] == ["failed", "loaded"]
    (line,) = lines
    for part in ("dedupe-bad", "1.0", "ModuleNotFoundError", "no_such_module_at_all", "plugin_bad.py, line 1"):
        assert part in line
    assert loaded.listing[0].error is not None
    assert "no_such_module_at_all" in loaded.listing[0].error


def test_the_handlers_of_signals_are_put_back(install: Installer) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    install("dedupe-bad", "plugin_bad", "raise KeyboardInterrupt")
    install("dedupe-own", "plugin_own", "import signal\nsignal.signal(signal.SIGINT, lambda *_: None)")
    assert [row.status for row in load(warn=lambda _: None).listing] == ["failed", "failed"]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_plugin_is_loaded_outside_the_main_thread_too(install: Installer) -> None:
    install("dedupe-bad", "plugin_bad", "raise KeyboardInterrupt")
    with ThreadPoolExecutor(1) as pool:
        (row,) = pool.submit(load, warn=lambda _: None).result().listing
    assert (row.status, row.error) == ("failed", "KeyboardInterrupt (plugin_bad.py, line 1)")


def test_asking_for_what_a_failed_plugin_would_have_provided_says_so(install: Installer) -> None:
    install("dedupe-bad", "plugin_bad", "raise RuntimeError('out of luck')")
    install("dedupe-good", "plugin_good", GOOD.format(name="good"))
    with pytest.raises(UsageError, match=r"'fancy' is not a descriptor.*There are: good\..*bad.*failed.*out of luck"):
        load(warn=lambda _: None).descriptor("fancy")


def test_a_name_that_a_failed_plugin_is_known_by_is_named(install: Installer) -> None:
    source = GOOD.format(name="fancy").replace("return [Good]", "return [Good, 7]")
    install("dedupe-bad", "plugin_bad", source)
    with pytest.raises(
        UsageError, match=r"'fancy' is a descriptor of the plugin bad \(dedupe-bad 1\.0\), which failed"
    ):
        load(warn=lambda _: None).descriptor("fancy")


def test_the_filter_loads_exactly_what_it_names(install: Installer, monkeypatch: pytest.MonkeyPatch) -> None:
    install("dedupe-one", "plugin_one", GOOD.format(name="one"))
    install("dedupe-two", "plugin_two", "raise RuntimeError('must not be imported')")
    loaded = load(only=("one",), warn=quiet)
    assert list(loaded.descriptors) == ["one"]
    assert [(row.name, row.status) for row in loaded.listing] == [("one", "loaded"), ("two", "not loaded")]
    with pytest.raises(UsageError, match="DEDUPE_PLUGINS leaves out: two"):
        loaded.descriptor("second")
    assert load(only=(), warn=quiet).descriptors == {}
    monkeypatch.setenv("DEDUPE_PLUGINS", "one")
    assert list(load(warn=quiet).descriptors) == ["one"]


def test_an_unknown_name_in_the_filter_is_refused(install: Installer) -> None:
    install("dedupe-hashes", "plugin_one", GOOD.format(name="one"))
    with pytest.raises(UsageError, match=r"'hashs' in DEDUPE_PLUGINS is not a plugin\. Did you mean 'hashes'\?"):
        load(only=("hashs",))


def test_two_plugins_with_one_descriptor_name_are_refused_by_name(install: Installer) -> None:
    install("dedupe-one", "plugin_one", GOOD.format(name="same"))
    install("dedupe-two", "plugin_two", GOOD.format(name="same"), "2.0")
    with pytest.raises(UsageError, match=r"'same'.*one \(dedupe-one 1\.0\).*two \(dedupe-two 2\.0\).*DEDUPE_PLUGINS"):
        load()
    assert list(load(only=("two",)).descriptors) == ["same"]


def test_a_distribution_found_twice_is_one_plugin(install: Installer) -> None:
    install("dedupe-one", "plugin_one", GOOD.format(name="one"))
    install("Dedupe_One", "plugin_one", None, "0.9", folder="second")
    loaded = load(warn=quiet)
    assert [row.version for row in loaded.listing] == ["1.0"]


def test_broken_metadata_of_others_is_passed_over(install: Installer, tmp_path: Path) -> None:
    install("dedupe-one", "plugin_one", GOOD.format(name="one"))
    (tmp_path / "site" / "other-1.dist-info").mkdir()
    (tmp_path / "site" / "other-1.dist-info" / "entry_points.txt").write_text("[console_scripts]\nnonsense\n")
    assert list(load(warn=quiet).descriptors) == ["one"]


def test_broken_metadata_of_a_plugin_is_a_failed_plugin(install: Installer, tmp_path: Path) -> None:
    install("dedupe-one", "plugin_one", GOOD.format(name="one"))
    install("dedupe-odd", "plugin_odd", None)
    (tmp_path / "site" / "dedupe_odd-1.0.dist-info" / "entry_points.txt").write_text("[dedupe]\nnonsense\n")
    lines: list[str] = []
    assert list(load(warn=lines.append).descriptors) == ["one"]
    assert len(lines) == 1
    assert "dedupe-odd" in lines[0]


def test_decoders_come_along(install: Installer) -> None:
    install(
        "dedupe-toy",
        "plugin_toy",
        """
        import dedupe

        class Toy:
            name, version, suffixes = "toy", "1", (".toy",)
            def matches(self, head): return head[:3] == b"toy"
            def decode(self, stream, want): ...

        @dedupe.hookimpl
        def dedupe_decoders():
            return [Toy()]
        """,
    )
    loaded = load(warn=quiet)
    assert [decoder.suffixes for decoder in loaded.decoders] == [(".toy",)]
    assert loaded.listing[0].provides == {"decoders": ("toy",)}


def test_a_hook_of_a_later_host_is_lost_alone(install: Installer) -> None:
    later = "\n@hookimpl\ndef dedupe_telescopes():\n    raise RuntimeError('must not be called')\n"
    install("dedupe-one", "plugin_one", GOOD.format(name="one") + later)
    lines: list[str] = []
    loaded = load(warn=lines.append)
    assert list(loaded.descriptors) == ["one"]
    (row,) = loaded.listing
    assert (row.status, row.error, row.unknown) == ("loaded", None, ("dedupe_telescopes",))
    (line,) = lines
    assert "one (dedupe-one 1.0) is used without its hook dedupe_telescopes" in line


# -- loose files


def test_a_loose_file_is_a_plugin(install: Installer, tmp_path: Path) -> None:
    path = file(tmp_path, "loose_colours.py", GOOD.format(name="colours"))
    loaded = load([path, path], warn=quiet)
    assert list(loaded.descriptors) == ["colours"]
    assert [(row.name, row.distribution, row.origin) for row in loaded.listing] == [("loose_colours", "", str(path))]


def test_descriptors_of_a_loose_file_reach_a_process_that_starts_afresh(
    install: Installer, tmp_path: Path, photos: list[Path]
) -> None:
    from dedupe.describe.workers import Column
    from faulty_workers import outcome, start

    mean = load([plugin(tmp_path, "pass", "elsewhere")]).descriptor("elsewhere")
    found = outcome(start([os.fsencode(photos[0])], [Column("elsewhere", mean, "none")], method="spawn"))
    assert not found.failures and len(found.vectors[0][0]) == 256


def test_the_folder_of_a_loose_file_is_not_in_the_way_of_later_imports(install: Installer, tmp_path: Path) -> None:
    before = list(sys.path)
    file(tmp_path, "lies_beside.py", "")
    load([file(tmp_path, "loose_beside.py", GOOD.format(name="beside"))])
    assert sys.path == before and importlib.util.find_spec("lies_beside") is None


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("missing.py", None, "is not there"),
        ("plugin.txt", "", "must be a Python file"),
        ("two.dots.py", "", "must be a Python file"),
        ("json.py", "", "has the name of the module json"),
        ("loose_syntax.py", "def f(:\n", "SyntaxError"),
        ("loose_raises.py", "\n\n1 / 0\n", r"ZeroDivisionError: division by zero \(loose_raises.py, line 3\)"),
        ("loose_exits.py", "import sys\nsys.exit(0)\n", r"it called exit\(0\)"),
        ("loose_empty.py", "", "none of the hooks"),
    ],
)
def test_a_loose_file_that_fails_is_refused(
    install: Installer, tmp_path: Path, name: str, source: str | None, message: str
) -> None:
    path = tmp_path / name if source is None else file(tmp_path, name, source)
    with pytest.raises(UsageError, match=message):
        load([path])


# -- start-up


def test_loading_imports_nothing_heavy(install: Installer) -> None:
    code = "import sys; from dedupe import plugins; plugins.load(); print(*sorted(sys.modules))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert {"numba", "PIL.Image", "scipy", "rich", "onnxruntime"} & set(done.stdout.split()) == set()
