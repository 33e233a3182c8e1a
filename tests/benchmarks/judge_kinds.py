"""How often the judge is right: on pairs of pictures whose kind is known, since they were made so.

    python tests/benchmarks/judge_kinds.py make OUT --photos PHOTOS ... [--scenes SCENES] [--families FAMILIES]
    python tests/benchmarks/judge_kinds.py measure OUT [--judge MODULE:FUNCTION] [--sample N] [--json]

`make` writes pairs of all kinds of 200 of the photos (which must have nothing to do with each other; three in four are of the
first folder), a list of the nearest unrelated ones of all of them, and true copies of each member of the families. SCENES are
folders of shots, as `shots.py` makes them; FAMILIES are folders of pictures that share a layout. `measure` asks FUNCTION, which
is given two paths and returns a kind, and says what was right, what unrelated pairs passed for one picture, and where the judge
falls short of what it must reach: then it exits with 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import chain
from pathlib import Path
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import kinds
from kinds import families, measure, strangers
from kinds.measure import Judged

PHOTOS = 200
LISTS = ("kinds", "unrelated", "copies")
"""The lists of pairs below OUT, each a file."""

WIDTH = 140
"""Columns of what is not written to a terminal."""

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def pictures(folders: Sequence[Path]) -> list[Path]:
    return sorted(p for folder in folders for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)


def spread(things: Sequence, count: int) -> list:
    """So many of them, evenly spaced."""
    return [things[i] for i in np.unique(np.linspace(0, len(things) - 1, min(count, len(things))).round().astype(int))]


def chosen(folders: Sequence[Path]) -> list[Path]:
    """PHOTOS photos that suit, shuffled: three in four of the first folder, the rest of the others."""
    first, *others = folders
    of_others = PHOTOS // 4 // max(1, len(others))
    counts = [PHOTOS - of_others * len(others), *(of_others for _ in others)]
    photos = []
    for folder, count in zip((first, *others), counts, strict=True):
        photos += spread([photo for photo in pictures([folder]) if kinds.suits(photo)], count)
    np.random.default_rng(0).shuffle(photos)
    return photos


def make(given: argparse.Namespace) -> None:
    """Writes the pairs and their lists."""
    every, photos = pictures(given.photos), chosen(given.photos)
    out, cache = given.out, given.out / "cache.sqlite3"
    out.mkdir(parents=True, exist_ok=True)
    kinds.write(kinds.pairs(photos, out, given.each, scenes=given.scenes), out / "kinds.jsonl")
    unrelated = strangers.nearest(every, given.nearest, cache)
    if given.families:
        unrelated = chain(unrelated, families.false_pairs(given.families, given.nearest, cache))
        kinds.write(families.copies(given.families, out / "copies"), out / "copies.jsonl")
    kinds.write(unrelated, out / "unrelated.jsonl")


def function(name: str) -> Callable[[Path, Path], str]:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def confusion(found: Sequence[Judged]) -> Table:
    """What was said of each kind, and the share that is right."""
    said = [kind for kind in (*kinds.KINDS, *sorted(set(measure.said(found)) - {*kinds.KINDS})) if kind]
    table = Table("is", *said, "pairs", "right", title="What was said (across) of what pairs are (down)")
    for truth, of_kind in measure.by_truth(found).items():
        counts = measure.said(of_kind)
        table.add_row(
            truth, *(str(counts[kind] or "") for kind in said), str(len(of_kind)), f"{measure.share_right(of_kind):.1%}"
        )
    return table


def by_how(found: Sequence[Judged]) -> Table:
    """The ways that not all are right of, the worst first."""
    table = Table("how", "is", "pairs", "right", "said", title="Ways that pairs were made, where not all are right")
    grouped = sorted(measure.by_how(found).items(), key=lambda item: measure.share_right(item[1]))
    for how, some in grouped:
        if not all(each.right for each in some):
            said = ", ".join(f"{kind} {count}" for kind, count in measure.said(some).most_common())
            table.add_row(how, some[0].pair.truth, str(len(some)), f"{measure.share_right(some):.0%}", said)
    return table


def passing(found: Sequence[Judged]) -> Table:
    """How many unrelated pairs passed for one picture."""
    table = Table("unrelated pairs", "pairs", "passed", "share", title="Unrelated pairs that passed for one picture")
    for how, some in {**measure.by_how(found), "all": found}.items():
        share = measure.share_passed(some)
        table.add_row(how, f"{len(some):,}", str(round(share * len(some))), f"{share:.2%}")
    return table


def speed(found: Sequence[Judged]) -> str:
    took = sorted(1000 * each.seconds for each in found)
    return f"{median(took):.1f} ms a pair (median), {took[int(len(took) * 0.95)]:.1f} ms for the slowest twentieth"


def row(name: str, each: Judged) -> dict[str, object]:
    pair = each.pair
    known = {"a": str(pair.a), "b": str(pair.b), "truth": pair.truth, "acceptable": pair.acceptable, "how": pair.how}
    return {"type": name, **known, "kind": each.kind, "right": each.right, "ms": round(1000 * each.seconds, 3)}


def report(found: dict[str, list[Judged]], short: list[str]) -> None:
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    of_kinds = found["kinds"]
    console.print(confusion(of_kinds), by_how(of_kinds), passing(found["unrelated"]), sep="\n")
    if found["copies"]:
        console.print(by_how(found["copies"]))
        console.print(
            f"Families' own copies: {measure.share_right(found['copies']):.1%} of {len(found['copies']):,} right"
        )
    console.print(f"{measure.share_right(of_kinds):.1%} of {len(of_kinds):,} pairs are right; {speed(of_kinds)}")
    console.print(*short or ["The judge reaches what it must."], sep="\n", style="bold", soft_wrap=True)


def run(given: argparse.Namespace) -> int:
    """Judges the pairs of all lists that are there, and prints what came out."""
    kind = function(given.judge)
    found = {}
    for name in LISTS:
        path = given.out / f"{name}.jsonl"
        pairs = kinds.read(path) if path.exists() else []
        if given.sample:
            pairs = [p for truth in kinds.KINDS for p in spread([p for p in pairs if p.truth == truth], given.sample)]
        found[name] = list(measure.judged(pairs, kind))
    enough = min(given.sample or measure.ENOUGH, measure.ENOUGH)
    short = list(measure.shortfalls(found["kinds"], enough))
    if given.json:
        for name, some in found.items():
            for each in some:
                print(json.dumps(row(name, each)))
        print(json.dumps({"type": "summary", "right": measure.share_right(found["kinds"]), "short": short}))
    else:
        report(found, short)
    return 1 if short else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    making = verbs.add_parser("make", help="make pairs")
    making.add_argument("out", type=Path)
    making.add_argument("--photos", type=Path, nargs="+", required=True)
    making.add_argument("--scenes", type=Path)
    making.add_argument("--families", type=Path)
    making.add_argument("--each", type=int, default=320, help="pairs of each kind")
    making.add_argument("--nearest", type=int, default=4000, help="unrelated pairs by each of three descriptors")
    making.set_defaults(run=make)
    measuring = verbs.add_parser("measure", help="measure a judge on them")
    measuring.add_argument("out", type=Path)
    measuring.add_argument(
        "--judge", default="judge_of_paths:kind", help="MODULE:FUNCTION, which is given two paths and returns a kind"
    )
    measuring.add_argument("--sample", type=int, help="so many pairs of each kind at most")
    measuring.add_argument("--json", action="store_true", help="JSON lines, one a pair and a summary")
    measuring.set_defaults(run=run)
    given = parser.parse_args()
    return given.run(given) or 0


if __name__ == "__main__":
    sys.exit(main())
