"""Measures `dedupe scan` beside Pillow's bound and the peers, and the promises about start-up, rescans and memory.

    python tests/benchmarks/scan.py --data DIR [--peers DIR] [--rounds 5] [--dedupe COMMAND] [SET ...]

DIR holds the sets that photos.py makes; a set or a peer that is not there is skipped with a word. A peer NAME is run by
PEERS/NAME/bin/python. Whole commands are timed, output included, everything that keeps a cache having an empty one; the
commands of a set take turns, round after round, and what is printed are medians and ratios of medians.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent
PEERS = ("imagededup", "image-dedup-ai", "czkawka", "immaculate", "imgdd")
SETS = {"p10k": "10,000 photos of about 500x400", "p12mp": "200 JPEGs of 12 megapixels"}
FIXED, FACTOR = 0.8, 1.25  # a scan may take FIXED seconds + FACTOR x the bound
FINE = (0, 1)  # exit codes: all went well, or some files could not be read
console = Console(width=118)


@dataclass
class Command:
    """A command to time in an environment whose caches are empty.

    `processor` is what it and the processes that it waited for took of the processors, in seconds: it says more than the
    wall on a machine that others use too. `memory` is the peak of its own process, in bytes.
    """

    argv: list[str]
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    memory: int = 0
    output: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def run(self, env: dict[str, str] | None = None) -> float:
        """Runs it once more; CalledProcessError with its stderr if it fails."""
        with tempfile.TemporaryDirectory() as home:
            clean = {k: v for k, v in os.environ.items() if k != "DEDUPE_CACHE"}
            clean |= {"HOME": home, "XDG_CACHE_HOME": f"{home}/cache"} | (env or {})
            argv = [part.replace("{home}", home) for part in self.argv]
            start, used = time.perf_counter(), processor_seconds()
            process = subprocess.Popen(argv, env=clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            watch = threading.Thread(target=self._watch, args=(process,), daemon=True)
            watch.start()
            self.output, errors = process.communicate()
            self.seconds.append(time.perf_counter() - start)
            self.processor.append(processor_seconds() - used)
            watch.join()
        if process.returncode not in FINE:
            raise subprocess.CalledProcessError(process.returncode, argv, self.output, errors)
        return self.seconds[-1]

    def _watch(self, process: subprocess.Popen[str]) -> None:
        """Follows the peak memory of the process itself, which Linux shows while it lives."""
        status = Path(f"/proc/{process.pid}/status")
        with contextlib.suppress(OSError):  # it has ended, or this is not Linux
            while True:
                for line in status.read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        self.memory = max(self.memory, 1024 * int(line.split()[1]))
                time.sleep(0.02)


class Bound(Command):
    """Pillow alone; what counts are the seconds that it says it decoded."""

    def run(self, env: dict[str, str] | None = None) -> float:
        super().run(env)
        self.seconds[-1] = float(self.output.split()[0])
        return self.seconds[-1]


def processor_seconds() -> float:
    """Seconds that the processors gave to the children of this process that have ended, and to theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def scan(dedupe: list[str], folder: Path, *options: str) -> Command:
    """The scan of a folder: cold cache (unless the options say another), JSON lines to a file."""
    cache = () if "--cache" in options else ("--cache", "{home}/cache.sqlite")
    return Command([*dedupe, "scan", str(folder), *cache, *options, "--json", "-o", "{home}/result.jsonl"])


def peer(peers: Path | None, name: str, folder: Path) -> Command | str:
    """The command of a peer, or a word on why there is none."""
    python = peers / name / "bin" / "python" if peers else None
    if python is None or not python.exists():
        return "skipped: no environment"
    # -P: the script's folder holds scripts named like the peers
    return Command([str(python), "-P", str(HERE / "peers" / f"{name}.py"), str(folder)])


