"""Odd and broken pictures: each is listed with a reason, none stops the run or changes what the good ones give."""

from __future__ import annotations

import io
import os
import random
import resource
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dedupe import testing
from dedupe.decode import SUFFIXES, Picture, read_picture
from dedupe.errors import PictureError
from dedupe.model import Decode, DecodedInfo, Failure
from dedupe.workers import Batch, Column, run

CAP = 100_000_000
MEMORY = 2 << 30


@dataclass
class Tiny:
    """A descriptor that is the picture at 8 x 8."""

    name = "tiny"
    version = "1"
    metric = "l2"
    decode = Decode((8, 8), "L", "working", "box")
    threshold = 1.0

    def describe(self, images: Any) -> Any:
        return images.reshape(len(images), -1).astype(np.float32)


@cache
def photo(width: int = 320, height: int = 240) -> Image.Image:
    with Image.open(testing.photos()[33]) as image:
        return image.convert("RGB").resize((width, height))


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def read(data: bytes, decoders: tuple[Any, ...] = ()) -> Picture:
    return read_picture(data, decoders, rgb=True, full=False, pixel_cap=CAP)


def reason(data: bytes, decoders: tuple[Any, ...] = ()) -> str:
    with pytest.raises(PictureError) as refused:
        read(data, decoders)
    message = str(refused.value)
    assert message.endswith((".", "]", "'", ")")) or ":" in message
    assert "\n" not in message
    return refused.value.reason


def scan(
    paths: list[bytes], decoders: tuple[Any, ...] = (), **options: Any
) -> tuple[dict[int, Any], dict[int, Failure]]:
    """Each file's vector and content, and the failures, by index."""
    given: dict[str, Any] = {"workers": 2, "known": None, "timeout": 60, "memory": MEMORY, "pixel_cap": CAP}
    batches = run(
        paths, np.arange(len(paths)), [Column("tiny", Tiny(), "none")], decoders, notify=print, **given | options
    )
    return collected(batches)


def collected(batches: Iterator[Batch]) -> tuple[dict[int, Any], dict[int, Failure]]:
    good: dict[int, Any] = {}
    bad: dict[int, Failure] = {}
    seen: dict[bytes, Any] = {}
    for batch in batches:
        rows, X = batch.vectors[0]
        assert np.array_equal(rows, np.flatnonzero(batch.decoded))
        vectors = dict(zip(rows.tolist(), X, strict=True))
        for row, index in enumerate(batch.index.tolist()):
            assert index not in good and index not in bad
            digest = batch.contents[row]["digest"].tobytes()
            if batch.decoded[row]:
                seen[digest] = vectors[row].tobytes(), batch.contents[row].tobytes()
            good[index] = seen[digest]
        for index, failure in batch.failures:
            assert index not in good and index not in bad
            bad[index] = failure
    return good, bad


# -- files that end early

ENDS = {
    "jpg": lambda: encoded(photo(), "JPEG"),
    "progressive jpg": lambda: encoded(photo(), "JPEG", progressive=True),
    "grey jpg": lambda: encoded(photo().convert("L"), "JPEG", subsampling=0),
    "large jpg": lambda: encoded(photo(2400, 1800), "JPEG"),
    "png": lambda: encoded(photo(), "PNG"),
    "apng": lambda: encoded(photo(), "PNG", save_all=True, append_images=[photo().rotate(9), photo().rotate(20)]),
    "gif": lambda: encoded(photo(), "GIF"),
    "animated gif": lambda: encoded(
        photo(), "GIF", save_all=True, append_images=[photo().rotate(9), photo().rotate(20)]
    ),
    "webp": lambda: encoded(photo(), "WEBP"),
    "lossless webp": lambda: encoded(photo(), "WEBP", lossless=True),
    "tif": lambda: encoded(photo(), "TIFF"),
    "lzw tif": lambda: encoded(photo(), "TIFF", compression="tiff_lzw"),
    "jpeg tif": lambda: encoded(photo(), "TIFF", compression="jpeg"),
    "bmp": lambda: encoded(photo(), "BMP"),
    "palette bmp": lambda: encoded(photo().quantize(64), "BMP"),
    "avif": lambda: encoded(photo(), "AVIF"),
    "jp2": lambda: encoded(photo(), "JPEG2000", irreversible=True, quality_layers=[20]),
    "j2k": lambda: encoded(photo(), "JPEG2000", no_jp2=True),
    "ppm": lambda: encoded(photo(), "PPM"),
}


