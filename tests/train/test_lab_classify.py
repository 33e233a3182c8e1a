"""What the lab's network is fed, learns and survives. Needs PyTorch."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install '.[train]'")

from dedupe_lab.classify import run as running  # noqa: E402
from dedupe_lab.classify import training as module  # noqa: E402
from dedupe_lab.classify.data import Labelled, as_published, contrast  # noqa: E402
from dedupe_lab.classify.page import output  # noqa: E402
from dedupe_lab.classify.plan import plan  # noqa: E402
from dedupe_lab.classify.run import run  # noqa: E402
from dedupe_lab.classify.training import Training, scored  # noqa: E402

from dedupe import DedupeError  # noqa: E402
from html_pages import page_of  # noqa: E402
from labelled import pictures  # noqa: E402

OUTPUT = Path(__file__).resolve().parents[2] / "dedupe" / "report" / "README.md"
pytestmark = pytest.mark.usefixtures("one_thread")


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


def test_it_learns_and_says_when(arrays, tmp_path):
    training = Training(plan(steps=100, batch=16), arrays, 2, tmp_path)
    training.run()
    accuracy, entropy = scored(training.net, *arrays)
    assert accuracy > 0.95 and entropy < 0.3
    (line,) = [json.loads(text) for text in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert line["step"] == 100 and (training.reached == 100) == (line["accuracy"] >= 0.9)


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


def test_networks_that_diverge_are_left_out_of_what_others_survive(folders, tmp_path, capsys, monkeypatch):
    from dataclasses import replace

    from dedupe_lab.classify import survival
    from dedupe_lab.cli.inputs import inputs

    def one_bad(kind: str, **settings: int) -> object:
        return replace(plan(kind, **settings), **({"optimiser": "sgd", "rate": 1e30} if kind == "hash" else {}))

    monkeypatch.setattr(survival, "FED", ("original", "hash"))
    monkeypatch.setattr(survival, "plan", one_bad)
    words = {"seeds": 1, "steps": 9, "threads": 1, "distortions": "hflip", "out": tmp_path / "out", "cache": "none"}
    with pytest.raises(DedupeError, match=r"hash-seed0 is .* diverged") as raised:
        inputs(folders, report=tmp_path / "page.html", **words)
    assert raised.value.exit_code == 3 and (tmp_path / "page.html").is_file()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(line["input"], line.get("distortion")) for line in lines} == {
        ("original", d) for d in ("none", "hflip", None)
    }
    monkeypatch.setattr(survival, "FED", ("hash",))
    with pytest.raises(DedupeError, match="diverged"):
        inputs(folders, **words)


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
    page = page_of(output([first, second], tmp_path))
    assert "epoch-100" not in page.partition("While it trained")[2].partition("<script")[0]


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


def documented(line: dict) -> None:
    """Every field of a line stands in the table of output."""
    (row,) = re.findall(rf"^\| `{line['type']}` \| (.*) \|$", OUTPUT.read_text(), re.MULTILINE)
    assert set(line) - {"type"} <= set(re.findall(r"`([^`]+)`", row)), line


def test_the_command_runs_and_does_not_repeat_itself(dedupe, folders, tmp_path):
    words = ("lab", "classify", folders, "--smoke", "--threads", 1, "-o", tmp_path / "out")
    ran = dedupe(*words)
    assert ran.code == 0, ran.err
    (line,) = ran.lines("training")
    assert line["steps"] == 20 and 0 <= line["test_accuracy"] <= 1 and 0 <= line["on_distorted"] <= 1
    assert line["published"]["test_accuracy"] == 0.546
    documented(line)
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
    documented(ran.lines("accuracy")[0])
    for one in ran.lines("duplicates"):
        documented(one)
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
