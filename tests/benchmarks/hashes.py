"""Makes sets of hashes as a large collection of photos has them.

Half are hashes of real photos with random bits flipped (in each copy a number of bits drawn from 0 to half of them), 2 %
are equal to each other, 2 % have 12 bits of entropy, as nearly flat pictures do (the first 12 bits are random, the others
0), the rest is uniform. Rows are shuffled; everything is drawn from one seed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

ENOUGH = 1000
"""Photos from which on each is hashed as it is; fewer are hashed in all eight orientations."""


def photo_hashes(photos: Path, bits: int) -> np.ndarray:
    """The phash of each picture in a folder, u8 (n,bits/8), as `dedupe describe` gives it."""
    pictures = [path for path in sorted(photos.rglob("*")) if path.suffix.lower() in (".jpg", ".jpeg", ".png")]
    with tempfile.TemporaryDirectory() as folder:
        if len(pictures) < ENOUGH:
            photos = turned(pictures, Path(folder))
        command = [sys.executable, "-m", "dedupe", "describe", str(photos), "-d", f"phash:bits={bits}", "--json"]
        done = subprocess.run([*command, "--cache", "none"], stdout=subprocess.PIPE, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    rows = [bytes.fromhex(line["hex"]) for line in lines if line["type"] == "descriptor"]
    if not rows:
        raise SystemExit(f"{' '.join(command)} described nothing (exit code {done.returncode})")
    return np.unique(np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1), axis=0)


def turned(pictures: list[Path], folder: Path) -> Path:
    """Fills a folder with the pictures in all eight orientations."""
    for number, path in enumerate(pictures):
        with Image.open(path) as image:
            small = image.convert("RGB")
            small.thumbnail((256, 256))
            small.save(folder / f"{number}.png")
            for turn in Image.Transpose:
                small.transpose(turn).save(folder / f"{number}-{turn.value}.png")
    return folder


def collection(n: int, photos: np.ndarray, seed: int = 0) -> np.ndarray:
    """n hashes u8 (n,bits/8), half of them from the hashes of photos."""
    rng = np.random.default_rng(seed)
    width = photos.shape[1]
    copies = photos[rng.integers(0, len(photos), n // 2)] ^ flips(n // 2, 8 * width, rng)
    equal = np.repeat(rng.integers(0, 256, (1, width), dtype=np.uint8), n // 50, axis=0)
    flat = np.zeros((n // 50, width), np.uint8)
    flat[:, :2] = rng.integers(0, 256, (n // 50, 2), dtype=np.uint8)
    flat[:, 1] &= 0x0F
    rest = n - len(copies) - len(equal) - len(flat)
    rows = np.concatenate([copies, equal, flat, rng.integers(0, 256, (rest, width), dtype=np.uint8)])
    return rows[rng.permutation(n)]


def many(n: int, width: int, seed: int = 0) -> np.ndarray:
    """n hashes u8 (n,width), a tenth of them copies of others with up to two bits turned, as a library of millions has them: of
    `collection` the near pairs grow with the square of n.
    """
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 256, (n, width), dtype=np.uint8)
    copies = rng.permutation(n)[: n // 10]
    X[copies] = X[rng.integers(0, n, len(copies))]
    for _ in range(2):
        bit = rng.integers(0, 8 * width, len(copies))
        X[copies, bit // 8] ^= (1 << (bit % 8)).astype(np.uint8)
    return X


def flips(n: int, bits: int, rng: np.random.Generator) -> np.ndarray:
    """u8 (n,bits/8) with 0 to bits/2 random bits set in each row."""
    out = np.empty((n, bits // 8), np.uint8)
    for at in range(0, n, 20_000):
        k = min(20_000, n - at)
        order = np.argsort(rng.random((k, bits), dtype=np.float32), axis=1)
        out[at : at + k] = np.packbits(order < rng.integers(0, bits // 2 + 1, (k, 1)), axis=1)
    return out


def vectors(n: int, d: int, seed: int = 0, part: int = 0) -> np.ndarray:
    """n unit vectors float32 (n,d) in clouds of different spread around 50 directions; one in four has a near copy. Other parts
    have other vectors around the same directions.
    """
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(50, d)).astype(np.float32)
    rng = np.random.default_rng([seed, part]) if part else rng
    spread = rng.uniform(0.5, 1.5, (n, 1)).astype(np.float32)
    X = centres[rng.integers(0, 50, n)] + spread * rng.normal(size=(n, d)).astype(np.float32)
    near = rng.permutation(n)[: n // 4]
    X[near] = X[rng.integers(0, n, len(near))] + rng.normal(size=(len(near), d)).astype(np.float32) * np.float32(0.2)
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def small_vectors(n: int, d: int, path: Path) -> None:
    """Saves n such vectors as int8 (n,d), some at a time: as floats five million would not fit into memory."""
    X = np.lib.format.open_memmap(path, "w+", np.int8, (n, d))
    for at in range(0, n, 100_000):
        some = vectors(min(100_000, n - at), d, part=at)
        X[at : at + len(some)] = np.round(some / np.abs(some).max(axis=1, keepdims=True) * 127)
