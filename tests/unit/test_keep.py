"""The keep order: every rule, and that the default settles everything."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from dedupe.errors import DedupeError, UsageError
from dedupe.group.keep import DEFAULT, FACTORIES, before_detail, deciding, keep_order, listed, made
from dedupe.group.named import marked
from dedupe.model import CONTENT_FIELDS, NO_DATE, TRAITS, Candidates, Files
from dedupe.model.in_memory import MEMORY
from dedupe.plugins import Plugins


def album() -> tuple[Files, np.ndarray, np.ndarray]:
    """Three pictures: b is larger in pixels, c/short.png lossless and oldest by EXIF, a the largest file."""
    paths = [b"a-long-name.jpg", b"b.jpg", b"c/short.png"]
    column = np.zeros(3, np.int64)
    size, mtime = np.array([900, 500, 700]), np.array([3, 1, 2]) * 10**9
    offsets = np.cumsum([0, *map(len, paths)])
    files = Files(b"".join(paths), offsets, size, mtime, column, column, column, column, column.astype(bool))
    contents = np.zeros(3, CONTENT_FIELDS)
    contents["width"], contents["height"] = [10, 20, 10], 10
    contents["format"] = [b"JPEG", b"JPEG", b"PNG"]
    contents["taken"] = [NO_DATE, NO_DATE, 0]
    contents["frames"], contents["traits"] = [1, 1, 0], [0, 0, 1 << TRAITS.index("gps") | 1 << TRAITS.index("motion")]
    return files, np.arange(3), contents


def ordered(files, rows, contents, rules):
    return keep_order(files, rows, contents, made(rules, Plugins().make))


@pytest.mark.parametrize(
    ("rules", "order"),
    [
        ([], [1, 2, 0]),
        (["fewest-pixels"], [2, 0, 1]),
        (["lossless"], [2, 1, 0]),
        (["largest"], [0, 2, 1]),
        (["smallest"], [1, 2, 0]),
        (["oldest"], [2, 1, 0]),
        (["newest"], [0, 1, 2]),
        (["shortest-path"], [1, 2, 0]),
        (["longest-path"], [0, 2, 1]),
        (["name"], [0, 1, 2]),
        (["fewest-pixels", "largest"], [0, 2, 1]),
        (["most-pixels"], [1, 2, 0]),
        (["pixels"], [1, 2, 0]),
        (["size"], [0, 2, 1]),
        (["path"], [1, 2, 0]),
        (["frames"], [1, 2, 0]),
        (["detail"], [1, 2, 0]),
        (["resolution"], [1, 2, 0]),
        (["metadata"], [2, 1, 0]),
        (["date"], [2, 1, 0]),
        (["gps"], [2, 1, 0]),
        (["hdr"], [2, 1, 0]),
        (["original-name"], [1, 2, 0]),
        (["folder=c"], [2, 1, 0]),
        (["not-folder=c"], [1, 0, 2]),
        (["name=^a"], [0, 1, 2]),
        (["not-name=^b"], [2, 0, 1]),
        (["not-folder=c,not-name=^b"], [0, 1, 2]),
        (["name=short|long,oldest"], [2, 0, 1]),
    ],
)
def test_order(rules, order):
    assert ordered(*album(), rules).tolist() == order


@pytest.mark.parametrize(
    ("format_", "lossless"),
    [("PNG", 1), ("TIFF", 1), ("BMP", 1), ("PPM", 1), ("VP8L", 1), ("VP8", 0), ("GIF", 0), ("JPEG", 0), ("AVIF", 0)],
)
def test_what_is_lossless(format_, lossless):
    files, rows, contents = album()
    contents["format"], contents["taken"], contents["traits"] = [b"JPEG", b"JPEG", format_.encode()], NO_DATE, 0
    assert ordered(files, rows, contents, ["lossless"]).tolist() == ([2, 1, 0] if lossless else [1, 0, 2])


def test_a_day_that_a_picture_was_taken_on_counts_beside_those_on_which_files_were_written():
    files, rows, contents = album()
    contents["taken"] = [NO_DATE, 1_500_000_000, 900_000_000]
    for written, order in (([10**9, 0, 0], [2, 0, 1]), ([1_600_000_000, 0, 0], [2, 1, 0]), ([1, 9, 9], [0, 2, 1])):
        dated = replace(files, mtime_ns=np.array(written) * 10**9)
        assert ordered(dated, rows, contents, ["oldest"]).tolist() == order
        assert ordered(dated, rows, contents, ["newest"]).tolist() == order[::-1]


def test_of_pictures_taken_at_one_time_the_files_own_date_decides():
    files, rows, contents = album()
    contents["taken"] = 1_500_000_000
    dated = replace(files, mtime_ns=np.array([2, 3, 1]))
    assert ordered(dated, rows, contents, ["oldest"]).tolist() == [2, 0, 1]
    assert ordered(dated, rows, contents, ["newest"]).tolist() == [1, 0, 2]
    same = replace(files, mtime_ns=np.array([1, 1, 1]))
    assert ordered(same, rows, contents, ["newest", "longest-path"]).tolist() == [0, 2, 1], "none of them is older"


def test_every_rule_is_tried_above():
    tried = {rule.partition("=")[0] for rules, _ in test_order.pytestmark[0].args[1] for rule in rules}
    assert {name for name in FACTORIES if name not in tried} == set()


def one_after_the_other(**columns):
    """The default's order of two pictures that are equal but for these columns of the first and of the second."""
    files, rows, contents = album()
    contents[:] = contents[0]
    contents["frames"], rows = 1, np.array([0, 1, -1])
    for name, values in columns.items():
        contents[name][:2] = values
    same = replace(files, size=np.full(3, 9), mtime_ns=np.zeros(3, np.int64))
    order = keep_order(same, rows, contents)
    (number,) = deciding(same, rows, contents, [], order[:1], order[1:])
    return order[0], DEFAULT[number].name


