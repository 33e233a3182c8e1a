"""Lists of pictures with labels: what they name is scanned as files are, and leads nowhere else."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

import dedupe
from archives import in_folder, pictures
from dedupe.errors import DedupeError, UsageError
from dedupe.results import export

HASH = {"descriptor": "pdq", "workers": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    held = {name: data for name, data in pictures().items() if name != "c/notes.txt"}
    return in_folder(held, tmp_path / "set")


def rows(folder: Path) -> list[dict[str, str]]:
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [{"id": str(i), "file_name": name, "species": "cat" if i % 2 else "dog"} for i, name in enumerate(files)]


def as_csv(data: list[dict[str, str]], separator: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, [*data[0]], delimiter=separator)
    writer.writeheader()
    writer.writerows(data)
    return out.getvalue()


def as_json(data: list[dict[str, str]]) -> str:
    return "".join(json.dumps(each) + "\n" for each in data)


def groups(result) -> list:
    return [(group.kept.digest, [(m.file.digest, m.kind) for m in group.members]) for group in result]


FORMS = {
    "plain.csv": lambda data: as_csv(data).encode(),
    "semicolons.csv": lambda data: as_csv(data, ";").encode("utf-8-sig"),
    "tabs.tsv": lambda data: as_csv(data, "\t").encode("utf-16"),
    "lines.jsonl": lambda data: as_json(data).encode(),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_list_gives_what_its_folder_gives(name, folder, tmp_path, monkeypatch):
    plain = dedupe.scan(folder, **HASH)
    (folder / name).write_bytes(FORMS[name](rows(folder)))
    monkeypatch.chdir(tmp_path)
    result = dedupe.scan(f"set/{name}", label="species", **HASH)
    assert groups(result) == groups(plain) != []
    assert [one.reason for one in result.failures] == ["truncated"] and not result.summary.others
    assert {one.file.label for group in result for one in group.members} <= {"cat", "dog"}
    assert result.groups[0].kept.path_str.startswith("set/") and result.groups[0].kept.label
    again = export(result, folder / f"clean.{name}")
    assert again.duplicates == 3
    kept = (folder / f"clean.{name}").read_bytes()
    left = [row for row in rows(folder) if row["file_name"].encode(encoding(name)) in kept]
    assert (
        kept == FORMS[name](left) and len(left) == 4 and not groups(dedupe.scan(folder / f"clean.{name}", **HASH))[3:]
    )


def encoding(name: str) -> str:
    return "utf-16-le" if name.endswith(".tsv") else "utf-8"


def labels(result) -> set[str]:
    return {one.label for group in result.groups for one in (group, *group.members)}


def test_labels_of_lists_are_compared_and_folders_stand_in_for_them(folder):
    data = rows(folder)
    (folder / "a.csv").write_text(as_csv([{**row, "class": row["file_name"][0]} for row in data]))
    (folder / "b.csv").write_text(as_csv([{**row, "class": "one"} for row in data]))
    (folder / "c.csv").write_text(as_csv(data))
    some = {"judge": False, "descriptor": "pdq", "workers": 1}
    by = {name: dedupe.leak(folder / f"{name}.csv", **some) for name in "abc"}
    assert labels(by["a"]) == labels(by["c"]) <= {"a", "b", "c"}
    assert labels(by["b"]) == {"one"}
    crossing = {name: result.summary.cross_label for name, result in by.items()}
    assert crossing["a"] == crossing["c"] > 0 == crossing["b"]
    both = dedupe.leak(folder / "a.csv", folder / "b.csv", **some)
    assert both.summary.cross_label == both.summary.leaked > 0


def test_what_leads_out_of_its_folder_is_refused_unless_it_is_to_be_followed(folder, tmp_path):
    outside = in_folder({"x.jpg": (folder / "a/first.jpg").read_bytes()}, tmp_path / "elsewhere")
    (folder / "out").symlink_to(outside)
    (folder / "link.jpg").symlink_to(outside / "x.jpg")
    named = [
        "a/first.jpg",
        "./a/../b/bright.jpg",
        "../elsewhere/x.jpg",
        str(outside / "x.jpg"),
        "out/x.jpg",
        "link.jpg",
    ]
    named += ["https://me:secret@host/x.jpg?key=1", "file:///etc/passwd", "none.jpg", "a", "", "a/first.jpg"]
    (folder / "l.jsonl").write_text(
        as_json([{"path": each} for each in named]) + "no json\n[]\n{}\n" + '{"path": "\\ud800"}\n'
    )
    result = dedupe.scan(folder / "l.jsonl", **HASH)
    refused = {one.path_str if hasattr(one, "path_str") else one.path.decode() for one in result.failures}
    assert result.summary.files == 2 and result.summary.failures == {"refused": 5, "vanished": 1, "damaged": 3}
    assert {
        "../elsewhere/x.jpg",
        str(outside / "x.jpg"),
        "out/x.jpg",
        "https://host/x.jpg",
        "file:///etc/passwd",
    } < refused
    assert result.summary.others == {"rows without a path": 2, "folders": 1, "symlinks": 1}
    assert [one.message for one in result.failures if one.reason == "damaged"] == [
        "Row 13 is no JSON object.",
        "Row 14 is no JSON object.",
        "Row 16 has half a character in its path or label.",
    ]
    (folder / "l.jsonl").write_text(as_json([{"path": each} for each in named if "://" not in each]))
    followed = dedupe.scan(folder / "l.jsonl", follow_rows=True, **HASH)
    assert followed.summary.files == 3 and followed.summary.failures == {"vanished": 1}


def test_what_is_no_list_is_said_in_a_sentence(folder):
    wrong = {
        "a.csv": (b"a,b\n1,2\n", UsageError, r"it has no column of paths, as path, file or image\. Columns: a, b\."),
        "b.jsonl": (b'{"x": 1}\n', UsageError, r"it has no column of paths, as path, file or image\. Columns: x\."),
        "c.csv": (b"", UsageError, r"Columns: none at all\."),
        "d.csv": (b"path,class\n", UsageError, r"--label nope: it has no such column\. Columns: path, class\."),
        "f.csv": (b"\xff\xfep\0a\0\0", DedupeError, "it begins as UTF-16 but is not"),
        "g.csv": (b"path\n" + b"x" * 200_000, DedupeError, "it cannot be read as CSV"),
    }
    for name, (data, error, sentence) in wrong.items():
        (folder / name).write_bytes(data)
        with pytest.raises(error, match=sentence):
            dedupe.scan(folder / name, label="nope" if name == "d.csv" else "", **HASH)
    (folder / "h.csv").write_bytes(b"path\n")
    assert dedupe.scan(folder / "h.csv", **HASH).summary.files == 0


def test_the_column_with_labels_of_a_table_can_be_named(tmp_path):
    pa = pytest.importorskip("pyarrow", reason="the extra [tables] is not installed")
    from archives import parquet

    data = pictures()["a/first.jpg"]
    path = parquet(
        pa.table({"image": [data] * 2, "label": ["x", "y"], "kind": ["same", "same"]}), tmp_path / "t.parquet"
    )
    for label, crossing in (("", 1), ("kind", 0), ("label", 1)):
        assert dedupe.leak(path, label=label, judge=False, descriptor="pdq").summary.cross_label == crossing
    with pytest.raises(DedupeError, match=r"It has no column nope for --label\. Columns: image, label, kind\."):
        dedupe.leak(path, label="nope", judge=False, descriptor="pdq")


def test_an_export_leaves_the_rows_of_a_list_as_they_stand(folder):
    stays = [b'c/without, "1 \\"x\\", 2"\r\n', b'"c/without","3"\r\n', b'"c/without","a\nb"\r\n', b"none.jpg,"]
    rows = [b"path,note\r\n", *stays[:2], stays[0], b"c/other.jpg,4\r\n", *stays[2:]]
    (folder / "l.csv").write_bytes(b"".join(rows))
    result = dedupe.scan(folder / "l.csv", keep="name=without", **HASH)
    assert export(result, folder / "out.csv").duplicates == 2
    assert (folder / "out.csv").read_bytes() == b"".join([rows[0], *stays])


def test_an_export_of_a_list_that_is_a_link_goes_by_the_folder_of_the_link(folder, tmp_path):
    (tmp_path / "l.csv").write_text("path\na/first.jpg\na/again.jpg\n")
    (folder / "l.csv").symlink_to(tmp_path / "l.csv")
    assert export(dedupe.scan(folder / "l.csv", **HASH), folder / "out.csv").duplicates == 1


def test_an_export_of_a_list_stands_beside_it(folder, tmp_path):
    (folder / "l.csv").write_text(as_csv(rows(folder)))
    for result, target in ((dedupe.scan(folder / "l.csv", **HASH), tmp_path / "l.csv"),):
        with pytest.raises(UsageError, match="export it alone, to a name in that folder"):
            export(result, target)


def test_a_summary_says_how_rows_that_lead_out_are_followed(dedupe, folder, tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "l.csv").write_text(as_csv([{"path": str(folder / "a/first.jpg")}, {"path": "../no.jpg"}]))
    for words in (("scan",), ("find", folder / "a/first.jpg")):
        plain = [*words, tmp_path / "lists" / "l.csv", "-d", "pdq", "--format", "table"]
        said = "\n2 rows of a list lead out of its folder; --follow-rows follows them\n"
        assert said in dedupe(*plain).out and said not in dedupe(*plain, "-v").out
        assert "--follow-rows" not in dedupe(*plain, "--follow-rows").out


def test_the_command_takes_lists(dedupe, folder):
    (folder / "l.csv").write_text(as_csv([{**row, "path": f"../set/{row['file_name']}"} for row in rows(folder)]))
    ran = dedupe("scan", folder / "l.csv", "--label", "species", "--json")
    assert ran.code == 0 and ran.lines("summary")[0]["files"] == 6, "path is likelier than file_name; it leads back in"
    assert {one["label"] for group in ran.lines("group") for one in (group["keep"], *group["members"])} <= {
        "cat",
        "dog",
    }
    for words in (("find", folder / "a/first.jpg"), ("describe",), ("leak",)):
        assert dedupe(*words, folder / "l.csv", "--follow-rows", "-d", "pdq").code == 0
