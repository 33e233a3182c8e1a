"""Where a function takes several of something, one alone will do, and no string is taken apart."""

from __future__ import annotations

import inspect
import re
import shutil

import pytest

import dedupe
from dedupe import testing
from dedupe.errors import UsageError
from dedupe.testing.decoders import check_own_files

VERBS = [
    "apply",
    "calibrate",
    "compare",
    "describe",
    "distort",
    "evaluate",
    "find",
    "import_pictures",
    "leak",
    "scan",
    "score",
    "train",
    "undo",
]


def functions():
    public = [getattr(dedupe, name) for name in VERBS] + [getattr(testing, name) for name in testing.__all__]
    return {each.__name__: each for each in public}


@pytest.mark.parametrize("name", functions())
def test_no_function_asks_for_a_sequence_of_what_one_alone_could_be_given(name):
    """`Paths`, `Words`, `Thresholds` and `Listed` say that one alone will do; a bare sequence would take a string apart."""
    asked = {p.name: str(p.annotation) for p in inspect.signature(functions()[name]).parameters.values()}
    assert [each for each in asked.items() if re.search(r"(Sequence|Iterable|Iterator|list)\[|\.\.\.\]", each[1])] == []


def test_every_public_function_is_looked_at():
    found = {name for name in dedupe.__all__ if inspect.isfunction(getattr(dedupe, name))}
    assert found - {"kernel", "install_hint", "progress"} == set(VERBS)


@pytest.fixture
def album(tmp_path, photos) -> str:
    folder = tmp_path / "album"
    folder.mkdir()
    for photo in photos[:24]:
        shutil.copy(photo, folder)
    return str(folder)


def test_evaluate(album, tmp_path):
    found = dedupe.evaluate(
        album, descriptors="dhash", distortions="blur", save=str(tmp_path / "raw.npz"), plugin_files=(), cache="none"
    )
    assert found.photos == 24 and found.distortions == ("blur",) and (tmp_path / "raw.npz").is_file()
    two = dedupe.evaluate([album], descriptors=["dhash"], distortions=["blur", "hflip"], cache="none")
    assert two.photos == 24 and two.distortions == ("blur", "hflip")


def test_distort(album, tmp_path):
    made = dedupe.distort(album, str(tmp_path / "out"), distortions=["hflip", "vflip"], workers=1)
    assert made.files == 24 and set(made.copies.values()) == {24} and len(made.copies) == 2


def test_leak(album, photos, tmp_path):
    (tmp_path / "test").mkdir()
    shutil.copy(photos[0], tmp_path / "test")
    shutil.copy(photos[40], tmp_path / "test")
    found = dedupe.leak(album, str(tmp_path / "test"), descriptors="phash", thresholds=0, judge=False, cache="none")
    assert found.summary.leaked == 1 and found.header.thresholds == {"phash": 0}


def test_score_and_train(album, photos, tmp_path):
    (tmp_path / "pairs.csv").write_text(f"{photos[0]},{photos[1]},0\n")
    made = dedupe.score(str(tmp_path / "pairs.csv"), descriptors="phash", thresholds=3, cache="none")
    assert made.verdicts[0].threshold == 3 and made.header.command == "score"
    with pytest.raises(dedupe.UsageError, match="24"):  # pictures, not letters
        dedupe.train("pca:n=256", album, output=str(tmp_path / "my.onnx"), cache="none")


def test_a_decoders_own_file(photos):
    class Toy:
        suffixes = (".jpg",)

        def matches(self, head: bytes) -> bool:
            return head == photos[0].read_bytes()[:64]

    case = testing.decoder_checks(Toy(), str(photos[0]))
    case(check_own_files)


def test_a_list_of_files(photos, tmp_path):
    for listed in (str(photos[0]), photos[0], str(photos[0]).encode(), [photos[0]], iter([str(photos[0])])):
        assert dedupe.scan(files_from=listed, cache="none").summary.files == 1
    with pytest.raises(dedupe.UsageError, match="1 different picture is too few"):
        dedupe.calibrate(files_from=str(photos[0]), descriptors="phash", cache="none")


@pytest.mark.parametrize("verb", [dedupe.scan, dedupe.compare, dedupe.evaluate, dedupe.distort])
def test_a_keyword_that_there_is_not_is_refused_with_the_nearest_one(verb):
    with pytest.raises(TypeError, match=rf"^dedupe\.{verb.__name__} has no keyword worker; do you mean workers\?$"):
        verb("x", worker=3)
    with pytest.raises(TypeError, match=r"has no keyword nothing_like_it; there are .*, workers, .*progress\.$"):
        verb("x", nothing_like_it=3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"workers": "2"}, "workers='2': give a number"),
        ({"min_size": "10k"}, "min_size='10k': give a number"),
        ({"file_timeout": None}, "file_timeout=None: give a number"),
    ],
)
def test_what_is_no_number_is_refused_by_name(given, said):
    with pytest.raises(UsageError, match=said):
        dedupe.scan("x", **given)
