"""How far the hashes of working images are from those of the whole pictures.

    python tests/benchmarks/working_vs_full.py FOLDER [--enlarged] [--count 200] [--descriptor phash:bits=256 ...]

FOLDER has photographs of at least 2 megapixels, of which `--count` crops are made, each of at least 2 megapixels and 60 % of
either side, at the photograph's own resolution. With --enlarged it has any photographs; `--count` of them, drawn with a
seed, are enlarged by Pillow's bicubic filter until the longest side has 1,700 to 4,000 pixels and the picture 2 megapixels or
more, and given grain, equal in all channels, of a standard deviation of 0 to 4 levels. Either are saved as JPEG of quality
90 with Pillow's 4:2:0. With --as-they-are the JPEGs in FOLDER are taken as they are.

The table has, for each hash, the largest distance, the share of pictures with none, and the mean (bits; radial: 1 -
correlation). `limit` is the share of equal hashes when nothing is reduced at all, and the whole picture is only resized in
floats and rounded once, where Pillow rounds after each of its two passes.

Our 200 crops are of 39 photographs of Debian's packages lomiri-wallpapers-16.04, lomiri-wallpapers-20.04,
mate-backgrounds, plasma-workspace-wallpapers and forensics-samples-files (rendered and painted ones left out).
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from dedupe.decode import image_for, read_picture
from dedupe.metrics import resolve
from dedupe.plugins import load

LEAST = 2_000_000
PART = 0.6
SEED = 20240501
SIDES = 1700, 4000
GRAIN = 4.0
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
HASHES = """ahash dhash phash whash ahash:bits=256 dhash:bits=256 phash:bits=256 whash:bits=256 pdq bmb
dct mh radial"""


def crops(folder: Path, count: int, out: Path) -> Iterator[Path]:
    """Writes crops of the photographs in turn, until there are enough."""
    rng = np.random.default_rng(SEED)
    sources = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    large = [p for p in sources if math.prod(Image.open(p).size) >= LEAST]
    for i in range(count):
        picture = Image.open(large[i % len(large)]).convert("RGB")
        least = max(PART, math.sqrt(LEAST / math.prod(picture.size)) * 1.001)
        width, height = (math.ceil(side * rng.uniform(min(least, 1), 1)) for side in picture.size)
        x, y = int(rng.integers(0, picture.width - width + 1)), int(rng.integers(0, picture.height - height + 1))
        path = out / f"{i:03d}.jpg"
        picture.crop((x, y, x + width, y + height)).save(path, quality=90)
        yield path


def enlarged(folder: Path, count: int, out: Path) -> Iterator[Path]:
    """Writes enlarged photographs with grain."""
    rng = np.random.default_rng(SEED)
    sources = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    for i, source in enumerate(rng.choice(len(sources), min(count, len(sources)), replace=False)):
        picture = Image.open(sources[source]).convert("RGB")
        scale = max(rng.uniform(*SIDES) / max(picture.size), math.sqrt(LEAST / math.prod(picture.size)))
        size = math.ceil(picture.width * scale), math.ceil(picture.height * scale)
        pixels = np.asarray(picture.resize(size, Image.Resampling.BICUBIC), np.float64)
        pixels = pixels + rng.uniform(0, GRAIN) * rng.standard_normal(size[::-1])[..., None]
        path = out / f"{i:03d}.jpg"
        Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8)).save(path, quality=90)
        yield path


def differences(path: Path, names: list[str]) -> list[tuple[float, float]]:
    """For each name the distance between the two hashes of one file, and that of the whole picture's in floats, or NaN."""
    data, plugins = path.read_bytes(), load()
    working = read_picture(data, [], rgb=True, full=False, pixel_cap=10**9)
    whole = read_picture(data, [], rgb=True, full=True, pixel_cap=10**9)
    floats = Image.fromarray(whole.luma.astype(np.float32))
    found = []
    for name in names:
        rows = []
        for source, picture in (("working", working), ("full", whole)):
            descriptor = plugins.descriptor(f"{name}{',' if ':' in name else ':'}source={source}")
            image = image_for(picture, descriptor.decode, "none")
            rows.append(descriptor.describe(image[None] if descriptor.decode.size else [image]))
        distance = resolve(descriptor.metric).block
        limit = np.nan
        if descriptor.decode.size:
            once = np.rint(np.asarray(floats.resize(descriptor.decode.size, Image.Resampling.LANCZOS))).clip(0, 255)
            limit = float(distance(descriptor.describe(once.astype(np.uint8)[None]), rows[1])[0, 0])
        found.append((float(distance(*rows)[0, 0]), limit))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--enlarged", action="store_true")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--as-they-are", action="store_true")
    parser.add_argument("--descriptor", nargs="+", default=HASHES.split())
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        whole = sorted(p for p in options.folder.rglob("*") if p.suffix.lower() in SUFFIXES)[: options.count]
        make = enlarged if options.enlarged else crops
        paths = whole if options.as_they_are else make(options.folder, options.count, Path(folder))
        rows = np.array([differences(path, options.descriptor) for path in paths])
    print(f"{len(rows)} pictures")
    print(f"{'descriptor':16} {'largest':>8} {'equal':>8} {'mean':>8} {'limit':>8}")
    for i, name in enumerate(options.descriptor):
        distance, limit = rows[:, i].T
        said = "" if np.isnan(limit).any() else f"{(limit == 0).mean():8.1%}"
        print(f"{name:16} {distance.max():8.4g} {(distance == 0).mean():8.1%} {distance.mean():8.3f} {said}")


if __name__ == "__main__":
    main()
