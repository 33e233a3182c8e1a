"""The lab's network: what it learns, how it is stopped and goes on. Needs PyTorch."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install '.[train]'")

from dedupe_lab.classify import run as running  # noqa: E402
from dedupe_lab.classify import training as module  # noqa: E402
from dedupe_lab.classify.data import Labelled, as_published, contrast  # noqa: E402
from dedupe_lab.classify.network import network, objective, optimiser  # noqa: E402
from dedupe_lab.classify.page import written  # noqa: E402
from dedupe_lab.classify.plan import VARIANTS, plan  # noqa: E402
from dedupe_lab.classify.run import finished, run  # noqa: E402
from dedupe_lab.classify.training import Training, scored, trained  # noqa: E402

from dedupe import DedupeError, UsageError  # noqa: E402


@pytest.fixture
def arrays() -> tuple[np.ndarray, np.ndarray]:
    """Bright pictures and dark ones, which anything learns."""
    rng = np.random.default_rng(0)
    y = np.arange(128, dtype=np.int64) % 2
    return (rng.random((128, 3, 32, 32), np.float32) * 0.5 + y[:, None, None, None] * 0.5).astype(np.float32), y


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def pictures(low: int = 0) -> Labelled:
    X = np.random.default_rng(0).integers(low, 256, (8, 32, 32, 3), np.uint8)
    return Labelled(X, np.arange(8, dtype=np.int64) % 2, (), ("cat", "dog"), 0, 0)


def test_the_network_is_that_of_the_document():
    made = network(plan(), 2)
    shapes = [tuple(p.shape) for name, p in made.named_parameters() if name.endswith("weight")]
    assert shapes == [(64, 3, 5, 5), (64,), (64, 64, 5, 5), (256, 4096), (128, 256), (2, 128)]
    assert made(torch.zeros(3, 3, 32, 32)).shape == (3, 2)
    first = made[0]
    assert first.bias.tolist() == pytest.approx([0.1] * 64) and 0.15 < float(first.weight.detach().abs().max()) <= 0.2
    others = [layer for layer in made[1:] if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear)]
    for layer in others:
        edge = layer.weight[0].numel() ** -0.5
        assert 0.9 * edge < float(layer.weight.detach().abs().max()) <= edge * (1 + 1e-6)
        assert layer.bias.any() and float(layer.bias.detach().abs().max()) <= edge * (1 + 1e-6)


def kinds(name: str) -> list[str]:
    return [type(layer).__name__ for layer in network(plan("original", name), 2)]


def weights(name: str) -> list[tuple[int, ...]]:
    """The shapes of a variant's convolutions and dense layers."""
    return [tuple(layer.weight.shape) for layer in learnt(name)]


def learnt(name: str) -> list[torch.nn.Module]:
    torch.manual_seed(0)
    made = network(plan("original", name), 2)
    return [layer for layer in made if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear)]


DENSE = [(256, 4096), (128, 256), (2, 128)]
PLAIN = ["Conv2d", "BatchNorm2d", "MaxPool2d", "ReLU", "Conv2d", "MaxPool2d", "ReLU", "Flatten"]


def test_the_layers_of_every_variant():
    expected = [*PLAIN, "Linear", "ReLU", "Linear", "ReLU", "Linear"]
    deeper = {"4-layers"}
    for name in {"original", *VARIANTS} - {"elu", "tanh"} - deeper:
        assert kinds(name) == expected, name
    assert kinds("elu") == [each.replace("ReLU", "ELU") for each in expected]
    assert kinds("tanh") == [each.replace("ReLU", "Tanh") for each in expected]
    between = ["ReLU", "Conv2d"]
    first, second = ["Conv2d", "BatchNorm2d", *between, "MaxPool2d", "ReLU"], ["Conv2d", *between, "MaxPool2d", "ReLU"]
    assert kinds("4-layers") == [*first, *second, *expected[7:]]


def test_the_weights_of_every_variant():
    for name in {"original", *VARIANTS} - {"filter-size", "4-layers"}:
        assert weights(name) == [(64, 3, 5, 5), (64, 64, 5, 5), *DENSE], name
    assert weights("filter-size") == [(64, 3, 3, 3), (64, 64, 3, 3), *DENSE]
    assert weights("4-layers") == [(64, 3, 5, 5), (64, 64, 3, 3), (64, 64, 5, 5), (64, 64, 3, 3), *DENSE]


