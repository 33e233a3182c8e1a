"""The robustness sheet as records, as a table, as a page and as a picture."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dedupe.kit import Output, Table, pages
from dedupe_lab.kinds import SOFTWARE
from dedupe_lab.robustness import SHOWN, Version

TEMPLATE = Path(__file__).with_name("robustness.html.jinja")

MARGIN, LINE = 16, 18

NOTE = (
    "Distances are from the original: in bits, and in hex digits, which is how a published experiment counts (its distance 14 "
    "is about half of the bits)."
)


def records(versions: Sequence[Version]) -> Iterator[dict[str, Any]]:
    """One a version and hash."""
    for one in versions:
        for name, text in one.hex.items():
            facts = {"hex": text, "bits": one.bits[name], "digits": one.digits[name]}
            yield {"type": "robustness", "version": one.name, "hash": name, **facts}


def heads(versions: Sequence[Version]) -> list[str]:
    """The heads of the page's table."""
    return ["version", *(head for name in versions[0].hex for head in (name, "bits", "digits"))]


def rows(versions: Sequence[Version]) -> Iterator[list[str]]:
    """The rows of the page's table."""
    for one in versions:
        cells = [(one.hex[name], str(one.bits[name]), str(one.digits[name])) for name in one.hex]
        yield [one.name, *(cell for three in cells for cell in three)]


LIST = ("version", "hash", "hex", "bits", "digits")


def listed(versions: Sequence[Version]) -> Iterator[tuple[str, ...]]:
    """The rows of the table for a terminal, under LIST: one a version and hash."""
    for one in versions:
        for name, text in one.hex.items():
            yield one.name, name, text, str(one.bits[name]), str(one.digits[name])


def output(versions: Sequence[Version]) -> Output:
    """All that is given out; the page has the pictures in it."""
    tables = [Table(LIST, list(listed(versions)), left=("hash", "hex"), keys=2)]
    return Output(
        list(records(versions)), tables, [NOTE], title="How far hashes move", page=lambda: (TEMPLATE, _page(versions))
    )


def _page(versions: Sequence[Version]) -> dict[str, Any]:
    from PIL import Image

    figures = [(one.name, pages.embedded(Image.fromarray(one.image)), _distances(one)) for one in versions]
    return {"note": NOTE, "figures": figures, "hashes": (heads(versions), pages.plain_rows(rows(versions)))}


def _distances(one: Version) -> str:
    return ", ".join(f"{name} {one.bits[name]} bits, {one.digits[name]} digits" for name in one.hex)


def figure(versions: Sequence[Version]) -> bytes:
    """The sheet as a PNG: each version with its hashes and distances below it."""
    from PIL import Image, ImageDraw, ImageFont
    from PIL.PngImagePlugin import PngInfo

    wide = max(SHOWN, 10 * max(len(text) for one in versions for text in one.hex.values()) + 20) + MARGIN
    lines = 1 + 2 * len(versions[0].hex)
    sheet = Image.new("RGB", (wide * len(versions) + MARGIN, SHOWN + LINE * lines + 3 * MARGIN), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for number, one in enumerate(versions):
        left = MARGIN + number * wide
        sheet.paste(Image.fromarray(one.image), (left, MARGIN))
        texts = [one.name]
        for name, text in one.hex.items():
            texts += [f"{name} {text}", f"    {one.bits[name]} bits, {one.digits[name]} digits"]
        for row, text in enumerate(texts):
            draw.text((left, SHOWN + 2 * MARGIN + row * LINE), text, fill="black", font=font)
    stream = io.BytesIO()
    about = PngInfo()
    about.add_text("Software", SOFTWARE)  # by which a sheet may be replaced, and no other picture
    sheet.save(stream, "PNG", optimize=True, pnginfo=about)
    return stream.getvalue()
