"""Scans with several engines: whether their results are equal, and how much longer than locally one takes beyond its start.

    python tests/benchmarks/engines.py FOLDER ["OPTIONS" ...] [--pictures 2000] [--rounds 3] [-- SCAN OPTIONS]

"OPTIONS" are those of one run, as "--engine ray -j 2"; "--engine local -j 2" is what the others are held against. All run with an
empty cache, in turns, round after round; medians are printed. What an engine takes to start is what a scan of four
pictures takes more than locally; the time beyond it is that of the scan without this.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

LOCAL = "--engine local -j 2"
OTHERS = ("--engine ray -j 1", "--engine ray -j 2", "--engine ray -j 4")
FEW = 4
TOLD = ("seconds", "time", "options", "command_line", "roots")


@dataclass
class Run:
    """What runs of one kind took, by the number of their pictures, and the last result."""

    options: str
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"few": [], "all": []})
    lines: list[str] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)

    def scan(self, which: str, folder: Path, more: list[str]) -> None:
        with tempfile.TemporaryDirectory() as cache:
            words = ["scan", str(folder), "--json", "--cache", f"{cache}/cache", *shlex.split(self.options), *more]
            start = time.perf_counter()
            done = subprocess.run([sys.executable, "-P", "-m", "dedupe", *words], stdout=subprocess.PIPE, check=True)
            self.seconds[which].append(time.perf_counter() - start)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.stages = lines[-1]["seconds"]
        self.lines = [json.dumps({k: v for k, v in line.items() if k not in TOLD}) for line in lines]

    def median(self, which: str) -> float:
        return statistics.median(self.seconds[which])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("options", nargs="*", default=OTHERS)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    words, _, more = partition(sys.argv[1:])
    asked = parser.parse_args(words)
    runs = [Run(LOCAL), *map(Run, asked.options or OTHERS)]
    with linked(asked.folder, FEW) as few, linked(asked.folder, asked.pictures) as every:
        for number in range(asked.rounds):
            for run in runs:
                run.scan("few", few, more)
                run.scan("all", every, more)
                print(f"round {number + 1}: {run.options}: {run.seconds['all'][-1]:.1f} s", file=sys.stderr)
    Console(width=118).print(table(runs, asked.pictures))
    if any(run.lines != runs[0].lines for run in runs):
        sys.exit("the results differ")


def partition(words: list[str]) -> tuple[list[str], str, list[str]]:
    """What stands before and after --."""
    at = words.index("--") if "--" in words else len(words)
    return words[:at], "--", words[at + 1 :]


@contextmanager
def linked(folder: Path, count: int) -> Iterator[Path]:
    """So many of the pictures of a folder, as they come by name, as links to them or copies."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())[:count]
    with tempfile.TemporaryDirectory() as made:
        for number, path in enumerate(found):
            target = Path(made) / f"{number:07}{path.suffix}"
            try:
                os.link(path, target)
            except OSError:
                shutil.copy(path, target)
        yield Path(made)


def table(runs: list[Run], pictures: int) -> Table:
    """Seconds, start and the ratio beyond it, and whether the result is that of the local engine."""
    local = runs[0]
    shown = Table("engine", "seconds", "start", "beyond", "x local", "stages", "equal", title=f"{pictures:,} pictures")
    for run in runs:
        start = max(0.0, run.median("few") - local.median("few")) if run is not local else 0.0
        beyond = run.median("all") - start
        shown.add_row(
            run.options,
            f"{run.median('all'):.1f}",
            f"{start:.1f}",
            f"{beyond:.1f}",
            f"{beyond / local.median('all'):.2f}",
            " ".join(f"{name} {seconds:.1f}" for name, seconds in run.stages.items() if seconds >= 0.05),
            "yes" if run.lines == local.lines else "no",
        )
    return shown


if __name__ == "__main__":
    main()
