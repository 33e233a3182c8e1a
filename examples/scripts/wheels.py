"""Asks pip for which platforms and Python versions each dependency has a wheel, so that its installation needs no compiler.

    python examples/scripts/wheels.py [--into tests/benchmarks/README.md]

Prints a table of all that an installation without extras needs, and of the extras but `[train]`; with --into it takes the place
of the one there. Nothing is installed. It takes a quarter of an hour, and an index that pip can reach.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
EXTRAS = ("heif", "hnsw", "raw")
GLIBC = range(5, 29)  # tags of 2.5 up to 2.28, which is that of Debian 10 and RHEL 8
OLDER = {"x86_64": ("manylinux1", "manylinux2010", "manylinux2014"), "aarch64": ("manylinux2014",)}
BEGIN, END = "<!-- wheels -->", "<!-- end of wheels -->"


@dataclass(frozen=True)
class Platform:
    """A kind of machine: its tags, and what markers see of it."""

    title: str
    tags: tuple[str, ...]
    system: str
    sys_platform: str
    machine: str

    def environment(self, python: str, extra: str) -> dict[str, str]:
        """What markers are evaluated with."""
        return {
            "sys_platform": self.sys_platform,
            "platform_system": self.system,
            "platform_machine": self.machine,
            "os_name": "nt" if self.sys_platform == "win32" else "posix",
            "python_version": python,
            "python_full_version": f"{python}.0",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "extra": extra,
        }


def glibc(machine: str) -> Platform:
    tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC] + [f"{name}_{machine}" for name in OLDER[machine]]
    return Platform(f"Linux {machine}, glibc 2.28", tuple(tags), "Linux", "linux", machine)


PLATFORMS = (
    glibc("x86_64"),
    glibc("aarch64"),
    Platform("macOS 14 arm64", ("macosx_14_0_arm64",), "Darwin", "darwin", "arm64"),
    Platform("Windows x86-64", ("win_amd64",), "Windows", "win32", "AMD64"),
    Platform("Linux x86_64, musl 1.2", ("musllinux_1_1_x86_64", "musllinux_1_2_x86_64"), "Linux", "linux", "x86_64"),
)


def declared() -> dict[str, list[Requirement]]:
    """The requirements by extra, "" for those without one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    given = {"": project["dependencies"]} | {name: project["optional-dependencies"][name] for name in EXTRAS}
    return {name: [Requirement(line) for line in lines] for name, lines in given.items()}


def wanted(lines: Iterable[Requirement], platform: Platform, python: str, extra: str = "") -> list[Requirement]:
    """Those of the requirements that markers let through on a platform."""
    environment = platform.environment(python, extra)
    return [each for each in lines if each.marker is None or each.marker.evaluate(environment)]


def asked(requirements: Iterable[Requirement], platform: Platform, python: str) -> list[dict] | None:
    """What pip would install for these alone, as its report has it; None where one of them has no wheel."""
    names = [f"{each.name}{each.specifier}" for each in requirements]
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--no-deps", "--ignore-installed"]
    tags = [word for tag in platform.tags for word in ("--platform", tag)]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        places = ["--target", folder, "--report", str(report), "--only-binary=:all:", "--python-version", python]
        done = subprocess.run([*command, *places, *tags, *names], capture_output=True, text=True)
        if done.returncode == 0:
            return json.loads(report.read_text(encoding="utf-8"))["install"]
    if "No matching distribution" not in done.stderr:
        raise SystemExit(done.stderr)
    return None


def closure(lines: list[Requirement], platform: Platform, python: str) -> Iterator[tuple[str, bool]]:
    """Everything that these need, and whether it has a wheel."""
    seen: set[str] = set()
    while lines := [each for each in lines if canonicalize_name(each.name) not in seen]:
        seen |= {canonicalize_name(each.name) for each in lines}
        together = asked(lines, platform, python)
        answers = [together] if together is not None else [asked([each], platform, python) for each in lines]
        found = [each for answer in answers if answer for each in answer]
        has = {canonicalize_name(each["metadata"]["name"]) for each in found}
        yield from ((name, name in has) for name in sorted({canonicalize_name(each.name) for each in lines}))
        below = [Requirement(line) for each in found for line in each["metadata"].get("requires_dist", [])]
        lines = wanted(below, platform, python)


Table = dict[tuple[str, str], dict[tuple[str, str], bool]]


def measured() -> Table:
    """By extra and package, whether there is a wheel by platform and Python; nothing where it is not needed."""
    table: Table = {}
    for platform in PLATFORMS:
        for python in PYTHONS:
            core: set[str] = set()
            for extra, lines in declared().items():
                for name, has in closure(wanted(lines, platform, python), platform, python):
                    if extra and name in core:
                        continue
                    core |= set() if extra else {name}
                    table.setdefault((extra, name), {})[platform.title, python] = has
            print(f"{platform.title}, Python {python}", file=sys.stderr, flush=True)
    return table


def cell(found: dict[tuple[str, str], bool], platform: str) -> str:
    """For one package and platform: in which Python versions it has a wheel, in which it needs a compiler."""
    kinds = {has: [python for python in PYTHONS if found.get((platform, python)) is has] for has in (True, False)}
    if not kinds[True] and not kinds[False]:
        return "not needed"
    if not kinds[False]:
        return "wheel" if len(kinds[True]) == len(PYTHONS) else f"wheel ({', '.join(kinds[True])})"
    lacking = "no wheel" if len(kinds[False]) == len(PYTHONS) else f"**no wheel ({', '.join(kinds[False])})**"
    return f"wheel ({', '.join(kinds[True])}), {lacking}" if kinds[True] else lacking


def markdown(table: Table) -> str:
    """One row a package and extra."""
    heads = ["package", "extra", *(platform.title for platform in PLATFORMS)]
    rows = [
        [f"`{name}`", f"`[{extra}]`" if extra else "", *(cell(found, platform.title) for platform in PLATFORMS)]
        for (extra, name), found in sorted(table.items())
    ]
    first, *others = [f"| {' | '.join(row)} |\n" for row in [heads, *rows]]
    return "".join([first, "|---" * len(heads) + "|\n", *others])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, help="Markdown file whose table is replaced.")
    into = parser.parse_args().into
    made = markdown(measured())
    if into is None:
        print(made)
        return
    before, _, rest = into.read_text(encoding="utf-8").partition(BEGIN)
    into.write_text(f"{before}{BEGIN}\n{made}{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