def test_uniform_weights_lie_within_a_tenth():
    for layer in learnt("uniform"):
        values = layer.weight.detach()
        assert 0.09 < float(values.abs().max()) <= 0.1 and float(values.std()) == pytest.approx(0.1 / 3**0.5, rel=0.1)
        assert float(layer.bias.detach().abs().max()) <= 0.1 and layer.bias.any()


def test_xavier_weights_have_the_spread_of_glorot():
    fans = [(75, 1600), (1600, 1600), (4096, 256), (256, 128), (128, 2)]
    for layer, (entering, leaving) in zip(learnt("xavier"), fans, strict=True):
        spread = (2 / (entering + leaving)) ** 0.5
        assert float(layer.weight.detach().std()) == pytest.approx(spread, rel=0.15) and not layer.bias.any()
        assert float(layer.weight.detach().abs().max()) > 2.3 * spread, "normal, not uniform"


def test_the_optimiser_of_every_variant():
    expected = dict.fromkeys(("original", *VARIANTS), ("Adam", 0.0001))
    expected |= {"gradient-descent": ("SGD", 0.01), "adagrad": ("Adagrad", 0.01)}
    made = torch.nn.Linear(1, 1)
    for name, (kind, rate) in expected.items():
        found = optimiser(plan("original", name), made)
        assert (type(found).__name__, [group["lr"] for group in found.param_groups]) == (kind, [rate]), name
    assert optimiser(plan("original", "gradient-descent"), made).param_groups[0]["momentum"] == 0


def test_it_says_when_nine_tenths_are_reached(arrays, tmp_path):
    training = Training(plan(steps=400, batch=16), arrays, 2, tmp_path)
    reached = []
    for step, accuracies in ((100, (0.88, 0.9)), (200, (0.875, 0.9375)), (300, (0.5,)), (400, (1.0,))):
        training.step, training._recent = step, [(0.5, accuracy) for accuracy in accuracies]
        training._measured()
        reached.append(training.reached)
    assert reached == [None, 200, 200, 200]


def test_points_for_tensorboard_are_written_once(arrays, tmp_path, monkeypatch):
    """With a stub of its module: TensorBoard drops what stands at `purge_step` and beyond when it reads."""
    said: list[object] = []

    class SummaryWriter:
        def __init__(self, folder: str, purge_step: int) -> None:
            assert folder == str(tmp_path / "events")
            said.append(f"from {purge_step}")

        def add_scalar(self, name: str, value: float, step: int) -> None:
            said.append((name, value, step))

        def flush(self) -> None:
            said.append("flushed")

        def close(self) -> None:
            said.append("closed")

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", SimpleNamespace(SummaryWriter=SummaryWriter))
    monkeypatch.setattr(module, "EVERY", 2)
    monkeypatch.setattr(module, "SAVED", 3)

    def killed(done: int, _: int) -> None:
        if done == 5:
            raise OSError

    with pytest.raises(OSError):
        Training(plan(steps=6, batch=16), arrays, 2, tmp_path).run(killed)
    Training(plan(steps=6, batch=16), arrays, 2, tmp_path).run()
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4, 6]
    points = [[(name, line[name], line["step"]) for name in ("loss", "accuracy")] for line in lines]
    two, four, six = ([*each, "flushed"] for each in points)
    assert said == ["from 1", *two, *four, "closed", "from 4", *four, *six, "closed"]


