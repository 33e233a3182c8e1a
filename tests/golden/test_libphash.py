"""libpHash's hashes: the values of the library itself, pinned values that need no files, and what must hold for any picture."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dedupe_hashes.dct import Dct
from dedupe_hashes.mh import Mh
from dedupe_hashes.radial import Radial, distances
from numpy.typing import NDArray
from PIL import Image, ImageOps

from dedupe import UsageError

KINDS: tuple[Any, ...] = (Dct, Mh, Radial)
WIDTHS = {"dct": 8, "mh": 72, "radial": 40}

PINNED = {
    "dct": {
        "waves": "2a7a2a7bd585d584",
        "colour": "2a7e2a6bd585d194",
        "noise": "71d0db53c75a883c",
        "large": "a166d12bf4b53946",
    },
    "mh": {
        "waves": "2472be83f1ff83b1a0d206c97a5da3e4921f4d8d5b3f82ded9680b6dc834c1b1393fc1f4"
        "fa37e43246b70192278386db7f8d2720b61f6dc9391f02fe9f404a06d6fec179fbe3f1a4",
        "colour": "2f781249f1fae7e1a1d90b74ba5bb5c758bd6dc0a4df8c7d6c9795677c3925b1b966e1e2"
        "f22e8b45b9e586e2abe0c176d62d14855aac6dcd156cdd317db3f47a62c920917d064572",
        "noise": "47a43e24b619eeb90bd662b0d5db94798d7948919853294ad98ad4711e88d31f85372570"
        "ca72a14b6bc4d4c352734d1eac761bc30ec7cb633946318cb9a497dcfe3cbc31dd3dd393",
        "large": "de5859d6a4bc86429a24369b56c6fb41b69216bb1372cebc92589b7b04df2a9c4467a713"
        "e20fc5b9be044ce81b2449249259234e492504b4849a49234a4364d858c0ed827a624cf8",
    },
    "radial": {
        "waves": "7e60a1d4002cff77876492b741aa823c899274917571887383827a7f777f807e817d7e7b797f7c80",
        "colour": "5300ff71483f475d3c62535e4d634c5654555a555455505552565654535352545355555453535254",
        "noise": "6affc7ab372d014b356876afe7c79b4971543368002b274b567690494c687165655f54575c7e705f",
        "large": "81827d923c00feb5476e82a4a35964c3797fd7373fb3b25e6a7e92828b8c5caea6af87995f748b7e",
    },
}


def synthetic() -> dict[str, NDArray[np.uint8]]:
    """Pictures that numpy makes: grey and in colour, smaller and larger than the sizes inside the hashes."""
    y, x = np.mgrid[0:120, 0:160]
    waves = 128 + 60 * np.cos(x / 11) + 50 * np.cos((x + 2 * y) / 17)
    noise = np.random.default_rng(7).integers(0, 256, (90, 70, 3))
    colour = np.stack([waves, x * 255 / 159, 255 - y * 2], axis=2)
    large = np.kron(np.random.default_rng(8).integers(0, 256, (15, 20, 3)), np.ones((40, 40, 1)))
    arrays = {"waves": np.stack([waves] * 3, axis=2), "colour": colour, "noise": noise, "large": large}
    return {name: np.rint(array).astype(np.uint8) for name, array in arrays.items()}


def read(path: Path) -> NDArray[np.uint8]:
    """A file as the host hands it over: upright, alpha over white, RGB."""
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


@pytest.fixture(scope="module")
def given(shared: Path) -> list[dict[str, str]]:
    """The rows of vectors.csv."""
    folder = shared / "vectors"
    with (folder / "vectors.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row | {"path": str(folder / row["file"])} for row in rows]


def described(kind: Any, rows: list[dict[str, str]]) -> NDArray[np.uint8]:
    return kind(source="full").describe([read(Path(row["path"])) for row in rows])  # type: ignore[no-any-return]


def differing(kind: Any, rows: list[dict[str, str]], column: str) -> set[str]:
    values = described(kind, rows)
    return {row["file"] for row, value in zip(rows, values, strict=True) if value.tobytes().hex() != row[column]}


def test_dct_is_the_librarys(given: list[dict[str, str]]) -> None:
    assert len(given) == 35
    assert differing(Dct, given, "ph_dct_aetilius") == set()


def test_mh_is_the_librarys_but_for_alpha(given: list[dict[str, str]]) -> None:
    """Of a picture with an alpha channel the library takes red alone."""
    assert differing(Mh, given, "ph_mh_aetilius") == {"edge_rgba.png"}


def test_radial_is_the_librarys_within_one(given: list[dict[str, str]]) -> None:
    column = "ph_radial_aetilius_s3.5_N180"
    rows = [row for row in given if not row[column].startswith("THROWS")]
    wanted = np.array([list(bytes.fromhex(row[column])) for row in rows])
    difference = np.abs(described(Radial, rows) - wanted)
    assert len(rows) == 34
    assert difference.max() <= 1
    assert (difference.max(axis=1) == 0).sum() >= 30


@pytest.mark.parametrize("name", PINNED["dct"])
@pytest.mark.parametrize("kind", KINDS)
def test_pinned_values(kind: Any, name: str) -> None:
    (value,) = kind(source="full").describe([synthetic()[name]])
    assert value.tobytes().hex() == PINNED[kind.name][name]


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_equal_channels_is_a_grey_one(kind: Any) -> None:
    waves = synthetic()["waves"]
    grey = np.ascontiguousarray(waves[:, :, 0])
    assert np.array_equal(kind(source="full").describe([waves]), kind().describe([grey]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_equals_single_pictures(kind: Any) -> None:
    pictures = list(synthetic().values())
    for picture in pictures:
        picture.flags.writeable = False
    batch = kind(source="full").describe(pictures)
    assert batch.dtype == np.uint8
    assert np.array_equal(batch, np.vstack([kind(source="full").describe([picture]) for picture in pictures]))


@pytest.mark.parametrize("source", ["working", "full"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_pictures(kind: Any, source: Any) -> None:
    empty = kind(source=source).describe([])
    assert (empty.shape, empty.dtype) == ((0, WIDTHS[kind.name]), np.uint8)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 700), (512, 512), (513, 31), (700, 600)])
@pytest.mark.parametrize("kind", KINDS)
def test_any_size_is_described(kind: Any, shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    assert kind().describe([picture]).shape == (1, WIDTHS[kind.name])


@pytest.mark.parametrize("value", [0, 37, 127, 255])
@pytest.mark.parametrize("kind", KINDS)
def test_flat_pictures_have_no_bits(kind: Any, value: int) -> None:
    assert not kind().describe([np.full((80, 100), value, np.uint8)]).any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_that_is_none_is_a_usage_error(kind: Any) -> None:
    with pytest.raises(UsageError, match="working or full"):
        _ = kind(source="half").decode


@pytest.mark.parametrize("kind", KINDS)
def test_requests(kind: Any) -> None:
    assert (kind().decode.mode, kind().decode.source, kind().decode.size) == ("L", "working", None)
    assert (kind(source="full").decode.mode, kind(source="full").decode.source) == ("RGB", "full")


def test_radial_distance_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(3)
    A, B = rng.integers(0, 256, (5, 40), np.uint8), rng.integers(0, 256, (7, 40), np.uint8)
    wanted = [[1 - max(0.0, *(np.corrcoef(a, np.roll(b, s))[0, 1] for s in range(40))) for b in B] for a in A]
    assert np.allclose(distances(A, B), wanted, rtol=0, atol=1e-6)


def test_radial_distance_to_itself_turned_is_zero_and_both_ways_are_one() -> None:
    X = np.random.default_rng(4).integers(0, 256, (50, 40), np.uint8)
    found = distances(X, X)
    assert found.dtype == np.float32
    assert (np.diagonal(found) == 0).all()
    assert (np.diagonal(distances(X, np.roll(X, 11, axis=1))) == 0).all()
    assert np.array_equal(found, distances(X, X).T)
    assert ((found >= 0) & (found <= 1)).all()


def test_radial_distance_of_what_is_constant_is_undefined() -> None:
    X = np.vstack([np.zeros(40), np.full(40, 9), np.arange(40)]).astype(np.uint8)
    assert np.array_equal(np.isnan(distances(X, X)), [[1, 1, 1], [1, 1, 1], [1, 1, 0]])
