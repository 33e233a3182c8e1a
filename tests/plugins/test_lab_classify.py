"""The lab's pictures and plans for its network; what needs PyTorch is in tests/train."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dedupe_lab.classify.data import as_published, contrast, load, prepared, split
from dedupe_lab.classify.plan import VARIANTS, everything, plan
from PIL import Image

from dedupe import DedupeError, UsageError


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for kind in ("train", "test"):
        for name in ("cat", "dog"):
            (tmp_path / kind / name).mkdir(parents=True)
            for i in range(4):
                Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)).save(tmp_path / kind / name / f"{i}.png")
    return tmp_path


def test_pictures_come_with_their_classes(data):
    train, test = split(data, ["cat", "dog"])
    assert train.X.shape == (8, 32, 32, 3) and train.X.dtype == np.uint8 and train.y.tolist() == [0] * 4 + [1] * 4
    with Image.open(data / "train" / "dog" / "2.png") as picture:
        assert np.array_equal(train.X[6], np.asarray(picture))
    assert len(test.y) == 8 and split(data, ["dog", "cat"], 3)[0].y.tolist() == [0] * 3 + [1] * 3


def test_contrast_is_the_documents_formula():
    X = np.arange(256, dtype=np.uint8)
    factor = 259 * 455 / (255 * 59)
    assert contrast(X, 200).tolist() == [int(min(255, max(0, 128 + factor * (int(c) - 128)))) for c in X]
    assert contrast(X, 0).tolist() == pytest.approx(X.tolist(), abs=2)
    assert contrast(X, 300)[0] == 255 and contrast(X, 300)[255] == 0, "beyond 259 it inverts"


def test_what_the_network_is_fed():
    X = np.random.default_rng(1).integers(0, 256, (3, 32, 32, 3), np.uint8)
    plain, hashed = prepared(X, "original"), prepared(X, "hash")
    assert plain.shape == (3, 3, 32, 32) and plain.dtype == np.float32
    assert plain[1, 2, 5, 7] == pytest.approx(X[1, 5, 7, 2] / 255)
    assert set(np.unique(hashed)) == {0.0, 1.0} and hashed[2, 0, 3, 4] == float(X[2, 3, 4, 0] > X[2].mean())
    assert np.array_equal(prepared(X, "distorted"), prepared(contrast(X, 200), "original"))


def test_the_documents_mistakes():
    X = np.random.default_rng(2).integers(0, 256, (2, 32, 32, 3), np.uint8)
    scrambled = as_published(X, "original", "train")
    planar = X[0].transpose(2, 0, 1).ravel()
    assert scrambled[0, :, 0, 0].tolist() == pytest.approx((planar[:3] / 255).tolist())
    assert np.array_equal(as_published(X, "original", "test"), prepared(X, "original"))
    distorted = as_published(X, "distorted", "test")
    assert not np.array_equal(distorted, prepared(X, "distorted")) and 0 <= distorted.min() <= distorted.max() <= 1
    first = contrast(np.frombuffer((X[0].ravel()[:1] / 255).astype("<f8").tobytes(), np.uint8), 300)
    assert distorted[0].transpose(1, 2, 0).ravel()[:8].tolist() == pytest.approx((first / 255).tolist())


def test_every_variant_differs_in_what_its_name_says():
    base = plan().facts()
    for name in VARIANTS:
        made = plan("original", name)
        changed = {key for key, value in made.facts().items() if value != base[key]} - {"variant"}
        assert changed and changed == set(VARIANTS[name]) and made.name == f"original-{name}-seed0"
    assert (
        plan("original", "epoch-100").last_step(6_400) == 10_000
        and plan("original", "epoch-100").last_step(640) == 1_000
    )
    plans = everything()
    assert len(plans) == 9 + 12 and len({each.name for each in plans}) == 21
    assert {each.steps for each in plans if each.variant != "original"} == {2_500}


def test_bad_plans_are_sentences():
    for words in ({"input_": "sound"}, {"variant": "deep"}, {"steps": 0}):
        with pytest.raises(UsageError):
            plan(**words)


def test_bad_pictures_are_counted_and_bad_folders_refused(data):
    (data / "train" / "cat" / "0.png").write_bytes(b"\x89PNG")
    Image.new("L", (50, 40), 99).save(data / "train" / "dog" / "wide.png")
    train = load(data / "train", [])
    assert (len(train.y), train.unreadable, train.resized) == (8, 1, 1)
    with pytest.raises(UsageError, match="no folder train"):
        split(data / "train", [])
    (data / "train" / "emu").mkdir()
    Image.new("L", (32, 32)).save(data / "train" / "emu" / "0.png")
    with pytest.raises(UsageError, match="differ"):
        split(data, [])
    for path in (data / "test" / "dog").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DedupeError, match="no picture that can be read"):
        load(data / "test", ["cat", "dog"])


def test_without_pytorch_it_says_what_to_install(dedupe, data, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "torch.py").write_text("raise ImportError('not here')\n")
    ran = dedupe("lab", "classify", data, "-o", tmp_path / "out", env={"PYTHONPATH": str(tmp_path / "site")})
    assert ran.code == 2 and "dedupe-images[train]" in ran.err and "Traceback" not in ran.err
