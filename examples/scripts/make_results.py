"""The seed document's comparison, measured right: its descriptors under its fifteen distortions.

    python examples/scripts/make_results.py PHOTOS [--output examples/results] [--cache FILE] [--raw DIR]

Writes figures and numbers only, no picture: comparison.json, .csv and .html (all descriptors under the fifteen),
forms.json, .csv and .html (a byte a value, and autoencoders by the Euclidean distance, beside the plain ones), hard.json,
.csv and .html (some of them under the harder battery), eigenvalues.html and autoencoders.html (how what ships was trained),
and README.md with the tables beside those that the seed document printed. Everything it says of these tables is worked out
of them. What has been described is cached, so an interrupted run goes on; raw distances are kept in DIR, and taken from
there where they are, so that tables and pages can be made again. `--note` adds a sentence to README.md.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dedupe_cnn.artefacts import MODELS
from dedupe_cnn.pca import LOOKED_AT

from dedupe.calibrate import find_shipped
from dedupe.console import progress
from dedupe.describe.choose import Budget
from dedupe.describe.gather import load_plugins
from dedupe.evaluate import evaluate, evaluate_saved
from dedupe.evaluate.raw import load
from dedupe.model import Evaluation, Manifest, Measured, Result, Run, Trained
from dedupe.report import RESULTS
from dedupe.report.evaluation_page import write as write_page
from dedupe.report.evaluation_table import number_text, percent
from dedupe.report.training_page import write_page as write_training
from dedupe.report.training_page import write_pages as write_trainings
from seed_document import PUBLISHED_SHARES, PUBLISHED_T, WHY

RAW = "cnn:pooling=average,metric=l2"
ROTATION = "pca1280"
"""The full rotation, which a loose plugin beside this script has."""

PCA = ("pca512", "pca256", "pca128", "pca64", "pca32")
L2 = tuple(f"{name}:metric=l2" for name in PCA)
BYTES = tuple(f"{name}:dtype=int8" for name in PCA)
AUTOENCODERS = ("ae256-linear", "ae256-sigmoid", "ae256-relu")
CODES_L2 = tuple(f"{name}:metric=l2" for name in AUTOENCODERS)
HASHES = ("dct", "radial", "bmb", "mh", "ahash", "phash", "dhash", "pdq")
FORMS = (*BYTES, *CODES_L2)
WANTED = ("cnn", RAW, ROTATION, *PCA, f"{ROTATION}:metric=l2", *L2, *AUTOENCODERS, *HASHES)
HARD = ("cnn", "pca256", "ae256-relu", "pdq", "phash", "dhash", "mh")
TOGETHER = ("pca256", "pdq")
RATE = "1e-5"
USED = ("cnn", "pca256", "ae256-linear", "pdq", "phash", "dhash")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[1] / "results")
    parser.add_argument("--cache")
    parser.add_argument("--raw", type=Path)
    parser.add_argument("--note", action="append", default=[])
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        raw = asked.raw or Path(folder)
        raw.mkdir(parents=True, exist_ok=True)
        make(asked.photos, asked.output, raw, asked.cache, asked.note)


def make(photos: Path, output: Path, raw: Path, cache: str | None, notes: Sequence[str]) -> None:
    """Everything in the output folder."""
    plugin = Path(__file__).with_name("full_rotation.py")
    there = load_plugins(Run(plugin=(plugin,))).descriptors

    def measured(name: str, descriptors: Sequence[str], union: bool = False, **options: Any) -> Evaluation:
        saved = raw / f"{name}.npz"
        chosen = [each for each in descriptors if each.split(":")[0] in there]
        with progress() as tell:
            if saved.exists():
                return evaluate_saved(saved, union=union, progress=tell)
            options |= {"cache": cache, "plugin": [plugin], "save": saved, "progress": tell}
            return evaluate([photos], descriptor=chosen, union=union, **options)

    main_run = measured("comparison", WANTED)
    forms = measured("forms", [each for name in FORMS for each in (name.split(":")[0], name)])
    written(main_run, output, "comparison")
    written(forms, output, "forms")
    written(measured("hard", HARD, distortions="hard"), output, "hard")
    together = {turns: measured(f"together-{turns}", TOGETHER, True, turns=turns) for turns in ("none", "flips")}
    trained_pages(output)
    missing = [name for name in (*WANTED, *FORMS) if name.split(":")[0] not in there]
    notes = [*notes, *(f"{name} is not installed and left out." for name in missing)]
    text = readme(main_run, forms, together, at_shipped_distances(raw / "comparison.npz"), notes)
    (output / "README.md").write_text(text, encoding="utf-8")


def written(result: Evaluation, folder: Path, name: str) -> None:
    """A result as JSON lines, CSV and a page, which do not say whose folders it was made of."""
    result = replace(result, header=replace(result.header, time="", roots=(), options={}))
    for form, suffix in (("json", "json"), ("csv", "csv")):
        with open(folder / f"{name}.{suffix}", "w", encoding="utf-8", newline="") as stream:
            RESULTS.writer(form)(result, stream)
    with open(folder / f"{name}.html", "w", encoding="utf-8", newline="") as stream:
        write_page(result, stream)


def trained_pages(folder: Path) -> None:
    """The curves of what ships: cumulative eigenvalues, and the autoencoders' losses."""
    with open(folder / "eigenvalues.html", "w", encoding="utf-8", newline="") as stream:
        write_training(as_shipped("pca512", marks=LOOKED_AT), stream)
    with open(folder / "autoencoders.html", "w", encoding="utf-8", newline="") as stream:
        write_trainings("The autoencoders' training", [as_shipped(name) for name in AUTOENCODERS], stream)


