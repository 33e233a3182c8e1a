"""Models that are broken, hostile or somebody else's: one sentence, exit code 2, and nothing outside the file is opened."""

from __future__ import annotations

import re

import numpy as np
import pytest
from dedupe_cnn import artefacts, wire
from dedupe_cnn.model import OnnxModel
from dedupe_cnn.safety import check_model
from dedupe_cnn.trained import Trained
from dedupe_cnn.wire import field, node
from dedupe_cnn.words import said

from dedupe import UsageError
from odd_models import IN, OUT, POOL, nan_model, no_input, of_ir, of_opset, taking, two_inputs, two_outputs, written

EXTERNAL = (
    field(1, 3) + field(2, 1) + field(8, "w") + field(13, field(1, "location") + field(2, "/etc/passwd")) + field(14, 1)
)


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


def test_a_declared_domain_counts_where_a_node_uses_it(tmp_path):
    """Quantised models list sets of operators that none of their nodes is of."""
    path = written(tmp_path / "m.onnx", [POOL])
    path.write_bytes(path.read_bytes() + field(8, field(1, "ai.onnx.training") + field(2, 1)))
    check_model(path)
    content = path.read_bytes()
    path.write_bytes(content + field(7, field(1, node("Run", ["in"], ["out"]) + field(7, "ai.onnx.training"))))
    with pytest.raises(UsageError, match=r"operators of the domain 'ai\.onnx\.training'"):
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


def test_fields_that_protobuf_would_read_as_others_are_refused(tmp_path):
    """It forgets the upper bits of a tag of five bytes: field 2^29 + 13 is field 13, external data, to onnxruntime."""
    place = field(1, "location") + field(2, "secret")
    other = field(1 << 29 | 13, place) + field(1 << 29 | 14, 1)
    assert other[:5] == bytes([13 << 3 | 2 | 0x80, 0x80, 0x80, 0x80, 0x10]) and other[5:].startswith(
        field(13, place)[1:]
    )
    path = written(tmp_path / "m.onnx", [POOL], field(5, field(1, 3) + field(2, 1) + field(8, "w") + other))
    with pytest.raises(UsageError, match="is not an ONNX model"):
        check_model(path)


def test_a_number_of_many_bytes_and_negative_ones():
    assert list(wire.fields(memoryview(field(1, -1) + field(2, 1 << 40)))) == [(1, 0, (1 << 64) - 1), (2, 0, 1 << 40)]


FREE = ["n", "c", "h", "w"]
NONE = node("Slice", ["in", "none", "none"], ["out"])
PRODUCT = node("MatMul", ["in", "w"], ["out"])

