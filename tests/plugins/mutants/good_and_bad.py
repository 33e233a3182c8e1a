"""A descriptor and a decoder that keep every promise, and for each promise one that breaks just that.

A file of its own, off the test modules, because new processes import it by name.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct

import numpy as np

from dedupe import Decode, DecodedInfo, Metric

SIDE = 16


class Good:
    """A picture's brightness on a grid, in units of its contrast."""

    name, version, metric, threshold = "good", "1", "l2", 1.0
    decode = Decode((SIDE, SIDE), resample="box")

    def __init__(self, sign: int = 1) -> None:
        self.sign = sign

    def describe(self, images):
        X = images.reshape(len(images), SIDE * SIDE).astype(np.float64)
        X -= X.mean(axis=1, keepdims=True)
        return (self.sign * X / (1 + X.std(axis=1, keepdims=True))).astype(np.float32)


class GoodBits(Good):
    """The same as bits."""

    metric = "hamming"

    def describe(self, images):
        return np.packbits(super().describe(images) > 0, axis=1)


class GoodList(Good):
    """Handed pictures of all sizes in a list."""

    decode = Decode(None, "RGB", source="full")

    def describe(self, images):
        rows = [image.reshape(-1, 3).mean(axis=0) for image in images]
        return np.array(rows, np.float32).reshape(len(rows), 3)


class BadContract(Good):
    threshold = float("nan")


class BadCheck(Good):
    """Gives the sentence instead of raising it."""

    def check(self):
        return "There is no model."


class BadKey(Good):
    """Takes a parameter and keeps another value."""

    def __init__(self, sign: int = 1) -> None:
        self.sign = 1


class BadPicklable(Good):
    def __init__(self, sign: int = 1) -> None:
        super().__init__(sign)
        self.of = lambda X: X


class BadShapes(Good):
    """The classic: squeezed where there is one picture."""

    def describe(self, images):
        X = super().describe(images)
        return X[0] if len(X) == 1 else X


class BadDtype(Good):
    def describe(self, images):
        return super().describe(images).astype(np.float64)


class BadEmpty(Good):
    """A list comprehension forgets the width of nothing."""

    def describe(self, images):
        return np.array([super(BadEmpty, self).describe(image[None])[0] for image in images], np.float32)


class BadFinite(Good):
    """Divides by the contrast of a blank page."""

    def describe(self, images):
        X = super().describe(images)
        flat = X.std(axis=1) == 0
        return np.where(flat[:, None], np.float32(np.nan), X)


class BadInputUnchanged(Good):
    def describe(self, images):
        images -= images.min(axis=(1, 2), keepdims=True)
        return super().describe(images)


class BadReadOnly(Good):
    """Hands on what it is handed to code that insists on arrays it may write to."""

    def describe(self, images):
        if not images.flags.writeable:
            raise TypeError("array is read-only")
        return super().describe(images)


class BadDeterministic(Good):
    """Gives out a buffer that the next call of this process writes to again."""

    buffers: dict = {}  # noqa: RUF012

    def describe(self, images):
        X = super().describe(images)
        buffer = self.buffers.setdefault(X.shape, X)
        buffer[:] = X
        return buffer


class BadFreshProcess(Good):
    """Its projection depends on the process."""

    def describe(self, images):
        X = super().describe(images)
        X[:, os.getpid() % X.shape[1]] *= 2
        X[:, 0] += np.float32(os.getpid() % 997)
        return X


class BadBatchEqualsSingle(Good):
    """Centres on the batch."""

    def describe(self, images):
        X = super().describe(images)
        return X - X.mean(axis=0) if len(X) else X


class BadBatchEqualsSingleBits(GoodBits):
    """A float32 product rounds differently with the size of the batch, which shows on flat pictures; here it always does."""

    def describe(self, images):
        X = super().describe(images)
        if len(X) == 1:
            X[0, -1] ^= 1
        return X


def _far_from_itself(A, B):
    return _l2(A, B) + np.float32(0.5)


def _crooked(A, B):
    return _l2(A, B) * (1 + np.abs(A[:, :1]))


def _l2(A, B):
    return np.sqrt(((A[:, None].astype(np.float64) - B[None]) ** 2).sum(2)).astype(np.float32)


class BadIdentity(Good):
    metric = Metric("far", "float32", _far_from_itself)


class BadSymmetry(Good):
    metric = Metric("crooked", "float32", _crooked)


class BadMildJpeg(Good):
    """A cryptographic digest, which forgets what is near."""

    def describe(self, images):
        rows = [np.frombuffer(hashlib.blake2b(image.tobytes()).digest(), np.uint8) for image in images]
        return np.array(rows, np.float32).reshape(len(rows), 64)


class GoodToy:
    """A decoder of the toy format: a magic word, width and height as u16, the length of what follows, RGB."""

    name, version, suffixes = "toy", "1", (".toy",)

    def matches(self, head: bytes) -> bool:
        return head.startswith(b"TOYPIC")

    def decode(self, stream, want):
        data = stream.read()
        width, height = struct.unpack("<HH", data[6:10])
        pixels = np.frombuffer(data, np.uint8, width * height * 3, 10).reshape(height, width, 3)
        step = 1 if want is None else max(1, min(width // max(1, want[0]), height // max(1, want[1])))
        return pixels[::step, ::step], DecodedInfo(width, height, "TOY")


def toy(width: int, height: int) -> bytes:
    """A file of the toy format."""
    pixels = np.random.default_rng(0).integers(0, 256, width * height * 3, np.uint8).tobytes()
    return b"TOYPIC" + struct.pack("<HH", width, height) + pixels


class ToyContract(GoodToy):
    version = 1


class ToyPicklable(GoodToy):
    def __init__(self) -> None:
        self.of = lambda: None


class ToyOwnFiles(GoodToy):
    def matches(self, head: bytes) -> bool:
        return head.startswith(b"TOYPIX")


class ToyOtherFormats(GoodToy):
    def matches(self, head: bytes) -> bool:
        return super().matches(head) or head.startswith(b"RIFF")


class ToyPixels(GoodToy):
    """A third axis that nobody asked for."""

    def decode(self, stream, want):
        pixels, info = super().decode(stream, want)
        return np.concatenate([pixels, pixels[..., :1]], axis=2), info


class ToyWant(GoodToy):
    """Smaller than wanted."""

    def decode(self, stream, want):
        pixels, info = super().decode(stream, want)
        return (pixels if want is None else pixels[::8, ::8]), info


class ToyInfo(GoodToy):
    """The size of what came out in place of the original's."""

    def decode(self, stream, want):
        pixels, _ = super().decode(stream, want)
        return pixels, DecodedInfo(pixels.shape[1], pixels.shape[0], "TOY")


class ToyTruncated(GoodToy):
    """Fills up what is missing."""

    def decode(self, stream, want):
        data = stream.read()
        return super().decode(io.BytesIO(data.ljust(100_000, b"\0") if len(data) > 10 else data), want)


class ToyDeterministic(GoodToy):
    def decode(self, stream, want):
        pixels, info = super().decode(stream, want)
        return (pixels ^ np.frombuffer(os.urandom(1), np.uint8) if want is None else pixels), info
