"""What a scan finds in collections as people have them: a blog's sizes and crops, and what becomes of photos on the web.

    python tests/benchmarks/real_sets.py OUT PHOTOS ... [--blog 100] [--web 5] [--scan "dedupe scan"] [--lost]

The photos must have nothing to do with each other. `blog` has nine files of each of so many photos of each folder; all pairs of
these are true. `web` has so many pairs of each kind, memes, mirrors, crops, collages, screens and others, of a photo and a
picture made of it, and the photos that are left over between them. A pair is found if both are in one group; it is false if the
two show no photo that is the same. With --lost it is said of each picture that is not in one group with most of its photo's why:
it is not proposed beside the kept one, or what the judge says of the two.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from recall import Line, distance

from dedupe.judge.reading import judge_files, opened
from judge_of_paths import CAP
from sets import Made, fresh, spread
from sets.blog import blog
from sets.web import web


@dataclass(frozen=True)
class Scanned:
    """What a scan says: its first line, the pictures of each group, the kept one first, its seconds, and its cache."""

    header: Line
    groups: Sequence[Sequence[str]]
    summary: Line
    seconds: float
    cache: Path


def scanned(command: str, folder: Path) -> Scanned:
    cache = folder.with_name(f"{folder.name}-{''.join(c if c.isalnum() else '-' for c in command)}.sqlite3")
    words = [*shlex.split(command), str(folder), "--json", "-q", "--cache", str(cache)]
    before = time.monotonic()
    ran = subprocess.run(words, stdout=subprocess.PIPE, check=True)
    seconds = time.monotonic() - before
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    groups = [
        [str(Path(one["path"]).resolve()) for one in (line["keep"], *line["members"])]
        for line in lines
        if line["type"] == "group"
    ]
    return Scanned(lines[0], groups, lines[-1], seconds, cache)


def true_pairs(made: Sequence[Made]) -> list[tuple[Made, Made]]:
    """The pairs of pictures that show one photo."""
    by: defaultdict[str, list[Made]] = defaultdict(list)
    for one in made:
        for photo in one.photos:
            by[photo].append(one)
    return [pair for some in by.values() for pair in combinations(some, 2)]


def report(made: Sequence[Made], found: Scanned, title: str) -> Table:
    of = {path: number for number, group in enumerate(found.groups) for path in group}
    true, hit, kinds = true_pairs(made), Counter[str](), Counter[str]()
    pairs = [0, 0]
    for a, b in true:
        together = a.path in of and of[a.path] == of.get(b.path)
        pairs = [pairs[0] + together, pairs[1] + 1]
        for how in {a.how, b.how} - ({"photo"} if a.how != b.how else set()):
            kinds[how] += 1
            hit[how] += together
    false, grouped = false_pairs(made, found.groups)
    table = Table("picture", "pairs", "in one group %", title=title, title_justify="left")
    for how, count in sorted(kinds.items()):
        table.add_row(how, str(count), f"{100 * hit[how] / count:.1f}")
    table.add_row("all", str(pairs[1]), f"{100 * pairs[0] / pairs[1]:.1f}")
    table.caption = (
        f"{false} of {grouped} pairs in groups are false; {len(made)} pictures, {found.seconds:.0f} s; "
        f"looked at within {found.header['thresholds']}"
    )
    return table


def false_pairs(made: Sequence[Made], groups: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How many pairs of pictures of one group show no photo that is the same, and how many such pairs there are."""
    shown = {one.path: set(one.photos) for one in made}
    pairs = [pair for group in groups for pair in combinations(group, 2)]
    return sum(not shown[a] & shown[b] for a, b in pairs), len(pairs)


class Why:
    """Why a picture is not with another one."""

    def __init__(self, folder: Path, found: Scanned) -> None:
        self._limits: Mapping[str, float] = found.header["thresholds"]
        self._lines = {name: described(folder, name, found.cache) for name in self._limits}

    def __call__(self, one: str, other: str) -> str:
        near = {}
        for name, limit in self._limits.items():
            a, b = (self._lines[name].get(path) for path in (one, other))
            near[name] = distance(a, b) / limit if a and b else 9
        files = [opened((data := Path(path).read_bytes()), digest(data), (), CAP) for path in (one, other)]
        said = judge_files(*files, "none", (), CAP)
        where = "" if min(near.values()) <= 1 else f"not proposed ({min(near.values()):.2f} of the limit); "
        return f"{where}{said.kind}: {said.why}"


def digest(data: bytes) -> bytes:
    from blake3 import blake3

    return blake3(data).digest()


def described(folder: Path, name: str, cache: Path) -> dict[str, Line]:
    words = ["dedupe", "describe", str(folder), "-d", name, "--json", "-q", "--cache", str(cache)]
    lines = map(json.loads, subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout.splitlines())
    return {str(Path(one["path"]).resolve()): one for one in lines if one["type"] == "descriptor"}


def lost(made: Sequence[Made], found: Scanned, why: Why) -> list[tuple[str, str, str, str]]:
    """What was done to each lost picture, why it is not with the kept one of its photo, and the paths of both."""
    of = {path: number for number, group in enumerate(found.groups) for path in group}
    by: defaultdict[str, list[Made]] = defaultdict(list)
    for one in made:
        by[one.photos[0]].append(one)
    rows = []
    for some in by.values():
        homes = Counter(of[one.path] for one in some if one.path in of)
        home = homes.most_common(1)[0][0] if homes else None
        kept = found.groups[home][0] if home is not None else min(some, key=lambda one: one.how != "photo").path
        for one in some:
            if one.path != kept and (home is None or of.get(one.path) != home):
                rows.append((one.how, why(kept, one.path), kept, one.path))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--blog", type=int, default=100, help="photos of each folder in the blog (default: 100)")
    parser.add_argument("--web", type=int, default=5, help="pairs of each kind from the web (default: 5)")
    parser.add_argument(
        "--among", type=int, default=400, help="photos of each folder that these are made of, or stand between"
    )
    parser.add_argument("--scan", default="dedupe scan", help="the command (default: dedupe scan)")
    parser.add_argument("--lost", action="store_true", help="say why each lost picture is lost")
    given = parser.parse_args()
    out, console = given.out.resolve(), Console(width=160)
    sets = {}
    if given.blog:
        sets["blog"] = fresh(out / "blog", lambda folder: blog(spread(given.photos, given.blog), folder))
    if given.web:
        sets["web"] = fresh(out / "web", lambda folder: web(spread(given.photos, given.among), folder, given.web))
    for name, made in sets.items():
        found = scanned(given.scan, out / name)
        console.print(report(made, found, f"{name}, {given.scan}"))
        console.print(found.summary["seconds"], found.summary["kinds"])
        if given.lost:
            rows = lost(made, found, Why(out / name, found))
            for row, count in sorted(Counter(row[:2] for row in rows).items()):
                console.print(count, *row)
            (out / f"{name}-lost.json").write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
