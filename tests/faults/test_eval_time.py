"""The time that a picture takes is measured where a descriptor can do no harm, and never costs a result."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from dedupe.evaluate import evaluate, evaluate_saved

FRAIL = """
import os, sys, time
import numpy as np
from dedupe import Decode, hookimpl

class Frail:
    name, version, metric, threshold = "frail", "1", "l2", 1.0
    decode = Decode((8, 8), "L", resample="box")
    def describe(self, images):
        fault = os.environ.get("FRAIL", "")
        if fault == "exits":
            os._exit(7)
        if fault == "leaves":
            sys.exit(0)
        if fault == "hangs":
            time.sleep(600)
        if fault == "raises":
            raise RuntimeError("it broke")
        return images.reshape(len(images), 64).astype(np.float32)

@hookimpl
def dedupe_descriptors():
    return [Frail]
"""


@pytest.fixture
def album(tmp_path: Path, photos: list[Path]) -> Path:
    folder = tmp_path / "album"
    folder.mkdir()
    for photo in photos[:20]:
        shutil.copy(photo, folder)
    return folder


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    file = tmp_path / "frail.py"
    file.write_text(FRAIL)
    return file


@pytest.mark.parametrize("fault", ["exits", "leaves", "hangs", "raises"])
def test_a_descriptor_that_fails_when_it_is_timed_costs_its_time_alone(dedupe, album, plugin, tmp_path, fault):
    words = ["eval", album, "-d", "frail", "-d", "dhash", "--distortions", "blur", "--plugin", plugin]
    good = dedupe(*words)
    assert good.code == 0 and all(line["milliseconds"] > 0 for line in good.lines("measured")), good.err
    raw, fails = tmp_path / "raw.npz", {"FRAIL": fault}
    ran = dedupe(*words, "--file-timeout", "0.4", "--save", raw, env=fails)
    assert ran.code == 0 and ran.lines("result") == good.lines("result"), ran.err
    times = {line["descriptor"]: line["milliseconds"] for line in ran.lines("measured")}
    assert times["frail"] is None and times["dhash"] > 0
    assert dedupe("eval", "--load", raw).lines()[1:] == ran.lines()[1:]


def test_distances_are_saved_before_the_time_is_measured(album, tmp_path, monkeypatch):
    def broken(*_):
        raise MemoryError

    monkeypatch.setattr(sys.modules["dedupe.evaluate"], "milliseconds", broken)  # `dedupe.evaluate` is the function
    raw = tmp_path / "raw.npz"
    with pytest.raises(MemoryError):
        evaluate([album], descriptors=["dhash"], distortions="blur", save=raw, cache="none")
    found = evaluate_saved(raw)
    assert found.photos == 20 and found.descriptors[0].milliseconds is None


def test_times_are_added_to_what_was_saved_which_is_not_written_again(album, tmp_path, monkeypatch):
    from dedupe.errors import DedupeError
    from dedupe.evaluate import raw as raws

    written, write = [], raws._write
    monkeypatch.setattr(raws, "_write", lambda *given: written.append(given) or write(*given))
    file = tmp_path / "raw.npz"
    ran = evaluate([album], descriptors=["dhash", "pdq"], distortions="blur", save=file, cache="none")
    assert len(written) == 1 and [each.milliseconds for each in written[0][0].descriptors] == [None, None]
    assert evaluate_saved(file).descriptors == ran.descriptors and all(each.milliseconds for each in ran.descriptors)
    found = raws.load(file)
    file.unlink()
    with pytest.raises(DedupeError, match="cannot be written"):
        raws.add_times(found, file)
    assert not list(tmp_path.glob("*raw*"))


def test_every_call_is_timed_anew():
    """A descriptor may remember what it made of an array, as networks do that several descriptors share."""
    import numpy as np

    from dedupe.evaluate.speed import ROUNDS, Timed
    from dedupe.model import Decode

    class Remembers:
        name, version, metric, threshold, decode = "remembers", "1", "l2", 1.0, Decode((8, 8))

        def __init__(self) -> None:
            self.seen: list[object] = []

        def describe(self, images):
            assert not any(images is each for each in self.seen)
            self.seen.append(images)
            return np.zeros((len(images), 1), np.float32)

    for images in (np.zeros((3, 8, 8), np.uint8), [np.zeros((8, 8), np.uint8)] * 3):
        descriptor = Remembers()
        assert Timed(descriptor).describe(images).shape == (3, 1)
        assert len(descriptor.seen) == ROUNDS + 1 and not any(images is each for each in descriptor.seen)
