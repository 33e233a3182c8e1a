"""What a result may take the place of: text, and nothing that somebody may miss."""

from __future__ import annotations

import json
from pathlib import Path

import dedupe_hashes
import pytest

from dedupe.calibrate.files import read, write
from dedupe.errors import SafetyError


@pytest.fixture
def folder(tmp_path: Path, photos: list[Path]) -> Path:
    """Six photos, one of them twice."""
    place = tmp_path / "photos"
    place.mkdir()
    for photo in [*photos[:6], photos[0]]:
        (place / f"{len(list(place.iterdir()))}.jpg").write_bytes(photo.read_bytes())
    return place


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("damaged.jpg", b"\x00\xd8\xff\xe0 JFIF", "has a picture's name"),
        ("drawing.svg", b"<svg/>", "is a picture"),
        ("photo.raw", b"FUJIFILMCCD-RAW \x00\x01", "is not a text file"),
        ("layers.json", b"8BPS\x00\x01\x00\x00", "is not a text file"),
        ("latin.csv", "déjà vu".encode("latin-1"), "is not a text file"),
    ],
)
def test_what_is_no_text_is_never_overwritten_by_a_result(dedupe, folder, name, content, why):
    (folder / name).write_bytes(content)
    ran = dedupe("scan", folder, "--cache", "none", "--format", "json", "-o", folder / name)
    assert ran.code == 4 and f"{name} {why}" in ran.err and (folder / name).read_bytes() == content, ran.err


def test_what_cannot_be_looked_into_is_never_overwritten(tmp_path, monkeypatch):
    from dedupe.whole import text_file

    (tmp_path / "a.json").write_text("{}")

    def closed(self: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(SafetyError, match="cannot be looked into"), text_file(tmp_path / "a.json"):
        pass


def test_a_calibration_takes_no_pictures_place(tmp_path):
    shipped = next(Path(dedupe_hashes.__file__).parent.glob("calibration/*.json"))
    found, place = read(shipped), tmp_path / shipped.name
    assert found and write(found, tmp_path) == place
    place.write_bytes(b"\xff\xd8\xff the only copy")
    with pytest.raises(SafetyError, match="is a picture"):
        write(found, tmp_path)
    assert place.read_bytes() == b"\xff\xd8\xff the only copy"


def test_what_is_no_cache_is_not_cleared(dedupe, tmp_path):
    (tmp_path / "cache.db").write_bytes(b"\0 the only copy")
    ran = dedupe("cache", "clear", "--yes", "--cache", tmp_path / "cache.db")
    assert ran.code == 4 and "was not removed" in ran.err and (tmp_path / "cache.db").exists()


def test_a_list_or_a_cache_is_never_overwritten_by_the_result(dedupe, folder, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("".join(f"{path}\n" for path in sorted(folder.iterdir())[:3]))
    ran = dedupe("scan", "--files-from", names, "-o", names)
    assert ran.code == 4 and "-o and --files-from name the same file" in ran.err and len(names.read_text().split()) == 3
    cache = tmp_path / "mine.json"
    assert dedupe("scan", folder, "--cache", cache).code == 0
    ran = dedupe("scan", folder, "--cache", cache, "-o", cache)
    assert ran.code == 4 and "is not a text file" in ran.err
    assert cache.read_bytes().startswith(b"SQLite format 3")


def test_a_link_stays_and_what_it_leads_to_is_replaced(dedupe, folder, tmp_path):
    (tmp_path / "real.json").write_text("an old one")
    (tmp_path / "link.json").symlink_to("real.json")
    ran = dedupe("scan", folder, "--cache", "none", "-o", tmp_path / "link.json")
    assert ran.code == 0 and (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text().splitlines()[0])["type"] == "header"
