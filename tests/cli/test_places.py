"""Every option and argument that names a file says whether it is read or written, and what is written takes nobody's place.

Walks over the command line's own description, so that no option of any verb, or of a plugin's, can be forgotten.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from dedupe.cli import app
from dedupe.cli.commands import _built, _loaded, offered
from dedupe.cli.places import declared
from dedupe.errors import SafetyError, UsageError
from dedupe.kit import CACHE, FOLDER, INPUT, TEXT, Place
from dedupe.testing import photos

FILES = re.compile(r"FILE|DIR|FOLDER|PATH|PICTURE|CSV|HTML|ONNX|NPZ")
"""What stands for a file in the help of an option that takes text."""


@dataclass(frozen=True)
class Verb:
    """A command with the words that ask for it."""

    words: tuple[str, ...]
    command: Any

    def needed(self, but: str = "") -> list[str]:
        """The least that it has to be given besides the parameter `but`: photos, and words where it takes words."""
        words = []
        for param in self.command.params:
            if param.required and param.name != but:
                value = str(photos()[0]) if declared(param) == INPUT else "new" if declared(param) else "pca"
                words += [param.opts[0], value] if param.param_type_name == "option" else [value]
        return words

    def run(self, *words: object) -> None:
        """Runs it in this process; raises what it raises."""
        app([*self.words, *map(str, words)], standalone_mode=False)


def verbs(command: Any, *words: str) -> Iterator[Verb]:
    """The verbs below a command."""
    if not hasattr(command, "commands"):
        yield Verb(words, command)
    for name, each in getattr(command, "commands", {}).items():
        yield from verbs(each, *words, name)


def every() -> list[Verb]:
    top = typer.main.get_command(app)
    own = [verb for name, each in top.own.items() for verb in verbs(_built(name, each), name)]
    return own + [verb for name, found in offered().items() for verb in verbs(_loaded(name, found), name)]


VERBS = every()
OUTPUTS = [(v, p) for v in VERBS for p in v.command.params if (said := declared(p)) and said.writes]
TEXTS = [(v, p) for v, p in OUTPUTS if declared(p).writes.holds(Path(__file__))]
"""Outputs that would replace a text."""
INPUTS = [(v, p) for v, _ in TEXTS for p in v.command.params if p.param_type_name == "option" and declared(p)]
READ = {(*v.words, p.opts[0]): (v, p) for v, p in INPUTS if not declared(p).writes}


def named(pairs: list[tuple[Verb, Any]]) -> list[Any]:
    return [pytest.param(verb, param, id=f"{' '.join(verb.words)} {param.opts[0]}") for verb, param in pairs]


def silent(found: list[Verb]) -> list[str]:
    """Parameters that name files and do not say whether these are read or written."""
    return [
        f"{' '.join(verb.words)} {param.opts[0]}"
        for verb in found
        for param in verb.command.params
        if declared(param) is None and (param.type.name == "path" or FILES.search(param.metavar or ""))
    ]


def given(param: Any, value: object) -> list[str]:
    return [param.opts[0], str(value)] if param.param_type_name == "option" else [str(value)]


def test_every_verb_and_every_output_is_met():
    words = {" ".join(verb.words) for verb in VERBS}
    assert words >= {"scan", "eval", "train", "distort", "leak", "cache clear", "lab images", "lab classify"}
    met = {(verb.words[-1], param.opts[0]) for verb, param in OUTPUTS}
    assert met >= {
        ("scan", "-o"),
        ("eval", "--save"),
        ("calibrate", "--into"),
        ("score", "-o"),
        ("train", "--report"),
        ("images", "--db"),
    }


def test_every_path_says_whether_it_is_read_or_written():
    assert silent(VERBS) == []


def test_an_option_that_says_nothing_is_found():
    made = typer.Typer()

    @made.command()
    def forgetful(
        one: Annotated[Path, typer.Argument()],
        two: Annotated[Path, typer.Option()],
        three: Annotated[str, typer.Option("--three", metavar="FILE.html")],
        four: Annotated[list[Path], typer.Option(readable=False)],
        five: Annotated[Path, typer.Option(parser=Place(TEXT))],
        six: Annotated[Path, typer.Argument(parser=INPUT)],
        seven: int = 0,
    ) -> None: ...

    command = typer.main.get_command(made)
    assert silent([Verb(("x",), command)]) == ["x one", "x --two", "x --three", "x --four"]


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def foreign(place: Path, kind: str, name: str) -> Path:
    """A picture, a file of which nothing is known, or another program's database."""
    path = place / name
    if kind == "picture":
        shutil.copy(photos()[0], path)
    elif kind == "unknown":
        path.write_bytes(b"\x01\x00precious\xff" * 9)
    else:
        with closing(sqlite3.connect(path)) as table:
            table.execute("CREATE TABLE images (ImageID, theirs)")
    return path


