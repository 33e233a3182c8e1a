"""What a scan does that is told nothing: who proposes, who decides, what is listed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

import dedupe as library
from dedupe import testing
from dedupe.errors import UsageError
from dedupe.near import usual
from pictures import photo, sky
from receipts import receipt

pytestmark = pytest.mark.usefixtures("one_cache")

USUAL = {"pdq", "copy256"}


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo with a copy cut to a third, which no hash knows, and one mirrored; a template of a meme with six texts, of one of
    which there is a smaller copy; three receipts.
    """
    folder = tmp_path_factory.mktemp("album")
    picture = photo(640, 480)
    picture.save(folder / "photo.jpg", quality=95)
    picture.crop((120, 60, 520, 360)).save(folder / "photo-cut.jpg", quality=90)
    ImageOps.mirror(picture).save(folder / "photo-mirrored.jpg", quality=90)
    with Image.open(testing.photos()[5]) as image:
        template = image.convert("RGB").resize((500, 400))
    for number in range(6):
        image = template.copy()
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 300, 500, 400), fill="white")
        words = "".join(np.random.default_rng(number).choice(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 12))
        draw.text((30, 325), words, fill="black", font_size=48)
        image.save(folder / f"meme{number}.png")
        if number == 2:
            image.resize((250, 200), Image.Resampling.LANCZOS).save(folder / "meme2-small.jpg", quality=85)
    for number in range(3):
        receipt(number).save(folder / f"receipt{number}.png")
    return folder


def pairs(result: library.Scan) -> set[tuple[str, str, str | None]]:
    return {
        (Path(group.kept.path_str).stem, Path(one.file.path_str).stem, one.kind)
        for group in result.groups
        for one in group.members
    }


def test_a_hash_and_a_network_propose_and_the_judge_decides(album: Path) -> None:
    result = library.scan(album)
    assert set(result.header.thresholds) == USUAL and result.header.judged and result.header.expected_at_most
    assert pairs(result) == {
        ("photo", "photo-cut", "edited"),
        ("photo", "photo-mirrored", "edited"),
        ("meme2", "meme2-small", "re-encoded"),
    }
    assert result.summary.kinds["variant"] == 6, (
        "four memes and two receipts: those that are kept with a copy are duplicates"
    )
    assert (result.summary.groups, result.summary.duplicates) == (2, 3)


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ([], "2 of the 3 are adjusted or edited; a plan keeps them"),
        (["--kind", "edited"], ""),
        (["--exclude", "meme*", "--exclude", "*cut*"], "adjusted or edited, so that a plan keeps it"),
    ],
)
def test_how_many_duplicates_a_plan_keeps_is_said(dedupe, album, tmp_path, kinds, said):
    ran = dedupe("scan", album, *kinds, "--judge", "--format", "table")
    assert said in " ".join(ran.out.split()) if said else "a plan keeps" not in ran.out
    dedupe("scan", album, *kinds, "--judge", "-o", tmp_path / "plan.tsv")
    rows = (tmp_path / "plan.tsv").read_text().splitlines()
    assert sum("\tremove\t" in row for row in rows) == (0 if kinds else 1)


def test_variants_are_listed_where_they_are_asked_for_and_free_nothing(dedupe, album):
    ran = dedupe("scan", album, "--kind", "variant", "--format", "table")
    assert "2 groups, 0 duplicates, 6 variants" in ran.out
    assert "6 variants" in ran.out and "frees" not in ran.out
    assert dedupe("scan", album, "--kind", "variant", "--check").code == 5
    assert dedupe("scan", album, "--kind", "same-bytes", "--check").code == 0
    ran = dedupe("scan", album, "--kind", "all")
    kinds = [member["kind"] for group in ran.lines("group") for member in group["members"]]
    assert sorted(set(kinds)) == ["edited", "re-encoded", "variant"]
    (summary,) = ran.lines("summary")
    assert summary["duplicates"] == 3 and summary["freeable"] < sum(
        m["bytes"] for g in ran.lines("group") for m in g["members"]
    )


def test_what_is_no_kind_and_a_kind_without_a_judge_are_refused(dedupe, album):
    ran = dedupe("scan", album, "--kind", "twins")
    assert ran.code == 2 and "choose from same-bytes, same-pixels" in ran.err
    ran = dedupe("scan", album, "--kind", "edited", "--no-judge")
    assert ran.code == 2 and "without the judge no kind is known" in ran.err


def test_fast_asks_the_hash_alone(album: Path) -> None:
    result = library.scan(album, fast=True)
    assert set(result.header.thresholds) == {"pdq"} and result.header.judged
    assert ("meme2", "meme2-small", "re-encoded") in pairs(result)


