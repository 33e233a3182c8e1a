"""The descriptors from a network's features: one pass for all, forms of heads, models that a user names."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dedupe_cnn import artefacts, features
from dedupe_cnn.cnn import Cnn
from dedupe_cnn.features import Features
from dedupe_cnn.head import Head, kept
from dedupe_cnn.model import OnnxModel
from dedupe_cnn.shipped import SHIPPED, Pca256, Pca512
from dedupe_cnn.trained import Trained
from dedupe_cnn.wire import model, node, value_info

from dedupe import PictureError, UsageError
from dedupe.plugins import load
from dedupe.testing import descriptor_checks
from dedupe.testing.pictures import images, photo

FOLDER = Path(artefacts.__file__).parent


def small_model(path: Path, kind: str = "float32", **changes: Any) -> Path:
    """A model of 8x8 pictures, nchw, that gives the mean of each of its three channels."""
    nodes = [node("Cast", ["in"], ["x"], to=1), node("GlobalAveragePool", ["x"], ["mean"])]
    outputs = [value_info("mean", "float32", [1, 3, 1, 1])]
    path.write_bytes(
        model("small", nodes, {}, [value_info("in", kind, [1, 3, 8, 8])], outputs) + changes.get("more", b"")
    )
    return path


@pytest.fixture(scope="module")
def pictures() -> Any:
    stack = images([photo(i) for i in range(6)], Features().decode)
    stack.flags.writeable = False
    return stack


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of pictures of each forward pass of the backbone."""
    seen: list[int] = []
    original = features.run

    def counted(path: Path, name: str, rows: np.ndarray, outputs: tuple[str, ...], device: str) -> Any:
        seen.append(len(rows))
        return original(path, name, rows, outputs, device=device)

    monkeypatch.setattr(features, "run", counted)
    return seen


def test_all_descriptors_share_one_pass(pictures, passes):
    own = pictures.copy()
    own.flags.writeable = False
    for descriptor in (Features(), Cnn(), Cnn(pooling="average", metric="l2"), *(kind() for kind in SHIPPED)):
        assert len(descriptor.describe(own)) == 6
    assert passes == [6]


def test_what_may_change_is_not_remembered(pictures, passes):
    own = pictures.copy()
    first = Cnn().describe(own)
    own[0] = 255 - own[0]
    second = Cnn().describe(own)
    assert passes == [6, 6] and (first[0] != second[0]).any() and (first[1:] == second[1:]).all()
    view = own[:]
    view.flags.writeable = False
    Cnn().describe(view)
    own[0] = 0
    assert (Cnn().describe(view)[0] != second[0]).any()


def test_what_is_remembered_goes_with_the_array(pictures):
    before = len(features._seen)
    own = pictures.copy()
    own.flags.writeable = False
    Cnn().describe(own)
    assert len(features._seen) == before + 1
    del own
    assert len(features._seen) == before


def test_results_are_the_callers_own(pictures):
    first = Features().describe(pictures)
    first[:] = 0
    assert Features().describe(pictures).any()


def test_a_batch_has_the_very_bytes_of_single_pictures(pictures):
    for descriptor in (Features(), Cnn(), *(kind() for kind in SHIPPED)):
        batch = descriptor.describe(pictures)
        for i in range(6):
            assert batch[i].tobytes() == descriptor.describe(pictures[i : i + 1])[0].tobytes()


def test_fewer_components_are_the_leading_ones(pictures):
    assert (Pca512().describe(pictures)[:, :256] == Pca256().describe(pictures)).all()


def test_bytes_and_bits_of_components(pictures):
    floats, whole = Pca256().describe(pictures), Pca256(dtype="int8").describe(pictures)
    assert whole.dtype == np.int8 and whole.shape == (6, 256) and whole.nbytes == 6 * 256
    assert (np.abs(whole).max(1) == 127).all()
    cosines = (floats * whole).sum(1) / np.linalg.norm(floats, axis=1) / np.linalg.norm(whole.astype(float), axis=1)
    assert (cosines > 0.999).all()
    bits = Pca256(dtype="bits").describe(pictures)
    assert bits.shape == (6, 32) and (np.unpackbits(bits, axis=1) == (floats > 0)).all()


def test_median_bits_of_an_autoencoder():
    units = np.float32([[3, 1, 2, 4, 0, 0, 9, 8], [5, 5, 5, 5, 5, 5, 5, 5]])
    assert kept(units, "bits", median=True).tolist() == [[0b10010011], [0b11111111]]
    assert kept(units[:0], "bits", median=True).shape == (0, 1)


def test_a_row_of_zeros_stays_one():
    assert not kept(np.zeros((1, 8), np.float32), "int8", median=False).any()


@pytest.mark.parametrize(("dtype", "metric"), [("int8", "l2"), ("bits", "l2"), ("float32", "hamming")])
def test_metrics_that_do_not_fit_are_refused(dtype, metric):
    with pytest.raises(UsageError, match=f"{metric} does not go with dtype={dtype}"):
        _ = Pca256(dtype=dtype, metric=metric).metric


