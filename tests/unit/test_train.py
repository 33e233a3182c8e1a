"""`dedupe train`: photos to an artefact with its manifest, and the artefact used."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from blake3 import blake3
from dedupe_cnn.write import head_bytes

from dedupe.errors import DedupeError, SafetyError, UsageError
from dedupe.model import Manifest
from dedupe.plugins.manifest import model_files
from dedupe.train import train
from dedupe.train.artefact import free_output, publish
from html_pages import checked


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty of the shipped photos, one of them twice, and a file that is no picture."""
    from dedupe.testing import photos

    here = tmp_path_factory.mktemp("photos")
    for path in photos()[:30]:
        (here / path.name).write_bytes(path.read_bytes())
    (here / "again.jpg").write_bytes(photos()[0].read_bytes())
    (here / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    return here


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests here: describing takes longest."""
    return tmp_path_factory.mktemp("cache") / "cache.sqlite3"


def test_the_manifest_says_what_was_trained_from_what(folder, cache, tmp_path):
    result = train("pca:n=6", [folder], output=tmp_path / "mine.onnx", cache=cache)
    written = json.loads((tmp_path / "mine.json").read_text("utf-8"))
    assert written == result.written
    assert written["trainer"] == "pca@1(base=features,n=6,whiten=False)"
    assert written["base"].startswith("features@") and "/working512" in written["base"]
    assert (written["name"], written["descriptor"], written["pictures"], written["dimensions"]) == (
        "pca6",
        "head",
        30,
        6,
    )
    assert written["digest"].startswith("blake3:") and written["created"].endswith("+00:00")
    assert [Path(failure.path.decode()).name for failure in result.failures] == ["broken.jpg"]
    again = train("pca:n=6", [folder], output=tmp_path / "again.onnx", cache=cache)
    assert again.described == 0, "the cache was not used"
    assert (tmp_path / "again.onnx").read_bytes() == (tmp_path / "mine.onnx").read_bytes()
    assert again.written["pictures_digest"] == written["pictures_digest"]


def test_the_order_and_the_place_of_the_photos_make_no_difference(folder, cache, tmp_path):
    train("pca:n=3", [folder], output=tmp_path / "a.onnx", cache=cache)
    moved = tmp_path / "moved"
    moved.mkdir()
    for number, path in enumerate(sorted(folder.glob("*"), reverse=True)):
        (moved / f"{number:03}.jpg").write_bytes(path.read_bytes())
    train("pca:n=3", [moved], output=tmp_path / "b.onnx", cache=cache)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_describing_in_slices_changes_nothing(folder, cache, tmp_path, monkeypatch):
    train("pca:n=3", [folder], output=tmp_path / "a.onnx", cache=cache)
    learnt = import_module("dedupe.train.learnt")
    monkeypatch.setattr(learnt, "SLICE", 7)
    monkeypatch.setattr(learnt, "BATCH", 4)
    train("pca:n=3", [folder], output=tmp_path / "b.onnx", cache="none")
    vectors = [json.loads((tmp_path / f"{name}.json").read_text())["details"]["eigenvalues"] for name in "ab"]
    assert np.allclose(*vectors, rtol=1e-6, atol=1e-6)


def test_without_a_cache_vectors_are_in_a_file_that_is_gone_afterwards(folder, tmp_path, monkeypatch):
    place, seen = tmp_path / "temporary", []
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    training = import_module("dedupe.train")

    def publishing(*given):
        seen.extend(path.stat().st_size for path in place.rglob("vectors.sqlite3*"))
        return publish(*given)

    monkeypatch.setattr(training, "publish", publishing)
    result = train("pca:n=3", [folder], output=tmp_path / "a.onnx", cache="none")
    assert result.written["pictures"] == 30
    assert sum(seen) > 30 * 1280 * 4 and not list(place.iterdir())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-o", "a.onnx", "--report", "notes.txt"], "give a name that ends with .html"),
        (["-o", "a.onnx", "--report", "a.onnx"], "-o and --report name the same file"),
        (["-o", "a.onnx", "--report", "a.json"], "give a name that ends with .html"),
    ],
)
def test_a_wrong_output_is_a_sentence_and_nothing_is_written(words, sentence, folder, tmp_path, dedupe):
    (tmp_path / "notes.txt").write_text("mine")
    ran = dedupe("train", "pca", folder, "-n", 3, *words, cwd=tmp_path)
    assert ran.code == 2 and sentence in ran.err and "Traceback" not in ran.err, ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt"]
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_trained_file_is_a_descriptor(folder, cache, tmp_path, dedupe):
    train("pca:n=8", [folder], output=tmp_path / "mine.onnx", cache=cache)
    ran = dedupe("compare", folder / "again.jpg", sorted(folder.glob("*"))[2], "-d", "mine.onnx", cwd=tmp_path)
    (line,) = ran.lines("comparison")
    assert ran.code == 0 and line["descriptor"] == "mine.onnx" and 0 < line["distance"] < 2
    ran = dedupe(
        "describe", folder / "again.jpg", "-d", "mine.onnx:dtype=int8", "-d", "mine.onnx:dtype=bits", cwd=tmp_path
    )
    values, bits = ran.lines("descriptor")
    assert len(values["values"]) == 8 and max(map(abs, values["values"])) == 127 and len(bits["hex"]) == 2


def test_the_command_prints_the_manifest_and_writes_a_page(folder, tmp_path, dedupe):
    arguments = ("train", "pca", folder, "-n", 4, "-o", tmp_path / "mine.onnx", "--report", tmp_path / "page.html")
    ran = dedupe(*arguments)
    (line,) = ran.lines("trained")
    assert ran.code == 0 and line["pictures"] == 30 and line["failures"] == 1
    assert [failure["path"] for failure in ran.lines("failure")] == [str(folder / "broken.jpg")]
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "30 pictures" in page and len(checked(page).named("path")) > 5
    assert "http" not in page.replace("http-equiv", "")
    refused = dedupe(*arguments)
    assert refused.code == 2 and "is there already" in refused.err and "--force" in refused.err
    assert dedupe(*arguments, "--force").code == 0


def test_files_from_a_list(folder, tmp_path, dedupe):
    names = sorted(path for path in folder.glob("*") if path.name != "broken.jpg")[:12]
    (tmp_path / "list.txt").write_text("".join(f"{path}\n" for path in names))
    ran = dedupe("train", "pca", "--files-from", tmp_path / "list.txt", "-n", 2, "-o", tmp_path / "mine.onnx")
    assert ran.code == 0 and ran.lines("trained")[0]["pictures"] == 11  # one of them twice


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pca:n=40",), "40 components take at least 41 different pictures; there are 30"),
        (("pca:n=0",), "n from 1 to 1280"),
        (("pac",), "'pac' is not a trainer. Did you mean 'pca'?"),
        (("pca:whitten=true",), "Did you mean 'whiten'?"),
        (("autoencoder:rate=0",), "the rate is above 0"),
    ],
)
def test_what_cannot_be_trained_leaves_nothing_behind(folder, cache, tmp_path, arguments, words):
    with pytest.raises(UsageError, match=words.replace("?", r"\?")):
        train(*arguments, [folder], output=tmp_path / "mine.onnx", cache=cache)
    assert list(tmp_path.iterdir()) == []


def test_no_photo_at_all(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="There is no picture to learn from"):
        train("pca:n=2", [tmp_path / "empty"], output=tmp_path / "mine.onnx", cache="none")


@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is installed here")
@pytest.mark.parametrize("trainer", ["autoencoder", "copy"])
def test_without_pytorch_a_sentence_names_the_extra(trainer, folder, cache, tmp_path):
    with pytest.raises(UsageError, match=r"pip install '\.\[train\]' in the folder of dedupe's source"):
        train(trainer, [folder], output=tmp_path / "mine.onnx", cache=cache)


@pytest.mark.parametrize(
    ("trainer", "words"),
    [
        ("pca:base=cnn", "base=features or base=features:pooling=average, not from cnn: a head can be used on nothing"),
        ("pca:base=featurs", "base=features or base=features:pooling=average, not from featurs"),
        ("pca:n=4,base=pca256:dtype=int8", "not from pca256:dtype=int8"),
        ("pca:base=features:pooling=max", "not from features:pooling=max"),
        ("autoencoder:base=phash", "autoencoder learns from base=features or .*, not from phash"),
        ("pca:n=1281", "n from 1 to 1280, the length of the vectors of features, not 1281"),
        ("pca:n=-1,base=features:pooling=average", "n from 1 to 1280, .* features:pooling=average, not -1"),
    ],
)
def test_what_could_never_be_used_is_refused_before_a_picture_is_looked_for(tmp_path, monkeypatch, trainer, words):
    monkeypatch.setattr(import_module("dedupe.train"), "walk", None)
    with pytest.raises(UsageError, match=words):
        train(trainer, [tmp_path / "missing"], output=tmp_path / "mine.onnx", cache="none")


def test_the_command_refuses_a_base_at_once(tmp_path, dedupe):
    ran = dedupe("train", "pca:base=cnn", tmp_path / "missing", "-o", tmp_path / "mine.onnx")
    assert ran.code == 2 and ran.out == "" and "not from cnn" in ran.err
    ran = dedupe("train", "pca", tmp_path / "missing", "-n", 1281, "-o", tmp_path / "mine.onnx")
    assert ran.code == 2 and ran.out == "" and "n from 1 to 1280" in ran.err


@pytest.mark.parametrize("base", ["features:pooling=gem", "features: pooling = average"])
def test_a_head_of_either_pooling_is_used_on_vectors_pooled_so(folder, cache, tmp_path, base):
    from dedupe_cnn.features import Features
    from dedupe_cnn.head import INPUT, OUTPUT
    from dedupe_cnn.session import run

    from dedupe.plugins import load
    from dedupe.testing.pictures import images, photo

    train(f"pca:n=3,base={base}", [folder], output=tmp_path / "mine.onnx", cache=cache)
    made = load().descriptor(str(tmp_path / "mine.onnx"))
    some = images([photo(0), photo(1)], Features().decode)
    wanted = Features(pooling="average" if "average" in base else "gem").describe(some)
    assert (made.describe(some) == run(tmp_path / "mine.onnx", INPUT, wanted, (OUTPUT,))[0]).all()


@pytest.mark.parametrize("name", ["mine.pt", "missing/mine.onnx", ".onnx"])
def test_an_output_that_makes_no_sense_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="-o "):
        free_output(tmp_path / name, force=False)


def test_a_manifest_alone_is_not_overwritten(tmp_path):
    (tmp_path / "mine.json").write_bytes(MANIFEST)
    with pytest.raises(UsageError, match=r"mine\.json is there already"):
        free_output(tmp_path / "mine.onnx", force=False)
    assert free_output(tmp_path / "mine.onnx", force=True) == tmp_path / "mine.onnx"


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("content", [b"{}", b"[1]", b"notes", b'{"format": 1, "scripts": {}}', b"\xff\xd8\xff", b"\0"])
def test_what_no_training_wrote_is_left_alone_even_with_force(tmp_path, content, force):
    for name, kind in (("mine.json", "manifest"), ("mine.onnx", "model")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(
            SafetyError, match=rf"{name} (is a picture|is not a {kind} of dedupe train), and it was left"
        ):
            free_output(tmp_path / "mine.onnx", force)
        (tmp_path / name).unlink()


def test_a_model_of_any_trainer_is_known_by_its_manifest(tmp_path):
    (tmp_path / "mine.onnx").write_bytes(b"theirs")
    digest = f"blake3:{blake3(b'theirs').hexdigest()}".encode()
    (tmp_path / "mine.json").write_bytes(MANIFEST.replace(b"blake3:00", digest))
    free_output(tmp_path / "mine.onnx", force=True)
    (tmp_path / "mine.json").unlink()
    with pytest.raises(SafetyError):
        free_output(tmp_path / "mine.onnx", force=True)
    (tmp_path / "mine.onnx").write_bytes(head_bytes(np.zeros(3), np.eye(3)))
    assert free_output(tmp_path / "mine.onnx", force=True), "a run that was killed before its manifest"


def test_the_files_that_a_specification_names():
    for spec, names in {
        "a/b.onnx": ["a/b.onnx", "a/b.json"],
        "b.onnx:dtype=int8": ["b.onnx", "b.json"],
        "onnx:model=/x y/b.onnx,bits=64": ["/x y/b.onnx", "/x y/b.json"],
        "phash:bits=256": [],
    }.items():
        assert model_files(spec) == [Path(name) for name in names]


@pytest.mark.skipif(sys.platform == "win32", reason="folders are made read-only in another way there")
def test_a_folder_that_cannot_be_written(folder, cache, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DedupeError, match="No space left on device"):
        train("pca:n=2", [folder], output=tmp_path / "mine.onnx", cache=cache)
    assert list(tmp_path.iterdir()) == []


MANIFEST = b'{"format": 1, "trainer": "pca@1", "descriptor": "head", "base": "features@1", "digest": "blake3:00"}'


class Unsteady:
    """A trainer whose figure is whatever it is set to."""

    name, version, base = "unsteady", "1", "features"
    figure: object = 0.0

    def fit(self, batches, out, progress) -> Manifest:
        out.write_bytes(b"new")
        return Manifest("unsteady", "head", "", "", 30, 1, {"loss": self.figure})


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), b"bytes"])
@pytest.mark.parametrize("before", [{}, {"mine.onnx": b"old", "mine.json": MANIFEST}])
def test_figures_that_json_cannot_hold_publish_nothing(figure, before, tmp_path, monkeypatch):
    monkeypatch.setattr(Unsteady, "figure", figure)
    batches = SimpleNamespace(digest=lambda: "blake3:00", about=dict, base="features@1")
    for name, content in before.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DedupeError, match="unsteady@1 gave figures that JSON cannot hold"):
        publish(Unsteady(), batches, tmp_path / "mine.onnx", lambda *_: None)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    monkeypatch.setattr(Unsteady, "figure", 0.0)
    publish(Unsteady(), batches, tmp_path / "mine.onnx", lambda *_: None)
    assert json.loads((tmp_path / "mine.json").read_text())["details"] == {"loss": 0.0}