def test_what_the_networks_are_fed_and_tested_on(monkeypatch):
    train, test = pictures(), pictures(99)
    sides = running._Sides(train, test, None)
    planes = test.X.transpose(0, 3, 1, 2)
    scrambled = train.X.transpose(0, 3, 1, 2).reshape(8, 32, 32, 3).transpose(0, 3, 1, 2)
    wrong = plan("original", published=True)
    for made, part, expected in (
        (plan(), "train", train.X.transpose(0, 3, 1, 2) / 255),
        (plan(), "test", planes / 255),
        (wrong, "train", scrambled / 255),
        (wrong, "test", planes / 255),
        (plan("hash"), "test", planes > test.X.mean((1, 2, 3))[:, None, None, None]),
        (plan("distorted"), "test", contrast(planes, 200) / 255),
    ):
        X, y = sides.fed(made, part)
        assert np.allclose(X, expected, atol=1e-6) and y is (train if part == "train" else test).y, (made.name, part)
    seen = []
    monkeypatch.setattr(module, "scored", lambda net, X, y: seen.append((net, X, y)) or (0.25, 9.0))
    assert running._on_distorted(plan(), "net", test) == 0.25 == running._on_distorted(wrong, "net", test)
    assert running._on_distorted(plan("hash"), "net", test) is None
    (net, X, y), (_, mistaken, _) = seen
    assert net == "net" and y is test.y and np.allclose(X, contrast(planes, 200) / 255, atol=1e-6)
    assert np.array_equal(mistaken, as_published(test.X, "distorted", "test")) and not np.allclose(mistaken, X)


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_takes_a_step(arrays, tmp_path, name):
    from dataclasses import replace

    training = Training(replace(plan("original", name), steps=2, epochs=0, batch=16), arrays, 2, tmp_path)
    before = [p.detach().clone() for p in training.net.parameters()]
    assert np.isfinite(training.run()) and training.step == 2
    assert any(not torch.equal(a, b) for a, b in zip(before, training.net.parameters(), strict=True))


def test_losses_are_those_of_their_names():
    logits, labels = torch.tensor([[2.0, -1.0], [0.5, 0.2]]), torch.tensor([0, 1])
    values = logits.numpy().astype(float)
    soft = -np.log(np.exp(values)[[0, 1], [0, 1]] / np.exp(values).sum(1)).mean()
    assert float(objective(plan(), logits, labels)) == pytest.approx(soft, rel=1e-5)
    wanted = np.eye(2)
    each = np.log1p(np.exp(values)) - wanted * values
    assert float(objective(plan("original", "cross-entropy"), logits, labels)) == pytest.approx(each.mean(), rel=1e-5)
    hinge = np.mean([max(0, 1 - 2.0 + -1.0) / 2, max(0, 1 - 0.2 + 0.5) / 2])
    assert float(objective(plan("original", "hinge"), logits, labels)) == pytest.approx(hinge, rel=1e-5)


