"""What pyproject.toml asks for, by platform and Python version: nothing that would have to be compiled."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Requirement = pytest.importorskip("packaging.requirements").Requirement
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")]
OTHERS = [("linux", "riscv64"), ("linux", "i686"), ("win32", "ARM64"), ("freebsd14", "amd64")]
WITH_WHEEL = {(*each, python) for each in PLATFORMS for python in ("3.11", "3.12")} - {("win32", "AMD64", "3.12")}
"""Where chroma-hnswlib 0.7.6 has a wheel; hnswlib has none."""


def graphs(lines: list[str], system: str, machine: str, python: str) -> list[str]:
    """Which library for graphs is asked for on such a machine."""
    environment = {"sys_platform": system, "platform_machine": machine, "python_version": python, "extra": ""}
    asked = [Requirement(line) for line in lines]
    return [each.name for each in asked if "hnswlib" in each.name and each.marker.evaluate(environment)]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("system", "machine"), PLATFORMS + OTHERS)
def test_graphs_are_in_the_core_where_they_have_a_wheel_and_in_the_extra_elsewhere(system, machine, python):
    core = graphs(PROJECT["dependencies"], system, machine, python)
    extra = graphs(PROJECT["optional-dependencies"]["hnsw"], system, machine, python)
    assert core == (["chroma-hnswlib"] if (system, machine, python) in WITH_WHEEL else [])
    assert len(core + extra) == 1, "one of them, and never both: they hold the same module"


def test_the_table_of_wheels_has_every_dependency():
    text = (ROOT / "tests" / "benchmarks" / "README.md").read_text(encoding="utf-8")
    table = text.partition("<!-- wheels -->")[2].partition("<!-- end of wheels -->")[0]
    rows = [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    core = {name: cells for name, extra, *cells in rows if not extra}
    assert {Requirement(line).name for line in PROJECT["dependencies"]} <= core.keys()
    compiled = {name for name, cells in core.items() if "no wheel" in " ".join(cells[:4])}  # the fifth is musl
    assert compiled == set()
