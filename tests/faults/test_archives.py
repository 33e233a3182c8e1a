"""Hostile archives: what is whole in them is used, the rest is said in a sentence, and nothing is written to the disk."""

from __future__ import annotations

import io
import os
import struct
import tarfile
import zipfile
import zlib
from importlib import import_module
from pathlib import Path

import pytest

import dedupe as library
from archives import add, tarred, zipped
from dedupe.errors import PictureError
from pictures import encoded, photo

LISTING = import_module("dedupe.describe.inside.listing")


@pytest.fixture(scope="module")
def jpegs() -> list[bytes]:
    return [encoded(photo(200 + 20 * i, 150), "JPEG", quality=80) for i in range(4)]


def scanned(path: Path, **options):
    return library.scan(path, descriptor="pdq", cache="none", judge=False, threshold=0, workers=1, **options)


def names(result) -> set[bytes]:
    files = [*result.kept, *result.alone, *(one.file for group in result.groups for one in group.members)]
    return {one.within.member for one in files}


def reasons(result) -> dict[str, str]:
    return {os.path.basename(os.fsdecode(one.path)): one.reason for one in result.failures}


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_absolute_names_and_those_that_lead_out_are_only_names(kind, tmp_path, jpegs, monkeypatch):
    monkeypatch.chdir(tmp_path)
    odd = ["/etc/a.jpg", "../../b.jpg", "x/../../c.jpg", "C:\\d.jpg"]
    held = dict(zip(odd, jpegs, strict=True))
    before = {*Path().rglob("*")}
    path = (zipped if kind == "zip" else tarred)(held, tmp_path / f"a.{kind}")
    result = scanned(path)
    assert names(result) == {os.fsencode(each) for each in odd} and not result.failures
    assert {*Path().rglob("*")} - before == {Path(path.name)}
    assert scanned(Path(f"{path}::../../b.jpg")).summary.files == 1


def test_names_that_lead_out_are_cached_as_what_they_are(tmp_path, jpegs):
    (tmp_path / "in").mkdir()
    path = tarred({"../x.jpg": jpegs[0]}, tmp_path / "in" / "a.tar")
    (tmp_path / "in" / "x.jpg").write_bytes(jpegs[1])
    for each in (path, tmp_path / "in" / "x.jpg"):
        os.utime(each, (1.6e9, 1.6e9))
    for described in (2, 0):
        found = library.scan([path, tmp_path / "in" / "x.jpg"], descriptor="pdq", cache=tmp_path / "cache")
        assert (found.summary.described, found.summary.contents) == (described, 2)


def test_links_devices_and_sparse_files_are_counted_and_not_read(tmp_path, jpegs):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        add(archive, "good.jpg", jpegs[0])
        add(archive, "soft.jpg", kind=tarfile.SYMTYPE, link="/etc/passwd")
        add(archive, "hard.jpg", kind=tarfile.LNKTYPE, link="good.jpg")
        for name, kind in (("pipe.jpg", tarfile.FIFOTYPE), ("disk.jpg", tarfile.BLKTYPE), ("tty.jpg", tarfile.CHRTYPE)):
            add(archive, name, kind=kind)
        add(archive, "sparse.jpg", jpegs[1], kind=tarfile.GNUTYPE_SPARSE)
        add(archive, "last.jpg", jpegs[2])
    result = scanned(path)
    assert names(result) == {b"good.jpg", b"last.jpg"} and not result.failures
    assert result.summary.others == {"links": 2, "special files": 3, "sparse files": 1}


