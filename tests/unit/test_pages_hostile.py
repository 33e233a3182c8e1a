"""Names from files, plugins and data sets on every page: shown, never obeyed."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dedupe_lab import classes_report, robustness_report
from dedupe_lab.classes import Between, ClassDistances
from dedupe_lab.classify import page as classify_page
from dedupe_lab.classify import survival_report
from dedupe_lab.classify.checkpoint import measured
from dedupe_lab.classify.survival import Survival
from dedupe_lab.robustness import Version

from dedupe.model import Failure, Manifest, Trained
from dedupe.model.leaks import Leaked, LeakGroup, Leaks, LeakSummary
from dedupe.model.results import File, Group, Header, Member, Scan, Summary
from dedupe.report import evaluation_page, groups_page, training_page
from html_pages import checked, page_of
from made_evaluations import evaluation

MARKUP = """</script></style><script>alert(1)</script><img src=x onerror="y" style='z'>&lt;{{ 7*7 }}{% raw %}\x1b]0;t\x07\u202e"""
PATH = os.fsencode(MARKUP.replace("/", "_")) + b"\xff"
HEADER = Header("leak", (MARKUP,), {MARKUP: 3.0}, 0.1, (MARKUP,), (MARKUP,))
FAILURE = Failure(PATH, "decode", "unrecognised", MARKUP)


def evaluated() -> str:
    found = evaluation((MARKUP, "pdq"), photos=20, distortions=2)
    results = [replace(one, distortion=MARKUP) if one.distortion == "d0" else one for one in found.results]
    named = {"distortions": (MARKUP, "d1"), "turns": MARKUP, "header": HEADER, "failures": [FAILURE]}
    return streamed(evaluation_page.write, replace(found, results=results, **named))


def leaked() -> str:
    file = File(PATH, 1, 2, 3, MARKUP, "blake3:0")
    group = LeakGroup(file, MARKUP, (Leaked(file, MARKUP + "other", {MARKUP: 2.0}, MARKUP, MARKUP),))
    counts = {MARKUP: 1}
    made = LeakSummary(1, 1, 1, 1, 1, 1, 1, 1, counts, counts, counts, {MARKUP: 0.1})
    return streamed(groups_page.write_leaks, Leaks(HEADER, [group], [FAILURE], made))


def scanned() -> str:
    file = File(PATH, 1, 2, 3, MARKUP, "blake3:0", links=(PATH,))
    group = Group(file, (Member(file, {MARKUP: 2.0}, MARKUP, MARKUP, MARKUP),), MARKUP)
    counts = {MARKUP: 1}
    made = Summary(1, 1, 1, 1, 1, 1, counts, counts, {MARKUP: 0.1})
    return streamed(groups_page.write_scan, Scan(replace(HEADER, roots=(PATH,)), [group], [FAILURE], made))


def trained() -> str:
    curves = {"title": MARKUP, "x": MARKUP, "y": MARKUP, "lines": {MARKUP: [0.1, 0.5, 1.0]}, "marks": [2]}
    manifest = Manifest(MARKUP, MARKUP, MARKUP, MARKUP, 9, 9, {"curves": curves, MARKUP: MARKUP})
    one = Trained(Path(os.fsdecode(PATH)), manifest, {"name": MARKUP, "created": MARKUP}, [], 0)
    return streamed(lambda result, stream: training_page.write_pages(MARKUP, [result, result], stream), one)


def streamed(write: Callable[..., None], result: object) -> str:
    stream = io.StringIO()
    write(result, stream)
    return stream.getvalue()


def classes() -> str:
    counts = np.array([1, 2, 3, 4, 5])
    pairs = [(MARKUP, MARKUP), ("dog", "dog"), ("dog", MARKUP)]
    between = [Between(MARKUP, a, b, counts, counts[:3], 1) for a, b in pairs]
    return page_of(classes_report.output(ClassDistances(between, {MARKUP: 3, "dog": 3}, [FAILURE])))


def robustness() -> str:
    one = Version(MARKUP, np.zeros((4, 4, 3), np.uint8), {MARKUP: "00"}, {MARKUP: 0}, {MARKUP: 0})
    return page_of(robustness_report.output([one, one]))


def trainings(folder: Path) -> str:
    name = f"{MARKUP.replace('/', '_')}-seed0"
    figures = ("train_accuracy", "steps_to_90", "cross_entropy", "loss", "test_accuracy", "on_distorted", "seconds")
    shape = {"input": "original", "activation": "relu", "loss": "softmax", "filter": 5, "deeper": False}
    one = {
        "name": name,
        "data": "d",
        "seed": 0,
        "steps": 9,
        "published": {},
        "plan": shape,
        **dict.fromkeys(figures, 0.5),
    }
    metrics = folder / name / "d" / "metrics.jsonl"
    metrics.parent.mkdir(parents=True)
    metrics.write_text('{"step": 100, "loss": 0.7, "accuracy": 0.5}\n')
    assert measured(metrics)
    return page_of(classify_page.output([one], folder))


def survived() -> str:
    one = {
        "type": "accuracy",
        "input": "hash",
        "seed": 0,
        "distortion": MARKUP,
        "n": 4,
        "accuracy": 0.5,
        "changed": 1.0,
    }
    return page_of(survival_report.output(Survival([one], [])))


PAGES = {
    "evaluation": lambda _: evaluated(),
    "leaks": lambda _: leaked(),
    "scan": lambda _: scanned(),
    "training": lambda _: trained(),
    "classes": lambda _: classes(),
    "robustness": lambda _: robustness(),
    "classify": trainings,
    "survival": lambda _: survived(),
}


WITH_SCRIPT = ("leaks", "scan")


@pytest.mark.parametrize("name", PAGES)
def test_markup_in_names_is_text(name: str, tmp_path: Path) -> None:
    text = PAGES[name](tmp_path)
    page = checked(text)
    body = text.partition("<body>")[2].partition('<script type="application/json"')[0]
    assert "alert(1)" in body, "the name is shown"
    assert "&lt;wbr" not in body, "what is put in to break lines is markup"
    assert not {tag for tag, _, _ in page.tags} & {"x", "iframe"} and text.count("</style>") == 1
    assert text.count("<script") == 1 + (name in WITH_SCRIPT)
    assert all(each["src"].startswith("data:image/png;") for each in page.named("img"))
    assert "{{ 7*7 }}" in body, "and no template is run in it"
    assert all(char.isprintable() or char == "\n" for char in text), "what is not printable is shown as an escape"
    assert "alert(1)" in str(page.data)


def test_one_result_gives_one_page() -> None:
    assert classes() == classes()
