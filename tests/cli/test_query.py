"""find, compare and describe on real photos."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from dedupe.errors import UsageError
from dedupe.query import compare, find


@pytest.fixture
def pair(tmp_path: Path, photos: list[Path]) -> tuple[Path, Path, Path]:
    """A photo, a smaller version of it beside twenty others, and the folder."""
    folder = tmp_path / "album"
    folder.mkdir()
    for photo in photos[1:21]:
        shutil.copy(photo, folder)
    with Image.open(photos[0]) as image:
        image.resize((image.width // 2, image.height // 2)).save(folder / "small.jpg", quality=75)
    return photos[0], folder / "small.jpg", folder


def test_find_gives_the_smaller_version(dedupe, pair):
    query, small, folder = pair
    ran = dedupe("find", query, folder)
    (match,) = ran.lines("match")
    assert ran.code == 0 and match["path"] == str(small) and match["query"] == str(query)
    assert list(match["distance"]) == [key.split("@")[0] for key in ran.lines("header")[0]["descriptors"]]


def test_find_can_give_the_nearest_however_far(dedupe, pair):
    query, small, folder = pair
    ran = dedupe("find", query, folder, "-n", 5, "-d", "phash")
    distances = [match["distance"]["phash"] for match in ran.lines("match")]
    assert len(distances) == 5 and distances == sorted(distances) and distances[-1] > 10
    assert ran.lines("match")[0]["path"] == str(small)


def test_find_never_gives_the_picture_itself(dedupe, pair):
    _, small, folder = pair
    ran = dedupe("find", small, folder, "-n", 30)
    assert str(small) not in {match["path"] for match in ran.lines("match")}
    assert len(ran.lines("match")) == 20


def test_find_sees_mirrored_pictures_when_asked(dedupe, pair):
    query, _, folder = pair
    with Image.open(query) as image:
        image.transpose(Image.Transpose.ROTATE_90).save(folder / "turned.png")
    ran = dedupe("find", query, folder, "--turns=all")
    turns = {Path(match["path"]).name: match.get("turn") for match in ran.lines("match")}
    assert turns == {"small.jpg": None, "turned.png": "rotate270"}


def test_compare_goes_by_the_descriptors_of_a_scan_and_with_v_by_all(dedupe, pair):
    query, small, folder = pair
    usual = [line["descriptor"] for line in dedupe("compare", query, small).lines("comparison")]
    assert usual == ["pdq", "copy256"]
    assert [line["descriptor"] for line in dedupe("compare", query, small, "-t", 9).lines("comparison")] == ["pdq"]
    ran = dedupe("compare", query, small, "-v")
    assert [line["descriptor"] for line in ran.lines("comparison")][:2] == usual
    names = {line["descriptor"] for line in ran.lines("comparison")}
    assert {"ahash", "dhash", "phash", "whash", "dct", "mh", "radial", "bmb", "pdq"} <= names
    assert all(line["match"] for line in ran.lines("comparison") if line["descriptor"] in ("phash", "pdq", "dhash"))
    other = sorted(folder.glob("*.jpg"))[0]
    assert not any(line["match"] for line in dedupe("compare", query, other).lines("comparison"))


def test_compare_of_a_picture_with_itself_is_0(dedupe, pair):
    ran = dedupe("compare", pair[0], pair[0])
    assert {line["distance"] for line in ran.lines("comparison")} == {0}


def test_describe_prints_hex(dedupe, pair):
    imagehash = pytest.importorskip("imagehash", reason="ImageHash, a test extra, is not installed")
    query = pair[0]
    ran = dedupe("describe", query, "-d", "phash:source=full", "-d", "dhash:source=full")
    with Image.open(query) as image:
        wanted = [str(imagehash.phash(image)), str(imagehash.dhash(image))]
    assert [line["hex"] for line in ran.lines("descriptor")] == wanted


def test_what_is_no_picture_is_a_sentence(dedupe, pair, tmp_path):
    text = tmp_path / "notes.jpg"
    text.write_text("not a picture")
    for command in (["find", text, pair[2]], ["compare", text, pair[0]]):
        ran = dedupe(*command)
        assert ran.code == 3 and "notes.jpg" in ran.err and "Traceback" not in ran.err


@pytest.mark.skipif(os.name != "posix", reason="special files that only POSIX systems have")
def test_only_a_file_can_stand_for_a_picture(dedupe, pair, tmp_path):
    query, _, folder = pair
    (tmp_path / "none").mkdir()
    os.mkfifo(tmp_path / "fifo")
    for odd in (tmp_path / "fifo", Path(os.devnull), folder, tmp_path / "none"):
        for ask in (lambda o: compare(query, o), lambda o: compare(o, query), lambda o: find(o, [folder])):
            with pytest.raises(UsageError, match=f"{odd} is a (special file|folder); name a picture"):
                ask(odd)
    ran = dedupe("compare", query, tmp_path / "fifo")
    assert ran.code == 2 and ran.out == "" and "special file" in ran.err


def test_one_file_by_two_names_is_compared_with_itself(pair, tmp_path):
    _, small, folder = pair
    other = next(photo for photo in sorted(folder.iterdir()) if photo != small)
    (tmp_path / "link.jpg").hardlink_to(small)
    (tmp_path / "soft.jpg").symlink_to(small)
    for name in ("link.jpg", "soft.jpg"):
        result = compare(small, tmp_path / name, descriptors=["phash"])
        assert result.comparisons[0].distance == 0 and result.comparisons[0].b == os.fsencode(tmp_path / name)
    assert compare(other, tmp_path / "soft.jpg", descriptors=["phash"]).comparisons[0].distance > 0


FAILING = """
import numpy as np
from dedupe import Decode, hookimpl

