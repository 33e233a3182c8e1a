"""The trainer `copy`; all of it needs PyTorch, the extra [train]."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (the extra [train])")

from dedupe_cnn import copy_run  # noqa: E402
from dedupe_cnn.artefacts import BACKBONE, MODELS  # noqa: E402
from dedupe_cnn.copy_file import exported, head_of  # noqa: E402
from dedupe_cnn.copy_model import vectors  # noqa: E402
from dedupe_cnn.copy_network import Bank, CopyNetwork, contrast, spread  # noqa: E402
from dedupe_cnn.copy_trainer import CopyTrainer  # noqa: E402
from dedupe_cnn.features import features  # noqa: E402
from dedupe_cnn.lite0 import stored_weights  # noqa: E402

from dedupe import DedupeError, UsageError  # noqa: E402
from dedupe.errors import SafetyError  # noqa: E402
from dedupe.model import Views  # noqa: E402

SMALL = {"n": 16, "side": 32, "steps": 4, "batch": 8, "copies": 1}


@dataclass
class Made:
    """So many pictures of noise, each with a lighter copy."""

    count: int = 120
    finite: bool = True

    def __len__(self) -> int:
        return self.count

    def digest(self) -> str:
        return f"blake3:{self.count}"

    def epoch(self, number: int, batch: int = 64) -> Iterator[Views]:
        rng = np.random.default_rng(0)
        pictures = rng.integers(0, 256, (self.count, 4, 4, 3), np.uint8).repeat(8, 1).repeat(8, 2)
        order = np.random.default_rng(number).permutation(self.count)
        for at in range(0, self.count, batch):
            some = order[at : at + batch]
            yield Views(some, pictures[some], (pictures[some] // 2 + 100)[:, None])


@pytest.fixture
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy_run, "ROUND", 2)


def quiet(*_: object) -> None: ...


@pytest.fixture(scope="module")
def network() -> CopyNetwork:
    return CopyNetwork(stored_weights(BACKBONE), *head_of(MODELS / "pca512.onnx", 16))


def test_the_network_begins_as_the_shipped_one(network):
    images = np.random.default_rng(0).integers(0, 256, (2, 7, 7, 3), np.uint8).repeat(32, 1).repeat(32, 2)
    matrix, mean = head_of(MODELS / "pca512.onnx", 16)
    wanted = (features(images) - mean) @ matrix
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    with torch.no_grad():
        assert np.abs(network(torch.from_numpy(images)).numpy() - wanted).max() < 0.02


@pytest.mark.parametrize("side", [32, 50])
def test_the_file_gives_what_the_network_gives(side, network, tmp_path):
    weights = {name: each.detach().numpy() for name, each in network.named.items()}
    (tmp_path / "copy.onnx").write_bytes(exported(weights, side, {}))
    images = np.random.default_rng(1).integers(0, 256, (3, side, side, 3), np.uint8)
    found = vectors(tmp_path / "copy.onnx", images, 16)
    with torch.no_grad():
        assert np.abs(network(torch.from_numpy(images)).numpy() - found).max() < 0.02
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_contrast_is_least_where_views_meet_and_pictures_part():
    apart = torch.eye(4)
    met = torch.stack([apart, apart], 1)
    crossed = torch.stack([apart, apart.roll(1, 0)], 1)
    numbers, none = torch.arange(4), Bank(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64))
    assert contrast(met, numbers, none, 0.05) < 1e-6 < contrast(crossed, numbers, none, 0.05)
    assert spread(apart) < spread(torch.nn.functional.normalize(apart + 1))


def test_copies_need_not_look_like_each_other_and_earlier_pictures_are_others():
    """The picture lies between its two copies, which are parts of it that share nothing."""
    left, right = torch.eye(8)[:4], torch.eye(8)[4:]
    views = torch.stack([torch.nn.functional.normalize(left + right), left, right], 1)
    numbers, none = torch.arange(4), Bank(torch.zeros(0, 8), torch.zeros(0, dtype=torch.int64))
    alone = contrast(views, numbers, none, 0.05)
    assert alone < 1e-4
    before = none.with_newest(views[:, 0], numbers, 3)
    assert before.numbers.tolist() == [0, 1, 2]
    assert float(contrast(views, numbers, before, 0.05)) == pytest.approx(float(alone), abs=1e-5), (
        "they are the same pictures"
    )
    assert contrast(views, numbers + 4, before, 0.05) > 0.5, "they are others that look the same"


def test_it_learns_and_goes_on_to_the_same_file_after_an_interruption(short_rounds, tmp_path):
    trainer = CopyTrainer(**SMALL)
    whole = trainer.fit(Made(), tmp_path / "whole.onnx", quiet)
    lines = whole.details["curves"]["lines"]
    assert lines["loss"][-1] < lines["loss"][0] and len(lines["copies found"]) == 2
    assert (whole.name, whole.dimensions, whole.pictures, whole.details["steps"]) == ("copy16", 16, 120, 4)

    def stop(_: str, done: int, __: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer.fit(Made(), tmp_path / "parts.onnx", stop)
    assert not (tmp_path / "parts.onnx").exists()
    seen: list[int] = []
    again = trainer.fit(Made(), tmp_path / "parts.onnx", lambda _, done, __: seen.append(done))
    assert seen == [3, 4] and again == whole
    assert (tmp_path / "parts.onnx").read_bytes() == (tmp_path / "whole.onnx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["parts.onnx", "whole.onnx"]


def test_pictures_that_it_learned_from_go_into_the_file_as_strangers(short_rounds, monkeypatch, tmp_path):
    monkeypatch.setattr(copy_run, "STRANGERS", 50)
    CopyTrainer(**SMALL).fit(Made(), tmp_path / "first.onnx", quiet)
    stored = stored_weights(tmp_path / "first.onnx")
    assert stored["strangers"].shape == (50, 16)
    assert np.allclose(np.linalg.norm(stored["strangers"], axis=1), 1, atol=0.01)
    CopyTrainer(**SMALL, start=tmp_path / "first.onnx").fit(Made(), tmp_path / "second.onnx", quiet)


def test_it_starts_from_a_model_of_its_own(short_rounds, tmp_path):
    CopyTrainer(**SMALL).fit(Made(), tmp_path / "first.onnx", quiet)
    slow = CopyTrainer(**SMALL | {"steps": 1, "rate": 1e-12}, start=tmp_path / "first.onnx")
    slow.fit(Made(), tmp_path / "second.onnx", quiet)
    images = next(Made().epoch(0)).pictures[:5]
    first, second = (vectors(tmp_path / f"{name}.onnx", images, 16) for name in ("first", "second"))
    assert np.abs(first - second).max() < 0.01
    with pytest.raises(UsageError, match="no model that the trainer copy wrote"):
        CopyTrainer(**SMALL, start=MODELS / "pca512.onnx").fit(Made(), tmp_path / "third.onnx", quiet)
    with pytest.raises(UsageError, match="gives 16 numbers"):
        CopyTrainer(**SMALL | {"n": 8}, start=tmp_path / "first.onnx").fit(Made(), tmp_path / "third.onnx", quiet)


def test_what_cannot_be_learned_from_is_refused(short_rounds, tmp_path: Path):
    with pytest.raises(UsageError, match="at least 100 different pictures; there are 20"):
        CopyTrainer(**SMALL).fit(Made(20), tmp_path / "a.onnx", quiet)
    with pytest.raises(DedupeError, match="diverged at step"):
        CopyTrainer(**SMALL | {"rate": 1e12}).fit(Made(), tmp_path / "a.onnx", quiet)
    (tmp_path / "b.checkpoint").write_text("somebody else's")
    with pytest.raises(SafetyError, match="holds none"):
        CopyTrainer(**SMALL).fit(Made(), tmp_path / "b.onnx", quiet)
    assert (tmp_path / "b.checkpoint").read_text() == "somebody else's"
    assert not list(tmp_path.glob("*.onnx"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"n": 0}, "n from 1"), ({"side": 8}, "side at least 32"), ({"rate": 0.0}, "above 0"), ({"batch": 1}, "batch")],
)
def test_settings_that_mean_nothing_are_refused(wrong, words):
    with pytest.raises(UsageError, match=words):
        CopyTrainer(**SMALL | wrong).check()
