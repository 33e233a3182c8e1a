"""The trainer `pairs` keeps the contract of those that are fed pictures, and the kit finds trainers that do not."""

from __future__ import annotations

import inspect
from functools import partial
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np
import pytest
from dedupe_cnn.pairs import PairsTrainer, discriminants

from dedupe import Decode, UsageError
from dedupe.model import Manifest, PictureTrainer
from dedupe.testing import trainers
from dedupe.testing.tested import cases
from dedupe.testing.views import MadePictures

QUICK = {name: check for name, check in trainers.CHECKS.items() if name != "deterministic"}
"""That would take another training, of seconds; what could differ is the network's pass, which is checked elsewhere."""

test_pairs = cases(QUICK, trainers.TrainerUnderTest(partial(PairsTrainer, n=5, copies=1), pictures=20))


class Light:
    """A trainer fed with pictures that keeps every promise but for what it writes, which is no ONNX."""

    name, version, decode, distortions = "light", "1", Decode((8, 6), "RGB"), "blur"

    def __init__(self, epochs: int = 2, copies: int = 2, seed: int = 0) -> None:
        self.epochs, self.copies, self.seed = epochs, copies, seed

    def fit(self, pictures: Any, out: Path, progress: Any) -> Manifest:
        total = np.zeros(3)
        for number in range(self.epochs):
            for views in pictures.epoch(number, 10):
                total += self.light(views)
                progress("learning", number, self.epochs)
        out.write_bytes(total.tobytes())
        return Manifest("light", "light", "", "", len(pictures), 3)

    def light(self, views: Any) -> Any:
        assert views.pictures.shape[1:] == (6, 8, 3) and views.copies.shape[1:] == (self.copies, 6, 8, 3)
        return views.pictures.mean((0, 1, 2)) - views.copies.mean((0, 1, 2, 3))


class WithBase(Light):
    base = "features"


class NoSize(Light):
    decode = Decode(mode="RGB")


class NoDistortions(Light):
    distortions = ""


class HalfCopies(Light):
    def __init__(self, copies: float = 0.5) -> None:
        super().__init__(copies=copies)  # type: ignore[arg-type]


class Writes(Light):
    def light(self, views: Any) -> Any:
        views.copies[:] = 0
        return super().light(views)


class Draws(Light):
    def light(self, views: Any) -> Any:
        return super().light(views) + np.random.random(3)


class GoesOn(Light):
    def fit(self, pictures: Any, out: Path, progress: Any) -> Manifest:
        try:
            return super().fit(pictures, out, progress)
        except OSError:
            return super().fit(type(pictures)(self, len(pictures)), out, progress)


@pytest.mark.parametrize(
    ("kind", "failed"),
    [
        (Light, []),
        (WithBase, ["contract"]),
        (NoSize, ["contract"]),
        (NoDistortions, ["contract"]),
        (HalfCopies, ["contract"]),
        (Writes, ["manifest", "output", "progress", "deterministic"]),
        (Draws, ["deterministic"]),
        (GoesOn, ["broken"]),
    ],
)
def test_a_broken_promise_is_found(kind: type, failed: list[str]) -> None:
    subject, found = trainers.TrainerUnderTest(kind, pictures=24), []
    for name, check in trainers.CHECKS.items():
        try:
            if name not in ("import-time", "opens"):
                check(subject)
        except SkipTest:
            pass
        except Exception:
            found.append(name)
    assert found == failed or (
        failed == ["contract"] and found[:1] == failed
    )  # nothing can be made of what is asked for


def test_a_trainer_is_fed_either_vectors_or_pictures() -> None:
    assert isinstance(PairsTrainer(), PictureTrainer) and not hasattr(PairsTrainer(), "base")


def test_directions_are_those_that_distortions_change_least() -> None:
    rng = np.random.default_rng(0)
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    between, within = np.array([9.0, 4, 4, 1, 1, 1]), np.array([9.0, 4, 0.1, 1, 0.01, 1])
    total = turn @ np.diag(between) @ turn.T
    matrix, ratios = discriminants(total, turn @ np.diag(within) @ turn.T, 2)
    assert ratios[0] > ratios[1] > 10
    best = np.abs(turn.T @ matrix).argmax(axis=0)
    assert best.tolist() == [2, 4], "not the axes on which pictures vary and copies do not"
    assert np.allclose(matrix.T @ total @ matrix, np.eye(2), atol=1e-9), "the directions are not whitened"


def test_copies_come_nearer_to_their_pictures_than_by_principal_components() -> None:
    rng = np.random.default_rng(1)
    pictures = rng.normal(size=(300, 20)) * np.linspace(3, 1, 20)
    change = np.zeros(20)
    change[:5] = 6.0  # where pictures vary most, distortions do too
    copies = pictures + rng.normal(size=pictures.shape) * (change + 0.1)
    every = np.concatenate([pictures, copies])
    matrix, _ = discriminants(np.cov(pictures.T), (copies - pictures).T @ (copies - pictures) / 300, 10)
    plain = np.linalg.eigh(np.cov(every.T))[1][:, ::-1][:, :10]
    assert found(pictures @ matrix, copies @ matrix) > 0.95 > 0.5 > found(pictures @ plain, copies @ plain)


def found(pictures: Any, copies: Any) -> float:
    """The share of copies whose nearest picture, by the cosine, is their own."""
    a, b = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (pictures, copies))
    return float(((b @ a.T).argmax(axis=1) == np.arange(len(a))).mean())


@pytest.mark.parametrize(("given", "sentence"), [({"n": 0}, "n from 1 to 1280"), ({"copies": 0}, "copies=1 or more")])
def test_settings_that_mean_nothing_are_refused(given: dict[str, int], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        PairsTrainer(**given).check()


def test_too_few_pictures_are_refused(tmp_path: Path) -> None:
    pictures = MadePictures(PairsTrainer(copies=1), 3)
    with pytest.raises(UsageError, match="at least 257 different pictures; there are 3"):
        PairsTrainer(copies=1).fit(pictures, tmp_path / "few.onnx", lambda *_: None)
    assert not list(tmp_path.iterdir())


def test_the_kit_runs_without_pytest_on_a_trainer_in_a_file(tmp_path: Path, dedupe: Any) -> None:
    source = inspect.getsource(Light).replace("class Light", "class Loose").replace('"light"', '"loose"')
    head = "from typing import Any\nfrom pathlib import Path\nimport numpy as np\nfrom dedupe import Decode, Manifest, hookimpl\n"
    tail = "\n\n@hookimpl\ndef dedupe_trainers():\n    return [Loose]\n"
    (tmp_path / "loose_trainer.py").write_text(head + source + tail)
    ran = dedupe("plugins", "--check", tmp_path / "loose_trainer.py", "--json")
    outcomes = {one["check"]: one["outcome"] for one in ran.lines("check")}
    assert set(outcomes) == set(trainers.CHECKS)
    assert {check for check, outcome in outcomes.items() if outcome != "passed"} == {"opens"}, "it writes no model"
