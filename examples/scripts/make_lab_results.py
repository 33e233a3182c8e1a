"""The second seed document's tables and figures, measured again on the CIFAR-10 pictures that it used.

    python examples/scripts/make_lab_results.py CIFAR --trainings DIR [--output examples/results/lab] [--photo PICTURE]

CIFAR is a folder with train and test, each with the folders cat, dog and truck. Trainings that DIR has no result of are
made: all of them take half a day on two cores, and go on where they were stopped. Writes numbers and figures, no picture
of CIFAR's; the robustness sheet is of a photo that ships here. README.md is written of the JSON files: what it says follows
from them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dedupe_lab import classes_report
from dedupe_lab.classify.plan import STEPS, everything
from dedupe_lab.classify.report import HEADS as TRAINING_HEADS
from dedupe_lab.classify.report import rows as training_rows
from dedupe_lab.classify.survival import Survival
from dedupe_lab.classify.survival_report import DUPLICATES, duplicates
from dedupe_lab.classify.survival_report import HEADS as SURVIVAL_HEADS
from dedupe_lab.classify.survival_report import rows as survival_rows

import lab_conclusions as conclude
from lab_conclusions import only
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
    """The JSON lines of a command."""
    return [json.loads(line) for line in ran(*words).splitlines()]


def ran(*words: object) -> str:
    """What a command prints, which is said on stderr first; it looks at no calibration of the user's own."""
    command = [sys.executable, "-m", "dedupe", *map(str, words)]
    print("dedupe", *words, file=sys.stderr)
    shipped = {**os.environ, "DEDUPE_DATA": os.devnull}
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True, env=shipped)
    if done.returncode not in (0, 1):
        sys.exit(done.returncode)
    return done.stdout


def records(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def keep(path: Path, records: Iterable[Record]) -> None:
    path.write_text("".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records))


def image_counts(cifar: Path, output: Path) -> None:
    """What `dedupe lab images` makes of the folders, counted by label and type."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "images.sqlite"
        dedupe("lab", "images", cifar, "--db", database, "-d", "phash")
        rows = dedupe("lab", "images", "--db", database, "--where", "1", "-n", 1_000_000, "--json")
    counts = Counter((row["LabelName"], row["Type"]) for row in rows)
    keep(
        output / "images.json",
        [
            {"type": "images", "LabelName": name, "Type": kind, "images": n}
            for (name, kind), n in sorted(counts.items())
        ],
    )


def sheet(photo: Path, output: Path) -> None:
    """Distances of a photo's hashes from those of its distorted versions and of another photo."""
    for form in ("json", "html"):
        ran("lab", "robustness", photo, "-o", output / f"robustness.{form}")


def class_distances(cifar: Path, output: Path, some: int) -> None:
    """Pairs below 10 bits among some pictures of each class and among all."""
    words = ("lab", "classes", cifar / "train", "--classes", "cat,dog,truck")
    for n, name in ((some, "some"), (0, "all")):
        for form in ("json", "html"):
            ran(*words, "-n", n, "-o", output / f"classes-{name}.{form}")


def trainings(cifar: Path, folder: Path, output: Path, more: Sequence[str]) -> None:
    """The network, its variants, and the document's mistakes repeated: these first, since the page of the others has them."""
    words = ("lab", "classify", cifar, "-o", folder, "--json", *more)
    mistaken = [
        one for kind, seed in MISTAKEN for one in dedupe(*words, "--input", kind, "--seed", seed, "--as-published")
    ]
    every = dedupe(*words, "--all", "--report", output / "classify.html")
    steps = everything()[-1].steps  # those of the variants; in a folder of its own
    plain = dedupe("lab", "classify", cifar, "-o", folder / "short", "--json", *more, "--steps", steps)
    keep(output / "classify.json", [*every, *mistaken, *plain])


def survivals(cifar: Path, folder: Path, output: Path, more: Sequence[str]) -> None:
    """Accuracies under distortions."""
    words = ("lab", "inputs", cifar, "-o", folder, "--report", output / "inputs.html", "--json", *more)
    keep(output / "inputs.json", dedupe(*words))