def test_a_link_in_a_zip_is_counted(tmp_path, jpegs):
    path = zipped({"good.jpg": jpegs[0]}, tmp_path / "a.zip")
    info = zipfile.ZipInfo("soft.jpg")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    result = scanned(path)
    assert names(result) == {b"good.jpg"} and result.summary.others == {"links": 1}


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_pictures_of_one_name_are_two_pictures(kind, tmp_path, jpegs):
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for data in jpegs[:2]:
                archive.writestr("x.jpg", data)
    else:
        with tarfile.open(path, "w") as archive:
            for data in jpegs[:2]:
                add(archive, "x.jpg", data)
    result = scanned(path)
    assert result.summary.contents == 2 and not result.failures
    first, second = sorted(names(result), key=len)
    assert first == b"x.jpg" and second.startswith(b"x (at byte ") and second.endswith(b").jpg")
    again = library.compare(f"{path}::x.jpg", f"{path}::{os.fsdecode(second)}", descriptor="pdq", cache="none")
    assert again.judgement is not None and again.judgement.kind != "same-bytes"


def test_what_is_encrypted_says_so(tmp_path, jpegs):
    path = zipped({"a.jpg": jpegs[0], "b.jpg": jpegs[1]}, tmp_path / "a.zip", zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag of the first entry
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    result = scanned(path)
    assert names(result) == {b"b.jpg"} and reasons(result) == {"a.zip::a.jpg": "encrypted"}
    assert "unpack the archive with its password" in result.failures[0].message


def test_a_checksum_that_is_wrong_and_a_method_that_nobody_knows_are_said(tmp_path, jpegs):
    held = dict(zip(("a.jpg", "b.jpg", "c.jpg"), jpegs, strict=False))
    path = zipped(held, tmp_path / "a.zip", zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.index(jpegs[0]) + 500] ^= 255
    data[data.index(b"b.jpg") - 30 + 8] = 99
    path.write_bytes(data)
    result = scanned(path)
    assert names(result) == {b"c.jpg"}
    assert reasons(result) == {"a.zip::a.jpg": "damaged", "a.zip::b.jpg": "unsupported"}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
@pytest.mark.parametrize("keep", [1, 2])
def test_a_tar_that_is_cut_off_gives_what_was_whole(form, keep, tmp_path, jpegs):
    held = {f"{'long/' * 15}{i}.jpg": data for i, data in enumerate(jpegs)}
    path = tarred(held, tmp_path / "a.tar", form)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(jpegs[keep]) + len(jpegs[keep]) // 2])
    result = scanned(path)
    assert len(names(result)) == keep and reasons(result) == {"a.tar": "truncated"}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_zip_that_is_cut_off_gives_what_was_whole(streamed, tmp_path, jpegs):
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_):
            raise OSError

        def tell(self):
            raise OSError

    out, path = Pipe() if streamed else io.BytesIO(), tmp_path / "a.zip"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for i, data in enumerate(jpegs):
            archive.writestr(f"{i}.jpg", data)
    data = out.getvalue()
    path.write_bytes(data[: data.index(b"2.jpg") + 3000])
    result = scanned(path)
    assert names(result) == {b"0.jpg", b"1.jpg"} and reasons(result) == {"a.zip": "truncated"}


def test_an_archive_in_an_archive_is_not_opened(tmp_path, jpegs):
    inner = zipped({"x.jpg": jpegs[0]}, tmp_path / "inner.zip").read_bytes()
    result = scanned(tarred({"inner.zip": inner, "y.jpg": jpegs[1], "z": inner}, tmp_path / "a.tar"))
    assert names(result) == {b"y.jpg"}
    assert result.summary.others == {"archives not opened": 1, "other files": 1}


def test_a_bomb_is_refused_by_what_it_says(tmp_path, jpegs):
    zeros = b"\0" * (80 << 20)
    path = zipped({"a.jpg": jpegs[0], "bomb.jpg": jpegs[1] + zeros}, tmp_path / "a.zip")
    result = scanned(path)
    assert (names(result) == {b"a.jpg"} and reasons(result) == {"a.zip::bomb.jpg": "too_large"}) or not result.failures
    lying = bytearray(path.read_bytes())
    at = lying.rindex(b"PK\1\2")
    lying[at + 24 : at + 28] = struct.pack("<L", 0xFFFFFFFE)
    path.write_bytes(lying)
    result = scanned(path)
    assert names(result) == {b"a.jpg"} and reasons(result) == {"a.zip": "too_large"}


