"""How the network of `copy256` was trained: `python examples/scripts/train_copy256.py PHOTOS OUTPUT [--device cuda]`.

Needs the extra [train]. Three stages, the first at 128 pixels from ImageNet's weights, each other from the one before. They go
on where they were when this is started again. `examples/results/copy256` says which photos it had, and how well it does.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import dedupe

PARTS = tuple(f"part:area={share}" for share in (0.2, 0.22, 0.25, 0.28, 0.32, 0.36, 0.4, 0.5, 0.7))
VIEWS = (
    *("seed", "blur:sigma=3", "noise:variance=0.0144", "compress:quality=10", "resize:factor=0.2", "aspect", "chain"),
    *(f"rotate:degrees={degrees}" for degrees in (15, 90, 270, 180, 8)),
    *PARTS,
    *(
        "crop:margin=0.2",
        "grey",
        "grey:amount=0.8",
        "saturation",
        "saturation:factor=0.3",
        "border",
        "border:width=0.2",
    ),
    *("caption", "caption:area=0.2", "caption:area=0.4", "sticker", "sticker:area=0.35", "sticker:area=0.15"),
    *("screenshot", "screenshot:scale=1.4", "perspective", "perspective:strength=0.3"),
    *("crystallise", "contrast:variance=0.02"),
)
LATE = (*VIEWS, "paste:width=0.6", "collage", "part:area=0.15")
"""What makes the rest worse where it comes early or often comes late and seldom."""
WEAK = (
    *LATE,
    *(f"grey:amount={amount}" for amount in (0.99, 0.98, 0.97, 0.96, 0.95)),
    *(f"part:area={share}" for share in (0.21, 0.23, 0.24, 0.26, 0.3)),
    *("rotate:degrees=92", "rotate:degrees=268", "sticker:area=0.3", "chain:steps=4", "chain:steps=2"),
)
"""More of what was found least."""

STAGES = (
    ("side=128,steps=400", VIEWS),
    ("side=160,steps=120,rate=1e-4", LATE),
    ("side=160,steps=120,rate=1.5e-4", WEAK),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--device", default="cpu")
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    before = ""
    for number, (given, views) in enumerate(STAGES, 1):
        out = asked.output / ("copy256.onnx" if number == len(STAGES) else f"stage{number}.onnx")
        trainer = f"copy:{given},device={asked.device}{before},distortions={','.join(views)}"
        if not out.exists():
            with dedupe.progress() as told:
                dedupe.train(trainer, asked.photos, output=out, progress=told)
        before = f",start={out}"


if __name__ == "__main__":
    main()
