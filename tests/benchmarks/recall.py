"""What a scan finds as a user runs it: photos and a distorted copy of each by each of many distortions, in one folder.

    python tests/benchmarks/recall.py PHOTOS OUT [-n 500] [--lost 5] [--scan "dedupe scan"] [--scan "/other/bin/dedupe scan"]

The copies are those of `dedupe distort` with the sets `seed` and `hard`, but for `paste` and `collage`, of which a part is
another picture. Each --scan is a command, also of another installation; all of them look at the same folder, each with a cache
of its own below OUT, so that one that was stopped goes on. A copy is found if it is in a group with its photo; a group is false
if it has pictures of two photos. It is also said how many copies are proposed beside their photos.

With --lost so many of the copies that the first command has not found are looked at, by distortion, and it is said why: whether
they are in another group, as what a scan with `--kind all` lists them, or else what `compare` says of a copy and its photo, or
that no descriptor of the scan proposes the two.
"""

from __future__ import annotations

import argparse
import csv
import json
import shlex
import shutil
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

WITHOUT = ("paste", "collage")
SCANS = ("dedupe scan", "dedupe scan --no-judge -d pdq")
DISTORT = ("dedupe", "distort", "--distortions", "seed,hard", "-q")

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Copy:
    photo: str
    path: str
    distortion: str


@dataclass(frozen=True)
class Scanned:
    """What a scan found: its `header`, the other pictures of the group of each picture, what is said of each member, false
    groups, and the seconds that it took; and its `cache`.
    """

    command: str
    cache: Path
    header: Line
    beside: Mapping[str, set[str]]
    said: Mapping[str, str]
    false: Sequence[Line]
    seconds: float

    def has(self, copy: Copy) -> bool:
        return copy.path in self.beside.get(copy.photo, ())


