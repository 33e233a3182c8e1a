"""Sentences on a folder with real photos."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from faulty_plugins import plugin
from html_pages import checked


@pytest.fixture
def album(tmp_path: Path, photos: list[Path]) -> Path:
    """Ten photos; of the first a byte copy, a smaller one and a mirrored one."""
    folder = tmp_path / "album"
    folder.mkdir()
    for photo in photos[:10]:
        shutil.copy(photo, folder)
    first = folder / photos[0].name
    (folder / "sub").mkdir()
    shutil.copy(first, folder / "sub" / "copy.jpg")
    with Image.open(first) as image:
        image.resize((image.width * 2 // 3, image.height * 2 // 3)).save(folder / "small.jpg", quality=80)
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "mirrored.png")
    return folder


def names(group: dict) -> set[str]:
    return {Path(group["keep"]["path"]).name, *(Path(member["path"]).name for member in group["members"])}


def test_a_copy_and_a_smaller_version_make_one_group(dedupe, album, photos):
    ran = dedupe("scan", album)
    assert ran.code == 0, ran.err
    (group,) = ran.lines("group")
    assert Path(group["keep"]["path"]).name == photos[0].name
    assert names(group) == {photos[0].name, "copy.jpg", "small.jpg"}
    kinds = {Path(member["path"]).name: member.get("kind") for member in group["members"]}
    assert kinds == {"copy.jpg": "same-bytes", "small.jpg": None}


def test_what_other_hard_links_go_on_naming_frees_nothing(dedupe, album, photos, tmp_path):
    (album / "sub" / "again.jpg").hardlink_to(album / "sub" / "copy.jpg")
    ran = dedupe("scan", album / "sub", album / photos[0].name, "--keep", f"name={photos[0].name}", "--format", "table")
    assert "1 duplicate; removing it frees nothing, for hard links go on naming the same bytes" in ran.out
    assert "group 1: 1 duplicate\n" in ran.out
    page = tmp_path / "page.html"
    assert dedupe("scan", album, "-o", page).code == 0
    small, copy = (
        next(
            one
            for group in checked(page.read_text()).data["groups"]
            for one in group["pictures"]
            if one["name"] == name
        )
        for name in ("small.jpg", "again.jpg")
    )
    assert small["frees"] == small["bytes"] and copy["frees"] == 0 and copy["links"]
    assert dedupe("scan", album).lines("summary")[0]["freeable"] == (album / "small.jpg").stat().st_size


def test_the_lines_are_header_groups_summary(dedupe, album):
    ran = dedupe("scan", album, "-d", "phash", "-d", "dhash", "-t", "phash=6")
    lines = ran.lines()
    assert [line["type"] for line in lines] == ["header", "group", "summary"]
    header = lines[0]
    assert header["format"] == 1 and header["command"] == "scan"
    assert header["thresholds"]["phash"] == 6
    assert [key.split("@")[0] for key in header["descriptors"]] == ["phash", "dhash"]
    summary = lines[-1]
    assert (summary["files"], summary["contents"], summary["groups"], summary["duplicates"]) == (13, 12, 1, 2)
    members = lines[1]["members"]
    assert all(set(member["distance"]) <= {"phash", "dhash"} and member["distance"] for member in members)
    assert summary["freeable"] == sum(member["bytes"] for member in members)


def test_turned_copies_are_found_when_asked_for(dedupe, album, photos):
    ran = dedupe("scan", album, "--turns=flips")
    (group,) = ran.lines("group")
    assert Path(group["keep"]["path"]).name == "mirrored.png", "lossless, and as large as the photo"
    turns = {Path(member["path"]).name: member.get("turn") for member in group["members"]}
    assert turns == {photos[0].name: "hflip", "copy.jpg": "hflip", "small.jpg": "hflip"}


def test_csv_has_a_column_for_the_distances_of_each_descriptor(dedupe, album):
    words = ("scan", album, "-d", "pdq", "-d", "dhash")
    (group,) = dedupe(*words).lines("group")
    rows = {row["path"]: row for row in csv.DictReader(io.StringIO(dedupe(*words, "--format", "csv").out))}
    grouped = {path for path, row in rows.items() if row["role"] != "unique"}
    assert grouped == {group["keep"]["path"], *(member["path"] for member in group["members"])}
    for name in ("pdq", "dhash"):
        assert rows[group["keep"]["path"]][f"distance:{name}"] == ""
        for member in group["members"]:
            assert rows[member["path"]][f"distance:{name}"] == str(member["distance"].get(name, ""))
    assert any(member["distance"].get("pdq") for member in group["members"]) and "distance" not in rows


def test_the_second_scan_decodes_nothing_and_finds_the_same(dedupe, album):
    for file in album.rglob("*.*"):
        os.utime(file, (1_600_000_000, 1_600_000_000))
    first, second = dedupe("scan", album), dedupe("scan", album)
    assert first.lines("summary")[0]["described"] == 12, "two of the 13 have the same bytes"
    assert second.lines("summary")[0]["described"] == 0
    assert first.lines("group") == second.lines("group")


def test_a_moved_picture_is_not_described_again(dedupe, album):
    dedupe("scan", album)
    album.rename(album.with_name("elsewhere"))
    summary = dedupe("scan", album.with_name("elsewhere")).lines("summary")[0]
    assert summary["described"] == 0 and summary["files"] == 13


def test_keep_rules_choose_the_kept_file(dedupe, album):
    (group,) = dedupe("scan", album, "--keep", "fewest-pixels").lines("group")
    assert Path(group["keep"]["path"]).name == "small.jpg"
    ran = dedupe("scan", album, "--keep", "prettiest")
    assert ran.code == 2 and "most-pixels" in ran.err
    ran = dedupe("scan", album, "--keep", "newest,oldest")
    assert ran.code == 2 and "newest,oldest" in ran.err and "contradict" in ran.err


def why(ran) -> dict[str, str]:
    (group,) = ran.lines("group")
    return {Path(each["path"]).name: each["why"] for each in (group["keep"], *group["members"])}


def test_the_kept_and_the_others_say_why(dedupe, album, photos):
    with Image.open(photos[0]) as image:
        large, small = f"{image.width}x{image.height}", f"{image.width * 2 // 3}x{image.height * 2 // 3}"
        exif = Image.Exif()
        exif[0x010F], exif[0x0132] = "Maker", "2001:01:01 00:00:00"
        image.convert("RGB").save(album / "camera.jpg", exif=exif, quality=92)
    found = why(dedupe("scan", album))
    lacking = dict.fromkeys([photos[0].name, "copy.jpg"], "lacks camera data and the date")
    kept = f"larger: {large}, keeps camera data and the date"
    assert found == {"camera.jpg": kept, "small.jpg": f"smaller: {small}", **lacking}
    assert f"kept, {kept}" in dedupe("scan", album, "--format", "table").out
    assert set(why(dedupe("scan", album, "--keep", "not-name=^camera,fewest-pixels")).values()) == {
        "has no unwanted name, smaller: " + small,
        "has an unwanted name",
        "larger: " + large,
    }


def test_a_reference_is_why(dedupe, album, tmp_path):
    (tmp_path / "reference").mkdir()
    (album / "small.jpg").rename(tmp_path / "reference" / "small.jpg")
    found = why(dedupe("scan", album, "--reference", tmp_path / "reference"))
    assert found.pop("small.jpg") == "in a reference folder" and set(found.values()) == {"a reference is kept"}


def test_a_keep_rule_of_a_plugin_chooses_the_kept_file(dedupe, album, tmp_path):
    (tmp_path / "named.py").write_text(
        "from dedupe import hookimpl\n"
        "class Named:\n"
        "    name, version = 'named', '1'\n"
        "    def __init__(self, end: str = '.png'): self.end = end\n"
        "    def order(self, files): return [not files.path(i).endswith(self.end.encode()) for i in range(len(files))]\n"
        "@hookimpl\ndef dedupe_rules(): return [Named]\n"
    )
    rule = "named:end=small.jpg,oldest"
    (group,) = dedupe("scan", album, "--plugin", tmp_path / "named.py", "--keep", rule).lines("group")
    assert Path(group["keep"]["path"]).name == "small.jpg"


def test_a_reference_is_always_kept_and_never_compared_with_itself(dedupe, album, photos):
    library = album.with_name("library")
    shutil.copytree(album, library)
    ran = dedupe("scan", album, "--reference", library)
    for group in ran.lines("group"):
        assert Path(group["keep"]["path"]).is_relative_to(library)
        assert all(Path(member["path"]).is_relative_to(album) for member in group["members"])
    found = {member["path"] for group in ran.lines("group") for member in group["members"]}
    assert found == {str(path) for path in album.rglob("*.*")}


def test_a_scan_of_nothing_but_references_is_refused(dedupe, album, tmp_path):
    from dedupe import scan
    from dedupe.errors import UsageError

    ran = dedupe("scan", album / "sub", "--reference", album, "--check")
    assert (ran.code, ran.out) == (2, "") and f"{album / 'sub'} lies inside the reference {album}" in ran.err
    (tmp_path / "link").symlink_to(album / "sub")
    for paths, reference in (([tmp_path / "link"], [album]), ([album, album / "small.jpg"], [album])):
        with pytest.raises(UsageError, match="lies inside the reference"):
            scan(paths, reference=reference)
    with pytest.raises(UsageError, match="Everything to be scanned is a reference"):
        scan([album], reference=[tmp_path / "nowhere", album])


def test_a_reference_may_lie_among_what_is_scanned(album):
    from dedupe import scan

    for paths in ([album], [album, album / "sub"]):  # the second as a shell's * gives it
        (group,) = scan(paths, reference=[album / "sub"], judge=False).groups
        assert group.kept.path == os.fsencode(album / "sub" / "copy.jpg") and len(group.members) == 2
    beside = album.with_name("album-2")
    shutil.copytree(album / "sub", beside)
    assert len(scan([beside], reference=[album]).groups) == 1, "a name that begins alike is no folder inside"


def test_check_exits_with_5(dedupe, album, photos):
    assert dedupe("scan", album, "--check").code == 5
    assert dedupe("scan", album, "--check", "--exclude", "sub", "--exclude", "small.*").code == 0


def test_check_is_not_passed_where_nothing_could_be_looked_at(dedupe, tmp_path, photos):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(photos[0].read_bytes()[:300])
    ran = dedupe("scan", tmp_path, "--check")
    assert ran.code == 3 and "--check: no picture could be looked at; the first failure:" in ran.err
    (tmp_path / "c.jpg").write_bytes(photos[0].read_bytes())
    assert dedupe("scan", tmp_path, "--check").code == 0
    (tmp_path / "a.jpg").write_bytes(photos[1].read_bytes())
    fault = plugin(tmp_path, "raise ValueError('never')")
    ran = dedupe("scan", tmp_path, "--check", "--plugin", fault, "-d", "fault")
    assert ran.code == 3 and "no picture could be looked at" in ran.err and "never" in ran.err


def test_small_files_and_small_pictures_are_left_out_and_counted(dedupe, album):
    ran = dedupe("scan", album, "--min-pixels", "1000000")
    assert ran.lines("summary")[0]["files"] == 0
    assert ran.lines("summary")[0]["others"]["too few pixels"] == 13
    assert dedupe("scan", album, "--min-size", "1M").lines("summary")[0]["files"] == 0


def test_paths_come_from_stdin(dedupe, album, photos):
    wanted = [album / photos[0].name, album / "small.jpg"]
    for separator in (b"\n", b"\0"):
        ran = dedupe("scan", "--files-from", "-", stdin=separator.join(os.fsencode(path) for path in wanted))
        assert ran.lines("summary")[0]["files"] == 2 and len(ran.lines("group")) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_lists_as_editors_and_shells_of_windows_write_them(dedupe, album, photos, tmp_path, encoding):
    (album / "small.jpg").rename(album / "gr\u00fc\u00df\u4f60\U0001f600.jpg")
    wanted = [album / photos[0].name, album / "gr\u00fc\u00df\u4f60\U0001f600.jpg"]
    for separator in ("\n", "\r\n", "\0"):
        mark = "\ufeff" * encoding.endswith("e")
        text = mark + separator.join(map(str, wanted)) + separator
        (tmp_path / "list.txt").write_bytes(text.encode(encoding))
        ran = dedupe("scan", "--files-from", tmp_path / "list.txt")
        assert ran.lines("summary")[0]["files"] == 2 and not ran.lines("failure")


def test_a_list_that_only_begins_as_utf_16_is_an_error(dedupe):
    ran = dedupe("scan", "--files-from", "-", stdin=b"\xff\xfea")
    assert ran.code == 3 and "it begins as UTF-16 but is not; write it as UTF-8" in ran.err


@pytest.mark.skipif(os.name == "nt", reason="names that only POSIX systems have")
def test_a_listed_name_that_ends_in_cr_is_found(dedupe, album, photos):
    (album / "small.jpg").rename(album / "small.jpg\r")
    lines = b"%s\r\n%s\r\n" % (os.fsencode(album / photos[0].name), os.fsencode(album / "small.jpg"))
    ran = dedupe("scan", "--files-from", "-", stdin=lines)
    assert ran.lines("summary")[0]["files"] == 2 and not ran.lines("failure")


def test_a_glob_that_matches_nothing_is_said(dedupe, album):
    ran = dedupe("scan", album, "--exclude", album / "sub", "--exclude", "su")
    assert ran.lines("summary")[0]["files"] == 12
    assert ran.err.splitlines() == ["--exclude su matched nothing."]
    ran = dedupe("find", album / "small.jpg", album, "--exclude", "su", "-q")
    assert ran.err == ""


def test_a_keep_rule_that_matches_nothing_is_said(dedupe, album):
    ran = dedupe("scan", album, "--keep", "folder=Orignals,not-folder=sub,name=jpg$,not-name=^nobody")
    assert ran.err.splitlines() == [
        "--keep folder=Orignals matched nothing.",
        "--keep not-name=^nobody matched nothing.",
    ]


def test_the_result_goes_to_a_file_and_the_summary_to_stdout(dedupe, album, tmp_path):
    for name in ("out.json", "out.csv", "out.txt"):
        ran = dedupe("scan", album, "-o", tmp_path / name)
        assert ran.code == 0 and "13" in ran.out and "{" not in ran.out, ran.err
    lines = [json.loads(line) for line in (tmp_path / "out.json").read_text().splitlines()]
    assert lines[-1]["type"] == "summary"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert [row["role"] for row in rows] == ["keep", "duplicate", "duplicate", *["unique"] * 10]
    assert "small.jpg" in "".join((tmp_path / "out.txt").read_text().split())
    assert dedupe("scan", album, "-o", tmp_path / "out.docx").code == 2
    assert dedupe("scan", album, "-o", tmp_path / "missing" / "out.json").code == 3


def test_the_table_names_every_file_of_a_group(dedupe, album, photos):
    ran = dedupe("scan", album, "--format", "table", cwd=album)
    assert "small.jpg" in ran.out and "sub/copy.jpg" in ran.out and photos[0].name in ran.out
    assert photos[5].name not in ran.out


def test_the_python_function_gives_what_the_command_gives(dedupe, album):
    import dedupe as library

    result = library.scan([album], descriptors=["phash"])
    lines = dedupe("scan", album, "-d", "phash", "--judge").lines()
    (group,) = result.groups
    assert [os.fsdecode(member.file.path) for member in group.members] == [m["path"] for m in lines[1]["members"]]
    assert [dict(member.distance) for member in group.members] == [m["distance"] for m in lines[1]["members"]]
    assert list(result.header.descriptors) == lines[0]["descriptors"]
    assert dict(result.header.thresholds) == lines[0]["thresholds"]
    assert result.failures == [] and result.summary.files == lines[-1]["files"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["-d", "phsh"], "phash"),
        (["-d", "phash:bitts=3"], "bits"),
        (["-t", "near"], "number"),
        (["-t", "-1"], "0"),
        (["--turns", "upside"], "flips"),
        (["--index", "fast"], "exact"),
        (["--index", "inverted"], "multi-index"),
        (["-j", "0"], "1"),
        (["--format", "yaml"], "json"),
        (["--min-size", "big"], "10k"),
        (["--file-timeout", "0"], "above 0"),
        (["--file-timeout", "-1"], "above 0"),
        (["--file-timeout", "nan"], "above 0"),
        (["--max-pixels", "0"], "at least 1"),
        (["--max-pixels", "-5"], "at least 1"),
        (["-d", "phash", "-d", "dhash", "-t", "3"], "phash=3"),
    ],
)
def test_a_wrong_request_is_a_sentence_and_exit_2(dedupe, album, arguments, word):
    ran = dedupe("scan", album, *arguments)
    assert ran.code == 2 and ran.out == "" and word in ran.err and "Traceback" not in ran.err


@pytest.mark.parametrize("index", ["fast", "inverted", "hnsw"])
def test_an_index_that_cannot_serve_is_refused_before_anything_is_read(index, tmp_path, photos, monkeypatch):
    from dedupe import find, leak, scan
    from dedupe.errors import UsageError

    monkeypatch.setitem(sys.modules, "hnswlib", None)  # as if it were not installed
    kind = "cnn" if index == "hnsw" else "phash"
    told = {"fast": "'fast' is not an index", "inverted": "does not serve the metric hamming", "hnsw": "hnswlib"}[index]
    nowhere = tmp_path / "nowhere"  # where a walk would end the run
    for ask in (
        lambda: scan([nowhere], descriptors=[kind], index=index),
        lambda: find(photos[0], [nowhere], descriptors=[kind], index=index),
        lambda: leak(nowhere, nowhere, descriptors=[kind], index=index),
    ):
        with pytest.raises(UsageError, match=told):
            ask()


def test_a_root_that_is_not_there_is_exit_3(dedupe, tmp_path):
    ran = dedupe("scan", tmp_path / "nowhere")
    assert ran.code == 3 and "nowhere" in ran.err and ran.out == ""


def test_an_empty_folder_has_no_groups(dedupe, tmp_path):
    ran = dedupe("scan", tmp_path)
    assert ran.code == 0 and [line["type"] for line in ran.lines()] == ["header", "summary"]


def test_pictures_of_which_only_the_pixels_count_are_counted(dedupe, album):
    def said(*words) -> list[str]:
        return [note for note in dedupe(*words).lines("header")[0]["notes"] if "pixels" in note]

    assert said("scan", album) == []
    for name, colour in (("white.png", "white"), ("black.png", "black")):
        Image.new("RGB", (300, 200), colour).save(album / name)
    assert said("scan", album) == ["2 pictures are blank, pure noise or nearly so: matched by their pixels only."]
    white = album / "white.png"
    aside = f"{white} is blank, or noise, bars or a ramp: by distance alone it matches equal pixels only."
    assert said("compare", album / "white.png", album / "small.jpg", "-d", "pdq") == [aside]
    assert said("find", album / "white.png", album) == [
        aside,
        "2 pictures are blank, pure noise or nearly so: matched by their pixels only.",
    ]
