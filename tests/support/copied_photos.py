"""A folder of photos with copies of every kind, and receipts of one shop, which are none of each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageEnhance, ImageOps

from receipts import receipt

SIDE = 320


def copied_photos(folder: Path, photos: Sequence[Path], receipts: int = 6) -> Path:
    """Of each photo a JPEG, one of quality 40 and, in turn, another copy; receipts; a file that is no picture."""
    folder.mkdir()
    for number, photo in enumerate(photos):
        with Image.open(photo) as opened:
            image = opened.convert("RGB")
        image.thumbnail((SIDE, SIDE))
        name = folder / f"{number:04}"
        image.save(f"{name}.jpg", quality=92)
        image.save(f"{name}-40.jpg", quality=40)
        match number % 6:
            case 0:
                image.resize((image.width // 2, image.height // 2)).save(f"{name}-half.png")
            case 1:
                ImageEnhance.Brightness(image).enhance(1.2).save(f"{name}-bright.jpg", quality=85)
            case 2:
                image.crop((20, 20, image.width - 20, image.height - 20)).save(f"{name}-cropped.jpg", quality=88)
            case 3:
                ImageOps.mirror(image).save(f"{name}-mirrored.jpg", quality=88)
            case 4:
                Path(f"{name}-twin.jpg").write_bytes(Path(f"{name}.jpg").read_bytes())
    for number in range(receipts):
        receipt(number).save(folder / f"receipt-{number}.png")
    (folder / "words.jpg").write_bytes(b"no picture at all")
    return folder