def test_versions_name_the_files_that_ship():
    from blake3 import blake3

    listed = artefacts.digests()
    files = {path.name for path in artefacts.MODELS.iterdir() if path.suffix in (".onnx", ".npy")}
    assert set(listed) == files
    for name, digest in listed.items():
        assert blake3((artefacts.MODELS / name).read_bytes()).hexdigest() == digest, name
    assert listed["pca512.onnx"][:12] in Pca256().version and listed["backbone.onnx"][:12] in Pca256().version


def test_shipped_heads_have_manifests_that_fit():
    for kind in SHIPPED:
        path = artefacts.MODELS / kind.file
        about = json.loads(path.with_suffix(".json").read_text("utf-8"))
        assert about["digest"] == "blake3:" + artefacts.digests()[path.name]
        assert about["base"].split("(")[0] == f"features@{Features().version}"
        assert about["dimensions"] == (512 if kind.file == "pca512.onnx" else 256)
        Trained(model=path).check()


def test_a_shipped_head_named_by_its_file_gives_the_same(pictures):
    named = Trained(model=artefacts.MODELS / "pca512.onnx")
    assert (named.describe(pictures) == Pca512().describe(pictures)).all()


def test_the_licence_of_the_weights_is_there():
    assert "Apache License" in (FOLDER / "NOTICE").read_text("utf-8")
    assert "END OF TERMS AND CONDITIONS" in (FOLDER / "LICENSE-APACHE-2.0.txt").read_text("utf-8")


def test_a_scan_with_two_descriptors_groups_copies(tmp_path, dedupe, photos):
    from PIL import Image

    for path in photos[:8]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with Image.open(photos[0]) as image:
        image.crop((10, 10, image.width - 10, image.height - 10)).save(tmp_path / "cropped.png")
    ran = dedupe("scan", tmp_path, "-d", "pca256", "-d", "pca256:dtype=int8", "-j", 2)
    (group,) = ran.lines("group")
    assert ran.code == 0
    assert {Path(each["path"]).name for each in (group["keep"], *group["members"])} == {photos[0].name, "cropped.png"}


def test_onnx_without_a_model_is_not_complete():
    loaded = load()
    assert {"cnn", "pca256", "features"} <= set(loaded.complete())
    assert {"head", "onnx"} <= set(loaded.descriptors) - set(loaded.complete())


@pytest.mark.parametrize(("kind", "wanted"), [("float32", 100 / 255), ("uint8", 100.0)])
def test_any_model_gets_what_it_takes(tmp_path, kind, wanted):
    stack = np.full((2, 8, 8, 3), 100, np.uint8)
    found = OnnxModel(model=small_model(tmp_path / "m.onnx", kind), size=8).describe(stack)
    assert found.shape == (2, 3) and np.allclose(found, wanted)


def test_normalisation_by_channel(tmp_path):
    stack = np.full((1, 8, 8, 3), 100, np.uint8)
    path = small_model(tmp_path / "m.onnx")
    found = OnnxModel(model=path, size=8, mean="10,20,30", std="2,4,5", scale=1.0).describe(stack)
    assert np.allclose(found, [[45, 20, 14]])


def test_the_command_line_names_channels(tmp_path):
    path = small_model(tmp_path / "m.onnx")
    made: Any = load().descriptor(f"onnx:model={path},size=8,mean=0.4,0.5,0.6,std=2,metric=l2")
    assert (made.mean, made.std, made.metric, made.model) == ("0.4,0.5,0.6", "2", "l2", path)


def test_a_model_changed_has_another_version(tmp_path):
    path = small_model(tmp_path / "m.onnx")
    before = OnnxModel(model=path).version
    small_model(path, "uint8")
    assert OnnxModel(model=path).version != before


def test_no_pictures_have_the_width_of_some(tmp_path):
    made = OnnxModel(model=small_model(tmp_path / "m.onnx"), size=8)
    assert made.describe(np.zeros((0, 8, 8, 3), np.uint8)).shape == (0, 3)


def test_a_wrong_number_of_channel_means(tmp_path):
    with pytest.raises(PictureError, match="one number or three"):
        OnnxModel(model=small_model(tmp_path / "m.onnx"), size=8, mean="1,2").describe(np.zeros((1, 8, 8, 3), np.uint8))


def test_heads_reach_workers():
    again = pickle.loads(pickle.dumps(Pca256(dtype="bits")))
    assert isinstance(again, Head) and again.dtype == "bits" and again.metric == "hamming"


test_kept_promises_of_a_trained_head = descriptor_checks(
    lambda: Trained(model=artefacts.MODELS / "pca512.onnx"), variants={"model": artefacts.MODELS / "ae256-relu.onnx"}
)
test_kept_promises_of_any_model = descriptor_checks(
    lambda: OnnxModel(model=artefacts.BACKBONE, layout="nhwc", output="gem"),
    variants={"model": artefacts.MODELS / "pca512.onnx", "output": "average", "mean": "1", "std": "2"},
)