def test_many_pictures_are_proposed_by_the_hash_alone_and_it_says_so(
    album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usual, "MOST", 5)
    result = library.scan(album)
    assert set(result.header.thresholds) == {"pdq"}
    (note,) = [note for note in result.header.notes if "--thorough" in note]
    assert note == "Crops and heavy edits were not looked for; --thorough does, in about 1 minute."
    for more in ({"thorough": True}, {"regions": True}):
        result = library.scan(album, **more)
        assert set(result.header.thresholds) == USUAL and not any("--thorough" in note for note in result.header.notes)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo in a collage with three others, and pasted, mirrored, into a fifth."""
    folder = tmp_path_factory.mktemp("parts")
    photos = [Image.open(path).convert("RGB").resize((480, 360)) for path in testing.photos()[:5]]
    photos[0].save(folder / "photo.jpg", quality=90)
    collage = Image.new("RGB", (960, 720))
    for number, place in enumerate([(480, 0), (0, 0), (0, 360), (480, 360)]):
        collage.paste(photos[number], place)
    collage.save(folder / "collage.jpg", quality=90)
    host = photos[4].resize((960, 720))
    host.paste(ImageOps.mirror(photos[0]), (0, 350))
    host.save(folder / "pasted.jpg", quality=90)
    return folder


def test_regions_find_what_is_a_part_of_another_picture(parts: Path) -> None:
    near = "fpr=1e-5"  # among so few pictures all of them are looked at
    assert pairs(library.scan(parts, threshold=near)) == set()
    (group,) = library.scan(parts, threshold=near, regions=True).groups
    held = {Path(one.file.path_str).stem: (one.kind, one.contains) for one in group.members}
    assert Path(group.kept.path_str).stem == "collage" and held == {"photo": ("edited", "keep")}
    mirrored = [parts / "photo.jpg", parts / "pasted.jpg"]
    assert pairs(library.scan(mirrored, threshold="fpr=1e-3", thorough=True)) == {("pasted", "photo", "edited")}
    with pytest.raises(UsageError, match="no hash finds parts of pictures"):
        library.scan(parts, regions=True, fast=True)


def test_find_goes_by_what_a_scan_goes_by_and_finds_parts_both_ways(parts: Path, album: Path) -> None:
    def found(picture: str, **how) -> set[tuple[str, str | None]]:
        matches = library.find(parts / picture, parts, threshold="fpr=1e-5", **how).matches
        return {(Path(one.file.path_str).stem, one.contains) for one in matches}

    assert found("photo.jpg") == found("collage.jpg") == set()
    assert ("collage", "match") in found("photo.jpg", regions=True)
    assert ("photo", "query") in found("collage.jpg", regions=True)
    result = library.find(album / "photo.jpg", album)
    assert {Path(one.file.path_str).stem for one in result.matches} == {"photo-cut", "photo-mirrored"}
    assert set(result.header.thresholds) == USUAL
    assert set(library.find(album / "photo.jpg", album, fast=True).header.thresholds) == {"pdq"}


def test_a_picture_is_a_part_of_another_folders_reference(parts: Path, tmp_path: Path) -> None:
    (tmp_path / "new.jpg").write_bytes((parts / "photo.jpg").read_bytes())
    found = library.scan(tmp_path, reference=parts / "collage.jpg", threshold="fpr=1e-5", regions=True)
    assert pairs(found) == {("collage", "new", "edited")}
    found = library.scan(parts / "collage.jpg", reference=tmp_path, threshold="fpr=1e-5", regions=True)
    assert pairs(found) == {("new", "collage", "edited")}


def test_a_distance_without_a_name_is_the_hashs(album: Path) -> None:
    assert dict(library.scan(album, threshold="60").header.thresholds) == {"pdq": 60}


def test_one_option_says_which_descriptors_propose(album: Path) -> None:
    for options in ({"fast": True, "thorough": True}, {"fast": True, "descriptor": "phash"}):
        with pytest.raises(UsageError, match="each says which descriptors to use"):
            library.scan(album, **options)  # type: ignore[arg-type]


def test_without_the_network_the_hash_goes_on_alone(dedupe, album):
    env = {"DEDUPE_PLUGINS": "hashes"}
    ran = dedupe("scan", album, "--judge", env=env)
    (header,) = ran.lines("header")
    assert ran.code == 0 and set(header["thresholds"]) == {"pdq"}
    assert any(note.startswith("Crops and heavy edits were not looked for: ") for note in header["notes"])
    assert dedupe("scan", album, "--thorough", env=env).code == 2


def test_the_distance_shrinks_as_the_collection_grows(album: Path, strangers: Path) -> None:
    small, large = (
        library.scan(paths, descriptor="pdq").header.thresholds["pdq"] for paths in (album, [album, strangers])
    )
    assert large < small


def test_plain_skies_are_matched_by_a_network_and_the_judge_and_else_set_aside(tmp_path: Path) -> None:
    for number in range(3):
        sky(number).save(tmp_path / f"{number}.png")
    sky(0).save(tmp_path / "copy.jpg", quality=80)
    sky(0).save(tmp_path / "again.png", compress_level=1)
    result = library.scan(tmp_path)
    assert pairs(result) == {("again", "0", "same-pixels"), ("again", "copy", "re-encoded")} and not result.header.notes
    found = library.find(tmp_path / "copy.jpg", tmp_path)
    assert {Path(one.file.path_str).stem for one in found.matches} == {"0", "again"}
    assert not any("blank" in note for note in found.header.notes)
    for options in ({"fast": True}, {"judge": False, "descriptor": "copy256"}):
        result = library.scan(tmp_path, **options)
        assert result.summary.duplicates == 1 and any("5 pictures" in note for note in result.header.notes)
        found = library.find(tmp_path / "copy.jpg", tmp_path, **options)
        assert not found.matches and any("copy.jpg is blank, or noise, bars or a ramp" in n for n in found.header.notes)