class Shy:
    name, version, metric, decode, threshold = "shy", "1", "l2", Decode((8, 8)), 1.0
    def describe(self, images):
        if (images.reshape(len(images), -1).mean(axis=1) < 40).any():
            raise ValueError("too dark")
        return images.reshape(len(images), -1).astype(np.float32)

@hookimpl
def dedupe_descriptors():
    return [Shy]
"""


def test_a_descriptor_that_fails_on_the_query_is_listed_and_is_exit_1(dedupe, pair, tmp_path):
    query, small, folder = pair
    with Image.open(query) as image:
        image.convert("L").point(lambda v: v // 10).save(folder / "dark.png")
    (tmp_path / "shy.py").write_text(FAILING)
    asked = ["-d", "shy", "-t", "3", "--plugin", tmp_path / "shy.py", "--cache", "none"]
    for ran in (
        dedupe("find", folder / "dark.png", tmp_path / "album", *asked),
        dedupe("compare", folder / "dark.png", query, *asked),
    ):
        (failure,) = ran.lines("failure")
        assert failure["path"] == str(folder / "dark.png") and "too dark" in failure["message"]
        assert ran.lines("summary")[0]["failures"] == {"raised": 1}
        assert ran.code == 0 and not ran.lines("match")
    ran = dedupe("find", folder / "dark.png", small, *asked)
    assert ran.code == 0 and len(ran.lines("failure")) == 1, "not only where the query lies among the others"


def test_what_leaves_pictures_out_does_not_leave_out_the_query(pair):
    query, small, folder = pair
    with Image.open(query) as image:
        image.save(folder / "other.png")
    found = find(query, [folder], descriptors=["phash"], exclude="*.jpg")
    assert [os.path.basename(match.file.path) for match in found.matches] == [b"other.png"]
    found = find(small, [folder], descriptors=["phash"], min_size=10**9)
    assert found.matches == [] and found.summary.others["too small"] == 22


def test_which_picture_is_named_first_makes_no_difference_to_compare(dedupe, tmp_path, photos):
    """Turned hashes are not the turned picture's bit for bit, so that it matters which of two is turned."""
    a, b = tmp_path / "a.png", tmp_path / "b.png"
    for photo in photos[:24:4]:
        a.write_bytes(photo.read_bytes())
        with Image.open(photo) as image:
            small = image.convert("RGB").resize((image.width * 2 // 3, image.height * 2 // 3))
        small.transpose(Image.Transpose.TRANSVERSE).save(b)
        words = ("-d", "phash", "-d", "whash", "-d", "mh", "--turns", "all", "--json")
        forth, back = (
            [(line["distance"], line["match"]) for line in dedupe("compare", *pair, *words).lines("comparison")]
            for pair in ((a, b), (b, a))
        )
        assert forth == back
        ran = dedupe("scan", a, b, *words, "--cache", "none", "-t", "fpr=0.4")
        (group,) = ran.lines("group")
        assert [group["members"][0]["distance"][name] for name in ("phash", "whash", "mh")] == [d for d, _ in forth]


@pytest.mark.parametrize(("turns", "asked"), [("none", 1), ("flips", 1 + 2 * 2)])
def test_compare_asks_for_each_distance_once(pair, monkeypatch, turns, asked):
    from dedupe import metrics

    given = []
    distances = metrics.distances
    monkeypatch.setattr(metrics, "distances", lambda *rows: given.append(rows) or distances(*rows))
    compare(*pair[:2], descriptors="dhash", turns=turns, cache="none")
    assert len(given) == asked


def test_a_list_of_files_will_do(dedupe, pair, tmp_path):
    query, small, folder = pair
    (tmp_path / "list.txt").write_text(f"{small}\n{sorted(folder.iterdir())[0]}\n")
    listed = ("--files-from", tmp_path / "list.txt", "-d", "phash")
    found, described = dedupe("find", query, *listed), dedupe("describe", *listed)
    assert [match["path"] for match in found.lines("match")] == [str(small)] and found.lines("summary")[0]["files"] == 2
    assert len(described.lines("descriptor")) == 2
    for words in (("find", query), ("describe",)):
        ran = dedupe(*words)
        assert ran.code == 2 and "as in: dedupe" in ran.err
