"""The pages that show figures: what is on them, that it can be read, and that they let nothing in."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from dedupe.console import rich_console
from dedupe.model import Evaluation, Manifest, Trained
from dedupe.model.records import lines
from dedupe.model.table_rows import by_rate
from dedupe.pages import COLOURS
from dedupe.report import evaluation_page
from dedupe.report.evaluation_roc import families
from dedupe.report.evaluation_table import write_evaluation
from dedupe.report.training import write_table
from dedupe.report.training_page import write_page, write_pages
from html_pages import Page, checked
from made_evaluations import MANY, evaluation


@pytest.fixture(scope="module")
def many() -> Evaluation:
    return evaluation(MANY)


def written(result: Evaluation) -> Page:
    stream = io.StringIO()
    evaluation_page.write(result, stream)
    return checked(stream.getvalue())


def test_every_distortion_has_both_histograms_of_every_descriptor_at_a_size_that_can_be_read(many):
    page = written(many)
    labels = [each["aria-label"] for each in page.named("svg") if "distorted copies" in each["aria-label"]]
    said = "distances of distorted copies and of different photos"
    assert labels == [f"{d}, {k}: {said}" for d in MANY for k in many.distortions]
    sizes = {each["viewbox"] for each in page.named("svg") if each["aria-label"] in labels}
    assert sizes == {"0 0 240 112"}
    tall = [re.findall(r"V([\d.]+)", each["d"]) for each in page.named("path") if each.get("class") in ("near", "far")]
    assert len(tall) == 2 * len(labels)
    for steps in tall:
        heights = [float(step) for step in steps]
        assert max(heights) - min(heights) > 70, "the highest bin fills the figure"


def test_the_lines_of_an_evaluation_have_both_histograms():
    found = evaluation(("pdq", "cnn"), photos=40, distortions=3)
    made = list(lines(found))
    measured = {line["descriptor"]: line for line in made if line["type"] == "measured"}
    for line in (line for line in made if line["type"] == "result"):
        one = measured[line["descriptor"]]
        assert len(one["edges"]) == len(one["dissimilar"]) + 1 == len(line["similar"]) + 1
        assert sum(one["dissimilar"]) == 40 * 39 // 2 and sum(line["similar"]) == line["n"] == 40
        widths = {round(b - a, 9) for a, b in pairwise(one["edges"])}
        assert one["edges"][0] == 0 and len(widths) == 1
        share = sum(n for n, low in zip(line["similar"], one["edges"], strict=False) if low > line["t1"]) / line["n"]
        assert share <= line["above_t1"], "bins beyond T1 hold no more than is said to lie there"
    assert not {"edges", "dissimilar", "similar"} & {name for line in made for name in by_rate(line)}


def test_few_descriptors_share_a_figure_and_many_are_told_apart_by_family(many):
    assert families(many.descriptors[:COLOURS]) == [("", list(many.descriptors[:COLOURS]))]
    found = families(many.descriptors)
    assert sorted(one.label for _, family in found for one in family) == sorted(MANY)
    assert max(len(family) for _, family in found) <= COLOURS
    assert [title for title, _ in found] == ["pca, cosine", "pca, l2", "ae, cosine", "hamming", "others"]
    wide = evaluation(tuple(f"pca{n}" for n in range(COLOURS * 2 + 3)), photos=20, distortions=2)
    assert [len(family) for _, family in families(wide.descriptors)] == [COLOURS, COLOURS, 3]


def test_every_curve_is_named_where_it_begins_and_no_name_lies_on_another(many):
    page = written(many)
    figures = [text for text in page.text.split("<figure>") if "recall against the false positive rate" in text]
    assert len(figures) == len(families(many.descriptors))
    named = []
    for figure in figures:
        found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="end n\d">([^<]*)</text>', figure)
        heights = sorted(float(y) for _, y, _ in found)
        assert all(b - a >= 13.9 for a, b in pairwise(heights)) and heights[0] > 0 and heights[-1] < 300
        assert all(float(x) > 6 * len(name) for x, _, name in found), "names begin inside the figure"
        assert figure.count('class="faded"') == len(MANY) - len(found)
        named += [name for _, _, name in found]
    assert sorted(named) == sorted(MANY)


def test_a_descriptor_that_finds_every_copy_has_its_curve(many):
    """Its recall is 1 from the first point on, and an axis from 1 to 1 has no length."""
    perfect = replace(many.descriptors[0], roc=[(1e-4, 1.0), (1.0, 1.0)])
    page = written(replace(many, descriptors=[perfect]))
    (curve,) = [each["d"] for each in page.named("path") if each.get("class") == "series c0"]
    heights = {float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", curve)}
    assert heights == {28.0}, "it lies on the figure's upper edge"


def trained(name: str, lines: dict[str, list[float]], **more: object) -> Trained:
    curves = {"title": "Curve of <it>", "x": "components", "y": "share", "lines": lines, **more}
    manifest = Manifest(name, "head", "pca@1", "features@1", 600, 8, {"curves": curves, "whiten": False})
    return Trained(Path(f"{name}.onnx"), manifest, {"name": name, "details": manifest.details}, [], 0)


def test_the_curves_of_a_training_fit_on_a_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    stream, rising = io.StringIO(), [i / 600 for i in range(1, 601)]
    write_table(trained("pca8", {"500 pictures": rising, "1,560 pictures": rising}), stream)
    rows = [line for line in stream.getvalue().splitlines() if "━" in line]
    assert len(rows) == 7 and all(row.split()[0].isdigit() for row in rows), "no bar goes on in a line of its own"


def test_the_page_of_a_training_allows_no_style_but_its_own():
    stream = io.StringIO()
    rising = [i / 600 for i in range(1, 601)]
    write_page(trained("pca8", {"500 pictures": rising, "600 pictures": rising[:400]}, marks=[250, 500]), stream)
    page = checked(stream.getvalue())
    assert page.data[0]["type"] == "trained" and page.data[0]["details"]["curves"]["marks"] == [250, 500]
    assert "Curve of &lt;it&gt;" in page.text
    texts = [words for words, _ in page.texts]
    assert "0.417 at 250" in texts and not any("at 500" in words for words in texts), "the last curve ends at 400"
    assert sum(each.get("class") == "mark" for each in page.named("path")) == 1


def test_several_trainings_on_one_page_have_one_scale():
    stream = io.StringIO()
    write_pages("All", [trained("a", {"loss": [1.0, 0.5]}), trained("b", {"loss": [0.5, 0.25]})], stream)
    page = checked(stream.getvalue())
    curves = [each["d"] for each in page.named("path") if each.get("class") == "series c0"]
    tops = [float(re.match(r"M[\d.]+ ([\d.]+)", each)[1]) for each in curves]
    axis = 276
    assert axis - tops[1] == pytest.approx((axis - tops[0]) / 2)
    assert [words for words, _ in page.texts].count("a") == 1 and len(page.data) == 2


def test_a_training_without_curves_has_its_facts():
    stream = io.StringIO()
    write_page(trained("mean", {}), stream)
    page = checked(stream.getvalue())
    assert not page.named("svg") and "mean.onnx" in [words for words, _ in page.texts]


def test_what_is_not_known_is_a_dash_or_empty_and_never_0():
    found = evaluation(("pdq", "radial"), distortions=2)
    none = dict.fromkeys(found.results[0].recall)
    no = {"t1": None, "t2": None, "interval": none}
    results = [
        replace(one, **no, above_t1=None, above_t2=None, auc=None, recall=none) if one.descriptor == "radial" else one
        for one in found.results
    ]
    pdq, radial = found.descriptors
    radial = replace(radial, **no, mean=None, deviation=None, threshold=none, roc=(), milliseconds=None)
    lost = replace(found, results=results, descriptors=[pdq, radial])
    stream = io.StringIO()
    evaluation_page.write(lost, stream)
    cells = re.findall(r"<tr[^>]*>(?:(?!</tr>).)*</tr>", stream.getvalue())
    of_radial = [row.split("<td")[-1] for row in cells if row.count("<td") == 2]
    assert of_radial == [">-</td></tr>"] * 8 and stream.getvalue().count("% above T1") == 2
    (row,) = [row for row in cells if "radial</th>" in row and "<td" in row]
    assert row.count("<td>-</td>") == 6 and "series c1" not in stream.getvalue()
    table = io.StringIO()
    write_evaluation(lost, rich_console(table))
    last = [
        line.split()[2] for line in table.getvalue().splitlines() if line.split()[:1] in (["d0"], ["mean"], ["worst"])
    ]
    assert last == ["-"] * 6
    flat = [by_rate(line) for line in lines(lost) if line.get("descriptor") == "radial"]
    names = ("t1", "above_t1", "auc", "mean", "milliseconds", "recall:1e-5", "threshold:1e-5", "interval:1e-5")
    assert {line[name] for line in flat for name in names if name in line} == {None}
