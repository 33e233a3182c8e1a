"""The checks for authors of engines: each finds the promise that is broken; and an engine in a loose file does a scan."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dedupe.engines import LocalMachines, LocalNearness
from dedupe.engines.local import Local
from dedupe.testing import engine_checks, engines, photos

SECONDS = 9.0
"""Importing this module takes what pytest takes."""


class Portions(LocalMachines):
    """Describes portion by portion, each pickled and unpickled."""

    def describe(self, work):
        crew = pickle.loads(pickle.dumps(work.crew))(1)
        try:
            for portion in work.portions(7):
                yield from crew.describe(pickle.loads(pickle.dumps(portion)))
        finally:
            crew.close()


class Post:
    name, version, machines = "post", "1", Portions

    def __init__(self, address: str = "") -> None:
        self.address = address

    @contextmanager
    def started(self, run, say):
        yield self.machines()


class BadContract(Post):
    version = None


class BadKey(Post):
    def __init__(self, address: str = "") -> None:
        self.address = ""


class BadDescribe(Post):
    class machines(Portions):
        def describe(self, work):
            return (batch for number, batch in enumerate(super().describe(work)) if number)


class BadValues(Post):
    class machines(Portions):
        def describe(self, work):
            for batch in super().describe(work):
                yield replace(batch, vectors=tuple((rows, X[::-1]) for rows, X in batch.vectors))


class Changed(LocalNearness):
    """Says something else of who is near whom."""

    __slots__ = ()


def near(**changes):
    """An engine whose nearness has other methods."""
    kind = type("Near", (Changed,), {"__slots__": (), **changes})

    class Machines(Portions):
        def near(self, work):
            found = super().near(work)
            return kind(found.neighbours, found.limits, found.notes)

    return type("BadNear", (Post,), {"machines": Machines})


def fewer(self, asked):
    pairs = LocalNearness.groups(self, asked)
    return pairs.of(np.arange(len(pairs)) > 0)


class BadFailing(Post):
    class machines(Portions):
        def near(self, work):
            return super().near(replace(work, criteria=work.criteria[-2:]))


def looked(self, asked, judge):
    return replace(LocalNearness.looked_at(self, asked, judge), not_judged=9)


def nothing(self, asked):
    return LocalNearness.groups(self, asked) if asked.fixed.any() or len(asked.apart) else None


MUTANTS = {
    "contract": BadContract,
    "key": BadKey,
    "describe": BadDescribe,
    "describe of values": BadValues,
    "near": near(groups=fewer),
    "near of counts": near(near_another=lambda self: ~LocalNearness.near_another(self)),
    "judged": near(looked_at=looked),
    "failing-metric": BadFailing,
    "nothing": near(groups=nothing),
}


@pytest.mark.parametrize("broken", MUTANTS)
def test_the_broken_promise_of_an_engine_is_found(broken: str) -> None:
    check = broken.partition(" ")[0]
    with pytest.raises((AssertionError, TypeError, AttributeError)):
        engines.CHECKS[check](engines.EngineUnderTest(MUTANTS[broken]))


def test_each_promise_has_an_engine_that_breaks_it() -> None:
    assert {broken.partition(" ")[0] for broken in MUTANTS} | {"import-time"} == engines.CHECKS.keys()


test_engine = engine_checks(Post, import_seconds=SECONDS)


def test_the_local_engine_keeps_the_contract() -> None:
    for check in ("contract", "describe", "near", "judged", "failing-metric", "nothing"):
        engines.CHECKS[check](engines.EngineUnderTest(Local))


LOOSE_ENGINE = """
import pickle
import subprocess
import sys
from contextlib import contextmanager
from dedupe import hookimpl
from dedupe.engines import LocalMachines

class Sent(LocalMachines):
    def __init__(self, address, run):
        self.address, self.run = address, run
    def describe(self, work):
        if self.address == "nowhere":
            raise OSError("no such machine")
        crew = pickle.loads(pickle.dumps(work.crew))(1)
        done = 0
        try:
            for portion in work.portions(3):
                if self.address == "breaks":
                    yield work.lost(portion, "Its machine was lost.")
                else:
                    yield from crew.describe(pickle.loads(pickle.dumps(portion)))
        finally:
            crew.close()

