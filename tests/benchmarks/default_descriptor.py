"""Which hash should be the default: how many distorted copies each finds at equal shares of false pairs.

    python tests/benchmarks/default_descriptor.py PHOTOS [--descriptor pdq phash phash:bits=256] [--share 1e-6 1e-5]

Every photograph below PHOTOS is distorted in the ways of DISTORTIONS, saved as JPEG (quality 90 where not said), decoded
as a scan decodes it, and described; nothing is kept. Unrelated pairs are those of an original and any copy of a picture in
another of PHOTOS' folders, so that similar shots within a folder do not count. A descriptor's threshold is the largest
whole distance that at most the given share of unrelated pairs is within; its recall is the share of copies within that of
their original. The first lines say what lies within the distances around the thresholds that the hashes ship with.
"""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from dedupe.decode import image_for, read_picture
from dedupe.plugins import load

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
NAMES = "pdq phash phash:bits=256"


def resized(factor: float, image: Image.Image) -> Image.Image:
    return image.resize(
        (max(1, round(image.width * factor)), max(1, round(image.height * factor))), Image.Resampling.BICUBIC
    )


def cropped(share: float, image: Image.Image) -> Image.Image:
    x, y = round(image.width * share), round(image.height * share)
    return image.crop((x, y, image.width - x, image.height - y))


def gamma(value: float, image: Image.Image) -> Image.Image:
    return image.point([round(255 * (i / 255) ** value) for i in range(256)] * 3)


def text(image: Image.Image) -> Image.Image:
    image = image.copy()
    place = round(image.width * 0.1), round(image.height * 0.75)
    ImageDraw.Draw(image).text(place, "IMG_20240501", fill=(255, 255, 0), font=ImageFont.load_default(60))
    return image


def noise(image: Image.Image) -> Image.Image:
    grain = np.random.default_rng(image.width).normal(0, 255 * 0.005**0.5, (image.height, image.width, 3))
    return Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))


def rotated(degrees: float, share: float, image: Image.Image) -> Image.Image:
    return cropped(share, image.rotate(degrees, Image.Resampling.BICUBIC))


def framed(image: Image.Image) -> Image.Image:
    return ImageOps.expand(image, round(max(image.size) * 0.03), "white")


def grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def coloured(image: Image.Image) -> Image.Image:
    return ImageEnhance.Color(image).enhance(1.8)


def contrasted(image: Image.Image) -> Image.Image:
    return ImageEnhance.Contrast(image).enhance(1.5)


def thumbnail(image: Image.Image) -> Image.Image:
    image = image.copy()
    image.thumbnail((128, 128))
    return image


def itself(image: Image.Image) -> Image.Image:
    return image


DISTORTIONS: dict[str, tuple[Callable[[Image.Image], Image.Image], int]] = {
    "JPEG 35": (itself, 35),
    "JPEG 10": (itself, 10),
    "resized to 0.5": (partial(resized, 0.5), 90),
    "resized to 0.7": (partial(resized, 0.7), 90),
    "resized to 1.3": (partial(resized, 1.3), 90),
    "thumbnail of 128": (thumbnail, 80),
    "crop 2 % a side": (partial(cropped, 0.02), 90),
    "crop 5 % a side": (partial(cropped, 0.05), 90),
    "crop 10 % a side": (partial(cropped, 0.10), 90),
    "gamma 0.4": (partial(gamma, 0.4), 90),
    "gamma 2.2": (partial(gamma, 2.2), 90),
    "contrast 1.5": (contrasted, 90),
    "colour 1.8": (coloured, 90),
    "grey": (grey, 90),
    "equalised": (ImageOps.equalize, 90),
    "text": (text, 90),
    "blur 1.25": (lambda image: image.filter(ImageFilter.GaussianBlur(1.25)), 90),
    "noise 0.005": (noise, 90),
    "rotated 2 degrees": (partial(rotated, 2, 0.0), 90),
    "rotated 5, cropped": (partial(rotated, 5, 0.05), 90),
    "white frame 3 %": (framed, 90),
}