@pytest.mark.parametrize("kind", ENDS)
def test_a_file_that_ends_early_is_truncated_wherever_it_ends(kind: str) -> None:
    data = ENDS[kind]()
    read(data)
    rng = random.Random(kind)
    cuts = {int(len(data) * part) for part in (0.1, 0.5, 0.9, 0.99)} | {rng.randrange(32, len(data)) for _ in range(12)}
    for cut in sorted(cuts | {len(data) - 1}):
        if "jpg" in kind and cut >= len(data) - 2:
            continue  # the end marker alone: see below
        assert reason(data[:cut]) == "truncated", cut


def test_a_png_whose_checksum_is_wrong_is_broken() -> None:
    data = bytearray(encoded(photo(), "PNG"))
    data[len(data) // 2] ^= 4
    assert reason(bytes(data)) == "broken"


@pytest.mark.parametrize("kind", [kind for kind in ENDS if "jpg" in kind])
def test_a_jpeg_that_lacks_only_its_end_marker_is_whole(kind: str) -> None:
    data = ENDS[kind]()
    assert data.endswith(b"\xff\xd9")
    assert np.array_equal(read(data[:-2]).luma, read(data).luma)
    assert np.array_equal(read(data + b"\0" * 5000).luma, read(data).luma)
    assert np.array_equal(read(data + data).luma, read(data).luma)


@pytest.mark.parametrize("part", [0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("kind", [kind for kind in ENDS if "jpg" in kind])
def test_a_jpeg_with_its_end_marker_too_early_is_no_half_grey_picture(kind: str, part: float) -> None:
    data = ENDS[kind]()
    start, end = data.index(b"\xff\xda") + 20, len(data)
    if kind == "progressive jpg":  # the last scan only refines what is all there
        end = data.rindex(b"\xff\xc4")
    assert reason(data[: start + int((end - start) * part)] + b"\xff\xd9") == "truncated"


def test_pictures_that_really_are_mid_grey_are_whole() -> None:
    for mode, grey in (("L", 128), ("RGB", (128, 128, 128)), ("CMYK", (127, 127, 127, 127))):
        for size in ((64, 64), (100, 37), (2100, 1100)):
            for tail in (2, 0):
                data = encoded(Image.new(mode, size, grey), "JPEG")
                read(data[: len(data) - tail])
    below = photo().copy()
    below.paste((128, 128, 128), (0, 120, 320, 240))
    read(encoded(below, "JPEG"))


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


# -- bombs


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + b"".join(chunks)
        + chunk(b"IDAT", zlib.compress(bytes(400)))
        + chunk(b"IEND", b"")
    )


def lying_jpeg(width: int, height: int) -> bytes:
    data = bytearray(encoded(photo(64, 64), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_header(width: int, height: int) -> bytes:
    body = (
        b"VP8X"
        + struct.pack("<I", 10)
        + bytes(4)
        + (width - 1).to_bytes(3, "little")
        + (height - 1).to_bytes(3, "little")
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def lossless_webp_header(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    body = b"VP8L" + struct.pack("<I", 6) + b"\x2f" + struct.pack("<I", bits) + bytes(5)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def tiff_header(width: int, height: int) -> bytes:
    tags = ((256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, height), (279, 100))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(200)


BOMBS = {
    "png": lambda: png(100_000, 100_000),
    "bmp": lambda: (
        b"BM" + struct.pack("<IIIIiiHHIIIIII", 154, 0, 54, 40, 100_000, 100_000, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(100)
    ),
    "gif": lambda: b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + encoded(photo(64, 64), "GIF")[10:],
    "jpg": lambda: lying_jpeg(65_500, 65_500),
    "webp": lambda: webp_header(16_777_216, 16_777_216),
    "webp under Pillow's limit": lambda: lossless_webp_header(16_383, 8_000),
    "tif": lambda: tiff_header(100_000, 100_000),
    "ppm": lambda: b"P6 100000 100000 255\n" + bytes(100),
}

MEASURED = """
import pathlib, resource, sys, time
from dedupe.decode import read_picture
from dedupe.errors import PictureError
import PIL.{module}
for folder in sys.argv[1:]:
    data = pathlib.Path(folder).read_bytes()
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    try:
        read_picture(data, (), rgb=True, full=False, pixel_cap=100_000_000)
    except PictureError as error:
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(error.reason, time.perf_counter() - start, grown // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in Linux's unit")
@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_refused_from_its_header(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[kind]())
    modules = {"jpg": "Jpeg", "tif": "Tiff", "webp": "WebP", "png": "Png", "gif": "Gif", "bmp": "Bmp", "ppm": "Ppm"}
    program = MEASURED.format(module=modules[kind.split()[0]] + "ImagePlugin")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    seconds: list[float] = []
    for _ in range(3):  # the machine may be busy: the best of three counts
        command = [sys.executable, "-c", program, str(path)]
        out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
        assert out[0] == "too_large"
        assert int(out[2]) < 100
        seconds.append(float(out[1]))
        if seconds[-1] < 0.05:
            break
    assert min(seconds) < 0.05


def test_bombs_of_text_colour_profiles_and_directories_are_errors_and_take_no_time() -> None:
    packed = zlib.compress(bytes(64 << 20))
    zipped = png(64, 64, chunk(b"zTXt", b"a\0\0" + packed))
    many = png(64, 64, *[chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000)))] * 100)
    profile = png(64, 64, chunk(b"iCCP", b"a\0\0" + packed))
    loop = bytearray(encoded(photo(64, 64), "TIFF"))
    at = struct.unpack_from("<I", loop, 4)[0]
    count = struct.unpack_from("<H", loop, at)[0]
    struct.pack_into("<I", loop, at + 2 + 12 * count, at)  # the next directory is the same one
    start = time.perf_counter()
    for data in (zipped, many, profile):
        assert reason(data) in ("broken", "truncated", "too_large")
    assert read(bytes(loop)).info.format == "TIFF"
    assert time.perf_counter() - start < 10


def test_many_frames_are_not_counted() -> None:
    frame = encoded(Image.new("P", (8, 8)), "GIF")
    start = frame.index(b",", 13)
    data = frame[:start] + frame[start:-1] * 200_000 + b";"
    began = time.perf_counter()
    assert read(data).luma.shape == (8, 8)
    assert time.perf_counter() - began < 2


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
    with pytest.raises(PictureError, match=r"dedupe-images\[heif\]") as refused:
        read(HEIC, (heif_decoder(),))
    assert refused.value.reason == "codec_missing"
    assert reason(HEIC) == "unrecognised"


def test_heic_is_upright_once() -> None:
    heif = pytest.importorskip("pillow_heif", reason="the extra [heif] is not installed")
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif.get_ifd(0x8769)[0x9003] = "2020:01:02 03:04:05"
        out = io.BytesIO()
        heif.from_pillow(photo()).save(out, quality=90, exif=exif.tobytes())
        methods = (None, 0, 3, 1, 5, 4, 6, 2)
        method = methods[orientation - 1]
        upright = photo() if method is None else photo().transpose(Image.Transpose(method))
        found = read(out.getvalue(), (heif_decoder(),))
        assert found.rgb is not None
        assert np.abs(found.rgb.astype(int) - np.asarray(upright)).mean() < 6, orientation
        assert found.info == DecodedInfo(*upright.size, "HEIF", 1577934245)
        assert reason(out.getvalue()[: len(out.getvalue()) * 9 // 10], (heif_decoder(),)) == "truncated"


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
    assert reasons <= {"truncated", "unrecognised", "too_large", "empty", "broken", "memory"}, reasons
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
