"""What was said of a pair is said again without a look; what another judge or reader said is not."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from blake3 import blake3

from dedupe.judge import asking, judged, remembered
from dedupe.judge.life import PairTask, Source
from dedupe.model import Failure, Run
from pictures import encoded, photo

PHOTO, SMALL = (encoded(photo(200, 150).resize(size)) for size in ((200, 150), (120, 90)))


def source(content: bytes) -> Source:
    return Source(b"memory", (-1, 0), blake3(content).digest(), content)


A, B = source(PHOTO), source(SMALL)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pairs were looked at, one number for each time that children were started."""
    counts: list[int] = []
    pool = asking.Pool

    def counted(work: object, workers: int, timeout: float, *, ahead: bool) -> object:
        counts.append(len(work.tasks))  # type: ignore[attr-defined]
        return pool(work, workers, timeout, ahead=ahead)  # type: ignore[arg-type]

    monkeypatch.setattr(asking, "Pool", counted)
    return counts


def run_with(tmp_path: Path) -> Run:
    return Run(workers=1, cache=str(tmp_path / "cache.sqlite"))


def test_a_pair_is_looked_at_once(tmp_path: Path, looks: list[int]) -> None:
    run = run_with(tmp_path)
    first = judged([(A, B, "none")], (), run)
    again = judged([(B, A, "none"), (A, B, "none"), (A, A, "none")], (), run)
    assert again[1] == first[0]
    assert looks == [1, 2]
    assert judged([(A, B, "none"), (B, A, "none")], (), run) == [first[0], again[0]] and looks == [1, 2]


@pytest.mark.parametrize("what", ["turn", "reader", "judge"])
def test_another_turn_reader_or_judge_looks_again(
    what: str, tmp_path: Path, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_with(tmp_path)
    judged([(A, B, "none")], (), run)
    if what == "judge":
        monkeypatch.setattr(remembered, "_judged_by", lambda: "another")
    b = replace(B, reader=7) if what == "reader" else B
    judged([(A, b, "hflip" if what == "turn" else "none")], (), run)
    assert looks == [1, 1]


def test_a_failure_is_tried_again(tmp_path: Path, looks: list[int]) -> None:
    run, gone = run_with(tmp_path), Source(bytes(tmp_path / "gone.png"), (1, 1), bytes(32))
    for _ in range(2):
        (found,) = judged([(A, gone, "none")], (), run)
        assert isinstance(found, Failure) and found.reason == "vanished"
    assert looks == [1, 1]


def test_children_stay_between_two_times_and_are_gone_when_it_is_closed(tmp_path: Path, looks: list[int]) -> None:
    others = set(multiprocessing.active_children())

    def children() -> set[object]:
        return set(multiprocessing.active_children()) - others

    onlookers = asking.Onlookers((), run_with(tmp_path))
    first = onlookers.judged([(A, B, "none")])
    there = children()
    again = onlookers.judged([(B, A, "none"), (A, B, "none"), (A, A, "none")])
    assert looks == [1] and len(there) == 1 and children() == there
    assert [one.kind for one in again if not isinstance(one, Failure)] == ["re-encoded", "re-encoded", "same-bytes"]
    assert again[1] == first[0]
    onlookers.close()
    assert not children()


def test_what_was_said_before_an_interruption_is_kept(tmp_path: Path, looks: list[int]) -> None:
    def interrupted(_: str, done: int, __: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    pairs: Sequence[tuple[Source, Source, str]] = [(A, B, "none"), (B, A, "none")]
    with pytest.raises(KeyboardInterrupt):
        judged(pairs, (), replace(run_with(tmp_path), progress=interrupted))
    tasks = [PairTask((item,), *pair) for item, pair in enumerate(pairs)]
    assert len(remembered.known(tasks, run_with(tmp_path))) >= 1