def as_shipped(name: str, **more: object) -> Trained:
    """A head that ships, as its manifest has it; `more` is put beside its curves."""
    written = json.loads((MODELS / f"{name}.json").read_text("utf-8"))
    written["details"]["curves"] |= more
    facts = ("name", "descriptor", "trainer", "base", "pictures", "dimensions", "details")
    return Trained(Path(f"{name}.onnx"), Manifest(**{fact: written[fact] for fact in facts}), written, (), 0)


def at_shipped_distances(path: Path) -> list[list[str]]:
    """For the descriptors in USED: calibrated distance and mean recall at a share of 1e-5 and at a scan's default."""
    raw, loaded = load(path), load_plugins()
    pairs = raw.photos * (raw.photos - 1) // 2
    rows = []
    for one in (each for each in raw.descriptors if each.label in USED):
        found = find_shipped(loaded.descriptor(one.label), one.key)
        if found is not None:
            near = [found.distance(share) for share in (1e-5, Budget().share(pairs))]
            cells = [
                cell for each in near for cell in (number_text(each), percent(float((one.similar <= each).mean())))
            ]
            rows.append([f"`{one.label}`", *cells])
    return rows


def readme(
    result: Evaluation,
    forms: Evaluation,
    together: dict[str, Evaluation],
    shipped: list[list[str]],
    notes: Sequence[str],
) -> str:
    """The tables as Markdown."""
    unions = [[turns, *(_mean_least(run, label) for label in (*TOGETHER, "union"))] for turns, run in together.items()]
    alone = dict.fromkeys(
        f"U{note[1:]}" for run in together.values() for note in run.header.notes if note.startswith("union")
    )
    sections = [
        "# The seed document's comparison, measured right",
        "`python examples/scripts/make_results.py PHOTOS` makes this folder. Figures: [comparison.html](comparison.html), "
        "[forms.html](forms.html), [hard.html](hard.html); all numbers are in the JSON and CSV files of these names. The "
        "cumulative eigenvalues of the components that ship are in [eigenvalues.html](eigenvalues.html), the losses of the "
        "autoencoders while they learned in [autoencoders.html](autoencoders.html).",
        f"{result.photos} photos, {len(result.distortions)} distortions, {result.negatives:,} pairs of different photos. "
        "Shares are in percent. T1 and T2 are the mean distance of two different originals less two and less one standard "
        f"deviation. Recall is at one threshold a descriptor that a share of {RATE} of the pairs of different photos is within.",
        *notes,
        "## What each is",
        table(
            [
                *("descriptor", "bytes", "ms", "T1", "T2", "document's T1 / T2"),
                *("mean above T1", "most", "mean recall", "least"),
            ],
            [
                _row(run, one)
                for run in (result, forms)
                for one in run.descriptors
                if run is result or one.label in FORMS
            ],
        ),
        *rotated(result),
        *a_byte_a_value(forms),
        "## Recall",
        _matrix(result, lambda one: percent(one.recall[RATE])),
        "## Above T1",
        _matrix(result, lambda one: percent(one.above_t1)),
        "## Above T2",
        _matrix(result, lambda one: percent(one.above_t2)),
        "## Two together",
        f"Mean recall over the distortions at a false positive rate of {RATE}, and the least with its distortion. The union "
        "shares the rate as a scan does, but that a part within which fewer than ten pairs are expected goes to the others.",
        table(["`--turns`", *TOGETHER, "union"], unions),
        *alone,
        "## At the distances that ship",
        "Above, the threshold was set on these photos, as the definition of the rate wants it. A scan takes calibrated "
        f"distances, which were measured on other photos: mean recall with `-t fpr={RATE}`, and with the default among "
        f"{result.photos} photos.",
        table(["descriptor", f"distance at {RATE}", "recall", "default distance", "recall"], shipped),
        "## The document's hashes beside ours",
        "Above T1 / above T2. The document's others are 0 (`bmb` at most 1, `radial` at most 8).",
        table(
            ["distortion", *(f"{n}, {who}" for n in PUBLISHED_SHARES for who in ("document", "ours"))], _beside(result)
        ),
        "## Why they differ",
        WHY,
    ]
    return "\n\n".join(sections) + "\n"


