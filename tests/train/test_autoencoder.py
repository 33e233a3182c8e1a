"""The trainer `autoencoder`; all of it needs PyTorch, the extra [train]."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (the extra [train])")

from dedupe_cnn.autoencoder import AutoencoderTrainer  # noqa: E402
from dedupe_cnn.head import INPUT, OUTPUT  # noqa: E402
from dedupe_cnn.session import run  # noqa: E402

from dedupe import DedupeError, UsageError  # noqa: E402
from dedupe.errors import SafetyError  # noqa: E402

SMALL = {"hidden": 8, "epochs": 6, "rate": 3e-3, "patience": 6}


def quiet(*_: object) -> None: ...


@pytest.fixture(scope="module")
def batches() -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 5)) @ rng.normal(size=(5, 24)) + 1
    return np.split(np.maximum(rows, 0).astype(np.float32), [150, 300])


def units(path, rows):
    return run(path, INPUT, rows, (OUTPUT,))[0]


@pytest.mark.parametrize("activation", ["linear", "sigmoid", "relu"])
def test_it_learns_and_the_head_gives_the_hidden_units(activation, batches, tmp_path):
    trainer = AutoencoderTrainer(activation=activation, **SMALL)
    manifest = trainer.fit(batches, tmp_path / "ae.onnx", quiet)
    losses = manifest.details["curves"]["lines"]["validation"]
    assert min(losses) < losses[0] and manifest.details["loss"] == min(losses)
    assert (manifest.name, manifest.dimensions, manifest.pictures) == (f"ae8-{activation}", 8, 400)
    hidden = units(tmp_path / "ae.onnx", batches[0])
    assert hidden.shape == (150, 8) and np.median(hidden.std(0)) > 0
    ranges = {"linear": (-np.inf, np.inf), "sigmoid": (0, 1), "relu": (0, np.inf)}
    assert hidden.min() >= ranges[activation][0] and hidden.max() <= ranges[activation][1]
    assert [path.name for path in tmp_path.iterdir()] == ["ae.onnx"]


class Stopped(Exception):
    pass


def test_an_interrupted_training_goes_on_to_the_same_file(batches, tmp_path):
    trainer = AutoencoderTrainer(activation="sigmoid", **SMALL)
    trainer.fit(batches, tmp_path / "whole.onnx", quiet)

    def stop_in_the_third_pass(_: str, done: int, total: int) -> None:
        if done > total * 2.5 / 6:
            raise Stopped

    with pytest.raises(Stopped):
        trainer.fit(batches, tmp_path / "parts.onnx", stop_in_the_third_pass)
    assert (tmp_path / "parts.checkpoint").is_file() and not (tmp_path / "parts.onnx").exists()
    seen = []
    trainer.fit(batches, tmp_path / "parts.onnx", lambda _, done, total: seen.append(done / total))
    assert min(seen) > 2 / 6, "it began anew"
    assert (tmp_path / "parts.onnx").read_bytes() == (tmp_path / "whole.onnx").read_bytes()


def test_a_checkpoint_of_other_settings_is_not_taken_up(batches, tmp_path):
    wanted = AutoencoderTrainer(**SMALL)
    wanted.fit(batches, tmp_path / "whole.onnx", quiet)
    (tmp_path / "ae.checkpoint").write_bytes(torch_file({"identity": "another"}, tmp_path))
    wanted.fit(batches, tmp_path / "ae.onnx", quiet)
    assert (tmp_path / "ae.onnx").read_bytes() == (tmp_path / "whole.onnx").read_bytes()


def test_what_lies_in_the_checkpoints_place_and_is_none_is_left_alone(batches, tmp_path):
    for content in (
        b"",
        b"precious",
        b"\x80\x02garbage",
        torch_file({"weights": 1}, tmp_path),
        torch_file([1], tmp_path),
    ):
        (tmp_path / "ae.checkpoint").write_bytes(content)
        with pytest.raises(
            SafetyError, match=r"ae\.checkpoint is there, where the training keeps its state, and holds none"
        ):
            AutoencoderTrainer(**SMALL).fit(batches, tmp_path / "ae.onnx", quiet)
        assert (tmp_path / "ae.checkpoint").read_bytes() == content and not (tmp_path / "ae.onnx").exists()


def torch_file(content, folder):
    torch.save(content, folder / "other")
    return (folder / "other").read_bytes()


def test_it_stops_early_and_keeps_the_best_pass(batches, tmp_path):
    trainer = AutoencoderTrainer(hidden=8, epochs=60, rate=0.3, patience=2)
    details = trainer.fit(batches, tmp_path / "ae.onnx", quiet).details
    losses = details["curves"]["lines"]["validation"]
    assert details["epochs"] == len(losses) < 60
    assert details["best_epoch"] == len(losses) - 2 == int(np.argmin(losses)) + 1


def test_seeds_differ_and_the_same_seed_does_not(batches, tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        AutoencoderTrainer(hidden=4, epochs=1, seed=seed).fit(batches, tmp_path / f"{name}.onnx", quiet)
    a, b, c = ((tmp_path / f"{name}.onnx").read_bytes() for name in "abc")
    assert a == b != c


def test_too_few_pictures(batches, tmp_path):
    with pytest.raises(UsageError, match="at least 20 pictures; there are 12"):
        AutoencoderTrainer().fit([batches[0][:12]], tmp_path / "ae.onnx", quiet)


@pytest.mark.parametrize("rate", [1e30, 1e18])
def test_a_training_that_diverges_ends_and_leaves_what_stood_there(rate, batches, tmp_path):
    (tmp_path / "ae.onnx").write_bytes(b"an earlier head")
    with pytest.raises(DedupeError, match=r"diverged in pass 1: .* smaller --rate than 1e\+") as ended:
        AutoencoderTrainer(rate=rate).fit(batches, tmp_path / "ae.onnx", quiet)
    assert ended.value.exit_code == 3
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"ae.onnx": b"an earlier head"}


@pytest.mark.parametrize(("call", "left"), [(1, ["ae.checkpoint"]), (2, [])])
def test_the_loss_of_held_out_pictures_has_to_be_finite_too(call, left, batches, tmp_path, monkeypatch):
    """In the first pass the checkpoint of other settings may lie there; in the second it is this training's own."""
    calls = []

    def overflowing(run, batches, held):
        calls.append(held)
        return float("inf") if len(calls) == call else 1.0

    monkeypatch.setattr("dedupe_cnn.autoencoder._Run._error_of", overflowing)
    (tmp_path / "ae.checkpoint").write_bytes(torch_file({"identity": "another"}, tmp_path))
    (tmp_path / "other").unlink()
    with pytest.raises(DedupeError, match=f"diverged in pass {call}"):
        AutoencoderTrainer(**SMALL).fit(batches, tmp_path / "ae.onnx", quiet)
    assert [path.name for path in tmp_path.iterdir()] == left


def test_the_command_ends_with_3_and_the_earlier_head_stays(tmp_path, dedupe, photos):
    for path in photos[:24]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    train = ("train", "autoencoder", tmp_path, "-o", tmp_path / "mine.onnx", "--hidden", 4, "--epochs", 2)
    assert dedupe(*train).code == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    ran = dedupe(*train, "--force", "--rate", "1e30", "--report", tmp_path / "page.html")
    assert ran.code == 3 and ran.out == "" and "smaller --rate than 1e+30" in ran.err and "Traceback" not in ran.err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