def test_entries_that_all_unpack_the_same_bytes_are_a_bomb(tmp_path, jpegs):
    """As in Fifield's: thousands of entries over one another unpack to more than any archive of its size could hold."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(b"\0" * (20 << 20)) + packed.flush()
    name, crc = b"x.jpg", zlib.crc32(b"\0" * (20 << 20))
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(data), 20 << 20, len(name), 0) + name
    directory = b""
    for i in range(50):
        entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(data), 20 << 20, 6, 0, 0, 0, 0, 0, i)
        directory += entry + b"%02d.jpg" % i
    out = local + data
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 50, 50, len(directory), len(out), 0)
    path = tmp_path / "a.zip"
    path.write_bytes(out + directory + end)
    result = scanned(path)
    assert reasons(result)["a.zip"] == "too_large" and not names(result)


def test_so_many_entries_are_looked_at_and_no_more(tmp_path, jpegs, monkeypatch):
    monkeypatch.setattr(LISTING, "MOST", 2)
    result = scanned(tarred(dict(zip("abcd", jpegs, strict=True)), tmp_path / "a.tar"))
    assert len(names(result)) == 2 and reasons(result) == {"a.tar": "too_large"}
    assert result.failures[0].message == "It holds more than the 2 entries that are looked at."


def test_a_size_below_zero_leads_nowhere(tmp_path, jpegs):
    path = tarred({"a.jpg": jpegs[0], "b.jpg": jpegs[1]}, tmp_path / "a.tar", tarfile.GNU_FORMAT)
    data = bytearray(path.read_bytes())
    at = data.index(b"b.jpg")
    data[at + 124 : at + 136] = b"\xff" * 10 + b"\xfc\x00"
    block = data[at : at + 512]
    block[148:156] = b" " * 8
    data[at + 148 : at + 156] = b"%06o\0 " % sum(block)
    path.write_bytes(data)
    result = scanned(path)
    assert names(result) == {b"a.jpg"} and set(reasons(result)) == {"a.tar"}


def test_an_archive_that_changes_while_it_is_read_is_said(tmp_path, jpegs):
    from dedupe.describe.inside.opening import container_of
    from dedupe.describe.inside.reading import Readers
    from dedupe.model import MemberPlace
    from dedupe.plugins import load

    path = tarred({"a.jpg": jpegs[0]}, tmp_path / "a.tar")
    container = container_of(os.fsencode(path), load().openers)
    assert container is not None
    place, readers = MemberPlace(container, 1536, len(jpegs[0])), Readers()
    tarred({"a.jpg": jpegs[0], "b.jpg": jpegs[0]}, path)
    with pytest.raises(PictureError, match="changed after it was looked through") as raised:
        readers.read(place)
    assert raised.value.reason == "changed"


@pytest.mark.parametrize("name", ["a.zip", "a.tar"])
def test_what_is_named_as_an_archive_and_is_none_is_unrecognised(name, tmp_path):
    (tmp_path / name).write_bytes(b"no archive" * 100)
    result = scanned(tmp_path / name)
    assert reasons(result) == {name: "unrecognised"} and result.summary.files == 0


def test_an_empty_archive_has_no_pictures(tmp_path):
    for path in (zipped({}, tmp_path / "a.zip"), tarred({}, tmp_path / "a.tar")):
        result = scanned(path)
        assert result.summary.files == 0 and not result.failures


def test_nothing_is_written_while_archives_are_read(tmp_path, jpegs, dedupe):
    path = zipped(dict(zip(("a.jpg", "b.jpg", "c.jpg", "d.jpg"), jpegs, strict=True)), tmp_path / "a.zip")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    ran = dedupe("scan", path, "-d", "pdq", "--cache", "none", env={"TMPDIR": str(temporary)})
    assert ran.code == 0 and not list(temporary.rglob("*.jpg"))
