"""The second seed document's tables and figures, measured again on the CIFAR-10 pictures that it used.

    python examples/scripts/make_lab_results.py CIFAR --trainings DIR [--output examples/results/lab] [--photo PICTURE]

CIFAR is a folder with train and test, each with the folders cat, dog and truck. Trainings that DIR has no result of are
made: all of them take half a day on two cores, and go on where they were stopped. Writes numbers and figures, no picture
of CIFAR's; the robustness sheet is of a photo that ships here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dedupe_lab import classes_report
from dedupe_lab.bits import HASHES
from dedupe_lab.classes import class_distances
from dedupe_lab.classify.plan import everything
from dedupe_lab.classify.report import HEADS as TRAINING_HEADS
from dedupe_lab.classify.report import by_name, over_seeds
from dedupe_lab.classify.report import rows as training_rows
from dedupe_lab.classify.survival import Survival
from dedupe_lab.classify.survival_report import DUPLICATES, duplicates
from dedupe_lab.classify.survival_report import HEADS as SURVIVAL_HEADS
from dedupe_lab.classify.survival_report import rows as survival_rows
from make_results import table

ROOT = Path(__file__).resolve().parents[2]
PHOTO = ROOT / "examples" / "photos" / "zoo" / "lemurs.jpg"
PAGE = Path(__file__).with_name("lab_results.md")
"""What is said about the tables, with their places."""

MISTAKEN = ("original", 0), ("original", 1), ("original", 2), ("hash", 0)
"""Inputs and seeds of the trainings that repeat the document's mistakes."""

Record = dict[str, Any]
Places = dict[str, str]
"""What is put in the places of the page, by name."""


def dedupe(*words: object) -> list[Record]:
    """The JSON lines of a command, which is said on stderr first; it looks at no calibration of the user's own."""
    command = [sys.executable, "-m", "dedupe", *map(str, words)]
    print("dedupe", *words, file=sys.stderr)
    shipped = {**os.environ, "DEDUPE_DATA": os.devnull}
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True, env=shipped)
    if done.returncode not in (0, 1):
        sys.exit(done.returncode)
    return [json.loads(line) for line in done.stdout.splitlines()]


def keep(path: Path, records: Iterable[Record]) -> None:
    path.write_text("".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records))


def only(records: Iterable[Record], kind: str) -> list[Record]:
    return [record for record in records if record["type"] == kind]


def image_table(cifar: Path) -> str:
    """What `dedupe lab images` makes of the folders, counted by label and type."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "images.sqlite"
        dedupe("lab", "images", cifar, "--db", database, "-d", "phash")
        rows = dedupe("lab", "images", "--db", database, "--where", "1", "-n", 1_000_000, "--json")
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        counts[row["LabelName"], row["Type"]] = counts.get((row["LabelName"], row["Type"]), 0) + 1
    return table(("LabelName", "Type", "images"), [(*key, f"{count:,}") for key, count in sorted(counts.items())])


def sheet(photo: Path, output: Path) -> Places:
    """Distances of a photo's hashes from those of its distorted versions and of another photo."""
    found = dedupe("lab", "robustness", photo, "-o", output / "robustness.html", "--json")
    keep(output / "robustness.json", found)
    hashes = list(dict.fromkeys(one["hash"] for one in found))
    rows: dict[str, list[str]] = {}
    for one in found:
        rows.setdefault(one["version"], []).append(f"`{one['hex']}` {one['bits']} ({one['digits']})")
    return {
        "SHEET": table(("version", *hashes), [(name, *cells) for name, cells in rows.items()]),
        "TURNED": str(max(one["bits"] for one in found if one["version"] != "unrelated")),
        "AWAY": str(min(one["bits"] for one in found if one["version"] == "unrelated")),
    }


def class_tables(cifar: Path, output: Path, some: int) -> Places:
    """Pairs below 10 bits among some pictures of each class and among all, and those that the document's way counts."""
    parts, counted = [], dict[str, dict[tuple[str, str], int]]()
    for n, name in ((some, "some"), (0, "all")):
        found = class_distances(cifar / "train", ["cat", "dog", "truck"], n, HASHES)
        records = list(classes_report.records(found))
        keep(output / f"classes-{name}.json", records)
        for one in only(records, "classes") if n else ():
            counted.setdefault(one["hash"].upper(), {})[one["a"], one["b"]] = one["as_published"]
        (output / f"classes-{name}.html").write_text(classes_report.written(found))
        areas = ", ".join(" ".join(each) for each in classes_report.areas(found))
        heading = f"{n or 'All'} pictures of each class ([figures](classes-{name}.html)). Area under the curve, same"
        rows = table(classes_report.HEADS, classes_report.rows(found))
        parts.append(f"{heading} against different class: {areas}.\n\n{rows}")
    pairs = ("cat", "cat"), ("dog", "dog"), ("dog", "truck")
    lists = {name: "{:,}, {:,} and {:,}".format(*(counts[pair] for pair in pairs)) for name, counts in counted.items()}
    return {"CLASSES": "\n\n".join(parts), **lists}