def test_it_learns_and_says_when(arrays, tmp_path):
    training = Training(plan(steps=100, batch=16), arrays, 2, tmp_path)
    training.run()
    accuracy, entropy = scored(training.net, *arrays)
    assert accuracy > 0.95 and entropy < 0.3
    (line,) = [json.loads(text) for text in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert line["step"] == 100 and (training.reached == 100) == (line["accuracy"] >= 0.9)


def test_one_that_was_stopped_ends_as_one_that_was_not(arrays, tmp_path):
    whole = Training(plan(steps=12, batch=16), arrays, 2, tmp_path / "whole")
    whole.run()
    part = Training(plan(steps=12, batch=16), arrays, 2, tmp_path / "part")

    def stop(done: int, _: int) -> None:
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        part.run(stop)
    again = Training(plan(steps=12, batch=16), arrays, 2, tmp_path / "part")
    assert again.step == 7
    again.run()
    for a, b in zip(whole.net.state_dict().values(), again.net.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert (tmp_path / "part" / "metrics.jsonl").read_text().count("\n") == 1


@pytest.fixture
def heard() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt, also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("where", ["objective", "optimiser"])
@pytest.mark.parametrize("by_signal", [True, False])
def test_one_that_was_stopped_within_a_step_ends_as_one_that_was_not(
    arrays, tmp_path, monkeypatch, capsys, where, by_signal
):
    monkeypatch.setattr(module, "SAVED", 3)
    Training(plan(steps=8, batch=16), arrays, 2, tmp_path / "whole").run()
    part = Training(plan(steps=8, batch=16), arrays, 2, tmp_path / "part")
    calls = []

    def stopping(call):
        def called(*given):
            calls.append(given)
            answer = call(*given)
            if len(calls) == 5:
                if not by_signal:
                    raise KeyboardInterrupt
                signal.raise_signal(signal.SIGINT)
            return answer

        return called

    if where == "optimiser":
        part._optimiser.step = stopping(part._optimiser.step)
    else:
        monkeypatch.setattr(module, "objective", stopping(objective))
    with pytest.raises(KeyboardInterrupt):
        part.run()
    stood = 5 if by_signal else 3
    said = f"Stopped at step {stood} of 8; it is saved, and the same command goes on."
    assert said in capsys.readouterr().err and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    again = Training(plan(steps=8, batch=16), arrays, 2, tmp_path / "part")
    assert again.step == stood
    again.run()
    states = [torch.load(tmp_path / name / "checkpoint.pt", weights_only=True) for name in ("whole", "part")]
    assert states[0]["recent"] == states[1]["recent"] and states[0]["loss"] == states[1]["loss"]
    for name, tensor in states[0]["net"].items():
        assert torch.equal(tensor, states[1]["net"][name]), name


@pytest.mark.usefixtures("heard")
def test_a_second_signal_does_not_wait(arrays, tmp_path, monkeypatch, capsys):
    def stop(*_):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the second signal waited")

    monkeypatch.setattr(module, "objective", stop)
    with pytest.raises(KeyboardInterrupt):
        Training(plan(steps=8, batch=16), arrays, 2, tmp_path).run()
    assert "before the first of 8 steps was saved" in capsys.readouterr().err
    assert not (tmp_path / "checkpoint.pt").exists()


def test_checkpoints_of_other_plans_and_damaged_ones_are_left_with_a_sentence(arrays, tmp_path, capsys):
    Training(plan(steps=2, batch=16), arrays, 2, tmp_path).run()
    checkpoint = tmp_path / "checkpoint.pt"
    assert Training(plan(steps=4, batch=16), arrays, 2, tmp_path).step == 2, "longer: goes on"
    assert not capsys.readouterr().err
    assert Training(plan(steps=4, batch=16, seed=1), arrays, 2, tmp_path).step == 0
    assert "another training or version" in capsys.readouterr().err
    state = torch.load(checkpoint, weights_only=True)
    first = next(iter(state["net"]))
    torch.save({**state, "net": {**state["net"], "11.weight": torch.zeros(1, 1)}}, checkpoint)
    fresh = Training(plan(steps=4, batch=16), arrays, 2, tmp_path)
    assert fresh.step == 0 and "begins anew" in capsys.readouterr().err
    assert not torch.equal(fresh.net.state_dict()[first], state["net"][first]), "half a checkpoint was taken"
    for content in (b"damaged", b""):
        checkpoint.write_bytes(content)
        assert Training(plan(steps=4, batch=16), arrays, 2, tmp_path).step == 0
        assert "is damaged" in capsys.readouterr().err
    with pytest.raises(DedupeError, match="no checkpoint of original-seed0"):
        trained(plan(steps=4, batch=16), 2, (3, 32, 32), tmp_path)


def test_a_shorter_training_is_refused_and_leaves_the_longer_one(arrays, tmp_path):
    Training(plan(steps=4, batch=16), arrays, 2, tmp_path).run()
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert {path.name for path in before} == {"checkpoint.pt", "metrics.jsonl"}
    with pytest.raises(UsageError, match=r"at step 4, and 3 are asked for.*-o"):
        Training(plan(steps=3, batch=16), arrays, 2, tmp_path)
    assert {path: path.read_bytes() for path in before} == before


def test_a_torn_line_of_metrics_is_dropped(arrays, tmp_path):
    Training(plan(steps=4, batch=16), arrays, 2, tmp_path).run()
    metrics = tmp_path / "metrics.jsonl"
    whole = metrics.read_text()
    for torn in (whole[:20], '[1]\n{"step": null}\n', "\ufffd"):
        metrics.write_text(whole + torn)
        assert Training(plan(steps=6, batch=16), arrays, 2, tmp_path).step == 4
        assert metrics.read_text() == whole


def test_results_are_replaced_by_longer_ones_of_the_same_pictures_alone(tmp_path):
    part, other = pictures(), pictures(99)
    (long,) = run([plan(steps=4)], part, part, tmp_path, threads=1)
    for plans in ([plan(steps=3)], [plan("hash", steps=1), plan(steps=3)]):
        with pytest.raises(UsageError, match=r"original-seed0.*at least 4 steps"):
            run(plans, part, part, tmp_path, threads=1)
    assert not (tmp_path / "hash-seed0").exists(), "it was refused before anything was trained"
    (short,) = run([plan(steps=3)], other, other, tmp_path, threads=1)
    assert short["steps"] == 3 and finished([plan(steps=4)], part, part, tmp_path) == [long]
    assert finished([plan(steps=3)], other, other, tmp_path) == [short]
    for path in tmp_path.rglob("checkpoint.pt"):
        path.unlink()
    with pytest.raises(UsageError, match="at step 4"):
        run([plan(steps=3)], part, part, tmp_path, threads=1)
    (longer,) = run([plan(steps=5)], part, part, tmp_path, threads=1)
    assert longer["steps"] == 5 and finished([plan(steps=5)], part, part, tmp_path) == [longer]
    (tmp_path / "original-seed0" / "result.json").write_text("[]")
    assert finished([plan(steps=5)], part, part, tmp_path) == []
    assert run([plan(steps=5)], part, part, tmp_path, threads=1)[0]["steps"] == 5


def test_a_loss_that_is_no_number_stops_it_and_keeps_what_was_saved(arrays, tmp_path):
    training = Training(plan(steps=6, batch=16), arrays, 2, tmp_path)
    training.run()
    kept = (tmp_path / "checkpoint.pt").read_bytes()
    X = arrays[0].copy()
    X[:] = np.nan
    with pytest.raises(DedupeError, match="diverged"):
        Training(plan(steps=9, batch=16), (X, arrays[1]), 2, tmp_path).run()
    assert (tmp_path / "checkpoint.pt").read_bytes() == kept


def test_one_that_diverges_does_not_keep_the_others_from_training(tmp_path):
    from dataclasses import replace

    part = pictures()
    bad = replace(plan("original", "gradient-descent", steps=9), rate=1e30)
    plans = [plan(steps=1), bad, plan(steps=1, seed=1)]
    for _ in range(2):
        failed: list[DedupeError] = []
        results = run(plans, part, part, tmp_path, threads=1, failed=failed)
        assert [one["name"] for one in results] == ["original-seed0", "original-seed1"]
        (why,) = map(str, failed)
        assert "original-gradient-descent-seed0" in why and "--seed" in why and "rate" not in why
    with pytest.raises(DedupeError, match="diverged"):
        run(plans, part, part, tmp_path, threads=1)


def test_the_command_shows_the_others_and_says_which_diverged(folders, tmp_path, capsys, monkeypatch):
    from dedupe_lab.classify import plan as plans
    from dedupe_lab.cli.classify import classify

    monkeypatch.setitem(plans.VARIANTS, "elu", {"optimiser": "sgd", "rate": 1e30})
    monkeypatch.setattr(plans, "PICTURES", ("hash",))
    few = {name: plans.VARIANTS[name] for name in ("elu", "tanh")}
    monkeypatch.setattr(plans, "VARIANTS", few)
    with pytest.raises(DedupeError, match="original-elu-seed0") as raised:
        classify(folders, everything=True, smoke=True, threads=1, out=tmp_path / "out", report=tmp_path / "page.html")
    assert raised.value.exit_code == 3
    shown = [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()]
    assert shown == ["hash-seed0", "original-tanh-seed0"]
    assert "original-tanh" in (tmp_path / "page.html").read_text()


def test_passes_that_come_to_the_steps_of_another_training_are_not_trained_again(tmp_path):
    X = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), np.uint8)
    part = Labelled(X, np.arange(8, dtype=np.int64) % 2, (), ("cat", "dog"), 0, 0)
    plans = [plan(steps=100), plan("original", "epoch-100")]
    first, second = run(plans, part, part, tmp_path, threads=1)
    assert second["name"] == "original-epoch-100-seed0" and second["same_as"] == "original-seed0"
    differ = {key for key in second if second[key] != first.get(key)}
    assert differ == {"name", "plan", "published", "same_as"} and second["steps"] == 100
    assert not list((tmp_path / second["name"]).rglob("checkpoint.pt"))
    assert run(plans, part, part, tmp_path, threads=1) == [first, second]
    assert (
        "epoch-100" not in written([first, second], tmp_path).partition("While it trained")[2].partition("<script")[0]
    )


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """12 dark pictures and 12 bright ones, for training and for testing."""
    rng = np.random.default_rng(0)
    for kind in ("train", "test"):
        for name, low in (("cat", 0), ("dog", 100)):
            (tmp_path / kind / name).mkdir(parents=True)
            for i in range(12):
                picture = rng.integers(low, low + 150, (32, 32, 3), np.uint8)
                Image.fromarray(picture).save(tmp_path / kind / name / f"{i}.png")
    return tmp_path