@pytest.mark.parametrize("kind", ["picture", "database"])
@pytest.mark.parametrize(("verb", "param"), named(OUTPUTS))
def test_no_output_takes_the_place_of_a_picture_or_another_programs_database(there, verb, param, kind):
    left_alone(there, verb, param, kind)


NO_CACHES = [(verb, param) for verb, param in OUTPUTS if declared(param) != CACHE]
"""What is unknown may be a damaged cache, too: tests/faults/cache says what becomes of it."""


@pytest.mark.parametrize(("verb", "param"), named(NO_CACHES))
def test_no_output_takes_the_place_of_what_nobody_knows(there, verb, param):
    left_alone(there, verb, param, "unknown")


def left_alone(there: Path, verb: Verb, param: Any, kind: str) -> None:
    suffix = re.search(r"\.\w+", param.metavar or "")
    path = foreign(there, kind, "there" + (suffix[0] if suffix else ".json"))
    before, time = path.read_bytes(), path.stat().st_mtime_ns
    with pytest.raises(SafetyError, match=f"^{path.name} .*left alone"):
        verb.run(*verb.needed(param.name), *given(param, path.name))
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, time)
    assert os.listdir(there) == [path.name], "something was written beside it"


@pytest.mark.parametrize(("verb", "param"), named(NO_CACHES))
def test_no_output_is_a_folder_and_no_folder_a_file(there, verb, param):
    if declared(param).writes is FOLDER:
        (there / "there").write_text("text")
    else:
        (there / "there").mkdir()
    with pytest.raises(SafetyError, match=r"^there is a (file|folder), and it was left alone"):
        verb.run(*verb.needed(param.name), *given(param, "there"))


def refused(verb: Verb, read: Any, other: Path) -> None:
    """Has a verb read `input.txt`, or a model with its manifest, and write to `other`, which is that file."""
    value = "input.onnx" if read.opts[0] == "-d" else "input.txt"
    outputs = [param for each, param in TEXTS if each is verb]
    assert outputs
    for param in outputs:
        with pytest.raises(SafetyError, match=f"{param.opts[0]} and {read.opts[0]} name the same file"):
            verb.run(*verb.needed(), *given(read, value), *given(param, other))


@pytest.mark.parametrize(("verb", "read"), named(list(READ.values())))
def test_no_output_is_an_input(there, verb, read):
    for name in ("input.txt", "input.json"):
        (there / name).write_text("# an input")
    refused(verb, read, Path("input.json" if read.opts[0] == "-d" else "input.txt"))
    assert {path.name: path.read_text() for path in there.iterdir()} == dict.fromkeys(
        ("input.txt", "input.json"), "# an input"
    )


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_no_output_is_an_input_by_another_name(there):
    (there / "input.txt").write_text("# an input")
    (there / "x").mkdir()
    (there / "hard").hardlink_to("input.txt")
    (there / "symbolic").symlink_to("input.txt")
    for other in (there / "input.txt", there / "x" / ".." / "input.txt", there / "hard", there / "symbolic"):
        refused(*READ["scan", "--files-from"], other)
        refused(*READ["lab", "robustness", "--other"], other)
    assert (there / "input.txt").read_text() == "# an input"


def test_a_picture_that_is_read_and_one_that_does_not_exist_yet(there):
    (there / "P1.txt").write_text("0")
    with pytest.raises(SafetyError, match="-o and PHOTOS name the same file"):
        app(["eval", "P1.txt", "-o", "P1.txt"], standalone_mode=False)
    with pytest.raises(UsageError, match="--report and -o name the same file"):
        app(["eval", "-o", "new.html", "--report", "./new.html"], standalone_mode=False)
    with pytest.raises(SafetyError, match="-o and PAIRS name the same file"):
        app(["score", "new.csv", "-o", "new.csv"], standalone_mode=False)
    assert os.listdir(there) == ["P1.txt"]
