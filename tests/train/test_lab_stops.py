"""How the lab's trainings are stopped and go on, and what of them is left alone. Needs PyTorch."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install '.[train]'")

from dedupe_lab.classify import training as module  # noqa: E402
from dedupe_lab.classify.network import objective  # noqa: E402
from dedupe_lab.classify.plan import plan  # noqa: E402
from dedupe_lab.classify.run import finished, run  # noqa: E402
from dedupe_lab.classify.training import Training, trained  # noqa: E402

from dedupe import DedupeError, UsageError  # noqa: E402
from dedupe.errors import SafetyError  # noqa: E402
from labelled import pictures  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")


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
    aside = [(tmp_path / f"checkpoint.pt.{number}").read_bytes() for number in (1, 2)]
    assert aside == [b"damaged", b""], "it may be somebody's"
    with pytest.raises(DedupeError, match="no checkpoint of original-seed0"):
        trained(plan(steps=4, batch=16), 2, (3, 32, 32), tmp_path)


def test_what_is_no_text_is_not_taken_for_metrics(arrays, tmp_path):
    (tmp_path / "metrics.jsonl").write_bytes(b"\xff\xd8\xff the only copy")
    with pytest.raises(SafetyError, match=r"metrics\.jsonl is a picture"):
        Training(plan(steps=4, batch=16), arrays, 2, tmp_path)
    assert (tmp_path / "metrics.jsonl").read_bytes() == b"\xff\xd8\xff the only copy"


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