def rotated(result: Evaluation) -> list[str]:
    """What the full rotation changes, if it is there: it is to change nothing."""
    cnn, full = _recalls(result, "cnn"), _recalls(result, ROTATION)
    if not cnn or set(cnn) != set(full):
        return []
    most = max(abs(cnn[name] - full[name]) for name in cnn)
    return [
        f"`{ROTATION}` is the full rotation: all principal components of `cnn`, none left out, which keeps every distance but "
        f"for rounding. {f'Their recalls differ by at most {_points(most)} points.' if most else 'Their recalls are the same.'}"
    ]


def a_byte_a_value(forms: Evaluation) -> list[str]:
    """What it costs to keep a value as a byte."""
    pairs = [(_recalls(forms, name.split(":")[0]), _recalls(forms, name)) for name in BYTES]
    pairs = [(plain, byte) for plain, byte in pairs if plain and set(plain) == set(byte)]
    if not pairs:
        return []
    means = [(sum(plain.values()) - sum(byte.values())) / len(plain) for plain, byte in pairs]
    one, where = max((plain[name] - byte[name], name) for plain, byte in pairs for name in plain)
    return [
        f"A byte a value (`dtype=int8`) costs the {len(pairs)} descriptors measured at most {_points(max(means))} points of "
        f"mean recall, and {_points(one)} under a single distortion ({where})."
    ]


def _points(share: float) -> str:
    return f"{max(0.0, 100 * share):.1f}"


def _recalls(result: Evaluation, label: str) -> dict[str, float]:
    """By distortion the recall of a descriptor, where it is known."""
    mine = (one for one in result.results if one.descriptor == label)
    return {one.distortion: recall for one in mine if (recall := one.recall[RATE]) is not None}


def _row(result: Evaluation, one: Measured) -> list[str]:
    mine = [each for each in result.results if each.descriptor == one.label]
    above = {each.distortion: each.above_t1 for each in mine if each.above_t1 is not None}
    recall = _recalls(result, one.label)
    document = PUBLISHED_T.get(one.label)
    most = max(above, key=above.__getitem__, default="")
    worst = "-" if not above else f"{percent(above[most])} ({most})" if above[most] else "0"
    return [
        f"`{one.label}`",
        f"{one.bytes:,}",
        "-" if one.milliseconds is None else f"{one.milliseconds:.2f}",
        number_text(one.t1),
        number_text(one.t2),
        "-" if document is None else f"{document[0]} / {document[1]}",
        f"{100 * sum(above.values()) / len(above):.2f}" if above else "-",
        worst,
        *(_mean_least(result, one.label).split(" / ") if recall else ("-", "-")),
    ]


def _mean_least(result: Evaluation, label: str) -> str:
    recall = _recalls(result, label)
    if not recall:
        return "-"
    least = min(recall, key=recall.__getitem__)
    return f"{percent(sum(recall.values()) / len(recall))} / {percent(recall[least])} ({least})"


def _matrix(result: Evaluation, value: Callable[[Result], str]) -> str:
    """Descriptors down, distortions across: there are more descriptors than a page is wide."""
    cells = {(one.descriptor, one.distortion): value(one) for one in result.results}
    rows = [[f"`{d.label}`", *(cells[d.label, name] for name in result.distortions)] for d in result.descriptors]
    return table(["descriptor", *result.distortions], rows)


def _beside(result: Evaluation) -> list[list[str]]:
    ours = {
        (one.descriptor, one.distortion): f"{percent(one.above_t1)} / {percent(one.above_t2)}" for one in result.results
    }
    return [
        [
            kind,
            *(
                cell
                for name, shares in PUBLISHED_SHARES.items()
                for cell in (shares[kind], ours.get((name, kind), "-"))
            ),
        ]
        for kind in PUBLISHED_SHARES["dct"]
    ]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
