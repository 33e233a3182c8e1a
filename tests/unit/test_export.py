"""A data set is written without its duplicates, in the form that it has, and the sources stay as they are."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import zipfile
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest

import dedupe
from archives import add, arrow, feather, in_folder, parquet, pictures, tarred, zipped, zstandard
from dedupe.errors import DedupeError, UsageError
from dedupe.model.judgement import REMOVED
from dedupe.results import export, read
from pictures import encoded, photo

FORMS = {".tar": "w", ".tar.gz": "w:gz", ".tar.zst": "", ".zip": ""}
"""The kit asks the others, too, for what is left of them."""
GONE = {"a/first.jpg", "a/again.jpg", "b/small.png", "c/without", "c/other.jpg"}
"""Of which one of the first three and one of the last two stays."""


def scanned(*paths, **options):
    return dedupe.scan(paths, descriptor="pdq", workers=1, **options)


def duplicates(result) -> list[str]:
    return [os.fsdecode(one.file.path) for group in result for one in group.members if one.kind in REMOVED]


def archive(path: Path, held: dict[str, bytes]) -> Path:
    if path.suffix == ".zst":
        return zstandard(held, path)
    return tarred(held, path, mode=FORMS["".join(path.suffixes)]) if "t" in path.suffixes[0] else zipped(held, path)


def inside(path: Path) -> dict[str, bytes]:
    """What is in an archive, in its order."""
    if path.suffix in (".zip", ".cbz"):
        with zipfile.ZipFile(path) as opened:
            assert opened.testzip() is None
            return {info.filename: opened.read(info) for info in opened.infolist()}
    data = path.read_bytes()
    zstd = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    plain = import_module(zstd).decompress(data) if path.suffix == ".zst" else data
    with tarfile.open(fileobj=io.BytesIO(plain)) as opened:
        return {info.name: opened.extractfile(info).read() for info in opened if info.isfile()}  # type: ignore[union-attr]


@pytest.mark.parametrize("suffix", FORMS)
def test_an_archive_stays_one(suffix, tmp_path):
    held = pictures()
    path, out = archive(tmp_path / f"a{suffix}", held), tmp_path / f"b{suffix}"
    before, result = path.read_bytes(), scanned(path)
    done = export(result, out)
    assert done.duplicates == len(duplicates(result)) == 3 and done.beside == 0
    left = inside(out)
    assert [name for name in held if name in left] == [*left] and held.items() >= left.items()
    assert set(held) - set(left) <= GONE and len(left) == len(held) - 3
    assert path.read_bytes() == before and (suffix not in (".tar", ".zip") or not duplicates(scanned(out)))


@pytest.mark.parametrize("kind", ["parquet", "arrow", "feather"])
def test_a_table_keeps_its_columns_its_groups_and_what_is_said_of_them(kind, tmp_path):
    pa = pytest.importorskip("pyarrow", reason="the extra [tables] is not installed")
    held = [*pictures().values(), None]
    about = {b"huggingface": b'{"info": {"features": {"image": {"_type": "Image"}}}}'}
    rows = [None if each is None else {"bytes": each, "path": f"{i}.jpg"} for i, each in enumerate(held)]
    table = pa.table({"image": rows, "label": [i % 3 for i in range(9)], "note": pa.array(map(str, range(9)))})
    write = {"parquet": parquet, "arrow": arrow, "feather": feather}[kind]
    path, out = write(table.replace_schema_metadata(about), tmp_path / f"a.{kind}"), tmp_path / f"b.{kind}"
    assert export(scanned(path), out).duplicates == 3
    again = reread(kind, out)
    assert again.schema.equals(table.schema) and again.schema.metadata == about
    assert [row for row in table.to_pylist() if row in again.to_pylist()] == again.to_pylist()
    assert again.num_rows == 6
    if kind == "parquet":
        assert not duplicates(scanned(out))
        assert import_module("pyarrow.parquet").ParquetFile(out).num_row_groups == 3


def reread(kind: str, path: Path):
    if kind == "parquet":
        return import_module("pyarrow.parquet").read_table(path)
    ipc = import_module("pyarrow").ipc
    return (ipc.open_stream if kind == "arrow" else ipc.open_file)(path.read_bytes()).read_all()


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd"])
def test_columns_of_all_kinds_are_written_as_they_were(compression):
    pa, parquet_ = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = import_module("dedupe_tables.rows")
    held = {
        "image": [b"a" * 100, None, b"b"],
        "word": pa.array(["x", "y", "x"]).dictionary_encode(),
        "list": [[1, 2], [], None],
        "struct": [{"a": {"b": 1}}] * 3,
        "map": pa.array([[("k", 1)]] * 3, pa.map_(pa.string(), pa.int32())),
    }
    given, out = io.BytesIO(), io.BytesIO()
    parquet_.write_table(pa.table(held), given, compression=compression, use_dictionary=["word"])
    rows.ParquetRows(given).write_without(out, frozenset([0]))
    assert parquet_.read_table(out).equals(pa.table(held).slice(1))
    before, after = (parquet_.ParquetFile(each).metadata.row_group(0) for each in (given, out))
    for i in range(before.num_columns):
        for fact in ("path_in_schema", "compression", "has_dictionary_page", "is_stats_set"):
            assert getattr(before.column(i), fact) == getattr(after.column(i), fact), fact


@pytest.mark.parametrize("how", [{"compression": "none"}, {"use_compliant_nested_type": False, "compression": "gzip"}])
def test_parquet_is_written_as_it_was_whoever_wrote_it(how, tmp_path):
    pa, reading = pytest.importorskip("pyarrow"), import_module("pyarrow.parquet")
    data = [pictures()[name] for name in ("a/first.jpg", "a/again.jpg", "c/other.jpg")]
    nested = [[{"x": 1.5, "y": "a"}], None, [None, {"x": None, "y": "b"}]]
    table = pa.table({"image": data, "boxes": nested, "kind": pa.array(["u", None, "v"]).dictionary_encode()})
    reading.write_table(table, tmp_path / "a.parquet", **how)
    result, out = scanned(tmp_path / "a.parquet"), tmp_path / "b.parquet"
    assert export(result, out).duplicates == 1
    (gone,) = [one.file.within.offset for group in result for one in group.members]
    before, after = reading.ParquetFile(tmp_path / "a.parquet"), reading.ParquetFile(out)
    assert after.schema.equals(before.schema) and after.schema_arrow.equals(before.schema_arrow, check_metadata=True)
    assert after.read().equals(before.read().take([row for row in range(3) if row != gone]))
    groups = [each.metadata.row_group(0) for each in (before, after)]
    (first, second) = ([group.column(i).compression for i in range(group.num_columns)] for group in groups)
    assert first == second


def test_groups_of_rows_stay_small_however_large_they_were(tmp_path, monkeypatch):
    pa, rows = pytest.importorskip("pyarrow"), import_module("dedupe_tables.rows")
    monkeypatch.setattr(rows, "GROUP", 1000)
    data = [encoded(photo(40 + i, 30), "PNG") for i in range(100)]
    path, out = parquet(pa.table({"image": data}), tmp_path / "a.parquet", rows=100), io.BytesIO()
    with path.open("rb") as stream:
        rows.ParquetRows(stream).write_without(out, frozenset([0, 99]))
    made = import_module("pyarrow.parquet").ParquetFile(out)
    assert made.num_row_groups == 4 and made.read().column("image").to_pylist() == data[1:99]


def test_a_folder_becomes_a_folder_of_copies(tmp_path):
    folder, out = in_folder(pictures(), tmp_path / "photos"), tmp_path / "clean"
    (folder / ".git").mkdir()
    (folder / "link.jpg").symlink_to(folder / "c" / "other.jpg")
    (folder / "d").mkdir()
    os.link(folder / "b" / "bright.jpg", folder / "d" / "also.jpg")
    result = scanned(folder)
    assert export(result, out).duplicates == 3
    left = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert len(left) == 6 and {"c/broken.jpg", "c/notes.txt", "b/bright.jpg", "d/also.jpg"} <= left
    assert (out / "b/bright.jpg").samefile(out / "d/also.jpg") and (out / "c/notes.txt").stat().st_mtime == 1.6e9
    assert not (out / "b/bright.jpg").samefile(folder / "b/bright.jpg"), "a copy, not a link"
    assert not duplicates(scanned(out)) and not list(tmp_path.glob(".*"))


def test_labels_go_with_the_last_picture_of_their_name(tmp_path):
    first, other = (pictures()[name] for name in ("a/first.jpg", "c/other.jpg"))
    names = ("1.jpg", "1.cls", "2.jpg", "2.json", "2.txt", "3.left.jpg", "3.right.jpg", "3.cls", "4/2.txt")
    data = {"1.jpg": first, "2.jpg": first, "3.left.jpg": first, "3.right.jpg": other}
    held = {name: data.get(name, b"1") for name in names}
    for path in (tarred(held, tmp_path / "a.tar"), in_folder(held, tmp_path / "photos")):
        result = scanned(path, keep="name=^1")
        out = tmp_path / f"b{path.suffix}"
        assert (done := export(result, out)).duplicates == 2 and done.beside == 2
        left = inside(out) if path.suffix else {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
        assert set(left) == {"1.jpg", "1.cls", "3.right.jpg", "3.cls", "4/2.txt"}


def test_what_a_link_in_a_tar_leads_to_stays_and_headers_are_as_they_were(tmp_path):
    data, path = encoded(photo(240, 180), "JPEG"), tmp_path / "a.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as made:
        add(made, "x.jpg", data)
        add(made, "y.jpg", data)
        add(made, "long/" * 40 + "z.jpg", data)
        add(made, "hard.jpg", kind=tarfile.LNKTYPE, link="y.jpg")
    result = scanned(path, keep="name=^x")
    done = export(result, tmp_path / "b.tar")
    assert len(duplicates(result)) == 2 and done.duplicates == 1
    with tarfile.open(tmp_path / "b.tar") as made:
        assert made.getnames() == ["x.jpg", "y.jpg", "hard.jpg"]


def test_what_links_lead_to_is_found_however_names_are_written_and_a_label_that_stays_is_not_counted(tmp_path):
    data, path = encoded(photo(240, 180), "JPEG"), tmp_path / "a.tar"
    with tarfile.open(path, "w") as made:
        for name in ("./x.jpg", "./y.jpg", "./z.jpg"):
            add(made, name, data)
        add(made, "./z.cls", b"1")
        add(made, "./other.cls", kind=tarfile.LNKTYPE, link="./z.cls")
        add(made, "./soft.jpg", kind=tarfile.SYMTYPE, link="y.jpg")
    done = export(scanned(path, keep="name=x"), tmp_path / "b.tar")
    assert (done.duplicates, done.beside) == (1, 0)
    with tarfile.open(tmp_path / "b.tar") as made:
        assert made.getnames() == ["./x.jpg", "./y.jpg", "./z.cls", "./other.cls", "./soft.jpg"]


def test_documents_and_clips_stay_whatever_they_are_called(tmp_path):
    data = pictures()["a/first.jpg"]
    others = dict.fromkeys(("thesis.docx", "thesis.v2.mov", "thesis.tar", "thesis"), b"1")
    folder = in_folder({"1.jpg": data, "thesis.jpg": data, "thesis.txt": b"1", **others}, tmp_path / "a")
    assert export(scanned(folder, keep="name=^1"), tmp_path / "b").beside == 1
    assert {each.name for each in (tmp_path / "b").iterdir()} == {"1.jpg", *others}


def test_a_kept_picture_that_is_gone_or_another_one_is_not_exported_without_its_copies(tmp_path):
    data = pictures()["a/first.jpg"]
    folder, shard = in_folder({"a.jpg": data}, tmp_path / "f"), tarred({"b.jpg": data}, tmp_path / "s.tar")
    result = scanned(folder, shard)
    (folder / "a.jpg").write_bytes(pictures()["c/other.jpg"])
    with pytest.raises(DedupeError, match=r"a\.jpg has changed since it was scanned, so nothing was exported"):
        export(result, tmp_path / "out")
    (folder / "a.jpg").unlink()
    with pytest.raises(DedupeError, match=r"a\.jpg is gone since it was scanned, so nothing was exported"):
        export(result, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"f", "s.tar"}


def test_files_whose_names_are_one_where_they_go_to_do_not_take_each_others_place(tmp_path, monkeypatch):
    data = pictures()
    result = scanned(in_folder({"a.jpg": data["a/first.jpg"], "A.jpg": data["c/other.jpg"]}, tmp_path / "f"))

    def there(path):
        folder, name = os.path.split(os.fsencode(path))
        return name.lower() in map(bytes.lower, os.listdir(folder or b"."))

    monkeypatch.setattr("os.path.lexists", there)
    with pytest.raises(DedupeError, match="names do not differ by case alone, and another file has its name"):
        export(result, tmp_path / "out")
    monkeypatch.undo()
    monkeypatch.setattr("shutil.copy2", lambda path, _: os.listdir(path + b"/no"))
    with pytest.raises(DedupeError, match=r"/no cannot be read: .*\. Nothing was exported\."):
        export(result, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"f"}


def test_several_become_a_folder_and_what_is_kept_may_be_in_another(tmp_path):
    data, other = (pictures()[name] for name in ("a/first.jpg", "c/other.jpg"))
    folder = in_folder({"x/a.jpg": data}, tmp_path / "in/photos")
    (tmp_path / "in/old").mkdir()
    shards = [tarred({"b.jpg": data, "c.jpg": other}, tmp_path / "in/old" / name) for name in ("0.tar", "1.tar")]
    out = tmp_path / "out"
    assert export(scanned(folder, *shards), out).duplicates == 3
    assert {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()} == {
        "photos/x/a.jpg",
        "old/0.tar",
        "old/1.tar",
    }
    assert [*inside(out / "old/0.tar"), *inside(out / "old/1.tar")] == ["c.jpg"]


@pytest.fixture
def tar(tmp_path: Path) -> Path:
    return tarred(pictures(), tmp_path / "a.tar")


def test_nothing_is_overwritten_or_mixed_up(tar, tmp_path):
    result = scanned(tar)
    (tmp_path / "there.tar").write_bytes(b"")
    refused = {
        "there.tar": "is there already",
        "b.zip": r"end the name with \.tar",
        "no/b.tar": "no folder to put it in",
    }
    for name, sentence in refused.items():
        with pytest.raises(UsageError, match=sentence):
            export(result, tmp_path / name)
    folder = in_folder({"a.jpg": pictures()["a/first.jpg"]}, tmp_path / "photos")
    with pytest.raises(UsageError, match="lie inside each other"):
        export(scanned(folder), folder / "clean")
    for other in (scanned(tar, judge=False), scanned(files_from=[folder / "a.jpg"])):
        with pytest.raises(UsageError, match="Only what folders and archives hold"):
            export(other, tmp_path / "b.tar")
    with pytest.raises(UsageError, match="one picture of an archive"):
        export(scanned(f"{tar}::a/first.jpg"), tmp_path / "b.tar")


def test_what_has_changed_since_the_scan_is_refused(tar, tmp_path):
    folder = in_folder(pictures(), tmp_path / "photos")
    for path in (tar, folder):
        result = scanned(path)
        changed = path if path is tar else Path(duplicates(result)[0])
        os.utime(changed, (1.7e9, 1.7e9))
        with pytest.raises(DedupeError, match="has changed since it was scanned, so nothing was exported"):
            export(result, tmp_path / f"b{path.suffix}")
    assert {path.name for path in tmp_path.iterdir()} == {"a.tar", "photos"}


def test_a_full_disk_leaves_nothing(tar, tmp_path, monkeypatch):
    result = scanned(tar)
    writing = import_module("dedupe.export.writing")
    monkeypatch.setattr(writing, "Rewriting", partial(writing.Rewriting, largest=10_000))
    monkeypatch.setattr("dedupe.processes.life.imported", list)  # plugins in files that other tests loaded
    with pytest.raises(DedupeError, match=r"nothing was exported\. It cannot be written: "):
        export(result, tmp_path / "b.tar")
    monkeypatch.setattr("shutil.copy2", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(DedupeError, match="cannot be written: No space left on device"):
        export(scanned(in_folder(pictures(), tmp_path / "photos")), tmp_path / "clean")
    assert {path.name for path in tmp_path.iterdir()} == {"a.tar", "photos"}


@pytest.mark.parametrize("name", ["a.tar", "a.zip"])
def test_a_cut_off_archive_is_not_exported_as_if_it_were_whole(name, tmp_path):
    held = pictures()
    path = (tarred if name == "a.tar" else zipped)(held, tmp_path / name)
    path.write_bytes(path.read_bytes()[: path.read_bytes().index(b"c/other.jpg") + 1000])
    result = scanned(path)
    assert duplicates(result)
    with pytest.raises(DedupeError, match=r"nothing was exported\. The archive is cut off or damaged"):
        export(result, tmp_path / f"b{path.suffix}")


def test_a_tar_with_another_one_behind_its_end_is_not_exported_without_that(tar, tmp_path):
    tar.write_bytes(tar.read_bytes() + tar.read_bytes())
    with pytest.raises(DedupeError, match=r"nothing was exported\. Something stands behind its end"):
        export(scanned(tar), tmp_path / "b.tar")


def test_a_result_that_was_kept_can_be_exported_later(tar, tmp_path):
    scanned(tar).to_json(tmp_path / "found.jsonl")
    assert export(read(tmp_path / "found.jsonl"), tmp_path / "b.tar").duplicates == 3


def test_a_zip_of_more_entries_than_its_end_can_count_stays_whole(tmp_path, monkeypatch):
    data = encoded(photo(240, 180), "JPEG")
    held = {"a.jpg": data, **{f"{i}.txt": b"" for i in range(6)}, "b.jpg": data}
    source, out = import_module("dedupe_archives.zips").Zip(), io.BytesIO()
    monkeypatch.setattr(import_module("dedupe_archives.zip_copies"), "_MANY", 5)
    with zipped(held, tmp_path / "a.zip", zipfile.ZIP_STORED).open("rb") as stream:
        source.without(stream, out, frozenset([0]))
    with zipfile.ZipFile(out) as opened:
        assert opened.namelist() == [*held][1:] and opened.read("b.jpg") == data


def test_the_command_says_what_was_left_out(dedupe, tar, tmp_path):
    words = "--judge", "--fast", "--cache", "none", "-j", 1
    ran = dedupe("scan", tar, "--export", tmp_path / "b.tar", *words)
    has, folders = ran.err.splitlines()[-2:]
    assert ran.code == 0 and has.endswith("b.tar has all but 3 duplicates.") and "lay in another folder" in folders
    ran = dedupe("scan", tmp_path / "b.tar", "--export", tmp_path / "c.tar", *words)
    assert ran.err.splitlines()[-1].endswith("c.tar has everything: nothing in it is a duplicate.")
    assert (tmp_path / "c.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    for more, code in ((("--export", tmp_path / "d.zip"), 2), (("--export", tar), 4)):
        ran = dedupe("scan", tar, *more, *words)
        assert ran.code == code and not ran.out
    for more in (("--no-judge",), ("--files-from", "-")):
        ran = dedupe("scan", tar, "--export", tmp_path / "d.tar", *more)
        assert ran.code == 2 and ran.err.startswith("dedupe: --export")


def test_labels_that_go_with_a_duplicate_of_another_label_are_counted(dedupe, tmp_path):
    in_folder(pictures(), tmp_path)
    labelled = tmp_path / "l.csv"
    labelled.write_text(
        "path,label\na/first.jpg,cat\na/again.jpg,dog\nb/small.png,cat\nc/other.jpg,dog\nc/without,dog\n"
    )
    words = "--judge", "--fast", "--cache", "none", "-j", 1, "--keep", "name=first"
    ran = dedupe("scan", labelled, "--export", tmp_path / "out.csv", "-q", *words)
    assert ran.code == 0 and ran.err == (
        f"1 duplicate that was left out had another label than the picture that stays; dedupe leak {labelled} shows which.\n"
    )
    done = export(scanned(labelled, keep="name=first"), tmp_path / "again.csv")
    assert (done.duplicates, done.other_label, done.other_folder) == (3, 1, 0)
    assert "True" in dedupe("leak", labelled, "--fast", "--format", "csv", *words[2:-2]).out  # other_label
    done = export(scanned(tmp_path / "a", tmp_path / "b", keep="name=first"), tmp_path / "out")
    assert (done.duplicates, done.other_label, done.other_folder) == (2, 0, 1)


@pytest.mark.skipif(os.name == "nt", reason="folders are not held there")
def test_what_a_killed_export_left_is_removed_by_the_next_and_what_a_living_one_writes_is_not(tar, tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    parts = import_module("dedupe.whole.parts")
    gone = tmp_path / f".b.tar.{parts._host()}.{ended.pid}.0123abcd.part"
    with parts.folder_until(gone):
        (gone / "whole").write_bytes(b"half")
        result = scanned(tar)
        export(result, tmp_path / "b.tar")
        assert gone.is_dir(), "somebody holds it"
    assert not gone.exists()
    gone.mkdir()
    (gone / "whole").write_bytes(b"half")
    export(result, tmp_path / "c.tar")
    assert {path.name for path in tmp_path.iterdir()} == {"a.tar", "b.tar", "c.tar"}


def test_a_data_set_that_hugging_face_saved_stays_one(tmp_path):
    pa = pytest.importorskip("pyarrow", reason="the extra [tables] is not installed")
    data, saved, out = [*pictures().values()], tmp_path / "saved", tmp_path / "clean"
    for split, some in (("train", data[:3]), ("test", data[3:])):
        (saved / split).mkdir(parents=True)
        arrow(pa.table({"image": some, "label": [0] * len(some)}), saved / split / "data-00000-of-00001.arrow")
        (saved / split / "state.json").write_text('{"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}')
        (saved / split / "dataset_info.json").write_text("{}")
    (saved / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    assert export(scanned(saved), out).duplicates == 3
    names = [sorted(path.relative_to(top).as_posix() for path in top.rglob("*")) for top in (saved, out)]
    assert names[0] == names[1]
    left = [reread("arrow", out / split / "data-00000-of-00001.arrow").num_rows for split in ("train", "test")]
    assert sum(left) == 5 and not duplicates(scanned(out))
