from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from dedupe.errors import UsageError
from dedupe.model import Decode, Metric
from dedupe.plugins import Plugins, descriptor_key, load
from dedupe.plugins.contract import decoder_problem, descriptor_problem

GOOD = """
from dedupe import Decode, hookimpl

class Good:
    name, version, metric, decode, threshold = "{name}", "1", "l2", Decode((8, 8)), 1.0
    def describe(self, images): ...

@hookimpl
def dedupe_descriptors():
    return [Good]
"""

Installer = Callable[..., None]


class Grid:
    """A descriptor with parameters of every kind."""

    name, version, metric, threshold = "grid", "2", "l2", 0.5

    def __init__(
        self,
        cells: int = 8,
        sigma: float = 1.0,
        centred: bool = False,
        source: Literal["working", "full"] = "working",
        model: Path | None = None,
        label: str = "plain",
    ) -> None:
        self.cells, self.sigma, self.centred, self.source, self.model, self.label = (
            cells,
            sigma,
            centred,
            source,
            model,
            label,
        )

    @property
    def decode(self) -> Decode:
        return Decode((self.cells, self.cells), source=self.source)

    def describe(self, images: Any) -> Any:
        return images


LOADED = Plugins({"grid": Grid, "phash": functools.partial(Grid, cells=4)})


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installer]:
    """Writes distributions (metadata and a module) into a folder; only those are found as entry points."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    monkeypatch.delenv("DEDUPE_PLUGINS", raising=False)
    monkeypatch.setattr("dedupe.installed.folders", lambda: [str(site), str(tmp_path / "second")])
    before = set(sys.modules)

    def put(name: str, module: str, source: str | None, version: str = "1.0", folder: str = "site") -> None:
        info = tmp_path / folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[dedupe]\n{name.removeprefix('dedupe-')} = {module}\n")
        if source is not None:
            (site / f"{module}.py").write_text(textwrap.dedent(source))

    yield put
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def file(folder: Path, name: str, source: str) -> Path:
    path = folder / name
    path.write_text(textwrap.dedent(source))
    return path


def quiet(line: str) -> None:
    raise AssertionError(f"unexpected warning: {line}")


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


# -- loose files


def test_a_loose_file_is_a_plugin(install: Installer, tmp_path: Path) -> None:
    path = file(tmp_path, "loose_colours.py", GOOD.format(name="colours"))
    loaded = load([path, path], warn=quiet)
    assert list(loaded.descriptors) == ["colours"]
    assert [(row.name, row.distribution, row.origin) for row in loaded.listing] == [("loose_colours", "", str(path))]


def test_descriptors_of_a_loose_file_reach_a_process_that_starts_afresh(install: Installer, tmp_path: Path) -> None:
    import pickle

    path = file(tmp_path, "loose_pickled.py", GOOD.format(name="pickled"))
    task = pickle.dumps((sys.path, load([path]).descriptor("pickled")))
    code = (
        "import pickle, sys, pickletools; data = sys.stdin.buffer.read()\n"
        "sys.path[:] = PATH\nprint(pickle.loads(data)[1].name)"
    ).replace("PATH", repr(sys.path))
    done = subprocess.run([sys.executable, "-c", code], input=task, capture_output=True, check=False)
    assert done.stdout.strip() == b"pickled", done.stderr.decode()


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


# -- what hooks may return


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def dedupe_descriptors(): return []", "dedupe_descriptors is not marked with @hookimpl"),
        ("@dedupe.hookimpl\ndef dedupe_descriptor(): return []", "not a hook.*Did you mean 'dedupe_descriptors'"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(config): return []", "PluginValidationError"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return {'a': 1}", "returned a dict, not a list"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return [None]", "None, which cannot be called"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return [Good()]", "give the class, not an instance"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return [Good, Good]", "two descriptors named 'good'"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return [object]", "object has no `name`"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): return [lambda n: n]", "TypeError"),
        ("@dedupe.hookimpl\ndef dedupe_descriptors(): raise KeyError('x')", "KeyError: 'x'"),
        ("@dedupe.hookimpl\ndef dedupe_decoders(): return [Good()]", "Good has no `suffixes`"),
        (
            "@dedupe.hookimpl\ndef dedupe_decoders(): return [Good]",
            "Good is a class; dedupe_decoders returns instances",
        ),
    ],
)
def test_a_hook_that_returns_something_else_fails_its_plugin(
    install: Installer, tmp_path: Path, source: str, message: str
) -> None:
    head = "import dedupe\n" + GOOD.format(name="good").split("@hookimpl")[0]
    path = file(tmp_path, "loose_hooks.py", head + source)
    with pytest.raises(UsageError, match=message):
        load([path])


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("name", "a:b", r"Grid\.name is 'a:b'"),
        ("name", 7, r"Grid\.name is 7"),
        ("version", 1, r"Grid\.version is 1; it must be a string"),
        ("metric", "manhattan", "'hamming', 'cosine', 'l2' or a Metric"),
        ("decode", (8, 8), "must be a Decode"),
        ("decode", Decode((8, 0)), "must be .width, height. in pixels"),
        ("decode", Decode((8, 8), mode="CMYK"), "'L' or 'RGB'"),  # type: ignore[arg-type]
        ("threshold", float("nan"), "finite distance"),
        ("threshold", "3", "finite distance"),
        ("threshold", True, "finite distance"),
        ("describe", None, "describe is not a method"),
    ],
)
def test_a_descriptor_with_a_wrong_attribute_is_described(attribute: str, value: object, message: str) -> None:
    broken = type("Grid", (Grid,), {attribute: value})()
    assert descriptor_problem(Grid()) is None
    assert re.search(message, descriptor_problem(broken) or "")


def test_a_plugin_s_own_metric_is_fine() -> None:
    own = Metric("own", "uint8", lambda A, B: np.zeros((len(A), len(B)), np.float32))
    assert descriptor_problem(type("Grid", (Grid,), {"metric": own})()) is None


def test_a_parameter_that_is_not_kept_is_described() -> None:
    class Forgets(Grid):
        def __init__(self, bits: int = 64) -> None:
            super().__init__()

    assert descriptor_problem(Forgets()) == "Forgets does not keep its parameter `bits` as an attribute of that name."


@pytest.mark.parametrize("suffix", ["toy", ".TOY", ".a.b", ".", ""])
def test_a_decoder_with_a_wrong_suffix_is_described(suffix: str) -> None:
    class Toy:
        name, version, suffixes = "toy", "1", (suffix,)

        def matches(self, head: bytes) -> bool:
            return False

        def decode(self, stream: Any, want: Any) -> Any: ...

    problem = decoder_problem(Toy())
    assert problem is not None
    assert repr(suffix) in problem
    Toy.suffixes = (".toy",)
    assert decoder_problem(Toy()) is None


# -- specifications


@pytest.mark.parametrize(
    ("spec", "attribute", "value"),
    [
        ("grid", "cells", 8),
        ("grid:cells=16", "cells", 16),
        ("grid:cells=16,sigma=2", "sigma", 2.0),
        ("grid: cells = 16 , sigma=.5", "sigma", 0.5),
        ("grid:centred=yes", "centred", True),
        ("grid:centred=0", "centred", False),
        ("grid:source=full", "source", "full"),
        ("grid:model=/a,b/c=d.onnx,cells=3", "model", Path("/a,b/c=d.onnx")),
        ("grid:model=none", "model", None),
        ("grid:label=12", "label", "12"),
    ],
)
def test_a_specification_is_filled_in(spec: str, attribute: str, value: object) -> None:
    made: Any = LOADED.descriptor(spec)
    assert getattr(made, attribute) == value
    assert type(getattr(made, attribute)) is type(value)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("gird", r"'gird' is not a descriptor\. Did you mean 'grid'\? There are: grid, phash\."),
        ("nothing-like-it", r"^'nothing-like-it' is not a descriptor\. There are: grid, phash\.$"),
        ("grid:cell=3", r"'cell' is not a parameter of grid\. Did you mean 'cells'\? It takes: cells, sigma,"),
        ("grid:cells=many", "grid:cells takes a whole number, not 'many'"),
        ("grid:cells=1.5", "grid:cells takes a whole number, not '1.5'"),
        ("grid:sigma=wide", "grid:sigma takes a number, not 'wide'"),
        ("grid:centred=perhaps", "grid:centred takes yes or no, not 'perhaps'"),
        ("grid:source=half", "grid:source takes working or full, not 'half'"),
        ("grid:cells=3,cells=4", "gives the parameter cells twice"),
        ("grid:cells", "does not read as NAME"),
        ("grid:", "does not read as NAME"),
        ("", "'' is not a descriptor"),
        ("grid:sigma=nan", "could not be|no key can name"),
    ],
)
def test_a_specification_that_does_not_fit_is_refused(spec: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        LOADED.descriptor(spec)


def test_without_any_plugin_it_says_how_to_get_one() -> None:
    with pytest.raises(UsageError, match="No plugin is installed"):
        Plugins().descriptor("phash")


def test_a_parameter_that_the_key_cannot_see_is_refused() -> None:
    def hidden(bits: int = 64) -> Grid:
        return Grid()

    with pytest.raises(UsageError, match="does not keep bits"):
        Plugins({"grid": hidden}).descriptor("grid:bits=256")
    assert Plugins({"grid": hidden}).descriptor("grid:bits=64").name == "grid"


def test_a_factory_that_raises_or_renames_is_a_usage_error() -> None:
    def picky(cells: int = 8) -> Grid:
        if cells > 8:
            raise ValueError("at most 8 cells")
        made = Grid(cells)
        if cells < 8:
            made.name = "other"
        return made

    with pytest.raises(UsageError, match=r"grid:cells=9 could not be made: ValueError: at most 8 cells"):
        Plugins({"grid": picky}).descriptor("grid:cells=9")

    def spoken(cells: int = 8) -> Grid:
        raise UsageError("grid has 8 cells.")

    with pytest.raises(UsageError, match=r"could not be made: grid has 8 cells\.$"):
        Plugins({"grid": spoken}).descriptor("grid:cells=7")
    with pytest.raises(UsageError, match="calls itself 'other'"):
        Plugins({"grid": picky}).descriptor("grid:cells=7")


# -- keys


def test_the_key_names_every_cause() -> None:
    import PIL

    pillow = ".".join(PIL.__version__.split(".")[:2])
    written = "cells=8,centred=False,label=plain,model=None,sigma=1.0,source=working"
    assert descriptor_key(Grid()) == f"grid@2({written})/working512-1/pillow{pillow}"
    full = written.replace("source=working", "source=full")
    assert descriptor_key(Grid(source="full")) == f"grid@2({full})/full-1/pillow{pillow}"
    assert descriptor_key(Grid(), "hflip") == descriptor_key(Grid()) + "/turn=hflip"
    with pytest.raises(UsageError, match="'sideways' is not an orientation"):
        descriptor_key(Grid(), "sideways")


def test_a_descriptor_without_parameters_has_a_short_key() -> None:
    class Plain:
        name, version, metric, decode, threshold = "plain", "1+ab12", "l2", Decode((8, 8)), 1.0

        def describe(self, images: Any) -> Any: ...

    assert descriptor_key(Plain()).startswith("plain@1+ab12/working512-1/")


def test_equal_parameters_make_equal_keys_and_others_do_not() -> None:
    assert descriptor_key(Grid(sigma=1)) == descriptor_key(Grid(sigma=1.0))
    assert descriptor_key(Grid(cells=np.int64(8))) == descriptor_key(Grid())  # type: ignore[arg-type]
    keys = {
        descriptor_key(made)
        for made in (
            Grid(),
            Grid(cells=9),
            Grid(sigma=1.5),
            Grid(centred=True),
            Grid(label="None"),
            Grid(label="a,sigma=2"),
            Grid(label="8"),
            Grid(model=Path("8")),
            Grid(model=Path("x")),
        )
    }
    assert len(keys) == 9


def test_a_value_that_cannot_be_written_down_is_refused() -> None:
    with pytest.raises(UsageError, match="which no key can name"):
        descriptor_key(Grid(label=object()))  # type: ignore[arg-type]


# -- start-up


def test_loading_imports_nothing_heavy(install: Installer) -> None:
    code = "import sys; from dedupe import plugins; plugins.load(); print(*sorted(sys.modules))"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert {"numba", "PIL.Image", "scipy", "rich", "onnxruntime"} & set(done.stdout.split()) == set()
