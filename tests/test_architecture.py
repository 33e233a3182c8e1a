"""The house as it is drawn: read from the source, without importing it, except for the list of public names."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from source_imports import Import, dotted, imports, packages

ROOT = Path(__file__).resolve().parents[1]

FLOORS = (
    ("0 errors, and what files are", "errors magic"),
    ("0 files written whole", "whole"),
    ("0 the contract", "model"),
    ("0 hooks", "hookspecs"),
    ("1 what is installed, and whose", "installed owned"),
    ("1 what stages stand on", "config console digests kernels loose statistics"),
    ("1 child processes, which stages start too", "processes"),
    ("1 pixels", "pixels jpeg"),
    ("1 stages", "walk decode store metrics group distort ignored baseline"),
    ("1 pages", "pages"),
    ("2 machinery", "plugins search"),
    ("3 files to matrices", "describe"),
    ("3 who is near whom", "near"),
    ("3 what two pictures are to each other", "judge"),
    ("3 where the work is done", "engines"),
    ("3 pictures for people", "previews"),
    ("3 matrices to results", "report calibrate"),
    ("4 what is done to files", "actions"),
    ("4 data sets without duplicates", "export"),
    ("4 verbs", "scan query evaluate train copies kit results"),
    ("4 verbs that begin with a scan", "importing leak"),
    ("4 the review, on the other verbs", "review"),
    ("4 the kit", "testing"),
    ("5 the public names", ""),
    ("6 the command line", "cli"),
)
"""From the ground up. An import goes down, or stays in its own package; '' is `dedupe/__init__.py`."""

PARTS = {"__main__": "cli"}
"""Modules that belong to a part of another name: module -> part."""

FLOOR = {name: number for number, (_, names) in enumerate(FLOORS) for name in names.split() or [""]}

LIGHT = (
    "",
    "cli",
    "kit",
    "model",
    "errors",
    "hookspecs",
    "installed",
    "config",
    "console",
    "magic",
    "pages",
    "results",
    "statistics",
    "whole",
)
HEAVY = ("numpy", "numba", "PIL", "onnxruntime", "hnswlib", "cv2", "jinja2", "markupsafe", "scipy")
LONGEST = 300

ROOMS = ("dedupe.engines", "dedupe.errors", "dedupe.ignored", "dedupe.kit", "dedupe.results", "dedupe.testing")
"""What is public besides the names of `dedupe` itself."""

DISTRIBUTIONS = {"PIL": "pillow", "cv2": "opencv-python-headless", "backports": "backports-zstd"}
"""Modules that have another name than their distribution: module -> distribution."""


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    imports: tuple[Import, ...]

    @property
    def part(self) -> str:
        """What the floor plan calls it: the package or module right under `dedupe`."""
        return part(self.name)


def part(name: str) -> str:
    own = name.split(".")[1] if "." in name else ""
    return PARTS.get(own, own)


def modules(folder: Path, *tops: str) -> dict[str, Module]:
    """The modules of the packages and files named, right under a folder, by dotted name."""
    files = [p for top in tops for p in [folder / f"{top}.py", *sorted((folder / top).rglob("*.py"))] if p.is_file()]
    paths = {dotted(path, folder): path for path in files}
    found = {}
    for name, path in paths.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        tree = ast.parse(path.read_bytes(), str(path))
        found[name] = Module(name, path, tuple(imports(tree, package, set(paths))))
    return found


def unplaced(host: dict[str, Module]) -> list[str]:
    """Modules that the floor plan does not know."""
    return [f"{m.name} has no floor: add {m.part!r} to FLOORS" for m in host.values() if m.part not in FLOOR]


def climbs(host: dict[str, Module]) -> list[str]:
    """Imports that go up, or stay on a floor outside one package. For types alone, staying on the floor is allowed."""
    wrong = []
    for module in host.values():
        for imported in (i for i in module.imports if i.module in host and i.module != module.name):
            if module.part == part(imported.module):
                continue
            here, there = FLOOR.get(module.part, -1), FLOOR.get(part(imported.module), -1)
            if there > here or (there == here and not imported.typing_only):
                wrong.append(
                    f"{module.name}:{imported.line} ({FLOORS[here][0]}) imports {imported.module} ({FLOORS[there][0]})"
                )
    return wrong


def cycles(host: dict[str, Module]) -> list[str]:
    """A way from a module back to itself along imports that run, found depth first."""
    edges = {
        m.name: sorted({i.module for i in m.imports if i.module in host and not i.typing_only}) for m in host.values()
    }
    done: set[str] = set()
    found = []

    def visit(name: str, way: list[str]) -> None:
        if name in way:
            found.append(" -> ".join([*way[way.index(name) :], name]))
        elif name not in done:
            for following in edges[name]:
                visit(following, [*way, name])
            done.add(name)

    for name in edges:
        visit(name, [])
    return found


def plugin_imports(host: dict[str, Module], plugins: set[str]) -> list[str]:
    """Host modules that import a plugin."""
    return [
        f"{m.name}:{i.line} imports the plugin {i.module}"
        for m in host.values()
        for i in m.imports
        if i.module.split(".")[0] in plugins
    ]


def private_imports(plugins: dict[str, Module], public: set[str]) -> list[str]:
    """What plugins import of the host other than public names, or of each other. `from dedupe import NAME` alone is public."""
    wrong = []
    tops = {name.split(".")[0] for name in plugins}
    for module in plugins.values():
        own = module.name.split(".")[0]
        for imported in module.imports:
            top = imported.module.split(".")[0]
            if top in tops - {own}:
                wrong.append(f"{module.name}:{imported.line} imports another plugin, {imported.module}")
            elif top == "dedupe" and imported.module not in ("dedupe", *ROOMS):
                wrong.append(f"{module.name}:{imported.line} imports {imported.module}, which is not public")
        tree = ast.parse(module.path.read_bytes())
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "dedupe" and not node.level:
                names = {alias.name for alias in node.names} - public
                wrong += [
                    f"{module.name}:{node.lineno} imports dedupe.{name}, which is not public" for name in sorted(names)
                ]
    return wrong


def heavy_imports(host: dict[str, Module]) -> list[str]:
    """Heavy modules imported at the top of modules that every start of the program loads."""
    return [
        f"{m.name}:{i.line} imports {i.module} at module level"
        for m in host.values()
        if m.part in LIGHT
        for i in m.imports
        if i.module.split(".")[0] in HEAVY and not i.typing_only and not i.inside_function
    ]


LATER = {"compression"}
"""What comes with Python from 3.14 on."""


def undeclared(modules: dict[str, Module], declared: set[str]) -> list[str]:
    """Imports of what neither comes with Python, nor is ours, nor is of a distribution named, as "pillow"."""
    own = {name.partition(".")[0] for name in modules} | LATER
    wrong = []
    for module in modules.values():
        for top, line in {(imported.module.partition(".")[0], imported.line) for imported in module.imports}:
            if top and top not in own | sys.stdlib_module_names and DISTRIBUTIONS.get(top, plain(top)) not in declared:
                wrong.append(f"{module.name}:{line} imports {top}, which pyproject.toml does not declare")
    return sorted(wrong)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def repeated(found: dict[str, Module]) -> set[str]:
    """The names that several public classes have."""
    bodies = [ast.parse(m.path.read_text("utf-8")).body for m in found.values()]
    names = Counter(each.name for body in bodies for each in body if isinstance(each, ast.ClassDef))
    return {name for name, count in names.items() if count > 1 and not name.startswith("_")}


def lengths(found: dict[str, Module]) -> dict[str, int]:
    return {m.name: len(m.path.read_text("utf-8").splitlines()) for m in found.values()}


HOST = modules(ROOT, "dedupe")
PLUGINS = modules(ROOT / "plugins", *packages(ROOT / "plugins"))
EXAMPLE = modules(ROOT / "examples" / "dedupe-colour-moments", "dedupe_colour_moments")


def test_every_module_has_a_floor() -> None:
    assert "dedupe.model" in HOST
    assert unplaced(HOST) == []


def test_imports_go_down() -> None:
    assert climbs(HOST) == []


def test_no_cycle() -> None:
    assert cycles(HOST) == []


def test_the_host_imports_no_plugin() -> None:
    assert "dedupe_hashes" in PLUGINS
    assert plugin_imports(HOST, {name.split(".")[0] for name in PLUGINS}) == []


def test_plugins_import_public_names_only() -> None:
    import dedupe

    assert "dedupe_colour_moments" in EXAMPLE
    assert private_imports(PLUGINS | EXAMPLE, set(dedupe.__all__)) == []


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [line for name, lines in project["optional-dependencies"].items() if name != "test" for line in lines]
    declared = {plain(re.split(r"[^\w.-]", line)[0]) for line in [*project["dependencies"], *extras]}
    assert undeclared(HOST | PLUGINS, declared | {"pytest"}) == []  # the kit for plugin authors is run by their pytest


def test_what_every_start_loads_is_light() -> None:
    assert heavy_imports(HOST) == []


def test_modules_are_short() -> None:
    assert {name: n for name, n in lengths(HOST | PLUGINS | EXAMPLE).items() if n > LONGEST} == {}


def test_a_public_class_has_its_name_for_itself() -> None:
    assert not repeated(HOST), "give the new one a name that says what it is"


def test_two_classes_of_one_name_are_found(tmp_path: Path) -> None:
    source = "class Kind: pass\nclass _Own: pass"
    assert repeated(made(tmp_path, dedupe__walk=source, dedupe__group=source)) == {"Kind"}


def made(folder: Path, **sources: str) -> dict[str, Module]:
    """A small house: `a__b="..."` is the module a.b, and every package has its __init__."""
    for name, source in sources.items():
        path = folder.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        for parent in path.relative_to(folder).parents[:-1]:
            (folder / parent / "__init__.py").touch()
    return modules(folder, *packages(folder))


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("from dedupe.scan import x", "dedupe.scan"),
        ("from dedupe import scan", "dedupe.scan"),
        ("import dedupe.scan", "dedupe.scan"),
        ("from . import scan", "dedupe.scan"),
        ("from .scan import x", "dedupe.scan"),
        ("def f():\n    from dedupe.scan import x", "dedupe.scan"),
        ("import importlib\nimportlib.import_module('dedupe.scan')", "dedupe.scan"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dedupe.scan import x", "dedupe.scan"),
        ("from dedupe import hookimpl", "dedupe"),
        ("from dedupe.decode import x", "dedupe.decode"),
    ],
)
def test_an_import_that_climbs_is_found(tmp_path: Path, source: str, target: str) -> None:
    host = made(tmp_path, dedupe__walk=source, dedupe__scan="", dedupe__decode="")
    (found,) = climbs(host)
    assert found.startswith("dedupe.walk:")
    assert f"imports {target} (" in found


def test_imports_down_and_inside_a_package_are_fine(tmp_path: Path) -> None:
    host = made(
        tmp_path,
        dedupe__model="",
        dedupe__group="from dedupe.kernels import kernel",
        dedupe__kernels="from .model import y",
        dedupe__search__exact="from dedupe.search.tools import z",
        dedupe__search__tools="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dedupe.plugins import P",
        dedupe__plugins="",
    )
    assert climbs(host) == []
    assert cycles(host) == []
    assert unplaced(host) == []


def test_a_cycle_is_found(tmp_path: Path) -> None:
    host = made(tmp_path, dedupe__search__a="import dedupe.search.b", dedupe__search__b="def f():\n    from . import a")
    assert cycles(host) == ["dedupe.search.a -> dedupe.search.b -> dedupe.search.a"]


def test_a_module_without_a_floor_is_found(tmp_path: Path) -> None:
    assert unplaced(made(tmp_path, dedupe__attic="")) == ["dedupe.attic has no floor: add 'attic' to FLOORS"]


def test_a_host_that_imports_a_plugin_is_found(tmp_path: Path) -> None:
    host = made(tmp_path, dedupe__cli__main="def f():\n    import dedupe_hashes.phash")
    assert plugin_imports(host, {"dedupe_hashes"}) == ["dedupe.cli.main:2 imports the plugin dedupe_hashes.phash"]


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("from dedupe import Decode, hookimpl", 0),
        ("import dedupe\nfrom mine.other import x\nfrom dedupe.testing import photos", 0),
        ("from dedupe import Decode, store", 1),
        ("from dedupe.model import Decode", 1),
        ("import dedupe.kernels", 1),
        ("def f():\n    from yours import x", 1),
    ],
)
def test_a_plugin_that_imports_what_is_private_is_found(tmp_path: Path, source: str, wrong: int) -> None:
    plugins = made(tmp_path, mine__hash=source, mine__other="", yours__hash="")
    assert len(private_imports(plugins, {"Decode", "hookimpl"})) == wrong


def test_a_heavy_import_is_found(tmp_path: Path) -> None:
    host = made(
        tmp_path,
        dedupe__cli__main="import sys\nfrom numpy import zeros",
        dedupe__model="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy\ndef f():\n    import numba",
        dedupe__store="import numpy",
    )
    assert heavy_imports(host) == ["dedupe.cli.main:2 imports numpy at module level"]


def test_an_import_that_is_not_declared_is_found(tmp_path: Path) -> None:
    host = made(
        tmp_path, dedupe__store="import json, sqlite3\nfrom PIL import Image\nimport dedupe.walk\nimport odd_one.part"
    )
    assert undeclared(host, {"pillow"}) == ["dedupe.store:4 imports odd_one, which pyproject.toml does not declare"]
    assert undeclared(host, {"pillow", "odd-one"}) == []
