"""What plugins with commands get: an output in every form, tables that are never cut, options by a decorator."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import typer

from dedupe import Failure, UsageError
from dedupe.kit import FAILED, Output, OutputOptions, RunOptions, SelectOptions, Table, commands, result_to, shared
from html_pages import checked

HASH = "fbcb8160e43fb032"
RECORDS = (
    {"type": "summary", "pictures": {"a": 2}},
    {"type": "row", "name": "=a", "far": [1, 2], "by": {"pdq": 3}},
    {"type": "row", "name": "b", "more": None},
)
FAILURE = Failure(b"\xff.jpg", "decode", "truncated", "The file ends early.")
OUTPUT = Output(RECORDS, [Table(("name", "far"), [("=a", "1"), ("b\x1b", "2")])], ["2 rows"], [FAILURE], "Rows")


def written(capsys: pytest.CaptureFixture[str], out: OutputOptions, output: Output = OUTPUT) -> str:
    with result_to(out) as write:
        write(output)
    return capsys.readouterr().out


def test_records_are_lines_of_json_the_summary_last(capsys):
    lines = [json.loads(line) for line in written(capsys, OutputOptions(json=True)).splitlines()]
    assert [line["type"] for line in lines] == ["row", "row", "failure", "summary"] and lines[0] == RECORDS[1]
    assert lines[2]["path_b64"] == "/y5qcGc="


def test_records_are_rows_of_csv_in_the_order_of_their_names(capsys):
    text = written(capsys, OutputOptions("csv"))
    assert text.splitlines()[0] == "type,name,far,by:pdq,more,path,path_b64,stage,reason,message"
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["type"] for row in rows] == ["row", "row", "failure"] and rows[0]["far"] == "1|2"
    (first, *_) = csv.DictReader(io.StringIO(written(capsys, OutputOptions("csv", csv_safe=True))))
    assert rows[0]["name"] == "=a" and first["name"] == "'=a"
    with pytest.raises(UsageError, match="--csv-safe is for CSV"):
        written(capsys, OutputOptions("json", csv_safe=True))


def test_people_get_totals_tables_and_what_could_not_be_used(capsys):
    text = written(capsys, OutputOptions("table"))
    assert text.startswith("2 rows\n1 file could not be used (1 truncated); -v names it\n")
    assert "b\\x1b" in text and "\x1b" not in text


def test_a_page_has_the_same_and_the_records(capsys):
    page = checked(written(capsys, OutputOptions("html")))
    texts = [text for text, _ in page.texts]
    assert {"Rows", "2 rows", "=a", "b\\x1b", "\\xff.jpg", "The file ends early."} <= set(texts)
    assert len(page.named("table")) == 2 and [one["type"] for one in page.data] == ["summary", "row", "row", "failure"]


def test_a_file_gets_the_result_and_stdout_the_totals(capsys, tmp_path):
    for name in ("r.json", "r.csv", "r.txt", "r.html"):
        assert written(capsys, OutputOptions(file=tmp_path / name)).startswith("2 rows\n1 file could not be used")
        assert "truncated" in (tmp_path / name).read_text()
    with pytest.raises(UsageError, match="names no format"):
        written(capsys, OutputOptions(file=tmp_path / "r.png"))
    with pytest.raises(UsageError, match="contradict"):
        written(capsys, OutputOptions("csv", json=True))


def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int, table: Table) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    return written(capsys, OutputOptions("table"), Output((), [table])).splitlines()


@pytest.mark.parametrize("columns", [40, 80, 120, 300])
def test_hashes_figures_and_names_keep_their_width(capsys, monkeypatch, columns):
    heads = ["training", "hash", *(f"a long head {i}" for i in range(9))]
    row = ["original-4-layers-elu", HASH, *("0.000123 to 0.00456" for _ in range(9))]
    shown = lines(capsys, monkeypatch, columns, Table(heads, [row]))
    text = "\n".join(shown)
    assert "…" not in text and HASH in text and text.count("0.000123 to 0.00456") == 9
    assert all(row[0] in line for line in shown if "0.000123" in line)
    if columns >= 80:
        assert max(map(len, shown)) <= columns


def test_long_text_is_folded_and_whole(capsys, monkeypatch):
    address = "/pictures/" + "x" * 150 + ".png"
    table = Table(["ImageID", "ImageAddr", "phash"], [["1", address, HASH]], folded=["ImageAddr"])
    shown = lines(capsys, monkeypatch, 80, table)
    assert max(map(len, shown)) <= 80 and any(HASH in line for line in shown)
    assert address in "".join(line.replace(HASH, "").replace(" 1 ", "").strip() for line in shown)


def test_a_sheet_of_three_hashes_fits_80_columns(capsys, monkeypatch):
    rows = [(name, hash_, HASH, "64", "16") for name in ("original", "crystallise") for hash_ in ("ahash", "dhash")]
    table = Table(("version", "hash", "hex", "bits", "digits"), rows, left=("hash", "hex"), keys=2)
    shown = lines(capsys, monkeypatch, 80, table)
    assert max(map(len, shown)) <= 80 and sum(line.count(HASH) for line in shown) == 4 and "…" not in "".join(shown)


def test_the_options_that_a_verb_asks_for_come_by_one_decorator(capsys, tmp_path):
    seen = []

    @shared("Tell more.", json="the rows", html=True)
    def rows(count: int = 2, *, out: OutputOptions, select: SelectOptions, run: RunOptions) -> int:
        """Rows."""
        seen.append((count, out, select, run))
        return FAILED

    words = ["--format", "html", "-o", "r.html", "-j", "3", "--cache", "none", "--exclude", "*.png", "--min-size", "2k"]
    command = typer.main.get_command(commands(rows))
    assert command([*words, "--count", "5"], standalone_mode=False) == 0
    assert command(["--strict"], standalone_mode=False) == 1
    (count, out, select, run), _ = seen
    assert (count, out) == (5, OutputOptions("html", file=Path("r.html")))
    assert (run["workers"], run["cache"], select["exclude"], select["min_size"]) == (3, "none", ["*.png"], 2000)
    rows(7)
    assert seen[2][:2] == (7, OutputOptions()) and seen[2][3]["workers"] is None

    @shared()
    def nothing() -> int:
        """Nothing."""
        return 0

    with pytest.raises(Exception, match="No such option"):
        typer.main.get_command(commands(nothing))(["-v"], standalone_mode=False)
