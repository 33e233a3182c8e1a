"""What the contract asks of every decoder, as checks with names."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np
from numpy.typing import NDArray

from dedupe.decode.traits import refuse_traits
from dedupe.describe.several import Listed, several
from dedupe.model import DecodedInfo, Decoder
from dedupe.testing import tested
from dedupe.testing.heads import HEADS
from dedupe.testing.tested import cases, checks_in

HEAD = 64
CUTS = (0.0, 0.1, 0.5, 0.9)


@dataclass
class DecoderUnderTest(tested.UnderTest):
    """The decoder under test and files of its format, with their upright (width, height) where the author knows it; without
    any, what needs them is skipped.
    """

    of_its_format: Mapping[Path, tuple[int, int] | None] | None = None
    kind = "decoder"

    @property
    def files(self) -> Mapping[Path, tuple[int, int] | None]:
        """The files. Raises SkipTest where none were given."""
        if self.of_its_format is None:
            raise SkipTest("it needs files of the decoder's format: dedupe.testing.decoder_checks takes them")
        return self.of_its_format

    def decode(self, data: bytes, want: tuple[int, int] | None = None) -> tuple[NDArray[np.uint8], DecodedInfo]:
        """The picture, upright u8 (h,w) or (h,w,3), and what is known of it."""
        pixels, info = self.thing.decode(io.BytesIO(data), want)
        return pixels, info


def decoder_checks(
    decoder: Decoder,
    files: Listed | Mapping[str | Path, tuple[int, int]] | Mapping[Path, tuple[int, int]],
    *,
    import_seconds: float = 0.3,
) -> Callable[..., None]:
    """A test function with one named pytest case for every promise that a decoder makes; assign it to a `test_` name.

    `files` are pictures of its format, at least one; as a mapping it gives each one's upright (width, height) too.
    """
    sizes: dict[Any, tuple[int, int]] = dict(files) if isinstance(files, Mapping) else {}
    found = {Path(os.fsdecode(each)): sizes.get(each) for each in several(files)}
    return cases(CHECKS, DecoderUnderTest(decoder, import_seconds=import_seconds, of_its_format=found))


def check_own_files(subject: DecoderUnderTest) -> None:
    """It knows its own files by suffix and by their first 64 bytes."""
    assert subject.files, "give at least one file of the decoder's format"
    for path in subject.files:
        assert path.suffix.lower() in subject.thing.suffixes, f"{path.name}: its suffix is not one of the decoder's"
        assert subject.thing.matches(path.read_bytes()[:HEAD]) is True, f"{path.name} is not recognised"


def check_other_formats(subject: DecoderUnderTest) -> None:
    """It leaves the files of other formats alone, and heads that are short or nothing at all."""
    for suffixes, head in HEADS:
        if not set(suffixes.split()) & set(subject.thing.suffixes):
            matched = subject.thing.matches(head.ljust(HEAD, b"\0"))
            assert matched is False, f"matches() gives {matched!r} for the first bytes of a file like {suffixes}"
    for short in (b"", b"\0", b"\0" * HEAD, b"\xff" * HEAD):
        assert subject.thing.matches(short) is False, f"{short[:4]!r}... is taken for a picture"


def check_pixels(subject: DecoderUnderTest) -> None:
    """Decoded in full, a picture is upright u8 (h,w) or (h,w,3) of the size that its info says."""
    for path, size in subject.files.items():
        array, info = subject.decode(path.read_bytes())
        assert isinstance(array, np.ndarray) and array.dtype == np.uint8, f"{path.name}: not an array of u8"
        assert array.ndim == 2 or array.shape[2:] == (3,), (
            f"{path.name}: the shape is {array.shape}, not (h,w) or (h,w,3)"
        )
        height, width = (info.height, info.width) if size is None else size[::-1]
        assert array.shape[:2] == (height, width), (
            f"{path.name}: {array.shape[:2]} is not the upright {(height, width)}"
        )


def check_want(subject: DecoderUnderTest) -> None:
    """What comes out is never smaller than wanted (or than the original, if that is), nor larger than the original."""
    for path in subject.files:
        data = path.read_bytes()
        _, info = subject.decode(data)
        size = (info.width, info.height)
        for want in ((1, 1), (size[0] // 2 or 1, size[1] // 2 or 1), size, (size[0] * 2, size[1] * 2)):
            array, _ = subject.decode(data, want)
            got = array.shape[1::-1]
            fits = all(min(w, s) <= g <= s for w, g, s in zip(want, got, size, strict=True))
            assert fits, f"{path.name} of {size}: {want} was wanted, {got} came"


def check_info(subject: DecoderUnderTest) -> None:
    """The info has the original's size, whatever is wanted, a format, a date or None, and traits or None."""
    for path, size in subject.files.items():
        data = path.read_bytes()
        infos = [subject.decode(data, want)[1] for want in (None, (1, 1), (16, 16))]
        assert all(isinstance(info, DecodedInfo) for info in infos), f"{path.name}: no DecodedInfo came"
        assert infos[0] == infos[1] == infos[2], f"{path.name}: the info depends on what is wanted"
        info = infos[0]
        assert size is None or (info.width, info.height) == size, (
            f"{path.name}: {info.width} x {info.height} is not {size}"
        )
        assert isinstance(info.format, str) and 0 < len(info.format.encode()) <= 8, (
            f"{path.name}: the format is {info.format!r}"
        )
        assert info.taken is None or type(info.taken) is int, f"{path.name}: taken is {info.taken!r}"
        refuse_traits(subject.thing.name, info.traits)


def check_truncated(subject: DecoderUnderTest) -> None:
    """A file that ends early is an error, not a picture."""
    for path in subject.files:
        data = path.read_bytes()
        for cut in CUTS:
            try:
                array, _ = subject.decode(data[: int(len(data) * cut)])
            except Exception:
                continue
            raise AssertionError(f"{path.name} cut at {cut:.0%} gave a picture of shape {array.shape}")


def check_deterministic(subject: DecoderUnderTest) -> None:
    """The same bytes give the same pixels again."""
    for path in subject.files:
        first, again = (subject.decode(path.read_bytes())[0].copy() for _ in range(2))
        assert np.array_equal(first, again), f"{path.name} gave two pictures"


def check_picklable(subject: DecoderUnderTest) -> None:
    """It reaches worker processes: pickled and unpickled, it gives the same pixels."""
    again: Any = pickle.loads(pickle.dumps(subject.thing))
    for path in subject.files:
        pixels, _ = again.decode(io.BytesIO(path.read_bytes()), (16, 16))
        assert np.array_equal(pixels, subject.decode(path.read_bytes(), (16, 16))[0]), (
            f"{path.name}: unpickled, it differs"
        )


CHECKS = {name: check for name, check in tested.CHECKS.items() if name != "key"} | checks_in(globals())
"""A decoder is no factory: it has no parameters."""
