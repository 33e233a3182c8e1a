"""What a worker says runs nothing in the parent: pickles on its channel, and plugins' objects that would be pickled."""

from __future__ import annotations

import gc
import io
import pickle
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dedupe.describe.workers import Column
from dedupe.describe.workers.shapes import CONTENT
from dedupe.errors import DedupeError, MetricError, PictureError
from dedupe.metrics import distances, foreign
from dedupe.model import Metric
from dedupe.processes.messages import packed, unpacked
from faulty_workers import Mean, healthy_vectors, linux, outcome, start

pytestmark = linux


class Evil:
    """Unpickled, it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def shout(message: bytes) -> None:
    """Sends a message to the parent past the worker."""
    for pipe in [each for each in gc.get_objects() if type(each) is Connection]:
        with suppress(OSError):
            pipe.send_bytes(message)


NO_ANSWERS: dict[str, Callable[[Path], bytes]] = {
    "a pickle": lambda mark: pickle.dumps(Evil(mark)),
    "nothing": lambda mark: b"",
    "no JSON": lambda mark: b"\x93NUMPY",
    "no arrays": lambda mark: packed([True, []]),
    "an array of objects": lambda mark: packed([True, []]) + npy(mark),
    "another file": lambda mark: packed([True, [[10**6, "read", "empty", "It is empty."]]], *no_rows()),
    "a failure that is none": lambda mark: packed([True, [["x"]]], *no_rows()),
    "ready": lambda mark: packed("ready"),
}


def npy(mark: Path) -> bytes:
    out = io.BytesIO()
    np.save(out, np.array([Evil(mark)], object), allow_pickle=True)
    return out.getvalue()


def no_rows() -> list[Any]:
    none = np.zeros(0, np.int64)
    return [none, np.zeros((0, 6), np.int64), np.zeros(0, CONTENT), none > 0, none, np.zeros((0, 64), np.float32)]


@pytest.mark.parametrize("what", NO_ANSWERS)
def test_what_is_no_answer_costs_the_picture_in_hand(what: str, folder: list[bytes], tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    class Shouting(Mean):
        def describe(self, images: Any) -> Any:
            X = super().describe(images)
            if (X.mean(axis=1) < 20).any():
                shout(NO_ANSWERS[what](mark))
                time.sleep(0 if what == "ready" else 20)  # the parent ends it, and sees what it has in hand
            return X

    found = outcome(start(folder, [Column("a", Shouting(), "none")]))
    assert not mark.exists()
    expected = healthy_vectors(tuple(folder))
    if what == "ready":  # it is said twice, which changes nothing
        assert found.vectors[0] == expected
        return
    assert found.reasons == {20: "crashed", 70: "crashed"}
    assert "what its worker sent is no answer" in found.failures[0][1].message
    assert found.vectors[0] == {i: v for i, v in expected.items() if i not in (20, 70)}


def test_a_reason_made_of_an_object_is_a_word(folder: list[bytes], tmp_path: Path) -> None:
    class Raising(Mean):
        def describe(self, images: Any) -> Any:
            raise PictureError(Evil(tmp_path / "mark"), "no luck")  # type: ignore[arg-type]

    found = outcome(start(folder[:3], [Column("a", Raising(), "none")]))
    assert found.reasons == {0: "raised", 1: "raised", 2: "raised"} and not (tmp_path / "mark").exists()


@pytest.mark.parametrize("what", ["a pickle", "nothing", "no JSON", "an array of objects"])
def test_a_metrics_process_is_believed_as_little(what: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def block(A: Any, B: Any) -> Any:
        shout(NO_ANSWERS[what](mark))
        return np.zeros((len(A), len(B)), np.float32)

    rows = np.zeros((2, 3), np.float32)
    with pytest.raises(MetricError, match="what its worker sent is no answer"):
        distances(rows, rows, Metric("shouting", "float32", block))
    assert not mark.exists()


def test_a_worker_cannot_speak_to_a_metrics_process(folder: list[bytes], tmp_path: Path) -> None:
    """That one believes what it is sent, and was there before the worker was forked."""
    mark, rows = tmp_path / "mark", np.zeros((2, 3), np.float32)

    class Shouting(Mean):
        def describe(self, images: Any) -> Any:
            shout(pickle.dumps(Evil(mark)))
            return super().describe(images)

    metric = Metric("here before", "float32", lambda A, B: np.zeros((len(A), len(B)), np.float32))
    distances(rows, rows, metric)
    with suppress(DedupeError):
        outcome(start(folder[:3], [Column("a", Shouting(), "none")]))
    assert (distances(rows, rows, metric) == 0).all() and not mark.exists()
    foreign._children.pop().end()


def test_a_metric_that_gives_objects_gives_no_distances(tmp_path: Path) -> None:
    def block(A: Any, B: Any) -> Any:
        return np.array([[Evil(tmp_path / "mark")] * len(B)] * len(A), object)

    rows = np.zeros((2, 3), np.float32)
    with pytest.raises(MetricError, match="gave object, not numbers"):
        distances(rows, rows, Metric("objects", "float32", block))
    assert not (tmp_path / "mark").exists()


LOUD = """
import gc, pickle
from multiprocessing.connection import Connection
from pathlib import Path
from dedupe import hookimpl
class Evil:
    def __reduce__(self):
        return Path.touch, (Path(MARK),)
class Loud:
    name, version = 'loud', '1'
    def apply(self, image, rng):
        for pipe in [each for each in gc.get_objects() if type(each) is Connection]:
            try:
                pipe.send(Evil())
            except OSError:
                pass
        return image
@hookimpl
def dedupe_distortions():
    return [Loud]
"""


def test_a_worker_that_makes_copies_is_believed_as_little(
    dedupe: Callable[..., Any], photos: list[Path], tmp_path: Path
) -> None:
    plugin = tmp_path / "loose_loud.py"
    plugin.write_text(LOUD.replace("MARK", repr(str(tmp_path / "mark"))))
    ran = dedupe("distort", photos[0], "-o", tmp_path / "out", "--distortions", "loud", "--plugin", plugin)
    assert not (tmp_path / "mark").exists()
    assert [line["reason"] for line in ran.lines("failure")] == ["crashed"] and ran.code == 0, ran.err


def test_messages_come_back_as_they_were_packed() -> None:
    arrays = [np.arange(6).reshape(2, 3), np.zeros(0, np.float32), np.array([True])]
    words, found = unpacked(packed(["\udcff", None, 3], *arrays))
    assert words == ["\udcff", None, 3]
    assert all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(arrays, found, strict=True))
    whole = packed([1], *arrays)
    for at in (0, 2, len(whole) - 1):
        with pytest.raises(ValueError, match="not a message"):
            unpacked(whole[:at])
