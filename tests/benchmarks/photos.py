"""Makes the folders of pictures that the benchmarks scan, always the same ones for a seed and a Pillow.

    python tests/benchmarks/photos.py --out DIR [--photos DIR] [--large DIR] [--cifar ZIP] [SET ...]

Sets, each a folder in DIR, made only where it is not there yet (all that can be made, when none is named):
  p10k   10,000 JPEGs of about 500x400 and 50 KB: crops of --photos with other gamma, size and quality, and grain
  p12mp  200 JPEGs of 12 megapixels as phones store them, 3 to 5 MB, with EXIF: crops of --large with grain
  cifar  --cifar unpacked
  tiny   100,000 different JPEGs of 32x32 in 100 folders, for the rescan with a warm cache
  one    a single picture
  odd    41 blends from one photo to another, nearly blank documents, white, black, a symlink, a hard link
"""

from __future__ import annotations

import argparse
import os
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

SHIPPED = Path(__file__).resolve().parents[2] / "dedupe" / "testing" / "photos"
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
SEED = 20240501
LARGE_SIDE = 1600  # a picture to be blown up to 12 megapixels has at least this many pixels on its longer side
TURN = Image.Transpose.ROTATE_90
EXIF = {"make": 0x010F, "model": 0x0110, "orientation": 0x0112, "time": 0x0132}


def pictures(folder: Path) -> list[Path]:
    """The pictures below a folder, sorted; links are followed."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())


def crop(image: Image.Image, size: tuple[int, int], least: float, rng: np.random.Generator) -> Image.Image:
    """A random window of at least `least` of the picture in the shape of `size`, resized to it, perhaps mirrored."""
    width, height = size
    scale = min(image.width / width, image.height / height) * rng.uniform(least, 1)
    w, h = width * scale, height * scale
    x, y = rng.uniform(0, image.width - w), rng.uniform(0, image.height - h)
    part = image.resize(size, Image.Resampling.BICUBIC, box=(x, y, x + w, y + h))
    return ImageOps.mirror(part) if rng.random() < 0.5 else part


def developed(image: Image.Image, gamma: float, grain: float, rng: np.random.Generator) -> Image.Image:
    """The picture with another gamma, and grain of standard deviation `grain` (of 255) equal in all channels."""
    table = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.int16)
    noise = rng.standard_normal((image.height, image.width), dtype=np.float32) * np.float32(grain)
    pixels = table[np.asarray(image)] + np.rint(noise).astype(np.int16)[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def small(sources: list[Path], out: Path, index: int) -> None:
    """Writes picture `index` of p10k."""
    rng = np.random.default_rng([SEED, 1, index])
    size = int(rng.integers(470, 531)), int(rng.integers(370, 431))
    with Image.open(sources[int(rng.integers(len(sources)))]) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    image = crop(image, size if rng.random() < 0.7 else size[::-1], 0.5, rng)
    image = developed(image, rng.uniform(0.75, 1.35), rng.uniform(3, 6), rng)
    image.save(out / f"{index:05d}.jpg", quality=int(rng.integers(85, 90)))


def exif(index: int, turned: bool) -> Image.Exif:
    data = Image.Exif()
    data[EXIF["make"]], data[EXIF["model"]] = "Benchmark", "12 MP"
    data[EXIF["time"]] = f"2024:05:{1 + index % 28:02d} {8 + index % 12:02d}:{index % 60:02d}:00"
    data[EXIF["orientation"]] = 6 if turned else 1
    return data


def large(sources: list[Path], out: Path, index: int) -> None:
    """Writes picture `index` of p12mp; every tenth is stored turned, with the EXIF orientation that says so."""
    rng = np.random.default_rng([SEED, 2, index])
    with Image.open(sources[index % len(sources)]) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    turned = index % 10 == 0
    image = crop(image, (3000, 4000) if turned else (4000, 3000), 0.7, rng)
    image = developed(image, rng.uniform(0.85, 1.2), rng.uniform(4.5, 7), rng)
    image = image.transpose(TURN) if turned else image
    image.save(out / f"IMG_{index:04d}.jpg", quality=90, exif=exif(index, turned))


def tiny(_sources: list[Path], out: Path, index: int) -> None:
    """Writes picture `index` of tiny: a smooth random field."""
    rng = np.random.default_rng([SEED, 3, index])
    field = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)).resize((32, 32), Image.Resampling.BICUBIC)
    field.save(out / f"{index // 1000:02d}" / f"{index:06d}.jpg", quality=80)


def document(lines: int) -> Image.Image:
    """A nearly blank page with a few lines of text."""
    page = Image.new("L", (1000, 1400), 250)
    draw = ImageDraw.Draw(page)
    for line in range(lines):
        draw.text((120, 150 + 40 * line), f"Invoice {lines}-{line}: the sum of {37 * lines + line} is due.", fill=30)
    return page


def odd(sources: list[Path], out: Path) -> None:
    """Writes the set on which false groups show."""
    first, second = (ImageOps.fit(Image.open(p).convert("RGB"), (256, 192)) for p in (sources[0], sources[-1]))
    for step in range(41):
        Image.blend(first, second, step / 40).save(out / f"blend-{step:02d}.jpg", quality=92)
    for lines in range(1, 6):
        document(lines).save(out / f"document-{lines}.png")
    Image.new("RGB", (400, 300), "white").save(out / "white.png")
    Image.new("RGB", (400, 300), "black").save(out / "black.png")
    ImageOps.fit(Image.open(sources[len(sources) // 2]).convert("RGB"), (250, 190)).save(out / "target.jpg", quality=90)
    (out / "symlink.jpg").symlink_to("target.jpg")
    (out / "hardlink.jpg").hardlink_to(out / "target.jpg")


def many(make: Callable[[list[Path], Path, int], None], sources: list[Path], out: Path, count: int) -> None:
    """Runs `make` for every index in as many processes as there are cores."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(partial(make, sources, out), range(count), chunksize=max(1, min(100, count // 40))):
            pass