def leak_counts(cifar: Path, output: Path) -> None:
    """The counts of a leak check; its groups name pictures and are left out."""
    keep(output / "leak.json", only(dedupe("leak", cifar / "train", cifar / "test", "--json"), "summary"))


def written(output: Path) -> str:
    """README.md, of the JSON files in the folder."""
    read = {path.stem: records(path) for path in output.glob("*.json")}
    *every, plain = read["classify"]
    n = only(read["inputs"], "accuracy")[0]["n"]
    text = PAGE.read_text("utf-8")
    for name, made in {**tables(read, every), **conclusions(read, every, plain, n)}.items():
        text = text.replace(f"{{{name}}}", made)
    return text


def tables(read: Mapping[str, list[Record]], every: Sequence[Record]) -> Places:
    """The tables by the name of their place."""
    counts = [(one["LabelName"], one["Type"], f"{one['images']:,}") for one in read["images"]]
    made = Survival(only(read["inputs"], "accuracy"), only(read["inputs"], "duplicates"))
    missing = [each.name for each in everything() if each.name not in {one["name"] for one in every}]
    left = f"\n\nNot trained yet: {', '.join(missing)}." if missing else ""
    return {
        "IMAGES": table(("LabelName", "Type", "images"), counts),
        "SHEET": sheet_table(read["robustness"]),
        "CLASSES": "\n\n".join(class_table(read[f"classes-{name}"], name) for name in ("some", "all")),
        "TRAININGS": table(TRAINING_HEADS, list(training_rows(every))) + left,
        "SURVIVAL": table(SURVIVAL_HEADS, list(survival_rows(made))),
        "DUPLICATES": table(DUPLICATES, list(duplicates(made))),
    }


def sheet_table(found: Sequence[Record]) -> str:
    hashes = list(dict.fromkeys(one["hash"] for one in found))
    rows: dict[str, list[str]] = {}
    for one in found:
        rows.setdefault(one["version"], []).append(f"`{one['hex']}` {one['bits']} ({one['digits']})")
    return table(("version", *hashes), [(name, *cells) for name, cells in rows.items()])


def class_table(found: Sequence[Record], name: str) -> str:
    counts = set(only(found, "summary")[0]["pictures"].values())
    which = f"{', '.join(f'{n:,}' for n in sorted(counts))} pictures of each class ([figures](classes-{name}.html))"
    areas = ", ".join(" ".join(each) for each in classes_report.areas(found))
    rows = table(classes_report.HEADS, list(classes_report.rows(found)))
    return f"{which}. Area under the curve, same against different class: {areas}.\n\n{rows}"


def conclusions(read: Mapping[str, list[Record]], every: Sequence[Record], plain: Record, n: int) -> Places:
    """The sentences by the name of their place."""
    short = [each.steps for each in everything() if each.variant != "original" and not each.epochs]
    return {
        "SURVIVES": conclude.survives(read["robustness"]),
        "THREE_HASHES": conclude.three_hashes(read["classes-some"]),
        "ONE_CLASS": conclude.one_class([*read["classes-some"], *read["classes-all"]]),
        "REACHES": conclude.reaches(every, n),
        "DISTORTED": conclude.distorted(every, n),
        "BINARISED": conclude.binarised(every),
        "SOONER": conclude.sooner(every),
        "ROBUST": conclude.robust(read["inputs"]),
        "VARIED": conclude.variants(every, plain, n),
        "VARIANTS": conclude.best_to_worst(every),
        "SHORT": f"{short[0]:,}",
        "STEPS": f"{STEPS:,}",
        "PLAIN": f"{100 * plain['test_accuracy']:.1f}",
        "LEAKS": conclude.leaks(read["leak"][0]),
    }


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
    image_counts(given.cifar, given.output)
    sheet(given.photo, given.output)
    class_distances(given.cifar, given.output, 10 if given.smoke else 100)
    trainings(given.cifar, given.trainings, given.output, more)
    leak_counts(given.cifar, given.output)
    survivals(given.cifar, given.trainings, given.output, more)
    (given.output / "README.md").write_text(written(given.output), "utf-8")


if __name__ == "__main__":
    main()
