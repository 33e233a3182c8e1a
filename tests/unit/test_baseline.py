"""Which duplicates an earlier result had, by contents."""

from __future__ import annotations

from pathlib import Path

import pytest

from dedupe.baseline import against, earlier
from dedupe.results import File, Group, Header, Leaked, LeakGroup, Leaks, LeakSummary, Member, Scan, Summary, read


def file(name: str, number: int) -> File:
    """A file in group `number` and place; the content is its first letter, so that "a2" is a copy of "a1"."""
    return File(f"{number}/{name}".encode(), 1, 1, 1, "JPEG", f"blake3:{name[0]}")


def scan(*groups: str) -> Scan:
    """A result of groups, each the names of its files, the kept one first."""
    made = [
        Group(file(kept, number), tuple(Member(file(name, number), {}) for name in names))
        for number, (kept, *names) in enumerate(map(str.split, groups))
    ]
    return Scan(Header("scan", (), {}), made, [], Summary(0, 0, 0, len(made), 0, 0, {}, {}, {}))


def leak(*groups: str, test: int = 9) -> Leaks:
    made = [
        LeakGroup(file(kept, 0), None, tuple(Leaked(file(name, 1), None, {}) for name in names))
        for kept, *names in map(str.split, groups)
    ]
    counts = LeakSummary(9, test, 0, len(made), 0, 0, 0, 0, {}, {}, {}, {})
    return Leaks(Header("leak", (), {}), made, [], counts)


@pytest.mark.parametrize(
    ("before", "now", "new"),
    [
        (["a b"], ["a b"], []),
        (["a b"], ["b a"], []),
        (["a b c"], ["a c"], []),
        (["a b"], ["a b c"], ["c"]),
        (["a b"], ["c a b"], ["a"]),
        (["a b", "c d"], ["a b c d"], ["c"]),
        (["a b"], ["a b", "c d"], ["d"]),
        (["a b c"], ["b c"], []),
        ([], ["a b c"], ["b", "c"]),
        (["a1 b"], ["a1 a2 b"], ["a2"]),
        (["a1 a2 b"], ["a1 a2 b"], []),
        (["a1 a2"], ["a1 a2 a3"], ["a3"]),
        (["a b"], [], []),
    ],
)
def test_what_is_new_in_a_scan(tmp_path, before, now, new):
    scan(*before).to_json(tmp_path / "before.jsonl")
    found = against(scan(*now), earlier(tmp_path / "before.jsonl", "scan"))
    members = [one for group in found for one in group.members]
    assert [Path(one.file.path_str).name for one in members if not one.known] == new
    assert (found.summary.new, found.summary.known) == (len(new), len(members) - len(new))


@pytest.mark.parametrize(
    ("before", "now", "new"),
    [
        (["a t"], ["a t u"], ["u"]),
        (["a t", "b t u"], ["a t u"], ["u"]),
        (["a t"], ["a t", "b t"], ["t"]),
        (["a t", "b t"], ["b t", "a t"], []),
        (["a t", "a u"], ["c t u"], ["t", "u"]),
    ],
)
def test_a_match_across_two_sets_is_known_with_its_training_picture(tmp_path, before, now, new):
    leak(*before).to_json(tmp_path / "before.jsonl")
    found = against(leak(*now), earlier(tmp_path / "before.jsonl", "leak"))
    assert [Path(one.file.path_str).name for group in found.groups for one in group.members if not one.known] == new
    files = {one.file.path for group in found.groups for one in group.members}
    assert found.summary.new == len(set(new)) and found.summary.known == len(files) - len(set(new))


def test_one_set_is_as_a_scan(tmp_path):
    leak("a b", "c d", test=0).to_json(tmp_path / "before.jsonl")
    found = against(leak("e a b", test=0), earlier(tmp_path / "before.jsonl", "leak"))
    assert [one.known for one in found.groups[0].members] == [False, True]


def test_the_groups_are_as_they_were_and_can_be_read_back(tmp_path):
    scan("a b").to_json(tmp_path / "before.jsonl")
    found = against(scan("a b", "c d"), earlier(tmp_path / "before.jsonl", "scan"))
    assert [len(found.groups), len(found.groups[:1]), found.groups[-1].kept.path] == [2, 1, b"1/c"]
    found.to_json(tmp_path / "now.jsonl")
    again = read(tmp_path / "now.jsonl")
    assert again.to_dict() == found.to_dict() and [one.known for group in again for one in group.members] == [
        True,
        False,
    ]
    assert again.summary.new == 1 and "new" not in scan("a b").to_dict()["summary"]


def test_without_a_baseline_nothing_is_said():
    result = scan("a b")
    assert against(result, earlier(None, "scan")) is result and result.summary.new is None
