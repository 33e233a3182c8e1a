"""The checks for authors of reports find the promise that is broken, and a plugin's report is a format like any other."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from dedupe.testing import report_checks, reports

SECONDS = 9.0
"""Importing this module takes what pytest takes."""

LOOSE = """
from dedupe import hookimpl

class Markdown:
    name, version, suffixes, commands = "markdown", "1", (".md",), ("scan",)

    def __init__(self, bullet: str = "*"):
        self.bullet = bullet

    def write(self, result, stream):
        if self.bullet == "broken":
            raise KeyError("lost")
        for group in result.groups:
            stream.write(f"{self.bullet} {group.kept.path!r}\\n")
            stream.writelines(f"  {self.bullet} {each.file.path!r}\\n" for each in group.members)

@hookimpl
def dedupe_reports():
    return [Markdown]
"""


class Lines:
    """Every kept file, with its duplicates behind it."""

    name, version, suffixes, commands = "lines", "1", (".lines",), ("scan", "describe")

    def __init__(self, end: str = ";") -> None:
        self.end = end

    def write(self, result, stream):
        stream.write(f"{result.summary}{self.end}\n")


class BadContract(Lines):
    commands = "scan"


class BadKey(Lines):
    def __init__(self, end: str = ";") -> None:
        self.end = ";"


class BadWrites(Lines):
    """Takes the first group where there is none."""

    def write(self, result, stream):
        super().write(result, stream)
        if hasattr(result, "groups"):
            next(iter(result.groups))


class BadDeterministic(Lines):
    count = itertools.count()

    def write(self, result, stream):
        super().write(result, stream)
        stream.write(f"{next(self.count)}")


class BadSaysSomething(Lines):
    def write(self, result, stream):
        stream.write("done")


@pytest.mark.parametrize(
    ("kind", "checks"),
    [
        (Lines, []),
        (BadKey, ["key"]),
        (BadContract, ["contract", "writes", "says-something", "deterministic"]),
        (BadWrites, ["writes", "says-something", "deterministic"]),
        (BadSaysSomething, ["says-something"]),
        (BadDeterministic, ["deterministic"]),
    ],
)
def test_a_broken_promise_of_a_report_is_found(kind: type, checks: list[str]) -> None:
    failed = []
    for name, function in reports.CHECKS.items():
        try:
            if name != "import-time":
                function(reports.ReportUnderTest(kind))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            failed.append(name)
    assert failed == checks


test_report = report_checks(Lines, import_seconds=SECONDS)


@pytest.fixture
def album(tmp_path: Path, photos: list[Path]) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for photo in photos[:2]:
        shutil.copy(photo, folder)
    shutil.copy(photos[0], folder / "copy.jpg")
    (tmp_path / "loose_markdown.py").write_text(LOOSE)
    return folder


def test_a_report_of_a_plugin_is_a_format(dedupe, album, tmp_path):
    plugin = tmp_path / "loose_markdown.py"
    ran = dedupe("scan", album, "--plugin", plugin, "--format", "markdown:bullet=-")
    assert ran.code == 0 and ran.out.startswith("- b'") and "\n  - b'" in ran.out
    assert dedupe("scan", album, "--plugin", plugin, "-o", tmp_path / "found.md").code == 0
    assert (tmp_path / "found.md").read_text().startswith("* b'")
    ran = dedupe("describe", album, "--plugin", plugin, "--format", "markdown")
    assert ran.code == 2 and "it writes results of scan, not of describe" in ran.err
    ran = dedupe("scan", album, "--plugin", plugin, "-o", tmp_path / "found.pdf")
    assert ran.code == 2 and "the suffix names no format" in ran.err


def test_a_report_that_raises_costs_no_file(dedupe, album, tmp_path):
    (tmp_path / "found.md").write_text("old")
    plugin = tmp_path / "loose_markdown.py"
    ran = dedupe("scan", album, "--plugin", plugin, "--format", "markdown:bullet=broken", "-o", tmp_path / "found.md")
    assert ran.code == 3 and "The report markdown raised KeyError: 'lost'" in ran.err
    assert (tmp_path / "found.md").read_text() == "old"
