"""What the command has written can be read back: the same lines come of it."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

import dedupe as library
from dedupe.errors import DedupeError, UsageError
from dedupe.report import RESULTS, UNIQUE
from dedupe.results import Described, Evaluation, Held, Judged, Leaks, Scan, Trained, read

pytestmark = pytest.mark.usefixtures("one_cache")

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = ROOT / "examples" / "photos"
KOALA, MOOSE = PHOTOS / "zoo" / "koala.jpg", PHOTOS / "zoo" / "moose.jpg"

COMMANDS = {
    "Scan": ("scan", PHOTOS, "-d", "phash", "-d", "pdq", "--turns", "flips", "--judge"),
    "Found": ("find", KOALA, PHOTOS, "-d", "radial"),
    "Compared": ("compare", KOALA, MOOSE),
    "Described": ("describe", KOALA, "-d", "pdq", "-d", "dct", "-d", "radial"),
    "Evaluation": ("eval", "-d", "ahash", "-d", "radial", "--distortions", "hflip,blur", "--union"),
    "Judged": ("score", "pairs.csv", "-d", "ahash"),
    "Calibrated": ("calibrate", "strangers", "-d", "pdq", "--into", "."),
    "Copies": ("distort", KOALA, "-o", "copies", "--distortions", "hflip"),
    "Leaks": ("leak", PHOTOS, "test"),
    "Trained": ("train", "pca", ROOT / "dedupe" / "testing" / "photos", "-n", "4", "-o", "my.onnx"),
}


def written(result: Held, forms=RESULTS) -> str:
    stream = io.StringIO()
    forms.writer("json")(result, stream)
    return stream.getvalue()


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_result_is_read_and_written_again(kind, dedupe, tmp_path, strangers):
    (tmp_path / "pairs.csv").write_text(f"{KOALA},{MOOSE},0\n")
    (tmp_path / "strangers").symlink_to(strangers)
    (tmp_path / "test").mkdir()
    shutil.copy(KOALA, tmp_path / "test" / "copy.jpg")
    ran = dedupe(*COMMANDS[kind], "--json", cwd=tmp_path)
    assert ran.code in (0, 1), ran.err
    found = read(io.StringIO(ran.out))
    assert type(found).__name__ == kind and written(found) == ran.out
    (header,) = ran.lines("header")
    assert header["version"] and header["time"].endswith("+00:00")
    assert header["command_line"] == ["dedupe", *map(str, COMMANDS[kind]), "--json"]
    found.to_json(tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_text() == ran.out


def test_the_header_says_how_a_result_was_made(dedupe, tmp_path):
    (tmp_path / "kept").mkdir()
    ran = dedupe(
        "scan", PHOTOS, "--reference", tmp_path / "kept", "-t", 4, "--exclude", "*.gif", "--min-size", "1k", "--judge"
    )
    (header,) = ran.lines("header")
    assert header["roots"] == [str(PHOTOS)] and header["references"] == [str(tmp_path / "kept")]
    assert header["options"] == {"threshold": ["4"], "exclude": ["*.gif"], "min_size": 1000}


def test_python_has_the_same_header():
    made = library.scan(PHOTOS, descriptors="phash", min_size=5).header
    assert made.roots == (str(PHOTOS).encode(),) and made.references == () and made.command_line is None
    assert made.options == {"descriptor": "phash", "min_size": 5} and made.version and made.time


def test_lines_with_unique_files_have_these_alone(dedupe):
    ran = dedupe("scan", PHOTOS, "--unique", "--json")
    found = read(io.StringIO(ran.out))
    assert isinstance(found, Scan) and written(found, UNIQUE) == ran.out
    with pytest.raises(UsageError, match="--unique"):
        list(found.groups)
    groups = read(io.StringIO(dedupe("scan", PHOTOS, "--json").out))
    with pytest.raises(UsageError, match="--unique"):
        list(groups.unique())
    assert "groups" in repr(groups) and len(list(groups.pairs())) == sum(len(one.members) for one in groups.groups)


LAST = ROOT / "tests" / "golden" / "results"


@pytest.mark.parametrize("name", sorted(path.name for path in LAST.glob("*.jsonl")))
def test_results_of_before_the_header_said_how_are_read(name):
    found = read(LAST / name)
    assert found.header.version == "" and found.header.roots == ()
    kinds = {"scan": Scan, "leak": Leaks, "describe": Described, "eval": Evaluation, "score": Judged, "train": Trained}
    assert isinstance(found, kinds.get(name.partition(".")[0], Held))
    forms = UNIQUE if ".unique." in name else RESULTS
    again = read(io.StringIO(written(found, forms)))
    assert written(again, forms) == written(found, forms)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type":"header","format":2,"command":"scan"}\n', "newer dedupe: its format is 2"),
        ('{"type":"header","format":1,"command":"scan"}\n', "cut off"),
        ('{"type":"header","format":1,"command":"brew"}\n{"type":"summary"}\n', "no result of scan"),
        ('{"type":"header","format":1,"command":"scan"}\n{"type":"summary"}\n', "lacks"),
        ('{"type":"header","format":1,"command":"scan"}\n{"type":\n', "line 2"),
        ("[]\n", "line 1"),
        ("", "no result of scan"),
        ("\xff", "line 1"),
    ],
)
def test_what_is_no_result_is_refused_in_a_sentence(text, said, tmp_path):
    file = tmp_path / "result.jsonl"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=said) as caught:
        read(file)
    assert str(caught.value).startswith(str(file)) and str(caught.value).endswith(".")


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(DedupeError, match="cannot be read"):
        read(tmp_path / "nothing.jsonl")
