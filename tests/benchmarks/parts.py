"""How often the judge knows a part of a picture, and a picture that contains another one.

    python tests/benchmarks/parts.py PHOTOS [-n 100] [--unrelated 2000]

Of n of the photos, evenly spaced, parts are cut out, and they are pasted into others, put in collages and on screens. Each is
held against its photo, both ways round, and `unrelated` of them against other photos, of which no pair may pass for one picture.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from blake3 import blake3
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from dedupe_distortions.crops import Part
from dedupe_distortions.scenes import Collage, Paste, Screenshot

from dedupe.distort import apply, generator
from dedupe.judge.reading import Opened, judge_files, opened
from dedupe.model.judgement import COPIES
from judge_of_paths import CAP

HOW = {
    "part:area=0.25": Part(area=0.25),
    "part:area=0.1": Part(area=0.1),
    "paste:width=0.5": Paste(width=0.5),
    "paste:width=0.35": Paste(width=0.35),
    "collage": Collage(),
    "collage:across=3": Collage(across=3),
    "screenshot": Screenshot(),
}


def looked_at(data: bytes) -> Opened:
    return opened(data, blake3(data).digest(), (), CAP)


def changed(photo: bytes, name: str) -> Opened:
    with Image.open(io.BytesIO(photo)) as image:
        pixels = np.asarray(image.convert("RGB"))
    out = io.BytesIO()
    copy = apply(HOW[name], pixels, generator(blake3(photo).digest(), name))
    Image.fromarray(copy).save(out, "JPEG", quality=85)
    return looked_at(out.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("-n", type=int, default=100)
    parser.add_argument("--unrelated", type=int, default=2000)
    given = parser.parse_args()
    every = sorted(p for p in given.photos.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
    chosen = [every[i].read_bytes() for i in np.unique(np.linspace(0, len(every) - 1, given.n).round().astype(int))]
    photos = [looked_at(photo) for photo in chosen]
    counts, false, took, rng = Counter[tuple[str, str]](), 0, 0.0, np.random.default_rng(0)
    for number, photo in enumerate(chosen):
        for name in HOW:
            copy = changed(photo, name)
            for pair in ((photos[number], copy), (copy, photos[number])):
                counts[name, judge_files(*pair, "none", (), CAP).kind] += 1
            others = np.delete(np.arange(len(photos)), number)
            begun = time.process_time()
            for other in rng.choice(others, min(len(others), -(-given.unrelated // (len(chosen) * len(HOW))))):
                false += judge_files(photos[other], copy, "none", (), CAP).kind in COPIES
            took += time.process_time() - begun
    for (name, kind), count in sorted(counts.items()):
        print(f"{name:18} {kind:12} {count}")
    print(f"unrelated pairs that pass for one picture: {false}; {took:.1f} s for all")


if __name__ == "__main__":
    main()
