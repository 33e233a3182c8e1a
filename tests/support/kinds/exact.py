"""Same bytes, same pixels, and what only nearly has the same pixels."""

from __future__ import annotations

import shutil
import struct
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from kinds.files import opened, save
from kinds.pair import Make, Way

LOSSLESS: dict[str, tuple[str, dict[str, Any]]] = {
    "WebP, lossless": (".webp", {"lossless": True, "quality": 40, "method": 2}),
    "TIFF, not compressed": (".tif", {}),
    "TIFF, LZW": (".tif", {"compression": "tiff_lzw"}),
    "TIFF, deflate": (".tiff", {"compression": "tiff_adobe_deflate"}),
    "BMP": (".bmp", {}),
    "PNG, packed less": (".png", {"compress_level": 1}),
    "PPM": (".ppm", {}),
}


def copied(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    return photo, Path(shutil.copyfile(photo, stem.with_name(stem.name + photo.suffix)))


def lossless(suffix: str, options: dict[str, Any]) -> Make:
    """Makes the PNG of a photo and another file that holds the same pixels."""

    def make(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
        image = opened(photo)
        return save(image, stem, ".a.png"), save(image, stem, suffix, **options)

    return make


def decoded(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """A JPEG and the PNG of its decode."""
    return photo, save(opened(photo), stem, ".png")


def stripped(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path] | None:
    """A JPEG with EXIF data, and without: what is decoded is the same to the byte."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Camera", "2024:05:06 07:08:09"
    path = save(opened(photo), stem, ".a.jpg", quality=90, exif=exif)
    data = path.read_bytes()
    at = data.index(b"\xff\xe1")
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    bare = stem.with_name(stem.name + ".jpg")
    bare.write_bytes(data[:at] + data[at + 2 + length :])
    return path, bare


def laid_down(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """A PNG, and one that is stored turned and says so."""
    image = opened(photo)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = image.transpose(Image.Transpose.ROTATE_90)
    return save(image, stem, ".a.png"), save(turned, stem, ".png", exif=exif)


def matrix_profile(red: tuple[float, ...], green: tuple[float, ...], blue: tuple[float, ...], gamma: float) -> bytes:
    """An ICC profile (version 2) of three primaries, given as XYZ under D50, and a gamma."""
    fixed = partial(map, lambda value: round(value * 65536))

    def xyz(values: tuple[float, ...]) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *fixed(values))

    curve = b"curv\0\0\0\0" + struct.pack(">IH2x", 1, round(gamma * 256))
    tags = {b"desc": b"desc\0\0\0\0" + struct.pack(">I", 4) + b"wide" + bytes(78), b"cprt": b"text\0\0\0\0none"}
    tags |= {b"wtpt": xyz((0.9642, 1, 0.8249)), b"rXYZ": xyz(red), b"gXYZ": xyz(green), b"bXYZ": xyz(blue)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body, at = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", at + len(body), len(data))
        body += padded
    head = struct.pack(">I4sI4s4s4s", 128 + len(table) + len(body), bytes(4), 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", *fixed((0.9642, 1, 0.8249))) + bytes(48)
    return head + table + body


WIDE = matrix_profile((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249), 1.8)
"""ProPhoto's primaries: the same numbers are far more colourful."""


def other_profile(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    image = opened(photo)
    return save(image, stem, ".a.png"), save(image, stem, ".png", icc_profile=WIDE)


def usual_profile_lost(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """A photo that says it is in sRGB, and one that doesn't, which is taken for the same."""
    image, profile = opened(photo), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return save(image, stem, ".a.png", icc_profile=profile), save(image, stem, ".jpg", quality=85)


def alpha_lost(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """A photo that fades out on one side, and the same laid over white."""
    image = opened(photo)
    fading = Image.linear_gradient("L").rotate(90).resize(image.size)
    image.putalpha(fading.point(lambda level: min(255, 2 * level)))
    flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return save(image, stem, ".a.png"), save(flat, stem, ".png")


def depth_lost(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """16 bits a channel with something in all of them, and 8."""
    levels = np.asarray(opened(photo), np.uint16)
    deep = stem.with_name(stem.name + ".a.png")
    deep.write_bytes(png16(levels * 256 + rng.integers(0, 256, levels.shape, np.uint16)))
    return deep, save(Image.fromarray(levels.astype(np.uint8)), stem, ".png")


def png16(levels: np.ndarray) -> bytes:
    """A PNG of colours u16 (h,w,3), which Pillow doesn't write."""
    height, width, _ = levels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), levels.astype(">u2").view(np.uint8).reshape(height, -1)], 1)
    head = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 1)), (b"IEND", b"")
    chunks = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def lowest_bit(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    """A photo, and one with the lowest bit of a thousand pixels turned."""
    image = opened(photo)
    levels = np.array(image)
    levels.reshape(-1)[rng.integers(0, levels.size, 1000)] ^= 1
    return save(image, stem, ".a.png"), save(Image.fromarray(levels), stem, ".png")


def frames(photo: Path, rng: np.random.Generator, count: int = 3) -> list[Image.Image]:
    """A photo in a small size that something moves through; what and where is drawn."""
    still = opened(photo)
    still.thumbnail((320, 320))
    size = min(still.size) // 4
    sprite = Image.fromarray(rng.integers(0, 256, (4, 4, 3), np.uint8)).resize((size, size), Image.Resampling.NEAREST)
    found = [still]
    for _ in range(count - 1):
        frame = still.copy()
        frame.paste(sprite, (int(rng.integers(still.width - size)), int(rng.integers(still.height - size))))
        found.append(frame)
    return found


def animated(shown: list[Image.Image], stem: Path, suffix: str, **options: Any) -> Path:
    pages = {} if suffix == ".tif" else {"duration": 200, "loop": 0}
    return save(shown[0], stem, suffix, save_all=True, append_images=shown[1:], **pages, **options)


def first_frame(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    shown = frames(photo, rng)
    return animated(shown, stem, ".a.webp", lossless=True), save(shown[0], stem, ".png")


def other_frames(suffix: str, **options: Any) -> Make:
    """Makes two files of several frames or pages, of which only the first is the same."""

    def make(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
        one, other = frames(photo, rng), frames(photo, rng)
        return animated(one, stem, ".a" + suffix, **options), animated(other, stem, ".b" + suffix, **options)

    return make


def both_lossless(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    shown = frames(photo, rng)
    return animated(shown, stem, ".a.png"), animated(shown, stem, ".webp", lossless=True)


def animation_again(photo: Path, stem: Path, rng: np.random.Generator) -> tuple[Path, Path]:
    shown = frames(photo, rng)
    return animated(shown, stem, ".a.png"), animated(shown, stem, ".webp", quality=75)


def never_exact(how: str, truth: str, make: Make, *also: str) -> Way:
    """What has nearly the same pixels, or some of them, and is no `same-pixels`."""
    return Way(f"near miss: {how}", truth, make, also)


WAYS = (
    Way("copy", "same-bytes", copied),
    *(Way(how, "same-pixels", lossless(*file)) for how, file in LOSSLESS.items()),
    Way("PNG of a JPEG's decode", "same-pixels", decoded, ("re-encoded",)),
    Way("EXIF data taken out", "same-pixels", stripped),
    Way("stored turned, and says so", "same-pixels", laid_down),
    Way("animation, lossless in another format", "same-pixels", both_lossless),
    never_exact("a profile of other primaries", "adjusted", other_profile),
    never_exact("a profile of sRGB left out", "re-encoded", usual_profile_lost, "adjusted"),
    never_exact("alpha laid over white", "adjusted", alpha_lost),
    never_exact("16 bits to 8", "adjusted", depth_lost),
    never_exact("lowest bit of some values", "re-encoded", lowest_bit, "adjusted"),
    never_exact("an animation's first frame", "similar", first_frame),
    never_exact("animations of other later frames", "variant", other_frames(".webp", lossless=True)),
    never_exact("documents of other later pages", "variant", other_frames(".tif", compression="tiff_lzw")),
    Way("animation, lossy in another format", "re-encoded", animation_again),
)
