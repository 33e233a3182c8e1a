"""The keep order: every rule, and that the default settles everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dedupe.errors import DedupeError, UsageError
from dedupe.group.keep import FACTORIES, RULES, keep_order
from dedupe.model import CONTENT_FIELDS, NO_DATE, Files
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
    return files, np.arange(3), contents


def ordered(files, rows, contents, rules):
    return keep_order(files, rows, contents, [RULES[rule] for rule in rules])


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
    contents["format"] = [b"JPEG", b"JPEG", format_.encode()]
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
    tried = {rule for rules, _ in test_order.pytestmark[0].args[1] for rule in rules}
    assert tried == set(RULES)


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
