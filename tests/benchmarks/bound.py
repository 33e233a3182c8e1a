"""Decodes every picture of a folder with Pillow and as many threads as cores: what no scan that uses Pillow can beat.

    python tests/benchmarks/bound.py DIR [--mode L|RGB]

JPEGs are reduced in the decoder to the scan's working size (draft to 512). Prints the seconds that decoding took, without the
interpreter's start and the imports. Threads do: Pillow lets go of the interpreter's lock while it decodes.
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image

SIDE = 512


def decode(mode: str, path: Path) -> int:
    """Decodes one picture and returns its number of pixels."""
    with Image.open(path) as image:
        image.draft(mode, (SIDE, SIDE))
        image.load()
        return image.width * image.height


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mode", choices=["L", "RGB"], default="L", help="the hashes need L (default), colour RGB")
    given = parser.parse_args()
    Image.init()
    start = time.perf_counter()
    paths = [p for p in given.folder.rglob("*") if p.suffix in {".jpg", ".png", ".webp"}]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pixels = sum(pool.map(partial(decode, given.mode), paths))
    print(f"{time.perf_counter() - start:.3f} {len(paths)} {pixels}")


if __name__ == "__main__":
    main()
