"""Pictures in the rows of tables are found, judged and labelled as those in folders are."""

from __future__ import annotations

import io
import json
import os
from importlib import import_module

import pytest

import dedupe
from archives import arrow, feather, in_folder, parquet, pictures
from pictures import encoded, photo

pa = pytest.importorskip("pyarrow", reason="the extra [tables] is not installed")

HASH = {"descriptor": "pdq", "cache": "none", "workers": 1}
WRITERS = {"parquet": parquet, "feather": feather, "arrow": arrow}


def table(held: dict[str, bytes], form: str) -> pa.Table:
    """The pictures as bytes, or as Hugging Face writes them, with what its labels mean."""
    data, labels = [*held.values()], [i % 2 for i in range(len(held))]
    if form == "bytes":
        return pa.table({"id": labels, "jpg": pa.array(data, pa.large_binary())})
    structs = [{"bytes": each, "path": name} for name, each in held.items()]
    names = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}
    about = {b"huggingface": json.dumps({"info": {"features": names}}).encode()}
    return pa.table({"thumb": data, "image": structs, "label": labels}).replace_schema_metadata(about)


def seen(result) -> list:
    """What a scan found, by contents alone: rows have no names."""
    groups = [
        (group.kept.digest, group.kept.size, {(m.file.digest, m.distance["pdq"], m.kind) for m in group.members})
        for group in result.groups
    ]
    return sorted(groups, key=lambda one: one[0])


@pytest.mark.parametrize("form", ["bytes", "huggingface"])
@pytest.mark.parametrize("kind", WRITERS)
def test_a_table_gives_what_a_folder_gives(kind, form, tmp_path):
    held = {name: data for name, data in pictures().items() if name != "c/notes.txt"}
    folder = dedupe.scan(in_folder(held, tmp_path / "folder"), **HASH)
    path = WRITERS[kind](table(held, form), tmp_path / f"t.{kind}")
    found = dedupe.scan(path, **HASH)
    assert seen(found) == seen(folder) != []
    assert [one.reason for one in found.failures] == [one.reason for one in folder.failures] == ["truncated"]
    assert found.summary.files == folder.summary.files and found.summary.kinds == folder.summary.kinds
    labels = {one.file.within.label for group in found.groups for one in group.members}
    assert labels <= ({"cat", "dog"} if form == "huggingface" else {""})


def test_rows_have_their_numbers_and_are_read_in_any_order(tmp_path):
    held = {str(i): encoded(photo(100 + i, 80), "JPEG") for i in range(70)}
    path = parquet(table(held, "bytes"), tmp_path / "t.parquet", rows=50)
    source, data = import_module("dedupe_tables.source"), [*held.values()]
    with path.open("rb") as stream:
        read = source.Parquet().reader(stream)
        for row in (0, 69, 33, 34, 49, 50, 3, 3, 68):
            assert read(row, len(data[row])) == data[row]
    found = dedupe.compare(f"{path}::row 33", {"it": data[33]}, **HASH)
    assert found.judgement is not None and found.judgement.kind == "same-bytes"


def test_rows_without_a_picture_are_counted_and_paths_in_them_are_not_followed(tmp_path):
    secret = in_folder({"x.jpg": encoded(photo(100, 80), "JPEG")}, tmp_path / "elsewhere") / "x.jpg"
    rows = [
        {"bytes": encoded(photo(90, 80), "JPEG"), "path": str(secret)},
        {"bytes": None, "path": str(secret)},
        {"bytes": None, "path": "https://example.org/x.jpg"},
        None,
    ]
    result = dedupe.scan(parquet(pa.table({"image": rows}), tmp_path / "t.parquet"), **HASH)
    assert result.summary.files == 1 and result.summary.others == {"rows without a picture": 3}


def test_a_table_without_pictures_says_what_it_has(tmp_path):
    result = dedupe.scan(parquet(pa.table({"a": [1], "b": ["x"]}), tmp_path / "t.parquet"), **HASH)
    (failure,) = result.failures
    assert failure.reason == "no_pictures"
    assert failure.message == ("It has no column of pictures: none is bytes, or a struct with bytes. Columns: a, b.")