CAMERA, GPS, HDR, MOTION = (1 << TRAITS.index(name) for name in ("camera", "gps", "hdr", "motion"))


@pytest.mark.parametrize(
    ("kept", "rule", "columns"),
    [
        (0, "frames", {"frames": [7, 1], "width": [10, 4000]}),
        (0, "resolution", {"width": [4000, 160], "height": [3000, 120], "traits": [0, CAMERA | GPS | HDR]}),
        (1, "metadata", {"width": [1024, 1030], "height": 768, "traits": [0, CAMERA]}),
        (1, "metadata", {"width": [1030, 1026], "height": 768, "taken": [NO_DATE, 0], "traits": [GPS, GPS]}),
        (0, "metadata", {"traits": [CAMERA | GPS, CAMERA | HDR | MOTION]}),
        (1, "hdr", {"traits": [HDR, HDR | MOTION], "format": [b"PNG", b"JPEG"]}),
        (1, "most-pixels", {"width": [1026, 1030], "height": 768, "format": [b"PNG", b"JPEG"]}),
        (1, "lossless", {"format": [b"JPEG", b"PNG"]}),
        (1, "shortest-path", {}),
    ],
)
def test_the_default_keeps_originals(kept, rule, columns):
    assert one_after_the_other(**columns) == (kept, rule)


@pytest.mark.parametrize("rules", [[], ["smallest", "name=b"]])
def test_what_decides_is_what_the_order_goes_by(rules):
    files, _, contents = album()
    rng = np.random.default_rng(8)
    contents = contents[rng.integers(0, 3, 60)]
    contents["frames"], contents["traits"] = rng.integers(0, 3, 60), rng.integers(0, 64, 60)
    paths = [b"%d/%s" % (i % 7, name) for i, name in enumerate([b"a.jpg", b"a copy.jpg", b"bb.png"] * 20)]
    column = np.zeros(60, np.int64)
    offsets, sizes = np.cumsum([0, *map(len, paths)]), rng.integers(1, 3, 60)
    files = Files(b"".join(paths), offsets, sizes, sizes, sizes, column, column, column, column.astype(bool))
    asked = made(rules, Plugins().make)
    order = keep_order(files, np.arange(60), contents, asked)
    kept, member = order[:-1], order[1:]
    decided = deciding(files, np.arange(60), contents, asked, kept, member)
    assert (decided >= 0).all()
    for a, b, number in zip(kept, member, decided, strict=True):
        alone = keep_order(files, np.where(np.isin(np.arange(60), [a, b]), np.arange(60), -1), contents, asked)
        assert alone.tolist() == [a, b], number


@pytest.mark.parametrize("copy", [False, True])
def test_what_file_managers_call_a_copy_is_seen(copy):
    names = {
        True: "IMG_1 (1).jpg|IMG_1(2).jpg|IMG_1 copy.jpg|IMG_1 copy 2.jpg|IMG_1 - Copy.jpg|IMG_1 - Copy (3).jpg|"
        "Copy of IMG_1.jpg|Copy (2) of IMG_1.jpg|IMG_1 (copy).jpg|IMG_1 (3rd copy).jpg|IMG_1 (another copy).jpg|"
        "IMG_1 - Kopie.jpg|IMG_1 Kopie 2.jpg|Kopie von IMG_1.jpg|IMG_1 - Copie.jpg|Copie de IMG_1.jpg|IMG_1 copia.jpg|"
        "IMG_1 - Cópia.jpg|Copia di IMG_1.jpg|IMG_1 — копия.jpg|IMG_1のコピー.jpg|"
        "IMG_1 - コピー (2).jpg|IMG_1 的副本.jpg|IMG_1 拷贝.jpg|"
        "IMG_1 - 복사본.jpg|IMG_1_edited.jpg|IMG_1-edited.jpg|IMG_1-bearbeitet.jpg|IMG_1-modifié.jpg|IMG_1-EFFECTS.jpg|"
        "IMG_1~2.jpg|IMG_E1234.JPG|copy|IMG_1のコヒ\u309aー.jpg|IMG_1_copy.jpeg",
        False: "IMG_1.jpg|Holiday (2019).jpg|hardcopy.jpg|photocopy.png|Kopieren.jpg|edit.final.jpg|copyright.jpg|recopie.jpg|"
        "Copenhagen of old.jpg|.copyrc|IMG_1234.jpg|1.jpg|editor-1.jpg|Marc copia-tor.jpg",
    }
    assert [name for name in names[copy].split("|") if marked(name) is not copy] == []


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("oldest, shortest-path,", ["oldest", "shortest-path"]),
        ("newest,folder=Originals,name=^IMG_", ["newest", "folder=Originals", "name=^IMG_"]),
        ("name=a{1,2}|(b,c),oldest", ["name=a{1,2}|(b,c)", "oldest"]),
        ("under:folder=a,depth=2,oldest", ["under:folder=a,depth=2", "oldest"]),
        ("", []),
    ],
)
def test_rules_are_listed_with_commas(text, rules):
    assert listed(text) == rules