def made(photos: Path, out: Path, count: int) -> list[Copy]:
    """Copies `count` of the photos, evenly spaced, into OUT, and writes their distorted copies beside them, once."""
    chosen = sorted(p for p in photos.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    chosen = [
        chosen[i] for i in np.unique(np.linspace(0, len(chosen) - 1, min(count, len(chosen))).round().astype(int))
    ]
    folder, copies = out / "pictures" / "photos", out / "pictures" / "copies"
    if not copies.exists():
        folder.mkdir(parents=True)
        for number, photo in enumerate(chosen):
            shutil.copyfile(photo, folder / f"{number:04}{photo.suffix.lower()}")
        subprocess.run([*DISTORT, folder, "-o", copies], stdout=subprocess.DEVNULL, check=True)
        for name in WITHOUT:
            shutil.rmtree(copies / name)
    return [copy for copy in listed(copies) if copy.distortion not in WITHOUT]


def listed(copies: Path) -> Iterator[Copy]:
    with (copies / "pairs.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            photo, path = ((copies / row[side]).resolve() for side in ("a", "b"))
            yield Copy(str(photo), str(path), path.parent.name)


def scanned(command: str, out: Path, *more: str) -> Scanned:
    cache = out / f"{''.join(c if c.isalnum() else '-' for c in command)}.sqlite3"
    words = [*shlex.split(command), *more, str(out / "pictures"), "--json", "-q", "--cache", str(cache)]
    before = time.monotonic()
    ran = subprocess.run(words, stdout=subprocess.PIPE, check=True)
    seconds = time.monotonic() - before
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    beside: defaultdict[str, set[str]] = defaultdict(set)
    false, said = [], {}
    for group in (line for line in lines if line["type"] == "group"):
        paths = {str(Path(one["path"]).resolve()) for one in (group["keep"], *group["members"])}
        beside.update(dict.fromkeys(paths, paths))
        said.update(
            (str(Path(one["path"]).resolve()), f"{one.get('kind')} ({one.get('why')})") for one in group["members"]
        )
        if len({Path(path).stem for path in paths}) > 1:  # a copy is called as its photo
            false.append(group)
    return Scanned(command, cache, lines[0], beside, said, false, seconds)


def proposed(copies: Sequence[Copy], first: Scanned, out: Path) -> set[str]:
    """The copies that one of a scan's descriptors brings as near to their photos as it looks."""
    near, found = first.header["thresholds"], set[str]()
    for name, limit in near.items():
        words = ["dedupe", "describe", str(out / "pictures"), "-d", name, "--json", "-q", "--cache", str(first.cache)]
        lines = map(json.loads, subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout.splitlines())
        described = {str(Path(one["path"]).resolve()): one for one in lines if one["type"] == "descriptor"}
        pairs = ((copy.path, described.get(copy.photo), described.get(copy.path)) for copy in copies)
        found.update(path for path, a, b in pairs if a and b and distance(a, b) <= limit)
    return found


def distance(a: Line, b: Line) -> float:
    """Bits that differ, or 1 - cos: those of a scan that names no descriptor have one metric or the other."""
    if "hex" in a:
        return (int(a["hex"], 16) ^ int(b["hex"], 16)).bit_count()
    x, y = (np.array(one["values"]) for one in (a, b))
    return 1 - float(x @ y) / float(np.linalg.norm(x) * np.linalg.norm(y))


def shares(copies: Sequence[Copy], scans: Sequence[Scanned], near: set[str]) -> Table:
    heads = "distortion", "proposed %", *(f"{one.command} %" for one in scans)
    rows = Table(
        *heads, title="Copies found", caption="proposed: with the photo, by the first command", title_justify="left"
    )
    by: defaultdict[str, list[Copy]] = defaultdict(list)
    for copy in copies:
        by[copy.distortion].append(copy)
    for name, some in [*sorted(by.items()), ("all", copies)]:
        counts = sum(copy.path in near for copy in some), *(sum(map(one.has, some)) for one in scans)
        rows.add_row(name, *(f"{100 * count / len(some):.1f}" for count in counts))
    rows.add_row("false groups", "", *(str(len(one.false)) for one in scans))
    rows.add_row("seconds", "", *(f"{one.seconds:.0f}" for one in scans))
    return rows


def why(copy: Copy, first: Scanned, listed: Scanned) -> str:
    """Why a copy is not with its photo."""
    if copy.path in first.beside:
        return "in another group of its photo's copies"
    if copy.path in listed.said:
        return f"listed as {listed.said[copy.path]}"
    near = first.header["thresholds"]
    words = [
        "dedupe",
        "compare",
        copy.photo,
        copy.path,
        "--json",
        "-q",
        *(word for name in near for word in ("-d", name)),
    ]
    lines = [json.loads(line) for line in subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout.splitlines()]
    distances = {line["descriptor"]: line["distance"] for line in lines if line["type"] == "comparison"}
    if not any(distance is not None and distance <= near[name] for name, distance in distances.items()):
        return "not proposed"
    kinds = [line["kind"] for line in lines if line["type"] == "judgement"]
    return f"{kinds[0]} of its photo, by compare" if kinds else "not judged"


def reasons(copies: Sequence[Copy], first: Scanned, listed: Scanned, most: int) -> Table:
    rows = Table("distortion", "lost", f"why, of {most}", title=f"Lost by {first.command}", title_justify="left")
    lost: defaultdict[str, list[Copy]] = defaultdict(list)
    for copy in copies:
        if not first.has(copy):
            lost[copy.distortion].append(copy)
    for name, some in sorted(lost.items(), key=lambda each: -len(each[1])):
        found = Counter(why(copy, first, listed) for copy in some[:: max(1, len(some) // most)][:most])
        rows.add_row(name, str(len(some)), ", ".join(f"{count} {what}" for what, count in found.most_common()))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("-n", type=int, default=500, help="photos (default: 500)")
    parser.add_argument("--scan", action="append", help=f"a command (default: {' and '.join(SCANS)})")
    parser.add_argument(
        "--lost", type=int, default=0, help="copies a distortion of which it is said why they were lost"
    )
    given = parser.parse_args()
    copies, console = made(given.photos, given.out, given.n), Console(width=140)
    scans = [scanned(command, given.out) for command in given.scan or SCANS]
    console.print(shares(copies, scans, proposed(copies, scans[0], given.out)))
    for one in scans:
        for group in one.false:
            paths = [Path(each["path"]).relative_to(given.out.resolve()) for each in (group["keep"], *group["members"])]
            console.print(f"false, by {one.command}: {', '.join(map(str, paths))}")
    if given.lost:
        judged = "--kind", "all"
        listed = scanned(scans[0].command, given.out, *(judged if scans[0].header.get("judged") else ()))
        console.print(reasons(copies, scans[0], listed, given.lost))


if __name__ == "__main__":
    main()
