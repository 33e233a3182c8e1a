"""The script that makes examples/results: all of it is made, and what it says follows from its tables."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from dedupe.model import Evaluation
from html_pages import checked
from made_evaluations import evaluation

SCRIPTS = Path(__file__).resolve().parents[2] / "examples" / "scripts"


@pytest.fixture
def script(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import make_results

    return make_results


@pytest.fixture
def few(tmp_path) -> Path:
    from dedupe.testing import photos

    (tmp_path / "photos").mkdir()
    for photo in sorted(photos())[::5][:22]:
        shutil.copy(photo, tmp_path / "photos")
    return tmp_path / "photos"


def test_the_comparison_is_one_command_and_can_be_made_again_without_the_photos(script, few, tmp_path, monkeypatch):
    for name, value in {
        "WANTED": ("dct", "dhash", "nothere"),
        "FORMS": ("dhash:bits=256",),
        "HARD": ("dhash",),
        "TOGETHER": ("dct", "dhash"),
    }.items():
        monkeypatch.setattr(script, name, value)
    words = ["make_results.py", str(few), "--raw", str(tmp_path / "raw"), "--output"]
    monkeypatch.setattr(sys, "argv", [*words, str(tmp_path / "out"), "--note", "A note."])
    script.main()
    written = {file.name: file.read_text() for file in (tmp_path / "out").iterdir()}
    assert set(written) == {
        *(f"{name}.{form}" for name in ("comparison", "forms", "hard") for form in ("json", "csv", "html")),
        *("README.md", "eigenvalues.html", "autoencoders.html"),
    }
    text = written["README.md"]
    assert "A note." in text and "nothere is not installed" in text and "| shear | 80 / 56 |" in text
    assert text.count("| `dhash` |") == 5 and text.count("| `dhash:bits=256` |") == 1
    assert not any(photo.name in each for photo in few.iterdir() for each in written.values())
    for name in written:
        if name.endswith(".html"):
            checked(written[name])
    shutil.rmtree(few)
    monkeypatch.setattr(sys, "argv", [*words, str(tmp_path / "again"), "--note", "A note."])
    script.main()
    assert {file.name: file.read_text() for file in (tmp_path / "again").iterdir()} == written


def test_the_pages_of_what_ships_have_their_marks_and_curves(script, tmp_path):
    script.trained_pages(tmp_path)
    (values,) = checked((tmp_path / "eigenvalues.html").read_text()).data
    assert list(values["details"]["curves"]["marks"]) == [250, 500] and values["pictures"] > 20_000
    page = checked((tmp_path / "autoencoders.html").read_text())
    assert [line["name"] for line in page.data] == list(script.AUTOENCODERS)
    assert sum(each.get("class", "").startswith("series") for each in page.named("path")) == 2 * 3


def with_recall(result: Evaluation, label: str, recall: dict[str, float]) -> Evaluation:
    """The evaluation with other recalls of a descriptor, 1 where none is given."""
    changed = [
        replace(one, recall={**one.recall, "1e-5": recall.get(one.distortion, 1.0)}) if one.descriptor == label else one
        for one in result.results
    ]
    return replace(result, results=changed)


def test_what_is_said_follows_from_the_tables(script):
    forms = evaluation(("pca512", "pca512:dtype=int8", "pca32", "pca32:dtype=int8"), distortions=4)
    for label in ("pca512", "pca512:dtype=int8", "pca32"):
        forms = with_recall(forms, label, {})
    (said,) = script.a_byte_a_value(with_recall(forms, "pca32:dtype=int8", {"d2": 0.9, "d3": 0.94}))
    assert "the 2 descriptors" in said and "at most 4.0 points of mean" in said and "10.0 under a single" in said
    assert said.endswith("(d2).") and script.a_byte_a_value(evaluation(("pdq",), distortions=2)) == []
    full = with_recall(with_recall(evaluation(("cnn", "pca1280"), distortions=3), "cnn", {}), "pca1280", {"d1": 0.975})
    assert "differ by at most 2.5 points" in script.rotated(full)[0] and script.rotated(forms) == []


def test_the_rotation_is_one(script, photos):
    """Its first 512 values are those of pca512 up to their signs, and no distance of cnn changes."""
    from dedupe_cnn.cnn import Cnn
    from dedupe_cnn.shipped import Pca512

    from dedupe.testing.pictures import images
    from full_rotation import Pca1280

    pictures = images([path.read_bytes() for path in photos[:12]], Pca1280.decode)
    full, kept, cnn = (each().describe(pictures).astype(np.float64) for each in (Pca1280, Pca512, Cnn))
    signs = np.sign((full[:, :512] * kept).sum(0))
    assert np.allclose(full[:, :512] * signs, kept, atol=1e-3)
    assert np.allclose(full @ full.T, cnn @ cnn.T, rtol=1e-5, atol=1e-4)


def test_the_committed_tables_are_those_of_the_committed_numbers(script):
    """A figure in the results' README that the JSON beside it does not have would be one that nobody measured."""
    folder = SCRIPTS.parent / "results"
    text = (folder / "README.md").read_text()
    lines = [json.loads(line) for line in (folder / "comparison.json").read_text().splitlines()]
    recall = text.partition("## Recall\n")[2].partition("## Above T1")[0]
    measured = [line for line in lines if line["type"] == "measured"]
    assert len(measured) > 10
    for one in measured:
        mine = [line["recall"]["1e-5"] for line in lines if line.get("descriptor") == one["descriptor"] and "n" in line]
        cells = " | ".join(script.percent(each) for each in mine)
        assert f"| `{one['descriptor']}` | {cells} |" in recall
