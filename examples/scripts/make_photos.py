"""Makes the near-duplicates in examples/photos from the originals that lie there.

    python examples/scripts/make_photos.py [FOLDER]

FOLDER holds the originals (`2019-holiday/`, `zoo/`) and gets the copies (`phone-backup/`, `messenger/`, `edited/`).
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

ORIENTATION = 0x0112  # the EXIF tag
PHOTOS = Path(__file__).resolve().parents[1] / "photos"


def resized(image: Image.Image, side: int) -> Image.Image:
    """The picture with its longest side brought down to `side` pixels."""
    copy = image.copy()
    copy.thumbnail((side, side), Image.Resampling.LANCZOS)
    return copy


def cropped(image: Image.Image, share: float) -> Image.Image:
    """The picture without `share` of its width and height, half of that at each edge."""
    dx, dy = round(image.width * share / 2), round(image.height * share / 2)
    return image.crop((dx, dy, image.width - dx, image.height - dy))


def captioned(image: Image.Image) -> Image.Image:
    """The picture with a line of text in a dark bar near its lower edge."""
    copy = image.copy()
    draw = ImageDraw.Draw(copy)
    top = round(image.height * 0.86)
    draw.rectangle((0, top, image.width, top + 48), fill=(20, 20, 20))
    draw.text((24, top + 8), "Pont du Gard, July 2019", fill=(255, 255, 255), font=ImageFont.load_default(28))
    return copy


def save_turned(image: Image.Image, path: Path) -> None:
    """Stores the picture a quarter turned, with the EXIF orientation that shows it upright, as a camera does."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned a quarter clockwise, so it is stored a quarter anticlockwise
    image.transpose(Image.Transpose.ROTATE_90).save(path, quality=75, exif=exif)


# copy: (original, how it is made)
COPIES: dict[str, tuple[str, Callable[[Image.Image, Path], None]]] = {
    "phone-backup/IMG_0413.jpg": ("2019-holiday/machu-picchu.jpg", lambda i, p: resized(i, 560).save(p, quality=75)),
    "phone-backup/IMG_0414.jpg": ("zoo/koala.jpg", save_turned),
    "phone-backup/IMG_0415.jpg": ("zoo/lemurs.jpg", lambda i, p: i.save(p, quality=45)),
    "messenger/hawa-mahal.webp": ("2019-holiday/hawa-mahal.jpg", lambda i, p: resized(i, 640).save(p, quality=70)),
    "messenger/lemurs-small.jpg": ("zoo/lemurs.jpg", lambda i, p: resized(i, 320).save(p, quality=60)),
    "edited/hedgehog-mirrored.jpg": ("zoo/hedgehog.jpg", lambda i, p: ImageOps.mirror(i).save(p, quality=78)),
    "edited/koala.png": ("zoo/koala.jpg", lambda i, p: resized(i, 480).save(p, optimize=True)),
    "edited/macaw-bright.jpg": (
        "zoo/macaw.jpg",
        lambda i, p: ImageEnhance.Brightness(i).enhance(1.2).save(p, quality=78),
    ),
    "edited/mont-saint-michel-grey.jpg": (
        "2019-holiday/mont-saint-michel.jpg",
        lambda i, p: i.convert("L").save(p, quality=85),
    ),
    "edited/petra-cropped.jpg": ("2019-holiday/petra.jpg", lambda i, p: cropped(i, 0.08).save(p, quality=85)),
    "edited/pont-du-gard-caption.jpg": ("2019-holiday/pont-du-gard.jpg", lambda i, p: captioned(i).save(p, quality=85)),
}
SAME_BYTES = {"phone-backup/IMG_0412.jpg": "2019-holiday/neuschwanstein.jpg"}


def make(originals: Path, out: Path) -> None:
    """Writes every copy of the originals under `originals` to `out`; existing copies are replaced."""
    for name, (source, save) in COPIES.items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(originals / source) as image:
            save(image.convert("RGB"), target)
    for name, source in SAME_BYTES.items():
        shutil.copyfile(originals / source, out / name)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PHOTOS
    make(folder, folder)
