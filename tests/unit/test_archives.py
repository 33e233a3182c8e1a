"""Pictures in archives are found, remembered, judged and named as those in folders are."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import pytest

import dedupe
from archives import in_folder, pictures, tarred, zipped, zstandard
from dedupe.results import read
from pictures import encoded, photo

HASH = {"descriptor": "pdq", "cache": "none"}


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    """The same pictures in a folder and in archives of every kind."""
    top, held = tmp_path_factory.mktemp("held"), pictures()
    return {
        "folder": in_folder(held, top / "folder"),
        "zip": zipped(held, top / "deflated.zip"),
        "stored": zipped(held, top / "stored.cbz", zipfile.ZIP_STORED),
        "bz2": zipped(held, top / "bz2.zip", zipfile.ZIP_BZIP2),
        "lzma": zipped(held, top / "lzma.zip", zipfile.ZIP_LZMA),
        "tar": tarred(held, top / "plain.tar"),
        "gz": tarred(held, top / "a.tar.gz", mode="w:gz"),
        "bz": tarred(held, top / "a.tbz2", mode="w:bz2"),
        "xz": tarred(held, top / "a.tar.xz", mode="w:xz"),
    }


def groups_of(result, top: Path) -> list:
    """What a scan found, without where the pictures are."""
    cut = len(os.fsencode(top)) + (1 if top.is_dir() else 2)
    return [
        (
            group.kept.path[cut:],
            group.kept.digest,
            group.kept.size,
            [(one.file.path[cut:], dict(one.distance), one.kind, one.why) for one in group.members],
        )
        for group in result.groups
    ]


def failures_of(result, top: Path) -> list:
    cut = len(os.fsencode(top)) + (1 if top.is_dir() else 2)
    return [(one.path[cut:], one.stage, one.reason, one.message) for one in result.failures]


@pytest.mark.parametrize("kind", ["zip", "stored", "bz2", "lzma", "tar", "gz", "bz", "xz"])
def test_an_archive_gives_what_a_folder_gives(places, kind):
    folder, archive = (dedupe.scan(places[each], **HASH) for each in ("folder", kind))
    assert groups_of(folder, places["folder"]) == groups_of(archive, places[kind]) != []
    assert failures_of(folder, places["folder"]) == failures_of(archive, places[kind]) != []
    for name in ("files", "contents", "groups", "duplicates", "kinds", "failures", "others", "suffixes"):
        assert getattr(folder.summary, name) == getattr(archive.summary, name), name


def test_an_unchanged_archive_is_not_read_again(places, tmp_path, monkeypatch):
    archive = Path(shutil.copy(places["tar"], tmp_path / "a.tar"))
    os.utime(archive, (1.6e9, 1.6e9))
    first = dedupe.scan(archive, descriptor="pdq", cache=tmp_path / "cache", workers=1)
    monkeypatch.setattr(import_module("dedupe.describe.inside.opening"), "listing", None)
    monkeypatch.setattr(import_module("dedupe.describe")._Stage, "_batches", None)
    monkeypatch.chdir(tmp_path)
    again = dedupe.scan("a.tar", descriptor="pdq", cache=tmp_path / "cache")
    assert (first.summary.described, again.summary.described) == (5, 0)
    assert groups_of(again, Path("a.tar")) == groups_of(first, archive)
    assert failures_of(again, Path("a.tar")) == failures_of(first, archive)


def test_a_changed_archive_is_read_again(tmp_path):
    archive = tarred({"x.jpg": encoded(photo(120, 90), "JPEG")}, tmp_path / "a.tar")
    os.utime(archive, (1.6e9, 1.6e9))
    assert dedupe.scan(archive, descriptor="pdq", cache=tmp_path / "cache").summary.described == 1
    tarred({"x.jpg": encoded(photo(120, 96), "JPEG")}, archive)
    os.utime(archive, (1.6e9, 1.6e9))
    assert dedupe.scan(archive, descriptor="pdq", cache=tmp_path / "cache").summary.described == 1


def test_the_cache_forgets_an_archive_that_is_gone(tmp_path):
    from dedupe.store import Store

    archive = tarred({"x.jpg": encoded(photo(120, 90), "JPEG")}, tmp_path / "a.tar")
    os.utime(archive, (1.6e9, 1.6e9))
    dedupe.scan(archive, descriptor="pdq", cache=tmp_path / "cache")
    with Store.sound(tmp_path / "cache") as store:
        assert store.info().files == 1
        assert store.prune().files == 0
    archive.unlink()
    with Store.sound(tmp_path / "cache") as store:
        assert store.prune().files == 1


def test_one_picture_of_an_archive_is_named_with_two_colons(places):
    archive = os.fsdecode(places["zip"])
    found = dedupe.find(f"{archive}::a/first.jpg", [archive, places["folder"]], **HASH)
    names = {os.path.relpath(one.file.path_str, places["folder"].parent): one.kind for one in found.matches}
    assert names["folder/a/first.jpg"] == names["deflated.zip::a/again.jpg"] == "same-bytes"
    assert "deflated.zip::a/first.jpg" not in names, "the picture itself is no match"
    same = dedupe.compare(f"{archive}::a/first.jpg", places["folder"] / "b/small.png", **HASH)
    assert same.judgement is not None and same.judgement.kind == "re-encoded"
    itself = dedupe.compare(f"{archive}::a/first.jpg", f"{archive}::a/first.jpg", **HASH)
    assert itself.judgement is not None and itself.judgement.kind == "same-bytes"
    with pytest.raises(dedupe.DedupeError, match=r"nothing.jpg cannot be used: It holds no such picture\."):
        dedupe.compare(f"{archive}::nothing.jpg", places["folder"] / "b/small.png", **HASH)
    with pytest.raises(
        dedupe.UsageError, match=r"holds many pictures; name one of them, as .*deflated.zip::a/again.jpg"
    ):
        dedupe.compare(archive, places["folder"] / "b/small.png", **HASH)


def test_a_file_whose_name_has_two_colons_is_that_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tarred({"x.jpg": encoded(photo(120, 90), "JPEG")}, tmp_path / "a.tar")
    (tmp_path / "a.tar::x.jpg").write_bytes(encoded(photo(90, 120), "JPEG"))
    (found,) = dedupe.describe("a.tar::x.jpg", **HASH).descriptions
    (inside,) = dedupe.describe("a.tar", **HASH).descriptions
    assert found.path == inside.path == b"a.tar::x.jpg" and found.values.tobytes() != inside.values.tobytes()


def test_an_archive_counts_once_however_it_is_named(places, tmp_path, monkeypatch):
    monkeypatch.chdir(places["tar"].parent)
    link = tmp_path / "link.tar"
    link.symlink_to(places["tar"])
    result = dedupe.scan([places["tar"], "plain.tar", link, "plain.tar::a/first.jpg"], **HASH)
    assert result.summary.files == 6


def test_archives_in_folders_are_counted_and_not_opened(tmp_path):
    in_folder(pictures(), tmp_path / "top")
    zipped(pictures(), tmp_path / "top" / "x.ZIP")
    result = dedupe.scan(tmp_path / "top", **HASH)
    assert result.summary.others["archives not opened"] == 1 and result.summary.files == 6


def test_a_list_of_files_may_name_archives_and_pictures_in_them(places):
    listed = [places["tar"], f"{places['zip']}::a/first.jpg"]
    assert dedupe.scan(files_from=listed, **HASH).summary.files == 7


def test_results_say_where_a_picture_is_and_are_read_back(places, tmp_path):
    result = dedupe.scan(places["tar"], **HASH)
    (group, *_) = result.groups
    assert group.kept.no_file and group.kept.within is not None and not group.kept.in_memory
    assert group.kept.path == group.kept.within.container + b"::" + group.kept.within.member
    with places["tar"].open("rb") as stream:
        stream.seek(group.kept.within.offset)
        assert stream.read(group.kept.size) == pictures()[os.fsdecode(group.kept.within.member)]
    result.to_json(tmp_path / "found.jsonl")
    assert list(read(tmp_path / "found.jsonl").groups) == list(result.groups)
    (line,) = [one for one in result.to_dict()["group"] if one["id"] == 1]
    assert line["keep"]["container"] == os.fsdecode(places["tar"]) and line["keep"]["member"] == "a/again.jpg"


def test_actions_leave_archives_alone(places, tmp_path):
    archive = Path(shutil.copy(places["zip"], tmp_path / "a.zip"))
    before = archive.read_bytes()
    plan = tmp_path / "plan.jsonl"
    assert dedupe.scan(archive, **HASH).summary.freeable == 0
    dedupe.scan(archive, **HASH).to_json(plan)
    for select in ("same-bytes", "same-bytes,re-encoded,adjusted"):
        done = dedupe.apply(plan, select=select, yes=True)
        assert not done.outcomes, "a plan proposes to remove nothing of an archive"
    lines = plan.read_text("utf-8")
    assert '"kind":"same-bytes"' in lines
    plan.write_text(lines.replace('"kind":"same-bytes"', '"kind":"same-bytes","action":"remove"'), "utf-8")
    done = dedupe.apply(plan, yes=True)
    assert {one.state for one in done.outcomes} == {"refused"} and archive.read_bytes() == before
    assert {one.message for one in done.outcomes} == {"it is in an archive, and dedupe changes no archive"}


def test_a_file_stays_where_only_an_archive_has_it_too(places, tmp_path):
    folder = in_folder({"x.jpg": pictures()["a/first.jpg"]}, tmp_path / "photos")
    beside = dedupe.scan([places["zip"], folder], **HASH)
    assert any(group.kept.path == os.fsencode(folder / "x.jpg") for group in beside.groups), (
        "a file is kept before a member"
    )
    dedupe.scan(folder, reference=places["zip"], **HASH).to_json(tmp_path / "plan.jsonl")
    (outcome,) = dedupe.apply(tmp_path / "plan.jsonl", yes=True).outcomes
    assert (outcome.state, outcome.reason) == ("refused", "kept in an archive")
    assert (folder / "x.jpg").exists()


def test_a_page_shows_pictures_of_archives(places, tmp_path, monkeypatch):
    from dedupe.model import Run
    from dedupe.plugins import load
    from dedupe.previews import previews

    monkeypatch.chdir(places["tar"].parent)
    result, loaded = dedupe.scan("plain.tar", **HASH), load()
    files = [group.kept for group in result.groups]
    seen = previews(files, loaded.decoders, Run(workers=1), loaded.openers)
    assert all(one.jpeg for one in seen.values()) and len(seen) == len(files) > 0


def test_shards_have_labels_beside_their_pictures(tmp_path):
    data = encoded(photo(120, 90), "JPEG")
    shard = {
        "s/0.jpg": data, "s/0.cls": b"3\n",
        "s/1.cls": b"7", "s/1.png": encoded(photo(120, 80), "PNG"),
        "s/2.json": b'{"label": "cat", "x": 1}', "s/2.seg.jpg": encoded(photo(100, 90), "JPEG"),
        "s/3.json": b"[1, 2", "s/3.jpg": encoded(photo(90, 90), "JPEG"),
    }  # fmt: skip
    archive = tarred(shard, tmp_path / "shard.tar")
    result = dedupe.scan(archive, judge=False, threshold=0, **HASH)
    files = [*result.kept, *result.alone, *(one.file for group in result.groups for one in group.members)]
    labels = {one.within.member: one.within.label for one in files if one.within}
    assert labels == {b"s/0.jpg": "3", b"s/1.png": "7", b"s/2.seg.jpg": "cat", b"s/3.jpg": ""}


def test_a_leak_between_archives_knows_labels_by_folder_and_by_shard(places, tmp_path):
    held = pictures()
    shard = tarred({"0.jpg": held["b/bright.jpg"], "0.cls": b"a"}, tmp_path / "test.tar")
    found = dedupe.leak(places["zip"], shard, descriptor="pdq", cache="none")
    labels = {(group.kept.within.member, group.label, one.label) for group in found.groups for one in group.members}
    assert (b"b/bright.jpg", "b", "a") in labels and (b"a/first.jpg", "a", "a") in labels


def test_what_is_read_in_order_is_read_once_for_many_pairs(places, monkeypatch):
    asked = []
    whole = import_module("dedupe.judge.in_order")
    fetched = whole._fetched
    monkeypatch.setattr(whole, "_fetched", lambda some, seconds: asked.append(len(some)) or fetched(some, seconds))
    first = dedupe.scan(places["gz"], **HASH)
    assert len(asked) <= 2, "a pass for all that is foreseen, one for exchanges, whatever the number of pairs"
    asked.clear()
    monkeypatch.setattr(whole, "AT_ONCE", 1)
    assert groups_of(dedupe.scan(places["gz"], **HASH), places["gz"]) == groups_of(first, places["gz"])
    assert len(asked) > 1
    asked.clear()
    assert dedupe.scan(places["tar"], **HASH).summary.groups == len(first.groups) and not asked
    dedupe.scan(places["gz"], judge=False, threshold=0, **HASH)
    assert not asked, "no pass where nothing is judged"


def test_without_zstd_a_sentence_names_the_extra(tmp_path, monkeypatch):
    path = zstandard(pictures(), tmp_path / "a.tar.zst")
    assert dedupe.scan(path, descriptor="pdq", judge=False, cache="none").summary.files == 6
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    monkeypatch.setitem(sys.modules, "backports", None)
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    (failure,) = dedupe.scan(path, descriptor="pdq", judge=False, cache="none").failures
    assert failure.reason == "codec_missing" and "pip install '.[zst]'" in failure.message
