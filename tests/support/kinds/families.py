"""Folders of pictures that share a layout, made elsewhere: no two of a folder are duplicates, each has its own copies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from PIL import Image

from kinds.files import save
from kinds.pair import Pair
from kinds.strangers import nearest


def members(families: Path) -> Iterator[tuple[str, list[Path]]]:
    """The pictures of each folder in a folder."""
    for family in sorted(path for path in families.iterdir() if path.is_dir()):
        yield family.name, sorted(family.iterdir())


def false_pairs(families: Path, most: int, cache: Path) -> Iterator[Pair]:
    """All pairs within each family, or the `most` nearest ones by each descriptor where there are more."""
    for name, pictures in members(families):
        every = list(combinations(pictures, 2))
        if len(every) > most:
            every = [(pair.a, pair.b) for pair in nearest(pictures, most, cache)]
        for a, b in every:
            yield Pair(a, b, "variant", f"family: {name}", ("variant", "different"))


def copies(families: Path, out: Path) -> Iterator[Pair]:
    """Each picture of each family and four copies of it, written below a folder."""
    for name, pictures in members(families):
        (out / name).mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            for how, path, truth in copied(picture, out / name / picture.stem):
                also = ("re-encoded",) if truth == "same-pixels" else ()
                yield Pair(picture, path, truth, f"family: {name}, {how}", (truth, *also))


def copied(picture: Path, stem: Path) -> Iterator[tuple[str, Path, str]]:
    """How a copy was made, the copy, and what it is: where JPEG lost what was to be seen through, `adjusted`."""
    with Image.open(picture) as image:
        image.load()
    clear = image.mode == "RGBA" and image.getextrema()[3][0] < 255
    white = Image.new("RGBA", image.size, "white")
    flat = Image.alpha_composite(white, image).convert("RGB") if image.mode == "RGBA" else image
    half = image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
    yield "PNG", save(image, stem, ".png", compress_level=1), "same-pixels"
    yield "JPEG 70", save(flat, stem, ".jpg", quality=70), "adjusted" if clear else "re-encoded"
    yield "WebP 80", save(image, stem, ".webp", quality=80), "re-encoded"
    yield "half", save(half, stem, ".half.png"), "re-encoded"