def described(path: Path, names: list[str]) -> list[NDArray[np.uint8]]:
    """For each descriptor the hashes of a photograph and of its copies, u8 (1 + distortions, d)."""
    descriptors = [load().descriptor(name) for name in names]
    with Image.open(path) as opened:
        photo = ImageOps.exif_transpose(opened).convert("RGB")
    files = [path.read_bytes()]
    for distort, quality in DISTORTIONS.values():
        buffer = io.BytesIO()
        distort(photo).save(buffer, "JPEG", quality=quality)
        files.append(buffer.getvalue())
    pictures = [read_picture(data, [], rgb=False, full=False, pixel_cap=10**9) for data in files]
    return [
        np.concatenate([each.describe([image_for(picture, each.decode, "none")]) for picture in pictures])
        for each in descriptors
    ]


def counts(hashes: NDArray[np.uint8], folder: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many pairs of an original (n) and a copy from another folder are at each distance; `hashes` u8 (n,k,d)."""
    found = np.zeros(hashes.shape[2] * 8 + 1, np.int64)
    for i, original in enumerate(hashes[:, 0]):
        others = hashes[folder != folder[i]]
        found += np.bincount(
            np.bitwise_count(others ^ original).sum(axis=2, dtype=np.int64).ravel(), minlength=len(found)
        )
    return found


def report(names: list[str], hashes: list[NDArray[np.uint8]], folder: NDArray[np.int64], shares: list[float]) -> None:
    within = [counts(rows, folder).cumsum() for rows in hashes]
    print(f"{len(folder)} photographs, {within[0][-1]:,} unrelated pairs")
    for name, found in zip(names, within, strict=True):
        shipped = int(load().descriptor(name).threshold)
        near = [t for t in (0, shipped // 2, *range(max(shipped - 4, 0), shipped + 5)) if t < len(found)]
        print(
            f"{name}, ships with {shipped}:",
            ", ".join(f"<= {t}: {found[t] / found[-1]:.2g}" for t in dict.fromkeys(near)),
        )
    limits = [[int((found <= share * found[-1]).sum()) - 1 for found in within] for share in shares]
    columns = [f"{name} <= {t}" for row in limits for name, t in zip(names, row, strict=True)]
    print(f"{'':20}" + "".join(f"{f'{share:g} of unrelated pairs':<{22 * len(names)}}" for share in shares))
    print(f"{'':20}" + "".join(f"{column:>20}  " for column in columns))
    recalls = [[(rows[:, 1:], rows[:, :1], t) for rows, t in zip(hashes, row, strict=True)] for row in limits]
    table = np.array(
        [
            (np.bitwise_count(copies ^ original).sum(axis=2) <= t).mean(axis=0)
            for row in recalls
            for copies, original, t in row
        ]
    )
    for label, values in [
        *zip(DISTORTIONS, table.T, strict=True),
        ("mean", table.mean(axis=1)),
        ("least", table.min(axis=1)),
    ]:
        print(f"{label:20}" + "".join(f"{value:>20.1%}  " for value in values))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--descriptor", nargs="+", default=NAMES.split())
    parser.add_argument("--share", nargs="+", type=float, default=[1e-6, 1e-5])
    options = parser.parse_args()
    paths = sorted(path for path in options.photos.rglob("*") if path.suffix.lower() in SUFFIXES)
    folders = sorted({path.parent for path in paths})
    described(paths[0], options.descriptor)  # compiles before there are workers
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        rows = list(pool.map(partial(described, names=options.descriptor), paths, chunksize=8))
    hashes = [np.stack(each) for each in zip(*rows, strict=True)]
    report(options.descriptor, hashes, np.array([folders.index(path.parent) for path in paths]), options.share)


if __name__ == "__main__":
    main()