class Mine:
    name, version = "mine", "1"
    def __init__(self, address: str = ""):
        self.address = address
    @contextmanager
    def started(self, run, say):
        say("mine started")
        yield Sent(self.address, run)
        say("mine ended")

@hookimpl
def dedupe_engines():
    return [Mine]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photos, a copy of one, a mild JPEG of another, a photo that ends early, and an engine in a loose file."""
    from PIL import Image

    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number, photo in enumerate(photos()[:8]):
        (pictures / f"{number}.jpg").write_bytes(photo.read_bytes())
    (pictures / "copy.jpg").write_bytes(photos()[0].read_bytes())
    with Image.open(photos()[1]) as image:
        image.save(pictures / "again.jpg", quality=80)
    (pictures / "cut.jpg").write_bytes(photos()[2].read_bytes()[:900])
    (tmp_path / "mine.py").write_text(LOOSE_ENGINE)
    return tmp_path


def told(ran) -> list[dict]:
    """The lines of a result without what differs between two runs."""
    lines = [json.loads(line) for line in ran.out.splitlines()]
    for line in lines:
        for name in ("seconds", "time", "options", "command_line"):
            line.pop(name, None)
    return lines


@pytest.mark.parametrize("more", [(), ("--no-judge",)])
def test_an_engine_in_a_loose_file_gives_what_the_local_one_gives(dedupe, folder: Path, more) -> None:
    scan = ("scan", folder / "pictures", "--json", "--cache", "none", "-d", "pdq", *more)
    local = dedupe(*scan)
    ran = dedupe(*scan, "--plugin", folder / "mine.py", "--engine", "mine")
    assert ran.code == 0 and told(ran) == told(local)
    assert len(ran.lines("group")) == 2 and len(ran.lines("failure")) == 1
    assert [line for line in ran.err.splitlines() if "mine" in line] == ["mine started", "mine ended"]
    assert ran.lines("header")[0]["options"]["engine"] == "mine"


def test_dedupe_toml_names_an_engine(dedupe, folder: Path) -> None:
    (folder / "dedupe.toml").write_text('engine = "mine"\n')
    scan = ("scan", folder / "pictures", "--json", "--cache", "none", "-d", "pdq", "--config", folder / "dedupe.toml")
    ran = dedupe(*scan, "--plugin", folder / "mine.py")
    assert ran.code == 0 and "mine started" in ran.err
    ran = dedupe(*scan, "--plugin", folder / "mine.py", "--engine", "local")
    assert ran.code == 0 and "mine started" not in ran.err


def test_what_an_engine_raises_is_one_sentence(dedupe, folder: Path) -> None:
    scan = ("scan", folder / "pictures", "--cache", "none", "-d", "pdq", "--plugin", folder / "mine.py")
    ran = dedupe(*scan, "--engine", "mine=nowhere")
    assert ran.code == 3 and not ran.out
    assert ran.err.splitlines()[-1] == (
        "dedupe: The engine mine raised OSError: no such machine; scan without --engine."
    )


def test_files_of_a_portion_that_is_lost_are_failures(dedupe, folder: Path) -> None:
    scan = ("scan", folder / "pictures", "--json", "--cache", folder / "cache", "-d", "pdq")
    ran = dedupe(*scan, "--plugin", folder / "mine.py", "--engine", "mine:address=breaks")
    assert ran.code == 0
    assert {each["message"] for each in ran.lines("failure")} == {"Its machine was lost."}
    assert len(ran.lines("failure")) == 11


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("locl", "dedupe: 'locl' is not an engine. Did you mean 'local'? There are: local"),
        ("local:speed=2", "dedupe: 'speed' is not a parameter of local. It takes none."),
        ("local=", "dedupe: --engine local= has no address; give one behind the =, or leave it out: --engine local"),
        ("local=here", "dedupe: 'address' is not a parameter of local. It takes none."),
    ],
)
def test_an_engine_that_there_is_not_is_one_sentence(dedupe, folder: Path, asked: str, sentence: str) -> None:
    ran = dedupe("scan", folder / "pictures", "--engine", asked)
    assert ran.code == 2 and ran.err.startswith(sentence)


def test_a_local_scan_loads_nothing_of_what_searches_in_parts() -> None:
    code = "import sys, dedupe.scan; print(sorted({'dedupe.engines.parts', 'llvmlite', 'numba'} & sys.modules.keys()))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