def trainings(cifar: Path, folder: Path, output: Path, more: Sequence[str]) -> Places:
    """The network, its variants, and the document's mistakes repeated."""
    words = ("lab", "classify", cifar, "-o", folder, "--json", *more)
    every = dedupe(*words, "--all", "--report", output / "classify.html")
    mistaken = [
        one for kind, seed in MISTAKEN for one in dedupe(*words, "--input", kind, "--seed", seed, "--as-published")
    ]
    steps = everything()[-1].steps  # those of the variants; in a folder of its own
    plain = dedupe("lab", "classify", cifar, "-o", folder / "short", "--json", *more, "--steps", steps)
    keep(output / "classify.json", [*every, *mistaken, *plain])
    missing = [each.name for each in everything() if each.name not in {one["name"] for one in every}]
    left = f"\n\nNot trained yet: {', '.join(missing)}." if missing else ""
    by = by_name([*every, *mistaken])
    kinds = "original", "original-as-published", "hash", "distorted"
    fair, wrong, hashed, distorted = (by.get(name, []) for name in kinds)
    return {
        "TRAININGS": table(TRAINING_HEADS, training_rows([*every, *mistaken])) + left,
        "FAIR": over_seeds(fair, "test_accuracy"),
        "DISTORTED": over_seeds(fair, "on_distorted"),
        "TRAINED_DISTORTED": over_seeds(distorted, "test_accuracy"),
        "VARIANTS": best_to_worst(every),
        "PLAIN": over_seeds(plain, "test_accuracy"),
        "FAIR_STEPS": over_seeds(fair, "steps_to_90", 1, 0),
        "MISTAKEN": over_seeds(wrong, "test_accuracy"),
        "MISTAKEN_DISTORTED": over_seeds(wrong, "on_distorted"),
        "HASH": over_seeds(hashed, "test_accuracy"),
        "HASH_STEPS": over_seeds(hashed, "steps_to_90", 1, 0),
        "SOONER": sooner(hashed, fair),
    }


def sooner(hashed: Sequence[Record], fair: Sequence[Record]) -> str:
    """Whether binarised pictures are learned in fewer steps."""
    steps = [[one["steps_to_90"] for one in each] for each in (hashed, fair)]
    if not all(each and None not in each for each in steps):
        return ""
    ours, plain = (sum(each) / len(each) for each in steps)
    return "Holds." if ours < plain else "Does not hold."


def best_to_worst(records: Iterable[Record]) -> str:
    """The variants that were trained for the fewer steps, by test accuracy."""
    short = [one for one in records if one["plan"]["variant"] != "original" and not one["plan"]["epochs"]]
    short.sort(key=lambda one: -one["test_accuracy"])
    return ", ".join(f"{one['plan']['variant']} {100 * one['test_accuracy']:.1f}" for one in short)


def survivals(cifar: Path, folder: Path, output: Path, more: Sequence[str]) -> Places:
    found = dedupe("lab", "inputs", cifar, "-o", folder, "--report", output / "inputs.html", "--json", *more)
    keep(output / "inputs.json", found)
    made = Survival(only(found, "accuracy"), only(found, "duplicates"))
    rows = list(survival_rows(made))
    means = [
        f"{mean} % fed `{kind}`" for kind, mean in zip(SURVIVAL_HEADS[1:], rows[-1][1:], strict=True) if mean != "-"
    ]
    lost = [
        f"{float(whole.split()[0]) - float(mean.split()[0]):.1f} points fed `{kind}`"
        for kind, whole, mean in zip(SURVIVAL_HEADS[1:], rows[0][1:], rows[-1][1:], strict=True)
        if "-" not in (whole, mean)
    ]
    return {
        "LOST": ", ".join(lost),
        "SURVIVAL": table(SURVIVAL_HEADS, rows),
        "DUPLICATES": table(DUPLICATES, duplicates(made)),
        "SURVIVED": ", ".join(means),
    }


def leaks(cifar: Path, output: Path) -> str:
    """The counts of a leak check; its groups name pictures and are left out."""
    (found,) = only(dedupe("leak", cifar / "train", cifar / "test", "--json"), "summary")
    keep(output / "leak.json", [found])
    labels = ", ".join(f"{count} {name}" for name, count in found["labels"].items())
    return (
        f"{found['leaked']} of {found['test']:,} test pictures are near-duplicates of one of {found['train']:,} training "
        f"pictures ({labels}); {found['cross_label']} of them of one with another label."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cifar", type=Path)
    parser.add_argument("--trainings", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=ROOT / "examples" / "results" / "lab")
    parser.add_argument("--photo", type=Path, default=PHOTO)
    parser.add_argument("--so-far", action="store_true", help="only the trainings that are finished")
    parser.add_argument("--smoke", action="store_true", help="a few steps, to see that all of it works")
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    more = [f"--{name}" for name in ("smoke", "so-far") if getattr(given, name.replace("-", "_"))]
    tables = {
        "IMAGES": image_table(given.cifar),
        **sheet(given.photo, given.output),
        **class_tables(given.cifar, given.output, 10 if given.smoke else 100),
        **trainings(given.cifar, given.trainings, given.output, more),
        "LEAKS": leaks(given.cifar, given.output),
        **survivals(given.cifar, given.trainings, given.output, more),
    }
    text = PAGE.read_text()
    for name, made in tables.items():
        text = text.replace(f"{{{name}}}", made)
    (given.output / "README.md").write_text(text)


if __name__ == "__main__":
    main()
