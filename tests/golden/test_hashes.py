"""ImageHash's hashes, PDQ and bmb: the values of the libraries, pinned values that need no files nor library."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dedupe_hashes.ahash import AHash
from dedupe_hashes.bmb import Bmb
from dedupe_hashes.dhash import DHash
from dedupe_hashes.pdq import Pdq
from dedupe_hashes.phash import PHash
from dedupe_hashes.whash import WHash
from numpy.typing import NDArray
from PIL import Image

from dedupe import Descriptor

NO_PDQ = "Meta's own PDQ is not installed (the extra [peers], which needs a C++ compiler)"
COLUMNS = {"ih_ahash": AHash, "ih_dhash": DHash, "ih_phash": PHash, "ih_whash_haar": WHash}
SIZES = {AHash: (64, 256, 576, 1024), DHash: (64, 256, 576, 1024), PHash: (64, 256, 576, 1024), WHash: (64, 256, 1024)}

PINNED: dict[str, dict[str, str]] = {
    "waves": {
        "ahash": "9d1d1c38f9991d1c",
        "dhash": "3371717133337171",
        "phash": "9fb71fb5e04ae040",
        "whash": "9d1d1cb8b9991d1c",
        "pdq": "aa83bfa9a82bee69a0a3f7890aa37ba9a2239aa9a003caa920037556dffcf556",
        "bmb": "c1c381f783fb03f107e007e00fc0cfc1ffc1e783c1c3c1e783ff83f107f007e0",
        "ahash/w": "9d1d1c38f9991d1c",
        "dhash/w": "3371717133337171",
        "phash/w": "9fb71fb5e04ae040",
        "whash/w": "9d1d1cb8b9991d1c",
        "pdq/w": "aa83bfa9a82bee69a0a3f7890aa37ba9a2239aa9a003caa920037556dffcf556",
        "bmb/w": "c1c381f783fb03f107e007e00fc0cfc1ffc1e783c1c3c1e783ff83f107f007e0",
    },
    "colour": {
        "ahash": "1f1f1f1f1f0f0f1f",
        "dhash": "7f7bfbf3fb7f7ffb",
        "phash": "8ab41db5e8cae0d6",
        "whash": "0f1f1f1f03070f0f",
        "pdq": "aa83bfa9a82bee69a0a3f7890aa37ba9a2239aa9a003caa920037556dffcf556",
        "bmb": "00ff01ff01ff01ff01ff03ff03ff01ef00cf000f003f007f00ff00ff01ff01f7",
        "ahash/w": "1f1f1f1f1f0f0f1f",
        "dhash/w": "7f7bfbf3fb7f7ffb",
        "phash/w": "8ab41db5e8cae0d6",
        "whash/w": "0f1f1f1f03070f0f",
        "pdq/w": "ea0b7d299223ec79ca8bade902a3e90900ab2ae9a203ef2928037556dffcfd56",
        "bmb/w": "00ff01ff01ff01ff01ff03ff03ff01ef00cf000f003f007f00ff00ff01ff01f7",
    },
    "noise": {
        "ahash": "37ae276402274ed3",
        "dhash": "ad5acd8daece9a16",
        "phash": "b7c6fd15ec02a622",
        "whash": "73be2764422f2c93",
        "pdq": "4bdc55f8968334ac6ce150890dfd71ab2e679320b032da20df9bfa44d1df66a1",
        "bmb": "374bc41bdeecdae610550e3b0d1bec51561d01110c7d64de047eb963eb3f9546",
        "ahash/w": "37ae276402274ed3",
        "dhash/w": "ad5acd8daece9a16",
        "phash/w": "b7c6fd15ec02a622",
        "whash/w": "73be276c402f0cd3",
        "pdq/w": "4bdc55f8968334ac6ce150890dfd71ab2e679320b032da20df9bfa44d1df66a1",
        "bmb/w": "374bc41bdeecdae610550e3b0d1bec51561d01110c7d64de047ab963eb3fd546",
    },
    "large": {
        "ahash": "007133d5b483be39",
        "dhash": "a5e322a565166cd1",
        "phash": "ae0041754aff2dce",
        "whash": "00751bd53583be79",
        "pdq": "e2dcdbf91d2319640875c18e1c03bc9adea5983996da9e7f7429d0d7c7c19700",
        "bmb": "45081a181f363387874f168f361367716f316e19c00fe08dfeeccfa4dbe33cc1",
        "ahash/w": "007133d5b483be79",
        "dhash/w": "a5e322a565166cd1",
        "phash/w": "ae0041754aff2dce",
        "whash/w": "00751bd53583be79",
        "pdq/w": "e2dcdb711d3319640875c18e0d03bc9adea5983996da9e7f74a9d0d7c7c19700",
        "bmb/w": "45081a081f363387874f168f361767716f316e19c00fe08dfeeccfa4dbe33cc1",
    },
    "tall": {
        "ahash": "f1c63f9b91056e36",
        "dhash": "42147235374bc844",
        "phash": "b5fdc5636c830b84",
        "whash": "f0c63f8b13856e26",
        "pdq": "f20f9c5a1d906cbdf6a964945b86687c3a977a58e36006600c9b136f1fd1b55b",
        "bmb": "ef24bd46f88ae970abde8ad3445fd984619fcd2e92634324bd3e16c006b4b199",
        "ahash/w": "f1c63f9b91056e36",
        "dhash/w": "42147235374bc844",
        "phash/w": "b5fdc5636c830b84",
        "whash/w": "f0c43f8b93856666",
        "pdq/w": "f20f9c5a1d906cbdf6a964945b86687c3a977a58e36006600c9b136f1fd1b55b",
        "bmb/w": "ef24bd46f88ae970abde8ad3445fd984619fcd2e92634324bd3e16c006b4b199",
    },
    "wide": {
        "ahash": "1f1f1f1f1f1f1f1f",
        "dhash": "fbfbfbfbfbf3f3f3",
        "phash": "8a9db3953395a495",
        "whash": "0f0f0f1f1f1f0d09",
        "pdq": "472a2fd41b5e0634420651549b26555c33164b5cd9a65dd40bd655dc7d56df7c",
        "bmb": "01ff01ff01ff01ff01ff01ff01ff01ff01f701f701e701e701e701e701e701c3",
        "ahash/w": "1f1f1f1f1f1f1f1f",
        "dhash/w": "fbfbfbfbfbf3f3f3",
        "phash/w": "8a9db3953395a495",
        "whash/w": "0f0f0f0f1f1f0f09",
        "pdq/w": "73037cfcba2a57362b0a17449316fa3cae0e8e0c118e8c544dc6d5d437765f7c",
        "bmb/w": "01ff01ff01ff01ff01ff01ff01ff01ff01f701f701e701e701e701e701e701c3",
    },
}


def synthetic() -> dict[str, Image.Image]:
    """Pictures that numpy makes: in colour and grey, small, large, very tall, very wide."""
    y, x = np.mgrid[0:150, 0:200]
    waves = 128 + 60 * np.cos(x / 19 + 1) + 50 * np.cos((x + 2 * y) / 31)
    colour = np.stack([waves, x * 255 / 199, 255 - y * 1.5], axis=2)
    noise = np.random.default_rng(7).integers(0, 256, (61, 83, 3))
    arrays = {
        "waves": waves,
        "colour": colour,
        "noise": noise,
        "large": np.kron(np.random.default_rng(8).integers(0, 256, (15, 20, 3)), np.ones((40, 45, 1))),
        "tall": np.random.default_rng(9).integers(0, 256, (400, 30)),
        "wide": colour[40:60],
    }
    return {name: Image.fromarray(np.rint(array).astype(np.uint8)) for name, array in arrays.items()}


def read(path: Path) -> Image.Image:
    """A file as the host decodes it: alpha over white, RGB."""
    image: Image.Image = Image.open(path)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def full(descriptor: Descriptor, image: Image.Image) -> NDArray[Any]:
    """The descriptor of a picture that is not reduced any more, handed over as it asks for it."""
    request = descriptor.decode
    image = image.convert(request.mode)
    if request.size:
        image = image.resize(request.size, Image.Resampling.LANCZOS)
    pixels = np.asarray(image)
    return descriptor.describe(pixels[None] if request.size else [pixels])[0]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def given(shared: Path) -> list[dict[str, str]]:
    with (shared / "vectors" / "vectors.csv").open(encoding="utf-8") as file:
        return [row | {"path": str(shared / "vectors" / row["file"])} for row in csv.DictReader(file)]


@pytest.mark.parametrize("column", COLUMNS)
def test_whole_pictures_have_imagehashes_values(column: str, given: list[dict[str, str]]) -> None:
    assert len(given) == 35
    descriptor = COLUMNS[column](source="full")
    got = {row["file"]: full(descriptor, read(Path(row["path"]))).tobytes().hex() for row in given}
    assert got == {row["file"]: row[column] for row in given}


@pytest.mark.parametrize("name", synthetic())
@pytest.mark.parametrize(("kind", "bits"), [(kind, bits) for kind, sizes in SIZES.items() for bits in sizes])
def test_every_size_is_imagehashes(kind: Any, bits: int, name: str) -> None:
    imagehash = pytest.importorskip("imagehash", reason="ImageHash is not installed")
    library = {AHash: imagehash.average_hash, DHash: imagehash.dhash, PHash: imagehash.phash, WHash: imagehash.whash}
    image = synthetic()[name]
    expected = np.packbits(library[kind](image, hash_size=int(bits**0.5)).hash)
    assert full(kind(bits=bits, source="full"), image).tobytes().hex() == expected.tobytes().hex()


def pdq_cases(given: list[dict[str, str]]) -> dict[str, Image.Image]:
    small = {name: image.convert("RGB") for name, image in synthetic().items() if max(image.size) <= 512}
    return small | {row["file"]: read(Path(row["path"])) for row in given}


def test_pdq_is_metas(given: list[dict[str, str]]) -> None:
    pdqhash = pytest.importorskip("pdqhash", reason=NO_PDQ)
    for name, image in pdq_cases(given).items():
        pixels = np.asarray(image)
        assert np.array_equal(np.unpackbits(full(Pdq(source="full"), image)), pdqhash.compute(pixels)[0]), name


def test_pdq_of_working_images_is_metas_but_for_rounding(given: list[dict[str, str]]) -> None:
    pdqhash = pytest.importorskip("pdqhash", reason=NO_PDQ)
    for row in given:
        if row["file"] != "edge_flat.png":  # Meta's hash of a flat picture is that of rounding errors, ours is 0
            image = read(Path(row["path"]))
            ours = np.unpackbits(Pdq().describe([np.asarray(image.convert("L"))])[0])
            assert (ours != pdqhash.compute(np.asarray(image))[0]).sum() <= 4, row["file"]


@pytest.mark.parametrize("name", synthetic())
def test_pinned_values(name: str) -> None:
    image = synthetic()[name]
    kinds: list[Any] = [*SIZES, Pdq, Bmb]
    got = {kind.name: full(kind(source="full"), image).tobytes().hex() for kind in kinds}
    got |= {f"{kind.name}/w": full(kind(), grey(image)).tobytes().hex() for kind in kinds}
    assert got == PINNED[name]


def grey(image: Image.Image) -> Image.Image:
    """The picture as a working image: grey, of at most 512 pixels."""
    image = image.convert("L")
    image.thumbnail((512, 512), Image.Resampling.BOX)
    return image