def test_the_command_runs_and_does_not_repeat_itself(dedupe, folders, tmp_path):
    words = ("lab", "classify", folders, "--smoke", "--threads", 1, "-o", tmp_path / "out")
    ran = dedupe(*words)
    assert ran.code == 0, ran.err
    (line,) = ran.lines("training")
    assert line["steps"] == 20 and 0 <= line["test_accuracy"] <= 1 and 0 <= line["on_distorted"] <= 1
    assert line["published"]["test_accuracy"] == 0.546
    written = (tmp_path / "out" / "original-seed0" / "result.json").stat().st_mtime_ns
    assert dedupe(*words).lines("training") == [line]
    assert (tmp_path / "out" / "original-seed0" / "result.json").stat().st_mtime_ns == written
    so_far = dedupe(*words, "--all", "--so-far")  # --smoke has one seed of each
    assert so_far.lines("training") == [line] and "1 of 15 trainings are finished" in so_far.err
    hashed = dedupe(*words, "--input", "hash", "--as-published").lines("training")
    assert hashed[0]["name"] == "hash-as-published-seed0" and hashed[0]["on_distorted"] is None
    assert Path(tmp_path / "out" / "hash-as-published-seed0" / "result.json").is_file()


def test_what_networks_survive(dedupe, photos, tmp_path):
    rng = np.random.default_rng(0)
    for kind, count in (("train", 24), ("test", 8)):
        for name, dark in (("cat", 1), ("dog", 2)):
            (tmp_path / kind / name).mkdir(parents=True)
            for i in range(count):
                with Image.open(photos[(i + 40 * (kind == "test")) % len(photos)]) as opened:
                    small = np.asarray(opened.convert("RGB").resize((32, 32))) // dark
                noisy = np.clip(small + rng.integers(-3, 4, small.shape), 0, 255).astype(np.uint8)
                Image.fromarray(noisy).save(tmp_path / kind / name / f"{i}.png")
    (tmp_path / "train" / "cat" / "copy.png").write_bytes((tmp_path / "test" / "cat" / "3.png").read_bytes())
    words = ("lab", "inputs", tmp_path, "--steps", 20, "--seeds", 1, "--threads", 1, "--distortions", "hflip,dark")
    ran = dedupe(*words, "-o", tmp_path / "out", "--report", tmp_path / "page.html")
    assert ran.code == 0, ran.err
    found = {(one["input"], one["distortion"]): one for one in ran.lines("accuracy")}
    assert set(found) == {(k, d) for k in ("original", "hash", "phash", "features") for d in ("none", "hflip", "dark")}
    assert all(one["n"] == 16 and one["accuracy"] == one["right"] / 16 for one in found.values())
    for one in ran.lines("duplicates"):
        assert one["leaked"] >= 1 and one["all"] == found[one["input"], "none"]["accuracy"]
        assert one["all"] * 16 == pytest.approx(one["without"] * (16 - one["leaked"]) + one["only"] * one["leaked"])
    trained = json.loads((tmp_path / "out" / "phash-seed0" / "result.json").read_text())
    assert trained["test_accuracy"] == found["phash", "none"]["accuracy"]
    assert "Near-duplicates" in (tmp_path / "page.html").read_text()
    for kind in ("hash", "features"):
        (tmp_path / "out" / f"{kind}-seed0" / "result.json").unlink()
    so_far = dedupe(*words, "-o", tmp_path / "out", "--so-far")
    assert so_far.lines("accuracy") == [one for key, one in found.items() if key[0] in ("original", "phash")]
    nothing = dedupe(*words, "-o", tmp_path / "none", "--so-far")
    assert nothing.code == 3 and "leave --so-far away" in nothing.err and not (tmp_path / "none").exists()
