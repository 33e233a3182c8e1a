"""What a plugin's decoder gives is made sure of, so that the cache can hold it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dedupe.decode.reading import read_picture
from dedupe.errors import PictureError
from dedupe.model import DecodedInfo, Traits

GREY = np.arange(60 * 80, dtype=np.uint8).reshape(60, 80)


class Given:
    """A decoder that gives what it was made with."""

    name, version, suffixes = "given", "1", (".zzz",)

    def __init__(self, array: Any, info: Any) -> None:
        self.result = array, info

    def matches(self, head: bytes) -> bool:
        return head.startswith(b"ZZZ")

    def decode(self, stream: Any, want: Any) -> Any:
        return self.result


def read(array: Any, info: Any) -> Any:
    return read_picture(b"ZZZ", [Given(array, info)], rgb=False, full=False, pixel_cap=1 << 40)


@pytest.mark.parametrize("taken", [None, 0, -5, 1_600_000_000])
def test_what_keeps_to_the_contract_is_read(taken: int | None) -> None:
    info = DecodedInfo(80, 60, "ZED", taken)
    assert read(GREY, info).info == info
    told = replace(info, traits=Traits(3, 16, b"icc", gps=True))
    assert read(GREY, told).info == told
    assert read(GREY, DecodedInfo(np.int64(80), np.uint16(60), "ZED", taken)).info == info  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("array", "info"),
    [
        (GREY, None),
        (GREY, (80, 60)),
        (GREY, DecodedInfo(80, 60, None)),  # type: ignore[arg-type]
        (GREY, DecodedInfo(80, 60, "")),
        (GREY, DecodedInfo(80, 60, "\x1b[31m")),
        (GREY, DecodedInfo(80, 60, "Zwölf")),
        (GREY, DecodedInfo(80, 60, "ZED", 10**30)),
        (GREY, DecodedInfo(80, 60, "ZED", float("nan"))),  # type: ignore[arg-type]
        (GREY, DecodedInfo(80, 60, "ZED", "yesterday")),  # type: ignore[arg-type]
        (GREY, DecodedInfo(1 << 31, 1, "ZED")),
        (GREY, DecodedInfo(0, 60, "ZED")),
        (GREY, DecodedInfo(80, -60, "ZED")),
        (GREY, DecodedInfo(80.5, 60, "ZED")),  # type: ignore[arg-type]
        (GREY.tolist(), DecodedInfo(80, 60, "ZED")),
        (GREY.astype(np.float32), DecodedInfo(80, 60, "ZED")),
        (None, DecodedInfo(80, 60, "ZED")),
        (GREY, DecodedInfo(80, 60, "ZED", None, {"frames": 2})),  # type: ignore[arg-type]
        (GREY, DecodedInfo(80, 60, "ZED", None, Traits(frames=0))),
        (GREY, DecodedInfo(80, 60, "ZED", None, Traits(depth=9.5))),  # type: ignore[arg-type]
        (GREY, DecodedInfo(80, 60, "ZED", None, Traits(profile="sRGB"))),  # type: ignore[arg-type]
    ],
)
def test_what_does_not_is_a_sentence_that_names_the_decoder(array: Any, info: Any) -> None:
    with pytest.raises(PictureError, match="the decoder given gave ") as caught:
        read(array, info)
    assert caught.value.reason == "broken"
