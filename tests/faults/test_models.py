"""Models that are broken, hostile or somebody else's: one sentence, exit code 2, and nothing outside the file is opened."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from dedupe_cnn import artefacts, wire
from dedupe_cnn.model import OnnxModel
from dedupe_cnn.safety import check_model
from dedupe_cnn.trained import Trained
from dedupe_cnn.wire import field, node, tensor, value_info

from dedupe import UsageError

IN = value_info("in", "float32", [1, 3, 8, 8])
OUT = value_info("out", "float32", [1, 3, 1, 1])
POOL = node("GlobalAveragePool", ["in"], ["out"])
EXTERNAL = (
    field(1, 3) + field(2, 1) + field(8, "w") + field(13, field(1, "location") + field(2, "/etc/passwd")) + field(14, 1)
)


def written(path: Path, nodes: list[bytes], more: bytes = b"", **weights: np.ndarray) -> Path:
    """A model with these nodes; `more` are fields of its graph."""
    content = wire.model("m", nodes, weights, [IN], [OUT])
    path.write_bytes(content + (field(7, more) if more else b""))
    return path


def attribute(number: int, value: bytes, kind: int) -> bytes:
    return field(5, field(1, "a") + field(number, value) + field(20, kind))


HOSTILE = {
    "an initializer": field(5, EXTERNAL),
    "a location alone": field(5, field(1, 3) + field(2, 1) + field(8, "w") + field(14, 1)),
    "sparse values": field(15, field(1, EXTERNAL)),
    "an attribute": field(1, POOL + attribute(5, EXTERNAL, 4)),
    "attributes": field(1, POOL + attribute(10, EXTERNAL, 9)),
    "a sparse attribute": field(1, POOL + attribute(22, field(1, EXTERNAL), 11)),
    "a subgraph": field(1, POOL + attribute(6, field(5, EXTERNAL), 5)),
    "a subgraph's subgraph": field(1, POOL + attribute(11, field(1, POOL + attribute(6, field(5, EXTERNAL), 5)), 10)),
}


@pytest.mark.parametrize("place", HOSTILE)
def test_weights_in_other_files_are_refused_wherever_they_are(place, tmp_path):
    with pytest.raises(UsageError, match="keeps weights in other files"):
        check_model(written(tmp_path / "m.onnx", [POOL], HOSTILE[place]))


def test_weights_in_other_files_of_functions_and_training_are_refused(tmp_path):
    plain = wire.model("m", [POOL], {}, [IN], [OUT])
    function = field(25, field(1, "f") + field(7, POOL + attribute(5, EXTERNAL, 4)))
    for number, more in enumerate((function, field(20, field(1, field(5, EXTERNAL))))):
        path = tmp_path / f"{number}.onnx"
        path.write_bytes(plain + more)
        with pytest.raises(UsageError, match="keeps weights in other files"):
            check_model(path)


@pytest.mark.parametrize("inside", [False, True])
def test_operators_of_other_domains_are_refused(inside, tmp_path):
    custom = node("Run", ["in"], ["out"]) + field(7, "evil.example")
    nodes = [POOL + attribute(6, field(1, custom), 5)] if inside else [custom]
    with pytest.raises(UsageError, match=r"operators of the domain 'evil\.example'"):
        check_model(written(tmp_path / "m.onnx", nodes))


def test_a_declared_domain_is_refused(tmp_path):
    path = written(tmp_path / "m.onnx", [POOL])
    path.write_bytes(path.read_bytes() + field(8, field(1, "evil.example") + field(2, 1)))
    with pytest.raises(UsageError, match=r"operators of the domain 'evil\.example'"):
        check_model(path)


@pytest.mark.parametrize("content", [b"", b"\x00", b"not a model", b"\xff" * 50, b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_what_is_no_model(content, tmp_path):
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(UsageError, match="is not an ONNX model"):
        check_model(tmp_path / "m.onnx")


def test_every_cut_and_many_flips_of_a_model_raise_nothing_else(tmp_path):
    whole = written(tmp_path / "m.onnx", [POOL], w=np.ones(3, np.float32)).read_bytes()
    rng = np.random.default_rng(0)
    damaged = [whole[:at] for at in range(len(whole))]
    for _ in range(300):
        content = bytearray(whole)
        content[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        damaged.append(bytes(content))
    refused = 0
    for content in damaged:
        (tmp_path / "d.onnx").write_bytes(content)
        try:
            check_model(tmp_path / "d.onnx")
        except UsageError:
            refused += 1
    assert refused > len(whole) / 2


def test_a_model_nested_without_end(tmp_path):
    inner = POOL
    for _ in range(200):
        inner = POOL + attribute(6, field(1, inner), 5)
    with pytest.raises(UsageError, match="is not an ONNX model"):
        check_model(written(tmp_path / "m.onnx", [inner]))


def test_good_models_pass(tmp_path):
    for path in artefacts.MODELS.glob("*.onnx"):
        check_model(path)
    check_model(written(tmp_path / "m.onnx", [POOL]))


def test_the_walk_and_the_writer_agree_with_onnx_itself(tmp_path):
    onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")
    given = written(tmp_path / "m.onnx", [POOL], w=np.float32([1.5, -2]))
    onnx.checker.check_model(onnx.load(given), full_check=True)
    loaded = onnx.load(artefacts.BACKBONE)
    onnx.checker.check_model(loaded, full_check=True)
    loaded.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
    (tmp_path / "e.onnx").write_bytes(loaded.SerializeToString())
    with pytest.raises(UsageError, match="other files"):
        check_model(tmp_path / "e.onnx")


def test_a_number_of_many_bytes_and_negative_ones():
    assert list(wire.fields(memoryview(field(1, -1) + field(2, 1 << 40)))) == [(1, 0, (1 << 64) - 1), (2, 0, 1 << 40)]


def nan_model(path: Path) -> Path:
    return written(
        path, [node("GlobalAveragePool", ["in"], ["m"]), node("Div", ["m", "z"], ["out"])], z=np.float32([0])
    )


def too_new(path: Path) -> Path:
    content = wire.model("m", [POOL], {}, [IN], [OUT])
    path.write_bytes(content.replace(field(8, field(2, wire.OPSET)), field(8, field(2, 99))))
    return path


def two_inputs(path: Path) -> Path:
    more = value_info("other", "float32", [1])
    path.write_bytes(wire.model("m", [node("Add", ["in", "other"], ["out"])], {}, [IN, more], [OUT]))
    return path


WRONG = {
    "no file": (lambda path: path, "size=8", "cannot be read: No such file"),
    "the wrong size": (lambda path: written(path, [POOL]), "size=16", r"takes tensor\(float\) \[1, 3, 8, 8\]"),
    "the wrong layout": (lambda path: written(path, [POOL]), "size=8,layout=nhwc", r"takes tensor\(float\)"),
    "NaN": (nan_model, "size=8,mean=0.498039", "not made of finite numbers"),
    "no such output": (lambda path: written(path, [POOL]), "size=8,output=y", "no output 'y'; there are: out"),
    "too new": (too_new, "size=8", "cannot be used"),
    "two inputs": (two_inputs, "size=8", "has 2 inputs, not one"),
    "a size of 0": (lambda path: written(path, [POOL]), "size=0", "onnx:size is the side"),
    "a scale that is no number": (lambda path: written(path, [POOL]), "size=8,scale=x", "onnx:scale takes a number"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_model_that_cannot_be_used_is_refused_before_any_file_is_read(case, tmp_path):
    from dedupe.plugins import load

    make, parameters, words = WRONG[case]
    path = make(tmp_path / "m.onnx")
    with pytest.raises(UsageError, match=words) as refused:
        load().descriptor(f"onnx:model={path},{parameters}")
    assert "\n" not in str(refused.value)


def test_the_command_ends_with_2(tmp_path, dedupe, photos):
    path = written(tmp_path / "m.onnx", [POOL], HOSTILE["an initializer"])
    ran = dedupe("scan", photos[0].parent, "-d", f"onnx:model={path},size=8")
    assert ran.code == 2 and ran.out == "" and "keeps weights in other files" in ran.err
    assert dedupe("scan", photos[0].parent, "-d", "onnx").code == 2
    ran = dedupe("scan", photos[0].parent, "-d", tmp_path / "missing.onnx")
    assert ran.code == 2 and "There is no file" in ran.err


@pytest.fixture
def head(tmp_path: Path) -> Path:
    """A copy of a shipped head with its manifest."""
    for suffix in (".onnx", ".json"):
        (tmp_path / f"mine{suffix}").write_bytes((artefacts.MODELS / f"pca512{suffix}").read_bytes())
    return tmp_path / "mine.onnx"


def changed(path: Path, **values: object) -> None:
    manifest = path.with_suffix(".json")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | values))


def test_a_head_of_another_backbone(head):
    changed(head, base="features@1.0123456789ab(pooling=gem)/working512-1/pillow13.0")
    with pytest.raises(UsageError, match=r"was trained on features@1\.0123456789ab.*train it again"):
        Trained(model=head).check()


def test_a_head_that_is_not_its_manifests(head):
    content = bytearray(head.read_bytes())
    content[-200] ^= 1
    head.write_bytes(content)
    with pytest.raises(UsageError, match="not the model that its manifest describes"):
        Trained(model=head).check()


def test_a_head_without_its_manifest(head):
    head.with_suffix(".json").unlink()
    with pytest.raises(UsageError, match=r"no manifest mine\.json beside it"):
        Trained(model=head).check()
    from dedupe.plugins import load

    with pytest.raises(UsageError, match="onnx:model="):
        load().descriptor(str(head))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "descriptor": "head", "base": 3}', "\x00"])
def test_a_manifest_that_is_none(head, text):
    head.with_suffix(".json").write_text(text)
    with pytest.raises(UsageError, match="manifest"):
        Trained(model=head).check()
    from dedupe.plugins import load

    with pytest.raises(UsageError, match="manifest"):
        load().descriptor(str(head))


def test_a_name_that_is_not_allowed_is_told_from_one_that_is(tmp_path):
    assert OnnxModel().version == "1.none" and Trained().version.endswith(".none")
    assert tensor("w", np.zeros(2, np.int64))
