"""Evaluations of made-up distances."""

from __future__ import annotations

import numpy as np

from dedupe.evaluate.assess import assess
from dedupe.evaluate.plan import plan
from dedupe.evaluate.raw import Distances, RawDistances
from dedupe.model import Evaluation, Summary

MANY = (
    *("cnn", "cnn:pooling=average,metric=l2"),
    *(f"pca{n}{metric}" for metric in ("", ":metric=l2") for n in (1280, 512, 256, 128, 64, 32)),
    *("ae256-linear", "ae256-sigmoid", "ae256-relu"),
    *("dct", "radial", "bmb", "mh", "ahash", "phash", "dhash", "pdq"),
)


def metric(label: str) -> str:
    if "metric=l2" in label:
        return "l2"
    return "peak" if label == "radial" else "cosine" if label[:2] in ("cn", "pc", "ae") else "hamming"


def evaluation(labels: tuple[str, ...], photos: int = 30, distortions: int = 15) -> Evaluation:
    """A run with made-up distances, in whole bits where the metric has them."""
    rng = np.random.default_rng(0)
    pairs = plan(photos, distortions, 10**9, 0)
    left, right = pairs.pairs()
    measured = []
    for number, label in enumerate(labels):
        far, near = rng.normal(30, 4, len(pairs)), np.abs(rng.normal(8 + number % 5, 6, (distortions, photos)))
        if metric(label) == "hamming":
            far, near = far.round(), near.round()
        distances = near.astype(np.float32), far.astype(np.float32)
        measured.append(Distances(label, f"{label}@1", metric(label), 8, 0.5, *distances))
    named = tuple(f"d{k}" for k in range(distortions))
    summary = Summary(photos, photos, photos, 0, 0, 0, {}, {}, {"walk": 0.1})
    raw = RawDistances(photos, named, "none", measured, left, right, int(pairs.starts[1]), summary)
    return assess(raw, union=False, seed=0, progress=lambda *_: None)
