"""Heads that are broken, hostile or not their manifest's: one sentence, exit code 2, before any picture is described."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from dedupe_cnn import artefacts, wire
from dedupe_cnn.trained import Trained
from dedupe_cnn.wire import field, node, value_info
from dedupe_cnn.write import head_bytes

from dedupe import UsageError
from odd_models import made_head


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
    changed(head, base="features@1.0123456789ab(pooling=gem)/working512-6/pillow13.0")
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


def linear(width: int = 1280, fill: float = 1.0) -> bytes:
    return head_bytes(np.zeros(width), np.full((width, 8), fill))


def untyped(kind: str, cast: int) -> bytes:
    nodes = [node("Cast", ["features"], ["vectors"], to=cast)]
    ends = [value_info("features", "float32", ["n", 1280])], [value_info("vectors", kind, ["n", 1280])]
    return wire.model("head", nodes, {}, *ends)


SUMMED = wire.model(
    "head",
    [node("ReduceSum", ["features"], ["vectors"], keepdims=0)],
    {},
    [value_info("features", "float32", [1, 1280])],
    [value_info("vectors", "float32", [])],
)

BAD_HEADS = {
    "64 dimensions, really 8": (
        linear(),
        64,
        r"gives 8 values a picture, and its manifest mine\.json says 64; train it",
    ),
    "7 dimensions, really 8": (linear(), 7, r"gives 8 values a picture, and its manifest mine\.json says 7; train it"),
    "-3 dimensions": (linear(), -3, r"mine\.json cannot be read: its dimensions are -3; train the head again"),
    "no dimensions": (linear(), 0, "its dimensions are 0"),
    "true dimensions": (linear(), True, "its dimensions are True"),
    "another width": (
        linear(24),
        8,
        r"it takes tensor\(float\) \['n', 24\], and .* features are 1280 floats .*; train it",
    ),
    "NaN": (linear(fill=np.nan), 8, "gives values that are not finite; train it again"),
    "infinity": (linear(fill=np.inf), 8, "gives values that are not finite; train it again"),
    "too large for floats": (linear(fill=3e38), 8, "gives values that are not finite; train it again"),
    "another input": (
        linear().replace(b"features", b"pictures"),
        8,
        r"is not a head: it turns 'pictures' into 'vectors', not 'features' into 'vectors'; .* -d onnx:model=",
    ),
    "another output": (linear().replace(b"vectors", b"numbers"), 8, "it turns 'features' into 'numbers', not"),
    "doubles": (
        untyped("float64", 11),
        1280,
        r"it gives float64 \[2, 1280\] for two pictures, not float32 \[2, 1280\]",
    ),
    "one number": (SUMMED, 1, "cannot be used"),
    "an opset too new": (
        linear().replace(field(8, field(2, wire.OPSET)), field(8, field(2, 99))),
        8,
        "it uses opset 99;",
    ),
}


@pytest.mark.parametrize("case", BAD_HEADS)
def test_a_head_that_fails_its_trial_is_refused(case, tmp_path):
    content, dimensions, words = BAD_HEADS[case]
    path = made_head(tmp_path / "mine.onnx", content, dimensions)
    with pytest.raises(UsageError, match=words) as refused:
        Trained(model=path).check()
    assert str(tmp_path / "mine.") in str(refused.value) and "\n" not in str(refused.value)
    from dedupe.plugins import load

    for dtype in ("float32", "bits"):
        with pytest.raises(UsageError, match=words):
            load().descriptor(f"{path}:dtype={dtype}")


def test_a_head_that_passes_its_trial(tmp_path):
    Trained(model=made_head(tmp_path / "mine.onnx", linear())).check()


def test_a_bad_head_ends_the_command_with_2_and_one_sentence(tmp_path, dedupe, photos):
    path = made_head(tmp_path / "mine.onnx", linear(24))
    ran = dedupe("scan", photos[0].parent, "-d", path)
    assert ran.code == 2 and ran.out == "" and ran.err.count("\n") == 1 and str(path) in ran.err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "descriptor": "head", "base": 3}', "\x00"])
def test_a_manifest_that_is_none(head, text):
    head.with_suffix(".json").write_text(text)
    with pytest.raises(UsageError, match="manifest"):
        Trained(model=head).check()
    from dedupe.plugins import load

    with pytest.raises(UsageError, match="manifest"):
        load().descriptor(str(head))