@pytest.mark.parametrize(
    "rules",
    [
        "newest,oldest",
        "oldest,lossless,newest",
        "size,smallest",
        "fewest-pixels,pixels",
        "folder=a,not-folder=a",
        "not-name=x,name=x",
    ],
)
def test_rules_that_contradict_each_other_are_refused(rules):
    with pytest.raises(UsageError, match="contradict each other; give one"):
        made([rules], Plugins().make)


def test_rules_that_do_not_are_not():
    for rules in ("folder=a,not-folder=b", "name=x,not-name=y", "name,longest-path", "oldest,largest", "name=x,name"):
        assert len(made([rules], Plugins().make)) == 2


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("folder", "folder needs a folder, as folder=Originals"),
        ("not-folder=/", "not-folder needs a folder"),
        ("folder=.", "folder needs a folder"),
        ("not-name", "not-name needs a regular expression"),
        ("name=(", "name=.: not a regular expression"),
        ("not-name=[", "not-name=.: not a regular expression"),
    ],
)
def test_a_pattern_that_is_none_is_a_sentence(rule, sentence):
    with pytest.raises(UsageError, match=sentence):
        made([rule], Plugins().make)


@pytest.mark.parametrize(
    ("pattern", "inside"),
    [
        ("Originals", [True, True, False, False]),
        ("originals", [False, False, False, False]),
        ("2019*", [False, True, False, True]),
        ("Originals/2019*", [False, True, False, False]),
        ("/p/Originals/", [True, True, False, False]),
        ("Original", [False, False, False, False]),
        ("a.jpg", [False, False, False, False]),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="folder names have no case there")
def test_folders_are_named_by_globs(pattern, inside):
    paths = [b"/p/Originals/a.jpg", b"/p/Originals/2019-05/b/a.jpg", b"/p/Originals.jpg", b"/p/2019/Originals.jpg"]
    column, offsets = np.zeros(4, np.int64), np.cumsum([0, *map(len, paths)])
    files = Files(b"".join(paths), offsets, *[column] * 6, column.astype(bool))
    (rule,) = made([f"folder={pattern}"], Plugins().make)
    candidates = Candidates(files, np.arange(4), np.zeros(1, CONTENT_FIELDS), column)
    assert (~rule.order(candidates)).tolist() == inside


def test_files_without_a_content_are_left_out():
    files, rows, contents = album()
    rows[1] = -1
    assert keep_order(files, rows, contents).tolist() == [2, 0]


def test_an_unknown_rule_is_a_sentence():
    with pytest.raises(UsageError, match=r"'best' is not a rule\..* There are: .*most-pixels"):
        Plugins().make("rule", "best", FACTORIES)


class Odd:
    """A rule that gives what it is told to."""

    name, version = "odd", "1"

    def __init__(self, given=None):
        self.given = given

    def order(self, candidates):
        return candidates.path_length if self.given is None else self.given


def test_a_rule_of_a_plugin_goes_before_the_default():
    loaded = Plugins({"rule": {"odd": Odd}})
    assert keep_order(*album(), [loaded.make("rule", "odd", FACTORIES)]).tolist() == [1, 2, 0]


@pytest.mark.parametrize("given", [[1, 2], ["a", "b", "c"], [[1], [2], [3]]])
def test_a_rule_that_gives_no_numbers_is_an_error(given):
    with pytest.raises(DedupeError, match=r"keep rule odd gave .* not a number for each of 3 files"):
        keep_order(*album(), [Odd(given)])


def test_a_rule_that_raises_is_an_error():
    class Raises(Odd):
        def order(self, candidates):
            raise KeyError("lost")

    with pytest.raises(DedupeError, match="keep rule odd raised KeyError: 'lost'"):
        keep_order(*album(), [Raises()])


def test_what_stands_before_detail_says_who_may_take_whose_place():
    files, rows, contents = album()

    def numbers(*rules):
        return before_detail(files, rows, contents, made(rules, Plugins().make), np.array([0, 1, 2])).tolist()

    a, b, c = numbers()
    assert a == b == c  # frames are 1 where they are not known
    a, b, c = numbers("folder=c")
    assert a == b != c
    assert len(set(numbers("newest"))) == 3 and len(set(numbers("detail", "newest"))) == 1
    files.device[1] = MEMORY
    a, b, c = numbers()
    assert a == c != b
