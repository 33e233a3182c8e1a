"""Files written as a whole."""

from __future__ import annotations

import os
import stat

import pytest

from dedupe.whole import take_name, whole_file


def test_what_stood_there_stands_until_the_block_ends(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with whole_file(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.skipif(os.name == "nt", reason="files have no permissions of this kind there")
def test_a_new_file_has_the_umasks_permissions_and_one_that_is_replaced_keeps_its_own(tmp_path):
    def mode(path):
        return stat.S_IMODE(path.stat().st_mode)

    before = os.umask(0o027)
    try:
        with whole_file(tmp_path / "new") as stream:
            stream.write(b"new")
        (tmp_path / "there").symlink_to("new")
        for wanted in (0o600, 0o664, 0o444, 0o755):
            (tmp_path / "old").write_bytes(b"old")
            (tmp_path / "old").chmod(wanted)
            with whole_file(tmp_path / "old") as stream:
                assert mode(tmp_path / f".old.{os.getpid()}.part") == wanted, "while it is written"
                stream.write(b"new")
            assert mode(tmp_path / "old") == wanted and (tmp_path / "old").read_bytes() == b"new"
            (tmp_path / "old").unlink()
        with whole_file(tmp_path / "there") as stream:
            stream.write(b"instead of a link")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == mode(tmp_path / "there") == 0o640


@pytest.mark.parametrize("anew", [False, True])
def test_a_block_that_fails_leaves_nothing(tmp_path, anew):
    with pytest.raises(KeyboardInterrupt), whole_file(tmp_path / "a.txt", anew=anew) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_a_link_in_the_way_of_the_half_written_file_is_not_followed(tmp_path):
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / f".a.txt.{os.getpid()}.part").symlink_to(tmp_path / "precious")
    with whole_file(tmp_path / "a.txt") as stream:
        stream.write(b"ours")
    assert (tmp_path / "precious").read_bytes() == b"precious" and (tmp_path / "a.txt").read_bytes() == b"ours"


def test_a_file_made_meanwhile_is_not_replaced(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(FileExistsError), whole_file(path, anew=True) as stream:
        stream.write(b"ours")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs" and os.listdir(tmp_path) == ["a.txt"]


def test_a_file_system_without_hard_links(tmp_path, monkeypatch):
    def refused(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refused)
    with whole_file(tmp_path / "a.txt", anew=True) as stream:
        stream.write(b"ours")
    assert (tmp_path / "a.txt").read_bytes() == b"ours" and os.listdir(tmp_path) == ["a.txt"]
    (tmp_path / "b.txt").write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        take_name(os.fsencode(tmp_path / "a.txt"), os.fsencode(tmp_path / "b.txt"))
    assert (tmp_path / "b.txt").read_bytes() == b"theirs"


def test_what_was_written_can_be_read_before_it_has_its_name(tmp_path):
    with whole_file(tmp_path / "a", durable=False) as stream:
        stream.write(b"0abc")
        stream.seek(1)
        digest = stream.read()
        stream.seek(0)
        stream.write(digest[:1])
    assert (tmp_path / "a").read_bytes() == b"aabc"
