"""Everything that ships keeps the contract, as far as the conformance kit can tell."""

from __future__ import annotations

import io
import tomllib
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dedupe import testing
from dedupe.plugins import Plugins
from dedupe.plugins.offer import Offer, offer
from dedupe.testing import decoders, descriptors

ROOT = Path(__file__).resolve().parents[2]
ENTRY_POINTS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"][
    "dedupe"
]
SHIPPED: dict[str, Offer] = {name: offer(import_module(module), []) for name, module in ENTRY_POINTS.items()}
FACTORIES = {name: factory for given in SHIPPED.values() for name, factory in given.things["descriptor"].items()}
SUBJECTS = {
    name: descriptors.DescriptorUnderTest(FACTORIES[name]) for name in Plugins({"descriptor": FACTORIES}).complete()
}
"""Those that need a file named, `head` and `onnx`, are held against the contract in test_cnn.py."""
DECODERS = {name: decoder for given in SHIPPED.values() for name, decoder in given.things["decoder"].items()}


@pytest.mark.parametrize("check", descriptors.CHECKS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_descriptor(name: str, check: str) -> None:
    descriptors.CHECKS[check](SUBJECTS[name])


def test_the_descriptors_that_are_promised_ship() -> None:
    assert set(SUBJECTS) >= {"ahash", "dhash", "phash", "whash", "dct", "mh", "radial", "bmb", "pdq"}


@pytest.fixture(scope="session")
def heic_files(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, tuple[int, int]]:
    """Two photos as HEIC, made by the library that the plugin decodes them with."""
    heif = pytest.importorskip("pillow_heif", reason="the extra [heif] is not installed")
    from PIL import Image

    folder = tmp_path_factory.mktemp("heic")
    sizes = {}
    for i in (0, 40):
        with Image.open(testing.photos()[i]) as image:
            path = folder / f"{i}.heic"
            out = io.BytesIO()
            heif.from_pillow(image.convert("RGB")).save(out, quality=60)
            path.write_bytes(out.getvalue())
            sizes[path] = image.size
    return sizes


@pytest.mark.parametrize("check", decoders.CHECKS)
def test_heif_decoder(check: str, heic_files: dict[Path, tuple[int, int]]) -> None:
    decoders.CHECKS[check](decoders.DecoderUnderTest(DECODERS["heif"], of_its_format=heic_files))


@pytest.fixture(scope="session")
def raw_files(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, tuple[int, int]]:
    """A photo as the preview of a RAW file, upright and turned, made by hand."""
    pytest.importorskip("rawpy", reason="the extra [raw] is not installed")
    from pictures import photo
    from raw_files import CR2, jpeg, raw_file

    folder = tmp_path_factory.mktemp("raw")
    sizes = {folder / "1.cr2": (640, 480), folder / "6.dng": (480, 640)}
    for path in sizes:
        path.write_bytes(raw_file([jpeg(photo(640, 480))], int(path.stem), mark=CR2))
    return sizes


@pytest.mark.parametrize("check", decoders.CHECKS)
def test_raw_decoder(check: str, raw_files: dict[Path, tuple[int, int]]) -> None:
    decoders.CHECKS[check](decoders.DecoderUnderTest(DECODERS["raw"], of_its_format=raw_files))


def test_every_shipped_decoder_is_tested() -> None:
    assert [list(SHIPPED[name].things["decoder"]) for name in ("heif", "raw")] == [["heif"], ["raw"]]
    assert set(DECODERS) == {"heif", "raw"}


def test_what_is_installed_is_what_the_project_says() -> None:
    try:
        installed = metadata.distribution("dedupe-images").entry_points.select(group="dedupe")
    except metadata.PackageNotFoundError:
        pytest.skip("dedupe-images is not installed here, only on the path")
    assert {entry.name: entry.value for entry in installed} == ENTRY_POINTS


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_parameter_can_be_given_on_the_command_line(name: str) -> None:
    from dedupe.plugins import descriptor_key
    from dedupe.plugins.key import parameters

    loaded = Plugins({"descriptor": {name: SUBJECTS[name].given}})
    plain: Any = loaded.descriptor(name)
    written = [f"{parameter}={value}" for parameter, value in parameters(plain).items()]
    again = loaded.descriptor(":".join([name, ",".join(written)]) if written else name)
    assert descriptor_key(again) == descriptor_key(plain)
    assert np.isfinite(plain.threshold)
