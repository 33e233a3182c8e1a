"""Addresses whose file systems are packages of others, and those that stand where a folder does."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import dedupe as library
from archives import in_folder, pictures, tarred, zipped
from dedupe.errors import UsageError
from dedupe.processes.child import METHOD
from served import served

fsspec = pytest.importorskip("fsspec", reason="the extra [remote] is not installed")
pytest.importorskip("aiohttp", reason="the extra [remote] is not installed")
OPENING = import_module("dedupe.describe.remote.opening")

NEW = {"descriptor": "pdq", "workers": 1, "cache": "none"}
PACKAGES = {"gs": "gcsfs", "hf": "huggingface_hub"}


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Any]:
    """What stands for a bucket of each kind: a file system in memory under its scheme, with a tar, and pictures in folders."""
    if METHOD != "fork":
        pytest.skip("where processes start afresh, what stands for a bucket is not there in the one that fetches")
    from fsspec.implementations.memory import MemoryFileSystem
    from fsspec.registry import _registry, register_implementation

    held, before = pictures(), dict(_registry)
    tar = tarred(held, tmp_path / "a.tar").read_bytes()
    for scheme in PACKAGES:

        class Bucket(MemoryFileSystem):  # type: ignore[misc]
            protocol, store, pseudo_dirs = scheme, {}, [""]

            @classmethod
            def _strip_protocol(cls, path: str) -> str:
                return str(super()._strip_protocol(path.removeprefix(f"{cls.protocol}://")))

        register_implementation(scheme, Bucket, clobber=True)
        fs = Bucket()
        for name, data in {"a.tar": tar, "top.jpg": held["a/first.jpg"], **held}.items():
            fs.pipe(f"/b/{name}", data)
    OPENING.forget()
    yield held
    OPENING.forget()
    _registry.clear()
    _registry.update(before)


@pytest.mark.parametrize("scheme", PACKAGES)
def test_what_is_in_a_bucket_is_as_what_is_in_a_folder(scheme, bucket, tmp_path):
    right = library.scan(in_folder(bucket, tmp_path / "set"), **NEW)
    for name in ("a.tar", ""):
        found = library.scan(f"{scheme}://b/{name}", **NEW, exclude="top.jpg")
        assert found.summary.files == right.summary.files == 6
        groups = [[[one.file.digest for one in group.members] for group in each] for each in (found, right)]
        assert groups[0] == groups[1]
        assert groups[0]
    assert all(one.path.startswith(f"{scheme}://b::".encode()) for one in found.kept)


@pytest.mark.parametrize("scheme", PACKAGES)
def test_a_package_that_is_missing_is_named(scheme):
    if find_spec(PACKAGES[scheme]):
        pytest.skip("it is installed here")
    with pytest.raises(
        UsageError, match=rf"^{scheme}://b/a.tar: {scheme}:// cannot be read: .*nstall {PACKAGES[scheme]}"
    ):
        library.scan(f"{scheme}://b/a.tar", **NEW)


def test_without_recursion_nothing_of_what_lies_in_folders_below_an_address_counts(bucket):
    found = library.scan("gs://b", **NEW, recursive=False)
    assert found.summary.files == 1
    assert found.summary.others["folders not entered"] == 3
    assert library.scan("gs://b/a.tar", **NEW, recursive=False).summary.files == 6


def test_settings_name_addresses_to_scan_but_none_to_protect(dedupe, tmp_path):
    file, held = tmp_path / "dedupe.toml", pictures()
    with served({f"/d/set/{name}": data for name, data in held.items()}) as server:
        file.write_text(f'paths = ["{server.url}/d/set/"]\nreference = ["{tmp_path}/own"]\n')
        in_folder({"first.jpg": held["a/first.jpg"]}, tmp_path / "own")
        ran = dedupe("scan", "--config", file, "-d", "pdq", "--cache", "none", "--json")
        assert ran.code == 0, ran.err
        assert ran.lines("header")[0]["roots"] == [f"{server.url}/d/set/"]
        assert ran.lines("group")[0]["keep"]["path"] == str(tmp_path / "own" / "first.jpg")
    for key in ("protect", "quarantine", "cache"):
        file.write_text(f'{key} = "s3://me:word@bucket/x"\n')
        ran = dedupe("apply" if key == "quarantine" else "scan", tmp_path, "--config", file)
        assert ran.code == 2
        assert f"{key} must be a" in ran.err
        assert "not 's3://bucket/x'" in ran.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            ("scan", ".", "--protect", "s3://me:word@b/x?k=1"),
            "--protect s3://b/x: leave it out; dedupe changes nothing at an address.",
        ),
        (
            ("scan", ".", "-o", "s3://me:word@b/x.json"),
            "s3://b/x.json is an address, and dedupe writes to this machine alone",
        ),
        (
            ("scan", ".", "--export", "gs://b/x.tar"),
            "gs://b/x.tar is an address, and dedupe writes to this machine alone",
        ),
        (("scan", ".", "--cache", "s3://b/x"), "s3://b/x is an address, and dedupe writes to this machine alone"),
        (
            ("apply", "plan.jsonl", "--action", "quarantine=s3://b/x"),
            "--action quarantine=s3://b/x: this is an address",
        ),
        (("scan", "gs://me:word@b/x/y", "--reference", "gs://b/x"), ""),
    ],
    ids=str,
)
def test_an_address_where_none_can_be_is_said_in_a_sentence(dedupe, tmp_path, given, said):
    (tmp_path / "plan.jsonl").write_text("")
    ran = dedupe(*given, cwd=tmp_path)
    assert ran.code == 2
    assert said in ran.err
    assert "word" not in ran.err
    assert [each.name for each in tmp_path.iterdir()] == ["plan.jsonl"]


@pytest.mark.parametrize(
    ("glob", "left"),
    [
        ("top.jpg", {"a/1.jpg", "a/b/2.jpg", "c/b/3.jpg"}),
        ("b/", {"top.jpg", "a/1.jpg"}),
        ("a/b/", {"top.jpg", "a/1.jpg", "c/b/3.jpg"}),
        ("a/*", {"top.jpg", "c/b/3.jpg"}),
        ("*.zip::top.jpg", {"a/1.jpg", "a/b/2.jpg", "c/b/3.jpg"}),
        ("c", {"top.jpg", "a/1.jpg", "a/b/2.jpg"}),
    ],
)
def test_globs_mean_in_an_archive_what_they_mean_in_a_folder(glob, left, tmp_path, capfd):
    data = pictures()["a/first.jpg"]
    held = dict.fromkeys(["top.jpg", "a/1.jpg", "a/b/2.jpg", "c/b/3.jpg"], data)
    given = zipped(held, tmp_path / "a.zip"), in_folder(held, tmp_path / "set")
    for root, mark in zip(given, ("::", "/"), strict=True):
        found = library.describe(root, **NEW, exclude=glob)
        if mark == "::" or "::" not in glob:
            assert {one.path.decode().removeprefix(f"{root}{mark}") for one in found.descriptions} == left
            assert "matched nothing" not in capfd.readouterr().err


def test_what_a_link_in_a_zip_leads_to_stays(tmp_path):
    data, path = pictures()["a/first.jpg"], tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in ("x.jpg", "in/y.jpg", "z.jpg"):
            made.writestr(name, data)
        link = zipfile.ZipInfo("in/deep/link.jpg")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        made.writestr(link, "../y.jpg")
    done = library.results.export(library.scan(path, **NEW, keep="name=^x"), tmp_path / "b.zip")
    assert done.duplicates == 1
    with zipfile.ZipFile(tmp_path / "b.zip") as made:
        assert made.namelist() == ["x.jpg", "in/y.jpg", "in/deep/link.jpg"]
        assert made.testzip() is None