def take_turns(commands: list[Command], rounds: int) -> None:
    """Runs A B C A B C ..., after one round of each that only warms the page cache."""
    for round_ in range(rounds + 1):
        for command in commands:
            command.run()
            if round_ == 0:
                command.seconds.clear()
                command.processor.clear()


def against_peers(dedupe: list[str], folder: Path, peers: Path | None, rounds: int, colour: bool) -> Table:
    """One set: Pillow's bound, what is allowed, our scan and the peers."""
    bound = Bound([sys.executable, str(HERE / "bound.py"), str(folder), "--mode", "RGB" if colour else "L"])
    ours, uncached = scan(dedupe, folder), scan(dedupe, folder, "--cache", "none")
    others = {name: peer(peers, name, folder) for name in PEERS}
    take_turns([bound, ours, uncached, *(c for c in others.values() if isinstance(c, Command))], rounds)
    allowed = FIXED + FACTOR * bound.median
    table = Table(
        "command", "seconds", "least", "most", "processor", "dedupe takes", title=f"{folder.name}: {SETS[folder.name]}"
    )
    table.add_row("bound: Pillow alone, threads", *numbers(bound), "")
    table.add_row(f"allowed: {FIXED} s + {FACTOR} x bound", f"{allowed:.2f}", "", "", "", share(ours.median, allowed))
    table.add_row("dedupe scan, cold cache", *numbers(ours), f"{ours.memory >> 20} MB in its parent")
    table.add_row("dedupe scan --cache none", *numbers(uncached), "")
    for name, command in others.items():
        if isinstance(command, str):
            table.add_row(name, "", "", "", "", command)
        else:
            table.add_row(name, *numbers(command), share(ours.median, command.median))
    return table


def numbers(command: Command) -> tuple[str, str, str, str]:
    values = command.median, min(command.seconds), max(command.seconds), statistics.median(command.processor)
    return f"{values[0]:.2f}", f"{values[1]:.2f}", f"{values[2]:.2f}", f"{values[3]:.2f}"


def share(ours: float, other: float) -> str:
    return f"{ours / other:.2f} x" + ("" if ours <= other else "  (more)")