WRONG = {
    "no file": (lambda path: path, "size=8", "cannot be read: No such file"),
    "the wrong size": (
        written,
        "size=16",
        r"takes tensor\(float\) \[1, 3, 8, 8\], not a picture of 16x16 \(nchw\); give size=8\.$",
    ),
    "the wrong layout": (written, "size=8,layout=nhwc", r"not a picture of 8x8 \(nhwc\); give layout=nchw\.$"),
    "both wrong": (taking([1, 8, 8, 3]), "", r"not a picture of 224x224 \(nchw\); give layout=nhwc and size=8\.$"),
    "any size, the wrong layout": (taking(["n", "h", "w", 3]), "size=8", r"give layout=nhwc\.$"),
    "one channel": (taking([1, 1, 8, 8]), "size=8", r"export it for square pictures of three channels\.$"),
    "not square": (taking([1, 3, 8, 9]), "size=8", r"export it for square pictures of three channels\.$"),
    "four at a time": (taking([4, 3, 8, 8]), "size=8", r"several pictures at a time; export it for one\.$"),
    "a row": (taking(["n", 192]), "size=8", r"export it with an input of four dimensions, as \(1,3,height,width\)\.$"),
    "whole numbers": (taking(FREE, "int64"), "size=8", r"its input is tensor\(int64\); export it with one of tensor"),
    "a size that only the weights want": (
        taking(FREE, "float32", PRODUCT, w=np.ones((8, 2), np.float32)),
        "size=16",
        r"could not be run on a picture of 16x16 \(nchw\); give the size and layout .*dimension mismatch\)\.$",
    ),
    "NaN": (nan_model, "size=8,mean=0.498039", r"not made of finite numbers; check mean, std and scale, or export it"),
    "NaN beside another output": (
        two_outputs,
        "size=8",
        r"check mean, std and scale, or take another with output=, of two",
    ),
    "no value": (
        taking(FREE, "float32", NONE, none=np.int64([0])),
        "size=8",
        r"its output 'out' is empty, of shape \[0, 3, 8, 8\]; export it again\.$",
    ),
    "no such output": (written, "size=8,output=y", "no output 'y'; there are: out"),
    "an opset too new": (
        of_opset(99),
        "size=8",
        r"m\.onnx cannot be used: it uses opset 99; export it with at most \d\d\.$",
    ),
    "a format too new": (of_ir(99), "size=8", r"of ONNX's IR version 99; save it with at most \d\d\.$"),
    "an unknown operator": (
        lambda path: written(path, [node("Nope", ["in"], ["out"])]),
        "size=8",
        r"m\.onnx cannot be used: This is an invalid model\. .*No Op registered for Nope with domain_version of 17\.$",
    ),
    "two inputs": (two_inputs, "size=8", "has 2 inputs, not one"),
    "no input": (no_input, "size=8", "has 0 inputs, not one"),
    "a size of 0": (written, "size=0", "onnx:size is the side"),
    "a scale that is no number": (written, "size=8,scale=x", "onnx:scale takes a number"),
    "two means": (written, "size=8,mean=1,2", r"could not be made: onnx:mean takes one number or three"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_model_that_cannot_be_used_is_refused_before_any_file_is_read(case, tmp_path):
    from dedupe.plugins import load

    make, parameters, words = WRONG[case]
    path = make(tmp_path / "m.onnx")
    with pytest.raises(UsageError, match=words) as refused:
        load().descriptor(",".join(filter(None, (f"onnx:model={path}", parameters))))
    assert "\n" not in str(refused.value) and "onnxruntime_src" not in str(refused.value)
    assert len(str(refused.value).replace(str(path), "")) < 320


def test_the_newest_opset_named_is_one_that_works(tmp_path):
    """The sentence takes the number from onnxruntime, so it is right for any version of it."""
    with pytest.raises(UsageError) as refused:
        OnnxModel(model=of_opset(99)(tmp_path / "new.onnx"), size=8).check()
    newest = int(str(refused.value).rstrip(".").split()[-1])
    OnnxModel(model=of_opset(newest)(tmp_path / "newest.onnx"), size=8).check()
    with pytest.raises(UsageError, match=f"it uses opset {newest + 1}; export it with at most {newest}"):
        OnnxModel(model=of_opset(newest + 1)(tmp_path / "newer.onnx"), size=8).check()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Load model from /a b.onnx failed:Invalid model. It is.",
            "Invalid model. It is",
        ),
        (
            "[ONNXRuntimeError] : 1 : FAIL : running Reshape. /onnxruntime_src/x/reshape_helper.h:91 "
            "onnxruntime::R::R(const onnxruntime::T&, bool) the sizes (1) and (2) differ",
            "running Reshape. the sizes (1) and (2) differ",
        ),
        ("matmul_helper.h:59 Compute MatMul dimension (n) mismatch", "Compute MatMul dimension (n) mismatch"),
        ("word " * 100, "word " * 38 + "word [...]"),
        ("", "RuntimeError"),
    ],
)
def test_what_onnxruntime_says_in_fewer_words(text, wanted):
    assert said(RuntimeError(text)) == wanted


def test_the_command_ends_with_2(tmp_path, dedupe, photos):
    path = written(tmp_path / "m.onnx", [POOL], HOSTILE["an initializer"])
    ran = dedupe("scan", photos[0].parent, "-d", f"onnx:model={path},size=8")
    assert ran.code == 2 and ran.out == "" and "keeps weights in other files" in ran.err
    assert dedupe("scan", photos[0].parent, "-d", "onnx").code == 2
    ran = dedupe("scan", photos[0].parent, "-d", tmp_path / "missing.onnx")
    assert ran.code == 2 and "There is no file" in ran.err


@pytest.mark.parametrize("domain", ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"])
@pytest.mark.parametrize("beside", ["", ".", " ", "x", ".evil"])
def test_a_name_that_is_not_allowed_is_told_from_one_that_is(domain, beside, tmp_path):
    path = written(tmp_path / "m.onnx", [POOL + field(7, domain + beside)])
    if not beside:
        check_model(path)
        return
    with pytest.raises(UsageError, match=re.escape(f"operators of the domain {domain + beside!r}")):
        check_model(path)


def test_a_version_without_a_model_says_so(tmp_path):
    assert OnnxModel().version == "1.none" and Trained().version.endswith(".none")
    assert OnnxModel(model=written(tmp_path / "m.onnx")).version != "1.none"
    assert not Trained(model=artefacts.MODELS / "pca512.onnx").version.endswith(".none")
