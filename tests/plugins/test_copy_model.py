"""`-d FILE.onnx` of a network that `dedupe train copy` made: what it gives, what is refused. No PyTorch is needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blake3 import blake3
from dedupe_cnn.artefacts import BACKBONE, MODELS
from dedupe_cnn.copy_file import HEAD, NEAREST, SHARE, exported, head_of
from dedupe_cnn.copy_model import CopyModel, vectors
from dedupe_cnn.features import features
from dedupe_cnn.lite0 import Graph, stored_weights

from dedupe import UsageError
from dedupe.plugins import load
from dedupe.testing.pictures import images, photo

SIDE, WIDTH = 224, 16


def written(folder: Path, side: int, **changes: Any) -> Path:
    """The shipped network with 16 components as its last layer, and its manifest."""
    matrix, mean = head_of(MODELS / "pca512.onnx", WIDTH)
    path = folder / "copy.onnx"
    weights = stored_weights(BACKBONE) | {HEAD[0]: matrix.T, HEAD[1]: -(mean @ matrix)}
    path.write_bytes(exported(weights, side, {}))
    digest = "blake3:" + blake3(path.read_bytes()).hexdigest()
    known = {"format": 1, "name": "copy16", "descriptor": "copy", "trainer": "copy@1", "base": "features"}
    manifest = known | {"dimensions": WIDTH, "digest": digest, "details": {"side": side}} | changes
    path.with_suffix(".json").write_text(json.dumps(manifest))
    return path


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("copy"), SIDE)


def test_it_gives_the_projected_features_at_unit_length(network: Path) -> None:
    found = load().descriptor(str(network))
    assert isinstance(found, CopyModel) and found.decode.size == (SIDE, SIDE)
    found.check()
    pictures = images([photo(i) for i in range(3)], found.decode)
    matrix, mean = head_of(MODELS / "pca512.onnx", WIDTH)
    wanted = (features(pictures) - mean) @ matrix
    given = found.describe(pictures)
    assert np.abs(given - wanted / np.linalg.norm(wanted, axis=1, keepdims=True)).max() < 0.005
    assert np.allclose(np.linalg.norm(given, axis=1), 1, atol=1e-5)
    assert found.describe(pictures[:0]).shape == (0, WIDTH)


def test_what_strangers_share_is_taken_off(network: Path, tmp_path: Path) -> None:
    pictures = images([photo(i) for i in range(16)], CopyModel(model=network).decode)
    plain = vectors(network, pictures, WIDTH)
    others = plain[4:]
    weights = {name: each for name, each in stored_weights(network).items() if name.endswith((".weight", ".bias"))}
    weights[HEAD[0]] = weights[HEAD[0]].T  # a file has it turned
    (tmp_path / "apart.onnx").write_bytes(exported(weights, SIDE, {}, others))
    order = np.argsort(-plain[:4] @ others.T, axis=1)[:, :NEAREST]
    wanted = plain[:4] - SHARE * others[order].mean(1)
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    assert np.abs(vectors(tmp_path / "apart.onnx", pictures[:4], WIDTH) - wanted).max() < 0.002


def test_its_forms(network: Path) -> None:
    pictures = images([photo(0)], CopyModel(model=network).decode)
    bits = CopyModel(model=network, dtype="bits", metric="hamming")
    assert bits.describe(pictures).shape == (1, WIDTH // 8) and bits.threshold == WIDTH // 8
    assert CopyModel(model=network, dtype="int8").describe(pictures).dtype == np.int8


def test_the_version_names_the_file(network: Path, tmp_path: Path) -> None:
    other = CopyModel(model=written(tmp_path, 64))
    assert other.version != CopyModel(model=network).version and other.decode.size == (64, 64)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dimensions": 17}, "does not give the 17 finite numbers"),
        ({"digest": "blake3:00"}, "not the model that its manifest describes"),
        ({"details": {}}, "does not say at what side"),
        ({"details": {"side": 4096}}, "does not say at what side"),
        ({"details": {"side": 96}}, "cannot be used as a network"),
        ({"base": None}, "not a manifest of `dedupe train`"),
    ],
)
def test_what_does_not_fit_its_manifest_is_refused(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        CopyModel(model=written(tmp_path, 64, **changes)).check()


def test_a_model_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="copy needs a model"):
        CopyModel().check()
    with pytest.raises(UsageError, match="has no manifest"):
        CopyModel(model=tmp_path / "none.onnx").check()


def test_weights_come_back_from_a_file(tmp_path: Path) -> None:
    weights = {"a.weight": np.arange(6, dtype=np.float32).reshape(2, 3, 1, 1), "a.bias": np.ones(2, np.float32)}
    graph = Graph(weights, half=True)
    given = graph.convolution("images", "a", 1, 8)
    (tmp_path / "small.onnx").write_bytes(graph.model("small", 8, {"out": (given, 2)}, {}))
    stored = stored_weights(tmp_path / "small.onnx")
    assert set(stored) == set(weights) and all(np.array_equal(stored[name], weights[name]) for name in weights)
