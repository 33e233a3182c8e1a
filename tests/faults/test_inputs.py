"""Odd and broken pictures: each is listed with a reason, none stops the run or changes what the good ones give."""

from __future__ import annotations

import io
import os
import random
import resource
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dedupe import testing
from dedupe.decode import SUFFIXES
from dedupe.errors import PictureError
from dedupe.model import DecodedInfo, Traits
from odd_pictures import BOMBS, photo, read, reason, scan
from pictures import encoded

# -- what is no picture


def test_zero_bytes_one_byte_noise_and_nothing() -> None:
    rng = np.random.default_rng(0)
    assert reason(b"") == "empty"
    for data in (b"\0", b"\xff", b"\0" * 5000, b"\xff" * 5000, rng.bytes(5000), rng.bytes(3)):
        assert reason(data) == "unrecognised"


OTHERS = {
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="http://example.org/x.png"/></svg>',
    "pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/tmp/x) (w) file\nshowpage\n",
    "html": b"<!DOCTYPE html><html><body><img src='http://example.org/'></body></html>",
    "zip": b"PK\3\4" + bytes(60),
    "psd": b"8BPS\0\1" + bytes(100),
    "wmf": b"\xd7\xcd\xc6\x9a" + bytes(100),
    "mp4": b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(40),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_picture_is_unrecognised_and_opens_no_other_program(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("a program or a connection was started")

    monkeypatch.setattr(subprocess, "Popen", never)
    monkeypatch.setattr("socket.socket.connect", never)
    assert reason(OTHERS[kind]) == "unrecognised"


def test_the_suffix_does_not_decide(tmp_path: Path) -> None:
    names = {"a.png": encoded(photo(), "JPEG"), "b.jpg": encoded(photo(), "PNG"), "c.webp": encoded(photo(), "GIF")}
    for name, data in names.items():
        (tmp_path / name).write_bytes(data)
    good, bad = scan([os.fsencode(tmp_path / name) for name in names])
    assert set(good) == {0, 1, 2}
    assert not bad


# -- odd shapes


def test_odd_shapes_decode_and_reach_a_descriptor(tmp_path: Path) -> None:
    shapes = [(1, 1), (1, 20_000), (20_000, 1), (2, 3), (7, 512), (513, 1)]
    paths = []
    for i, size in enumerate(shapes):
        path = tmp_path / f"{i}.png"
        Image.new("RGB", size, "white").save(path)
        paths.append(os.fsencode(path))
    good, bad = scan(paths)
    assert set(good) == set(range(len(shapes)))
    assert not bad


def test_garbage_in_exif_and_colour_profiles_is_ignored() -> None:
    plain = read(encoded(photo(), "JPEG"))
    for options in ({"exif": b"Exif\0\0" + bytes(range(256))}, {"icc_profile": b"no profile at all" * 9}):
        assert np.array_equal(read(encoded(photo(), "JPEG", **options)).luma, plain.luma)
    assert np.array_equal(
        read(encoded(photo(), "PNG", icc_profile=b"nonsense")).luma, read(encoded(photo(), "PNG")).luma
    )


# -- HEIC


def heif_decoder() -> Any:
    from dedupe_heif import dedupe_decoders

    (decoder,) = dedupe_decoders()
    return decoder


HEIC = b"\0\0\0\x1cftypheic\0\0\0\0mif1heicmiaf" + bytes(100)


def test_heic_without_its_codec_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PictureError, match=r"\.\[heif\]") as refused:
        read(HEIC, (heif_decoder(),))
    assert refused.value.reason == "codec_missing"
    assert reason(HEIC) == "unrecognised"


def test_heic_is_upright_once() -> None:
    heif = pytest.importorskip("pillow_heif", reason="the extra [heif] is not installed")
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010F] = "Maker"
        exif.get_ifd(0x8769)[0x9003] = "2020:01:02 03:04:05"
        out = io.BytesIO()
        heif.from_pillow(photo()).save(out, quality=90, exif=exif.tobytes())
        methods = (None, 0, 3, 1, 5, 4, 6, 2)
        method = methods[orientation - 1]
        upright = photo() if method is None else photo().transpose(Image.Transpose(method))
        found = read(out.getvalue(), (heif_decoder(),))
        assert found.rgb is not None
        assert np.abs(found.rgb.astype(int) - np.asarray(upright)).mean() < 6, orientation
        assert found.info == DecodedInfo(*upright.size, "HEIF", 1577934245, Traits(camera=True))
        assert reason(out.getvalue()[: len(out.getvalue()) * 9 // 10], (heif_decoder(),)) == "truncated"


def test_heic_tells_what_it_has_besides() -> None:
    heif = pytest.importorskip("pillow_heif", reason="the extra [heif] is not installed")
    clear = photo().convert("RGBA")
    clear.putalpha(128)
    out = io.BytesIO()
    several = heif.from_pillow(clear)
    several.add_from_pillow(photo())
    several.save(out, quality=50, icc_profile=b"a profile")
    clip = struct.pack(">I", 8 + 40) + b"mpvd" + bytes(40)
    info = read(out.getvalue() + clip, (heif_decoder(),)).info
    assert info.traits == Traits(2, profile=b"a profile", alpha=True, motion=True)
    heif.from_pillow(photo().convert("RGBA")).save(out := io.BytesIO(), quality=50)
    assert read(out.getvalue(), (heif_decoder(),)).info.traits == Traits()


# -- all together


def good_and_bad(folder: Path) -> tuple[list[bytes], set[int]]:
    """Files in one folder, and the indices of the good ones."""
    bad = [
        data[: len(data) * 9 // 10]
        for data in (encoded(photo(), f) for f in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF"))
    ]
    bad += [*OTHERS.values(), *(make() for make in BOMBS.values()), b"", b"\0", bytes(999)]
    good = [path.read_bytes() for path in testing.photos()[:70]]
    everything = [(data, False) for data in bad] + [(data, True) for data in good]
    random.Random(1).shuffle(everything)
    paths = []
    for i, (data, _) in enumerate(everything):
        path = folder / f"{i:03}.jpg"
        path.write_bytes(data)
        paths.append(os.fsencode(path))
    return paths, {i for i, (_, fine) in enumerate(everything) if fine}


def test_bad_files_change_nothing_of_what_the_good_ones_give(tmp_path: Path) -> None:
    paths, fine = good_and_bad(tmp_path)
    together, failures = scan(paths)
    assert set(together) == fine
    assert set(failures) == set(range(len(paths))) - fine
    assert all(failures[i].path == paths[i] and failures[i].stage in ("read", "decode") for i in failures)
    assert {f.reason for f in failures.values()} == {"truncated", "unrecognised", "too_large", "empty"}
    order = sorted(fine)
    alone, none = scan([paths[i] for i in order], workers=1)
    assert not none
    assert [alone[i] for i in range(len(order))] == [together[i] for i in order]


def test_the_hostile_pictures_neither_stop_the_run_nor_kill_a_worker(shared: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(shared / "hostile-images.zip") as archive:
        archive.extractall(tmp_path)
    paths = sorted(os.fsencode(path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(paths) == 735
    good, bad = scan(paths, timeout=120)
    assert len(good) + len(bad) == 735
    reasons = {failure.reason for failure in bad.values()}
    assert reasons <= {"truncated", "unrecognised", "too_large", "empty", "broken", "not_supported", "memory"}, reasons
    ours = {i for i, path in enumerate(paths) if path.lower().endswith(tuple(SUFFIXES))}
    unread = {
        os.path.relpath(paths[i], os.fsencode(tmp_path)) for i in ours if bad.get(i) and bad[i].reason == "unrecognised"
    }
    assert len(unread) < 20
    assert len(good) > 540
    suite = {paths[i]: bad.get(i) for i in ours if b"pngsuite/png/" in paths[i]}
    assert suite
    for path, failure in suite.items():
        corrupt = os.path.basename(path).startswith(b"x")  # PngSuite's names of corrupt files
        assert bool(failure) == corrupt, path
    for i, path in enumerate(paths):
        if b"generated/trunc_" in path:
            assert bad[i].reason == "truncated", path


def test_memory_is_not_left_behind() -> None:
    """Decoding the same picture again and again does not grow the process."""
    data = encoded(photo(1600, 1200), "JPEG")
    for _ in range(20):
        read(data)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(100):
        read(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
