"""Trainers that are fed pictures: each once an epoch with its copies, whatever the workers do and whatever breaks."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dedupe.errors import DedupeError, Interrupted, UsageError
from dedupe.results import read
from dedupe.testing import photos
from dedupe.train import train

COUNT = 21

SOURCE = """
import os, signal, time
from pathlib import Path
import numpy as np
from dedupe import Decode, Manifest, PictureError, hookimpl

class Recording:
    '''Writes down what it is fed.'''
    name, version, decode = "recording", "1", Decode((12, 8), "MODE")
    def __init__(self, distortions: str = "own", copies: int = 2, seed: int = 0, first: int = 0, epochs: int = 2):
        self.distortions, self.copies, self.seed, self.first, self.epochs = distortions, copies, seed, first, epochs
    def fit(self, pictures, out, progress):
        BEFORE
        every = []
        for epoch in range(self.first, self.first + self.epochs):
            for views in pictures.epoch(epoch, 4):
                every.append((epoch, views))
                BETWEEN
        parts = {"epochs": [np.full(len(v.numbers), e) for e, v in every], "batches": [[len(v.numbers)] for _, v in every]}
        for part in ("numbers", "pictures", "copies"):
            parts[part] = [getattr(v, part) for _, v in every]
        with out.open("wb") as file:
            np.savez(file, **{part: np.concatenate(found) for part, found in parts.items()})
        return Manifest("recording", "recording", "", "", len(pictures), 3)

class Own:
    name, version = "own", "1"
    def apply(self, image, rng):
        copy = image // 2 + rng.integers(0, 60, dtype=np.uint8)
        OWN
        return copy

class Bad:
    name, version = "bad", "1"
    def apply(self, image, rng):
        raise ValueError("no idea")

def log(path, text):
    with open(path, "a") as file:
        file.write(text)

@hookimpl
def dedupe_trainers():
    return [Recording]

@hookimpl
def dedupe_distortions():
    return [Own, Bad]
"""

numbers = iter(range(1000))


def plugin(folder: Path, own: str = "", before: str = "", between: str = "", mode: str = "RGB") -> Path:
    path = folder / f"recording_{next(numbers)}.py"
    source = SOURCE.replace("OWN", own).replace("BEFORE", before).replace("BETWEEN", between).replace("MODE", mode)
    path.write_text(source)
    return path


def fed(folder: Path, tmp_path: Path, spec: str = "", *, workers: int = 2, **plugged: str) -> SimpleNamespace:
    """What a training of the folder was fed, and its result."""
    out = tmp_path / f"{next(numbers)}.onnx"
    spec = "recording" + (f":{spec}" if spec else "")
    cache = tmp_path / "cache.sqlite3"
    result = train(spec, [folder], output=out, plugin=[plugin(tmp_path, **plugged)], workers=workers, cache=cache)
    with np.load(out) as found:
        return SimpleNamespace(result=result, **dict(found))


def same(a: SimpleNamespace, b: SimpleNamespace) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("numbers", "pictures", "copies"))


def reasons(found: SimpleNamespace) -> list[tuple[str, str]]:
    return [(failure.stage, failure.reason) for failure in found.result.failures]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Different photos, one of them twice."""
    here = tmp_path / "photos"
    here.mkdir()
    for path in photos()[:COUNT]:
        shutil.copy(path, here)
    shutil.copy(photos()[0], here / "zz-again.jpg")
    return here


