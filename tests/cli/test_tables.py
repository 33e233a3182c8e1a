"""Results as Arrow tables and Parquet: the rows of the CSV with types."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

import dedupe as package
from dedupe.errors import UsageError
from dedupe.report import LEAKS, PLANS
from dedupe.results import read

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def album(tmp_path: Path, photos: list[Path]) -> Path:
    """Two classes with two photos twice, one of them under another label, one photo alone, and a broken file."""
    for name, number in {"cat/a.jpg": 0, "cat/b.jpg": 0, "cat/c.jpg": 1, "dog/d.jpg": 1, "dog/e.jpg": 2}.items():
        (tmp_path / "album" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(photos[number], tmp_path / "album" / name)
    (tmp_path / "album" / "dog" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    return tmp_path / "album"


def roles(table) -> dict[str, str | None]:
    return {Path(row["path"]).name: row["role"] for row in table.to_pylist()}


def test_a_scan_has_the_rows_of_its_csv_with_types(dedupe, album, tmp_path):
    ran = dedupe("scan", album, "-o", tmp_path / "result.parquet")
    assert ran.code == 0 and "2 groups" in ran.out, ran.err
    table = parquet.read_table(tmp_path / "result.parquet")
    rows = list(csv.DictReader(io.StringIO(dedupe("scan", album, "--format", "csv").out, newline="")))
    known = [name for name in rows[0] if name in table.column_names]
    assert {"group", "role", "path", "distance:pdq", "digest", "why", "bytes", "reason"} <= set(known) == set(rows[0])
    plain = [{name: "" if row[name] is None else str(row[name]) for name in known} for row in table.to_pylist()]
    whole = [{**row, "distance:pdq": row["distance:pdq"].removesuffix(".0")} for row in plain]
    assert whole == rows and len(rows) == 6
    types = {name: str(table.schema.field(name).type) for name in ("group", "distance:pdq", "path", "box")}
    assert types == {"group": "int64", "distance:pdq": "double", "path": "string", "box": "list<element: double>"}
    about = {name: json.loads(text) for name, text in table.schema.metadata.items()}
    assert about[b"dedupe.header"]["command"] == "scan" and about[b"dedupe.summary"]["files"] == 5


def test_python_gives_what_the_file_has_and_tables_of_runs_fit_together(dedupe, album, tmp_path):
    result = package.scan(album, descriptor="pdq", judge=False)
    result.to_json(tmp_path / "result.jsonl")
    dedupe("scan", album, "-d", "pdq", "-o", tmp_path / "result.parquet")
    table = result.to_arrow()
    assert table.replace_schema_metadata() == parquet.read_table(tmp_path / "result.parquet").replace_schema_metadata()
    none = package.scan(album / "dog" / "e.jpg", descriptor="pdq", judge=False).to_arrow()
    assert pa.concat_tables([table, none]).num_rows == 7
    again = read(tmp_path / "result.jsonl").to_arrow()
    assert sorted(set(roles(table).items()) - set(roles(again).items())) == [("e.jpg", "unique")]


def test_a_leak_check_has_labels(dedupe, album, tmp_path):
    for words in ([album], [album / "cat", album / "dog"]):
        ran = dedupe("leak", *words, "-o", tmp_path / "leak.parquet", "--no-judge")
        assert ran.code == 0, ran.err
        table = parquet.read_table(tmp_path / "leak.parquet")
        found = roles(table)
        assert found["e.jpg"] == "unique" and found["broken.jpg"] is None
        assert {found["c.jpg"], found["d.jpg"]} == {"keep", "duplicate"}
        assert len(words) == 2 or len(found) == table.num_rows == 6, "a row a file"
    one_set = package.leak(album, judge=False).to_arrow().to_pylist()
    assert {row["label"] for row in one_set if row["group"]} == {"cat", "dog"}
    assert [row["other_label"] for row in one_set if row["role"] == "duplicate"].count(True) == 1


def test_what_is_no_duplicate_can_be_had_too(dedupe, album, tmp_path):
    assert dedupe("scan", album, "--unique", "-o", tmp_path / "unique.parquet").code == 0
    assert list(roles(parquet.read_table(tmp_path / "unique.parquet")).values()) == ["unique"] * 3 + [None]


def test_other_results_have_the_columns_of_their_csv(photos):
    compared = package.compare(photos[0], photos[1], descriptor=["phash", "ae256-linear"]).to_arrow()
    assert (
        str(compared.schema.field("distance").type) == "double" and str(compared.schema.field("match").type) == "bool"
    )
    found = package.find(photos[0], photos[1:3], descriptor="phash", nearest=2).to_arrow()
    assert str(found.schema.field("distance:phash").type) == "double" and found.num_rows == 2


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_paths_that_are_no_text_carry_their_bytes(tmp_path, photos):
    for name in (b"\xff.jpg", b"\xfe.jpg"):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(photos[0].read_bytes())
    rows = package.scan(tmp_path, descriptor="phash", judge=False).to_arrow().to_pylist()
    assert all(row["path_b64"] and "\ufffd.jpg" in row["path"] for row in rows) and len(rows) == 2


def test_it_goes_into_a_pipe_and_onto_no_terminal(dedupe, album):
    out = os.fsencode(dedupe("scan", album, "--format", "parquet").out)
    assert parquet.read_table(pa.BufferReader(out)).num_rows == 6
    with pytest.raises(UsageError, match=r"give -o FILE\.parquet"):
        PLANS.writer("parquet")(None, io.StringIO())


def test_it_takes_the_place_of_its_own_and_of_nobody_elses(dedupe, album, tmp_path):
    place = tmp_path / "data.parquet"
    for _ in range(2):
        assert dedupe("scan", album, "-o", place).code == 0
    parquet.write_table(pa.table({"path": ["a.jpg"]}), place)
    ran = dedupe("scan", album, "-o", place)
    assert ran.code == 4 and "is not a text file, and it was left alone" in ran.err
    assert parquet.read_table(place).num_rows == 1


def test_without_pyarrow_a_sentence_says_what_to_install_before_the_work(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for forms in (PLANS, LEAKS):
        with pytest.raises(UsageError, match=r"pip install '\.\[tables\]'"):
            forms.writer("parquet")
    with pytest.raises(UsageError, match="need pyarrow"):
        package.scan([], judge=False).to_arrow()
