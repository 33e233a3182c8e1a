"""The example of a third party's distribution: installed as a wheel beside ours into a fresh environment, it works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from dedupe import testing

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "dedupe-colour-moments"


def run(*command: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    # never in the checkout, whose folder Python would put on the path
    cwd = cwd or Path(str(command[0])).parent
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "DEDUPE_PLUGINS")}
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, cwd=cwd, env=clean)


def done(*command: object, cwd: Path | None = None) -> str:
    finished = run(*command, cwd=cwd)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that has both wheels, and everybody else's packages from this one."""
    for tool in ("hatchling", "pip"):
        pytest.importorskip(tool, reason=f"{tool} builds and installs the wheels")
    folder = tmp_path_factory.mktemp("fresh")
    for project in (ROOT, EXAMPLE):
        done(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "wheels", cwd=project)
    venv.create(folder / "env", with_pip=False, symlinks=os.name != "nt")
    paths = sysconfig.get_paths(vars={"base": str(folder / "env"), "platbase": str(folder / "env")})
    programs, site = Path(paths["scripts"]), Path(paths["purelib"])
    wheels = sorted((folder / "wheels").glob("*.whl"))
    assert len(wheels) == 2
    python = programs / Path(sys.executable).name
    done(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", *wheels)
    # numba, numpy and Pillow come from here: downloading them again would prove nothing; after the wheels, for this
    # environment may have our own distribution too, which pip would take for the one asked for
    outer = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (site / "others.pth").write_text("\n".join(outer))
    return programs


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photos, and the first once more as a mild JPEG."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("pictures")
    for i, photo in enumerate(testing.photos()[::40][:3]):
        (folder / f"{i}.jpg").write_bytes(photo.read_bytes())
    with Image.open(folder / "0.jpg") as image:
        image.save(folder / "0-again.jpg", quality=80)
    return folder


def test_it_is_loaded_from_its_own_distribution(fresh: Path) -> None:
    origin = done(fresh / "python", "-c", "import dedupe; print(dedupe.__file__)")
    assert Path(origin.strip()).is_relative_to(fresh.parent), "the installed wheel is not what runs"
    rows = [json.loads(line) for line in done(fresh / "dedupe", "plugins", "--json").splitlines()]
    (row,) = [row for row in rows if row["name"] == "colour-moments"]
    assert row["type"] == "plugin"
    assert (row["distribution"], row["version"], row["status"]) == ("dedupe-colour-moments", "0.1.0", "loaded")
    assert row["provides"] == {"descriptors": ["colour-moments"]}
    assert row["error"] is None


def test_a_scan_uses_it(fresh: Path, pictures: Path) -> None:
    out = done(fresh / "dedupe", "scan", pictures, "-d", "colour-moments", "--json", "--cache", "none")
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines[0]["descriptors"][0].startswith("colour-moments@1/working512-6/pillow")
    (group,) = [line for line in lines if line["type"] == "group"]
    names = {Path(file["path"]).name for file in (group["keep"], *group["members"])}
    assert names == {"0.jpg", "0-again.jpg"}
    assert all(0 <= member["distance"]["colour-moments"] <= 0.02 for member in group["members"])


def test_its_own_three_lines_of_test_pass(fresh: Path, tmp_path: Path) -> None:
    copy = tmp_path / "test_colour_moments.py"
    copy.write_bytes((EXAMPLE / "test_colour_moments.py").read_bytes())
    out = done(fresh / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, copy)
    assert "16 passed" in out


def test_the_example_is_as_small_as_promised() -> None:
    def code(name: str) -> int:
        lines = (EXAMPLE / name).read_text("utf-8").splitlines()
        return sum(bool(line.strip()) and not line.startswith('"""') for line in lines)

    assert code("dedupe_colour_moments.py") <= 16
    assert code("test_colour_moments.py") == 3


def test_the_wheel_says_of_each_of_its_packages_that_it_is_typed(fresh: Path) -> None:
    (ours,) = (fresh.parents[1] / "wheels").glob("dedupe_images-*.whl")
    names = set(zipfile.ZipFile(ours).namelist())
    packages = {name.split("/")[0] for name in names if name.count("/") == 1 and name.endswith("/__init__.py")}
    assert {"dedupe", "dedupe_hashes"} <= packages
    assert {f"{package}/py.typed" for package in packages} <= names


def test_what_pages_are_made_of_is_in_the_wheel(fresh: Path) -> None:
    (ours,) = (fresh.parents[1] / "wheels").glob("dedupe_images-*.whl")
    with zipfile.ZipFile(ours) as wheel:
        packed = set(wheel.namelist())
    for top, least in ((ROOT, 6), (ROOT / "plugins", 4)):
        made = {p.relative_to(top).as_posix() for end in ("jinja", "css") for p in top.glob(f"dedupe*/**/*.{end}")}
        assert len(made) >= least and made <= packed