def one(sources: list[Path], out: Path) -> None:
    """Writes the set of a single picture."""
    with Image.open(sources[0]) as image:
        image.convert("RGB").save(out / "one.jpg", quality=90)


def large_enough(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        with Image.open(path) as image:
            if max(image.size) >= LARGE_SIDE:
                yield path


def make_set(name: str, folder: Path, given: argparse.Namespace) -> None:
    """Makes one set in an empty folder."""
    if name == "cifar":
        with zipfile.ZipFile(given.cifar) as archive:
            archive.extractall(folder)
    elif name == "p12mp":
        many(large, list(large_enough(pictures(given.large))), folder, 200)
    elif name == "p10k":
        many(small, pictures(given.photos), folder, 10_000)
    elif name == "tiny":
        for part in range(100):
            (folder / f"{part:02d}").mkdir()
        many(tiny, [], folder, 100_000)
    else:
        {"one": one, "odd": odd}[name](pictures(given.photos), folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the sets")
    parser.add_argument("--photos", type=Path, default=SHIPPED, help="photos to crop (default: those that ship)")
    parser.add_argument("--large", type=Path, help="large photos, for p12mp")
    parser.add_argument("--cifar", type=Path, help="zip of 32x32 pictures, for cifar")
    parser.add_argument("sets", nargs="*", metavar="SET", help="p10k p12mp cifar tiny one odd")
    given = parser.parse_args()
    needs = {"p10k": given.photos, "p12mp": given.large, "cifar": given.cifar, "tiny": True, "one": True, "odd": True}
    for name in given.sets or needs:
        if (given.out / name).exists():
            print(f"{name}: is there already")
        elif not needs[name]:
            print(f"{name}: skipped, its source is not given")
        else:
            part = given.out / f"{name}.part"  # a set that was broken off is never taken for a whole one
            part.mkdir(parents=True)
            make_set(name, part, given)
            part.rename(given.out / name)
            print(f"{name}: made")


if __name__ == "__main__":
    main()