@contextlib.contextmanager
def new_machine() -> Iterator[dict[str, str]]:
    """An environment with a copy of the sources: no kernels, no byte code."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("dedupe", "dedupe_hashes", "dedupe_heif"):
            spec = importlib.util.find_spec(name)
            if spec and spec.origin:
                ignored = shutil.ignore_patterns("__pycache__", "photos")
                shutil.copytree(Path(spec.origin).parent, Path(folder, name), ignore=ignored)
        yield {"PYTHONPATH": folder, "XDG_CACHE_HOME": f"{folder}/cache", "NUMBA_CACHE_DIR": f"{folder}/numba"}


def first_and_second(dedupe: list[str], folder: Path) -> tuple[Command, float, str]:
    """The first scan on a new machine, and 10 s more than what the second takes."""
    with new_machine() as env:
        first, second = scan(dedupe, folder), scan(dedupe, folder)
        first.run(env)
        second.run(env)
    return first, 10 + second.median, f"second: {second.median:.2f}"


def stat_seconds(folder: Path) -> float:
    """Seconds that Python needs to list a tree and to stat every file in it."""
    start = time.perf_counter()
    waiting = [str(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)
    return time.perf_counter() - start


def timed(command: Command, rounds: int) -> Command:
    take_turns([command], rounds)
    return command


def warm_rescan(dedupe: list[str], folder: Path, rounds: int) -> tuple[Command, float]:
    """The rescan of an unchanged folder, and the median of what stat takes beside it."""
    with tempfile.TemporaryDirectory() as kept:
        command = scan(dedupe, folder, "--cache", f"{kept}/cache.sqlite")
        command.run()
        command = Command(command.argv)
        stats = []
        for _ in range(rounds):
            command.run()
            stats.append(stat_seconds(folder))
    return command, statistics.median(stats)


def false_members(dedupe: list[str], folder: Path) -> str:
    """Which files of the set "odd" came into groups that hold no two blends only; "none" is right."""
    with tempfile.TemporaryDirectory() as kept:
        out = Path(kept, "odd.jsonl")
        Command([*dedupe, "scan", str(folder), "--cache", "none", "--json", "-o", str(out)]).run()
        rows = [json.loads(line) for line in out.read_text().splitlines()]
    groups = [row for row in rows if row["type"] == "group"]
    names = {Path(f["path"]).name for group in groups for f in (group["keep"], *group["members"])}
    wrong = sorted(name for name in names if not name.startswith("blend"))
    return ", ".join(wrong) or f"none; the blends are in {len(groups)} groups"


def promises(dedupe: list[str], data: Path, rounds: int) -> Table:
    """The rows that have no peer."""
    table = Table("promise", "seconds", "processor", "wanted", "", title="start-up, rescans, memory")

    def row(name: str, command: Command, wanted: float, note: str = "") -> None:
        seconds, used = command.median, statistics.median(command.processor)
        said = note if seconds < wanted else f"MISSED {note}"
        table.add_row(name, f"{seconds:.2f}", f"{used:.2f}", f"< {wanted:.2f}", said)

    row("dedupe --help", timed(Command([*dedupe, "--help"]), rounds), 0.15)
    with tempfile.TemporaryDirectory() as empty:
        row("scan of an empty folder", timed(scan(dedupe, Path(empty)), rounds), 0.4)
    if (data / "one").is_dir():
        row("scan of one picture", timed(scan(dedupe, data / "one"), rounds), 1.0)
        row("first run on a new machine", *first_and_second(dedupe, data / "one"))
    if (data / "cifar").is_dir():
        command = timed(scan(dedupe, data / "cifar"), rounds)
        row("18,000 pictures of 32x32", command, 4.0, f"{command.memory >> 20} MB in its parent")
    if (data / "tiny").is_dir():
        command, stat = warm_rescan(dedupe, data / "tiny", rounds)
        row("warm rescan of 100,000 files", command, 1.5 + stat, f"stat {stat:.2f}; {command.memory >> 20} MB")
    if (data / "odd").is_dir():
        table.add_row("false groups: blends, blanks, links", "", "", "none", false_members(dedupe, data / "odd"))
    return table


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def versions(peers: Path | None) -> str:
    ours = [f"{name} {importlib.metadata.version(name)}" for name in ("pillow", "numpy", "numba")]
    found = []
    for name in PEERS if peers else ():
        if any((peers / name).glob("lib/python3*/site-packages")):
            site = next((peers / name).glob("lib/python3*/site-packages"))
            found += [
                f"{d.name} {d.version}"
                for d in importlib.metadata.distributions(path=[str(site)])
                if d.name.lower().replace("_", "-") == name
            ]
    return ", ".join([f"Python {platform.python_version()}", *ours, *found])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the sets")
    parser.add_argument("--peers", type=Path, help="folder with an environment for each peer")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dedupe", default=f"{sys.executable} -m dedupe", help="the command to measure")
    parser.add_argument("--colour", action="store_true", help="the bound decodes to RGB, for scans that do")
    parser.add_argument("sets", nargs="*", metavar="SET", help="p10k, p12mp, promises (default: all)")
    given = parser.parse_args()
    dedupe = shlex.split(given.dedupe)
    console.print(f"{processor()}, {os.cpu_count()} cores; {versions(given.peers)}")
    if (given.data / "one").is_dir():
        scan(dedupe, given.data / "one").run()  # compiles the kernels
    for name in SETS:
        if given.sets and name not in given.sets:
            continue
        if (given.data / name).is_dir():
            console.print(against_peers(dedupe, given.data / name, given.peers, given.rounds, given.colour))
        else:
            console.print(f"{name}: skipped, not made")
    if not given.sets or "promises" in given.sets:
        console.print(promises(dedupe, given.data, given.rounds))


if __name__ == "__main__":
    main()