@pytest.mark.parametrize("kind", WRITERS)
def test_a_table_that_is_cut_off_is_said(kind, tmp_path):
    held = {str(i): encoded(photo(100 + i, 80), "JPEG") for i in range(8)}
    path = WRITERS[kind](table(held, "bytes"), tmp_path / f"t.{kind}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 5])
    result = dedupe.scan(path, **HASH)
    assert [one.reason for one in result.failures] == ["truncated"]
    assert result.summary.files == (4 if kind == "arrow" else 0), "a stream is whole up to the cut"


def test_without_pyarrow_one_sentence_names_the_extra(tmp_path, monkeypatch):
    path = parquet(table(pictures(), "bytes"), tmp_path / "t.parquet")
    monkeypatch.setattr(import_module("dedupe_tables.source"), "find_spec", lambda _: None)
    (failure,) = dedupe.scan(path, **HASH).failures
    assert failure.reason == "codec_missing" and failure.message.startswith("Parquet files need pyarrow: ")
    assert "[tables]" in failure.message


@pytest.mark.parametrize("splits", [False, True])
def test_a_data_set_that_hugging_face_saved_is_a_folder(splits, tmp_path):
    held = {str(i): encoded(photo(100 + i, 80), "JPEG") for i in range(4)}
    top = tmp_path / "saved"
    folders = [top / "train", top / "test"] if splits else [top]
    for folder in folders:
        folder.mkdir(parents=True)
        arrow(table(held, "huggingface"), folder / "data-00000-of-00001.arrow")
        arrow(table({"x": encoded(photo(60, 50), "JPEG")}, "bytes"), folder / "cache-0.arrow")
        files = [{"filename": "data-00000-of-00001.arrow"}, {"filename": "../outside.arrow"}]
        (folder / "state.json").write_text(json.dumps({"_data_files": files}))
    arrow(table({"x": encoded(photo(50, 60), "JPEG")}, "bytes"), top.parent / "outside.arrow")
    if splits:
        (top / "dataset_dict.json").write_text('{"splits": ["train", "test", "../.."]}')
    result = dedupe.scan(top, **HASH)
    assert (result.summary.files, result.summary.contents) == (4 * len(folders), 4) and not result.failures


@pytest.mark.parametrize("dictionary", [True, False])
def test_of_a_large_group_of_rows_some_are_read_at_a_time(dictionary, tmp_path):
    class Counted(io.FileIO):
        most = 0

        def read(self, size=-1):
            data = super().read(size)
            Counted.most = max(Counted.most, len(data))
            return data

    path, rows = tmp_path / "t.parquet", [os.urandom(100_000) for _ in range(400)]
    table = pa.table({"image": rows})
    import_module("pyarrow.parquet").write_table(
        table, path, compression="NONE", use_dictionary=dictionary, row_group_size=len(rows), write_batch_size=10
    )
    with Counted(path) as stream:
        read = import_module("dedupe_tables.source").Parquet().reader(stream)
        assert [read(at, len(rows[at])) for at in range(0, 400, 100)] == rows[::100]
    assert 0 < Counted.most <= 4 << 20  # a page of ten rows and more, and not 40 MB


def test_memory_does_not_grow_with_a_group_of_rows(tmp_path, dedupe):
    """All rows in one group of 200 MB, where a worker that read it whole would have a group and its rows."""
    part = encoded(photo(300, 200), "BMP")
    data = [part[:-4] + i.to_bytes(4, "little") for i in range(1100)]
    path = parquet(pa.table({"image": data}), tmp_path / "t.parquet", rows=len(data))
    code = (
        "import resource, sys; from importlib import import_module\n"
        "source = import_module('dedupe_tables.source').Parquet()\n"
        "stream = open(sys.argv[1], 'rb')\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert sum(1 for _ in source.entries(stream)) == 1100\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 120, os.fspath(path)
