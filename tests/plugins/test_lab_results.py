"""What examples/results/lab says follows from the numbers beside it, and from no others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def script(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(EXAMPLES / "scripts"))
    import make_lab_results

    return make_lab_results


@pytest.fixture
def folder(tmp_path) -> Path:
    return shutil.copytree(EXAMPLES / "results" / "lab", tmp_path / "lab")


def changed(folder: Path, name: str, change: Callable[[dict], None]) -> None:
    path = folder / f"{name}.json"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        change(line)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def said(text: str, document: str) -> str:
    """What stands beside a sentence of the document."""
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {document}")]
    return row.split(" | ")[1]


def test_the_committed_page_is_that_of_the_committed_numbers(script, folder):
    assert script.written(folder) == (folder / "README.md").read_text()


def test_other_numbers_say_something_else(script, folder):
    before = script.written(folder)
    changed(folder, "robustness", lambda one: one.update(bits=one["bits"] + 30 * (one["version"] == "swirl")))
    changed(folder, "classes-some", lambda one: one.update(as_published=7) if one["type"] == "classes" else None)
    changed(folder, "classes-some", lambda one: one.update(auc=0.987) if one["type"] == "roc" else None)
    after = script.written(folder)
    rows = ("A hash survives", "aHash, pHash and dHash", "Pictures of one class")
    assert [said(before, row).split()[0] for row in rows] == ["Holds:", "Does", "The"]
    assert said(after, rows[0]).startswith("Does not hold: at most 34 of 64 bits turn")
    assert said(after, rows[1]).startswith("Holds.") and "7, 7 and 7 for ahash" in said(after, rows[1])
    assert "0.52 to 0.99" in said(after, rows[2])


def swapped(one: dict) -> None:
    """Fed hashes, networks are better, faster and chance's no more; the deeper network gains nothing."""
    if one["plan"]["input"] == "hash":
        one |= {"test_accuracy": 0.9, "steps_to_90": 5_000}
    if one["plan"]["published"]:
        one |= {"test_accuracy": 0.7, "on_distorted": 0.69}
    if one["plan"]["variant"] == "4-layers":
        one["test_accuracy"] = 0.76
    if one["plan"]["variant"] == "elu":
        one["steps_to_90"] = 900


def test_conclusions_of_trainings_are_turned_around_by_their_numbers(script, folder):
    before = script.written(folder)
    changed(folder, "classify", swapped)
    after = script.written(folder)
    rows = {
        "Fed binarised pictures": ("worse than the 75.5", "90.0 \u00b1 0.0 %: better than the 75.5"),
        "Binarised pictures are": ("Holds: 1,467", "Does not hold: 5,000 \u00b1 0"),
        "The network reaches": ("2 of 3 such trainings cannot", "0 of 3 such trainings cannot"),
        "On distorted pictures": ("3 of 3 such trainings cannot", "0 of 3 such trainings cannot"),
        "ELU learns sooner": (
            "more is reached by 4-layers; less",
            "left to chance by one seed and 2,000 test pictures: less",
        ),
    }
    for document, (now, then) in rows.items():
        assert now in said(before, document) and then in said(after, document), document
    assert "no sooner" in said(before, "ELU") and "90 % sooner: after 900" in said(after, "ELU")
    assert "It looked better" in said(before, "Fed binarised") and "looked" not in said(after, "Fed binarised")


def test_the_verdict_on_robustness_is_turned_around(script, folder):
    def better(one: dict) -> None:
        if one["type"] == "accuracy" and one["input"] == "hash":
            one["accuracy"] = 0.95

    before = said(script.written(folder), "So a hash-like input")
    assert before.startswith("Not in accuracy.") and "`hash` on 14 of 17" in before and "(blur, noise" in before
    changed(folder, "inputs", better)
    after = said(script.written(folder), "So a hash-like input")
    assert after.startswith("Holds.") and "`hash` on 0 of 17" in after and "0.0 points fed `hash`" in after