def test_each_different_picture_comes_once_an_epoch_with_its_copies(folder, tmp_path):
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    found = fed(folder, tmp_path)
    assert found.pictures.shape == (2 * COUNT, 8, 12, 3) and found.copies.shape == (2 * COUNT, 2, 8, 12, 3)
    first, second = found.numbers[:COUNT], found.numbers[COUNT:]
    assert sorted(first) == sorted(second) == list(range(COUNT)) and list(first) != list(second)
    by_number = [found.pictures[:COUNT][np.argsort(first)], found.pictures[COUNT:][np.argsort(second)]]
    assert np.array_equal(*by_number), "a number means another picture in another epoch"
    assert not np.array_equal(found.copies[:COUNT][np.argsort(first)], found.copies[COUNT:][np.argsort(second)])
    assert not np.array_equal(found.copies[:, 0], found.copies[:, 1]), "the copies are one"
    near = np.abs(found.copies.astype(int) - found.pictures[:, None] // 2 - 30).mean()
    assert near < 25, "the copies are not made of their pictures"
    assert reasons(found) == [("decode", "truncated")] and max(found.batches) == 4


def test_neither_workers_nor_tasks_nor_places_change_anything(folder, tmp_path, monkeypatch):
    spec = "distortions=own,blur,noise"
    one = fed(folder, tmp_path, spec, workers=1)
    monkeypatch.setattr(import_module("dedupe.train.shown"), "PICTURES", 3)
    assert same(one, fed(folder, tmp_path, spec, workers=3))
    for number, path in enumerate(sorted(folder.iterdir(), reverse=True)):
        path.rename(folder / f"{number:03}.jpg")
    assert same(one, fed(folder, tmp_path, spec))
    assert not same(one, fed(folder, tmp_path, f"{spec},seed=1"))


def test_an_epoch_is_the_same_without_those_before_it(folder, tmp_path):
    later = fed(folder, tmp_path, "first=3,epochs=1")
    every = fed(folder, tmp_path, "epochs=4")
    at = every.epochs == 3
    assert np.array_equal(every.copies[at], later.copies) and np.array_equal(every.numbers[at], later.numbers)


def test_pictures_are_those_that_a_descriptor_gets(folder, tmp_path):
    from dedupe.model import Decode
    from dedupe.testing.pictures import images

    found = fed(folder, tmp_path, "copies=0,epochs=1,distortions=", mode="L")
    assert found.copies.shape == (COUNT, 0, 8, 12)
    wanted = images([path.read_bytes() for path in photos()[:COUNT]], Decode((12, 8), "L"))
    assert sorted(map(bytes, found.pictures)) == sorted(map(bytes, wanted))


def test_a_distortion_that_raises_is_listed_and_another_one_taken(folder, tmp_path):
    found = fed(folder, tmp_path, "distortions=own,bad,blur,epochs=1")
    assert len(found.numbers) == COUNT
    assert set(reasons(found)) == {("distort", "raised")} and 0 < len(reasons(found)) <= COUNT
    assert "bad raised ValueError: no idea" in found.result.failures[0].message


def test_a_distortion_that_gives_no_picture_is_one_error_of_its_plugin(folder, tmp_path):
    with pytest.raises(DedupeError, match=r"own gave float64, not an array of uint8.*mistake of the plugin"):
        fed(folder, tmp_path, own="copy = copy / 2")


def test_a_picture_without_copies_is_listed_once_and_skipped(folder, tmp_path):
    dark = "if image.mean() < 60: raise PictureError('dark', 'It is too dark.')"
    found = fed(folder, tmp_path, own=dark)
    lost = {reason for _, reason in reasons(found)}
    assert lost == {"dark", "no_copies"} and 0 < len(set(found.numbers.tolist())) < COUNT
    assert len(reasons(found)) == 2 * (COUNT - len(set(found.numbers.tolist())))


def test_a_distortion_that_kills_its_worker_costs_that_picture_alone(folder, tmp_path):
    found = fed(folder, tmp_path, "epochs=1", own="if image.mean() < 60: os._exit(3)")
    lost = COUNT - len(found.numbers)
    assert 0 < lost < COUNT / 2 and reasons(found) == [("distort", "crashed")] * lost
    assert "The distortion own" in found.result.failures[0].message


def test_what_vanishes_or_changes_after_it_was_read_is_skipped(folder, tmp_path):
    gone, other = sorted(folder.iterdir())[3:5]
    change = f"os.unlink({str(gone)!r}); Path({str(other)!r}).write_bytes(Path({str(photos()[-1])!r}).read_bytes())"
    found = fed(folder, tmp_path, before=change)
    assert sorted(reasons(found)) == [("read", "changed"), ("read", "vanished")]
    assert len(found.numbers) == 2 * (COUNT - 2)


def test_no_more_than_some_batches_are_made_ahead(folder, tmp_path, monkeypatch):
    shown = import_module("dedupe.train.shown")
    monkeypatch.setattr(shown, "PICTURES", 1)
    monkeypatch.setattr(shown, "AHEAD", 2)
    done, slow = tmp_path / "done", str(tmp_path / "slow")
    done.touch()
    own = (
        f"done, slow = Path({str(done)!r}), Path({slow!r})\n"
        "        if not slow.exists():\n"
        "            slow.touch(); time.sleep(1.5); slow.write_text(done.read_text())\n"
        "        log(done, '.')"
    )
    found = fed(folder, tmp_path, "copies=1,epochs=1", own=own)
    made = len(Path(slow).read_text())
    assert len(found.numbers) == COUNT and 3 <= made <= 4 + 2 * 2, f"{made} pictures were made while one was waited for"


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_an_interruption_ends_the_training_between_whole_batches(folder, tmp_path):
    seen = tmp_path / "seen"
    stop = (
        f"if not Path({str(seen)!r}).exists(): os.kill(os.getpid(), signal.SIGINT)\n"
        f"                log({str(seen)!r}, f'{{len(views.numbers)}} ')"
    )
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Interrupted):
        fed(folder, tmp_path, between=stop)
    assert signal.getsignal(signal.SIGINT) is before
    batches = seen.read_text().split()
    assert set(batches) == {"4"} and len(batches) < 2 * COUNT // 4, batches
    assert not list(tmp_path.glob("*.json")), "a manifest was written"


def test_the_manifest_says_how_the_pictures_were_shown(folder, tmp_path, capsys):
    found = fed(folder, tmp_path, "distortions=own,blur")
    written = found.result.written
    assert written["distortions"][0].startswith("own@1+") and written["distortions"][1] == "blur@1(sigma=1.25)"
    assert written["decode"]["size"] == (12, 8) and written["decode"]["by"].startswith("working512-")
    assert written["base"] == "" and written["pictures"] == COUNT
    found.result.to_json(tmp_path / "result.jsonl")
    assert read(tmp_path / "result.jsonl").manifest.name == "recording"


def test_what_it_asks_for_in_vain_is_a_sentence(folder, tmp_path):
    with pytest.raises(UsageError, match="'nothing' is not a distortion"):
        fed(folder, tmp_path, "distortions=nothing")
    with pytest.raises(UsageError, match="copies is -1"):
        fed(folder, tmp_path, "copies=-1")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UsageError, match="no picture to learn from"):
        fed(empty, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems start afresh anyway")
def test_workers_that_start_afresh_show_the_same(folder, tmp_path, monkeypatch):
    forked = fed(folder, tmp_path, "distortions=blur,noise,epochs=1")
    monkeypatch.setattr(import_module("dedupe.processes.pool"), "METHOD", "spawn")
    assert same(forked, fed(folder, tmp_path, "distortions=blur,noise,epochs=1"))
