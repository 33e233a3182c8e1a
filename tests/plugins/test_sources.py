"""The sources that ship keep the contract, and the kit finds those that do not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest
from dedupe_archives.compressed import CompressedTar
from dedupe_archives.tars import Tar
from dedupe_archives.zips import Zip
from dedupe_tables.source import Arrow, Parquet

from archives import arrow, feather, parquet, pictures, tarred, zipped, zstandard
from dedupe.testing import sources

SHIPPED: dict[str, Any] = {
    "zip": Zip(),
    "tar": Tar(),
    "tar-compressed": CompressedTar(),
    "parquet": Parquet(),
    "arrow": Arrow(),
}


def held(kind: str, folder: Path) -> dict[Path, dict[str, bytes]]:
    """Files of a kind, and what is in them."""
    inside = pictures()
    if kind in ("parquet", "arrow"):
        pa = pytest.importorskip("pyarrow", reason="the extra [tables] is not installed")
        table, rows = pa.table({"image": [*inside.values()]}), dict(enumerate(inside.values()))
        made = [parquet(table, folder / "a.parquet")] if kind == "parquet" else [arrow(table, folder / "a.arrow")]
        made += [feather(table, folder / "b.feather")] if kind == "arrow" else []
        return {path: {f"row {i}": data for i, data in rows.items()} for path in made}
    if kind == "tar-compressed":
        forms = {"a.tar.gz": "w:gz", "b.tbz2": "w:bz2", "c.txz": "w:xz"}
        made = [tarred(inside, folder / name, mode=mode) for name, mode in forms.items()]
        return dict.fromkeys([*made, zstandard(inside, folder / "d.tar.zst")], inside)
    if kind == "tar":
        return {tarred(inside, folder / "a.tar"): inside}
    methods = {"a.zip": zipfile.ZIP_DEFLATED, "b.cbz": zipfile.ZIP_STORED}
    return {zipped(inside, folder / name, method): inside for name, method in methods.items()}


@pytest.mark.parametrize("check", sources.CHECKS)
@pytest.mark.parametrize("kind", SHIPPED)
def test_source(kind: str, check: str, tmp_path: Path) -> None:
    sources.CHECKS[check](sources.SourceUnderTest(SHIPPED[kind], of_its_kind=held(kind, tmp_path)))


class Contract(Tar):
    suffixes = ("tar",)


class OwnFiles(Tar):
    suffixes = (".tape",)


class OtherFormats(Tar):
    def matches(self, head: bytes) -> bool:
        return super().matches(head) or head.startswith(b"RIFF")


class Entries(Tar):
    def entries(self, stream: Any) -> Iterator[Any]:
        return (replace(each, size=each.size + (each.name == b"a/first.jpg")) for each in super().entries(stream))


class Reader(Tar):
    def reader(self, stream: Any) -> Any:
        return lambda offset, size: stream.read(size)


class Truncated(Tar):
    def entries(self, stream: Any) -> Iterator[Any]:
        yield from super().entries(io.BytesIO(stream.read() + bytes(1 << 18)))


class Without(Tar):
    def without(self, stream: Any, out: Any, offsets: frozenset[int]) -> None:
        super().without(stream, out, frozenset([*offsets][1:]))


class Picklable(Tar):
    def __init__(self) -> None:
        self.of = lambda: None


MUTANTS = {
    "contract": Contract,
    "own-files": OwnFiles,
    "other-formats": OtherFormats,
    "entries": Entries,
    "reader": Reader,
    "truncated": Truncated,
    "without": Without,
    "picklable": Picklable,
}


@pytest.mark.parametrize("broken", MUTANTS)
def test_the_broken_promise_of_a_source_is_found(broken: str, tmp_path: Path) -> None:
    subject = sources.SourceUnderTest(MUTANTS[broken](), of_its_kind=held("tar", tmp_path))
    assert broken in failing(subject)


def test_each_promise_has_a_source_that_breaks_it() -> None:
    assert MUTANTS.keys() | {"import-time"} == sources.CHECKS.keys()


def test_without_files_what_needs_them_is_skipped() -> None:
    with pytest.raises(SkipTest):
        sources.CHECKS["entries"](sources.SourceUnderTest(Tar()))


def failing(subject: sources.SourceUnderTest) -> list[str]:
    failed = []
    for name, check in sources.CHECKS.items():
        try:
            check(subject)
        except Exception:
            failed.append(name)
    return failed
