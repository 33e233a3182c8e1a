"""The pairs whose kind is known are what they say, and what is measured on them is counted right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps, ImageSequence

import kinds
from kinds import families, measure, shots, strangers
from kinds.files import opened, suits
from kinds.measure import Judged
from kinds.pair import Pair


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six photos that ship, none of more than 320 pixels a side, so that hundreds of pairs are made in seconds."""
    from dedupe.testing import photos

    folder = tmp_path_factory.mktemp("photos")
    paths = [folder / f"{number}.jpg" for number in range(6)]
    for path, photo in zip(paths, sorted(photos())[5::20], strict=False):
        image = opened(photo)
        image.thumbnail((320, 320))
        image.save(path, quality=92)
    return paths


@pytest.fixture(scope="module")
def every(plain: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    """One pair at least by each way."""
    out = tmp_path_factory.mktemp("kinds")
    return [pair for kind, ways in kinds.WAYS.items() for pair in kinds.made(kind, plain, out, len(ways))]


def pixels(path: Path) -> list[np.ndarray]:
    """All frames of a file, upright, u8 (h,w,3), with alpha (h,w,4) where there is some."""
    with Image.open(path) as image:
        shown = [np.asarray(ImageOps.exif_transpose(frame.copy())) for frame in ImageSequence.Iterator(image)]
    return [each[..., :3] if each.shape[2:] == (4,) and each[..., 3].min() == 255 else each for each in shown]


def equal(pair: Pair) -> bool:
    a, b = pixels(pair.a), pixels(pair.b)
    return len(a) == len(b) and all(np.array_equal(*both) for both in zip(a, b, strict=True))


def test_nearly_every_way_gives_a_pair(every: list[Pair]) -> None:
    """A way is left out only where none of the photos suits."""
    ways = [way for of_kind in kinds.WAYS.values() for way in of_kind]
    missing = {way.how for way in ways} - {pair.how for pair in every}
    assert missing <= {"a thing in another colour"}
    assert len({(way.truth, way.how) for way in ways}) == len(ways)


def test_each_pair_is_two_files_that_a_scan_reads(every: list[Pair]) -> None:
    from dedupe.decode import read_picture

    for pair in every:
        assert pair.a != pair.b and pair.truth in pair.acceptable
        for path in (pair.a, pair.b):
            assert read_picture(path.read_bytes(), (), rgb=True, full=False, pixel_cap=10**8)


def test_only_exact_pairs_have_the_same_pixels(every: list[Pair]) -> None:
    """But for those that differ in what Pillow's pixels do not show: the profile, and what is beyond 8 bits."""
    exact = ("same-bytes", "same-pixels")
    for pair in every:
        hidden = pair.how in ("near miss: a profile of other primaries", "near miss: 16 bits to 8")
        assert equal(pair) == (pair.truth in exact) or hidden, pair
    assert all(p.a.read_bytes() == p.b.read_bytes() for p in every if p.truth == "same-bytes")
    assert not any(p.a.read_bytes() == p.b.read_bytes() for p in every if p.truth != "same-bytes")


def correlation(pair: Pair) -> float:
    """Of both pictures in grey at 24 x 24."""
    grey = (np.asarray(opened(p).convert("L").resize((24, 24)), np.float64).ravel() for p in (pair.a, pair.b))
    return float(np.corrcoef(*grey)[0, 1])


def test_encoded_and_adjusted_pairs_lie_over_each_other(every: list[Pair]) -> None:
    for pair in every:
        if pair.truth in ("re-encoded", "adjusted") and "alpha" not in pair.how:
            assert correlation(pair) > 0.7, pair


def test_the_same_seed_makes_the_same_files(plain: list[Path], tmp_path: Path) -> None:
    def written(name: str, seed: int) -> list[bytes]:
        made = kinds.made("edited", plain, tmp_path / name, 8, seed)
        return [pair.b.read_bytes() for pair in made]

    assert written("one", 0) == written("again", 0) != written("other", 1)


def test_photos_with_a_profile_or_no_colour_do_not_suit(tmp_path: Path, photos: list[Path]) -> None:
    from kinds.exact import WIDE

    image = opened(photos[0]).resize((400, 300))
    for name, changed, options in (
        ("plain", image, {}),
        ("profile", image, {"icc_profile": WIDE}),
        ("grey", image.convert("L"), {}),
        ("small", image.resize((100, 100)), {}),
    ):
        changed.save(tmp_path / f"{name}.png", **options)
    assert [path.stem for path in sorted(tmp_path.iterdir()) if suits(path)] == ["plain"]


def test_the_wide_profile_changes_colours() -> None:
    from io import BytesIO

    from PIL import ImageCms

    from kinds.exact import WIDE

    wide = ImageCms.ImageCmsProfile(BytesIO(WIDE))
    seen = ImageCms.profileToProfile(Image.new("RGB", (1, 1), (200, 90, 60)), wide, ImageCms.createProfile("sRGB"))
    assert np.abs(np.array(seen.getpixel((0, 0))) - (200, 90, 60)).max() > 20


def test_shots_of_each_scene_follow_each_other(tmp_path: Path) -> None:
    for scene, count in (("still-street", 5), ("walk", 3)):
        (tmp_path / scene).mkdir()
        for number in range(count):
            (tmp_path / scene / f"{number}.png").touch()
    found = list(shots.shots(tmp_path, most=3))
    assert Counter(pair.how for pair in found) == {"shots: still-street": 3, "shots: walk": 2}
    assert [(p.a.stem, p.b.stem) for p in found[:3]] == [("0", "1"), ("2", "3"), ("3", "4")]
    assert [p.right("variant") for p in found] == [True, True, True, False, False]


def test_the_nearest_pairs_come_first(plain: list[Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy.png"
    opened(plain[3]).save(copy)
    found = list(strangers.nearest([*plain, copy], 3, tmp_path / "cache.sqlite3", by=("pdq", "phash")))
    assert {found[0].a, found[0].b} == {plain[3], copy}
    assert len(found) == len({frozenset((p.a, p.b)) for p in found})
    assert {p.how for p in found} <= {"nearest by pdq", "nearest by phash"} and 3 <= len(found) <= 6


def test_families_give_false_pairs_and_true_copies(plain: list[Path], tmp_path: Path) -> None:
    family = tmp_path / "families" / "cards"
    family.mkdir(parents=True)
    for path in plain[:3]:
        (family / path.name).write_bytes(path.read_bytes())
    false = list(families.false_pairs(tmp_path / "families", 100, tmp_path / "cache.sqlite3"))
    assert len(false) == 3 and all(p.right("variant") and not p.right("edited") for p in false)
    fewer = list(families.false_pairs(tmp_path / "families", 1, tmp_path / "cache.sqlite3"))
    assert 1 <= len(fewer) <= 3 and {(p.a, p.b) for p in fewer} <= {(p.a, p.b) for p in false}


def test_families_have_their_own_copies(plain: list[Path], tmp_path: Path) -> None:
    family = tmp_path / "families" / "cards"
    family.mkdir(parents=True)
    image = opened(plain[0])
    image.save(family / "photo.png")
    image.convert("RGBA").save(family / "opaque.png")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    image.save(family / "fading.png")
    copies = {(p.a.stem, p.how.split(", ")[1]): p for p in families.copies(tmp_path / "families", tmp_path / "copies")}
    assert {key: p.acceptable for key, p in copies.items() if key[0] == "photo"} == {
        ("photo", "PNG"): ("same-pixels", "re-encoded"),
        ("photo", "JPEG 70"): ("re-encoded",),
        ("photo", "WebP 80"): ("re-encoded",),
        ("photo", "half"): ("re-encoded",),
    }
    assert (copies["fading", "JPEG 70"].truth, copies["opaque", "JPEG 70"].truth) == ("adjusted", "re-encoded")
    assert all(equal(p) and p.a.read_bytes() != p.b.read_bytes() for key, p in copies.items() if key[1] == "PNG")


def test_lists_are_read_back(tmp_path: Path) -> None:
    pairs = [Pair(Path("a.png"), Path("b ü.jpg"), "edited", "crop", ("edited", "variant"))]
    kinds.write(pairs, tmp_path / "kinds.jsonl")
    assert kinds.read(tmp_path / "kinds.jsonl") == pairs


def judged(truth: str, kind: str, count: int = 1, also: tuple[str, ...] = ()) -> list[Judged]:
    return [Judged(Pair(Path("a"), Path("b"), truth, "made", (truth, *also)), kind, 0.001)] * count


def test_a_judge_that_is_right_falls_short_of_nothing() -> None:
    found = [each for kind in kinds.KINDS for each in judged(kind, kind, 60)]
    assert list(measure.shortfalls(found)) == []


def test_too_few_pairs_say_nothing() -> None:
    found = [each for kind in kinds.KINDS for each in judged(kind, kind, 60 if kind != "similar" else 59)]
    assert [line.split(":")[0] for line in measure.shortfalls(found)] == ["similar"]


def test_each_kind_and_all_together_must_be_right() -> None:
    found = [each for kind in kinds.KINDS for each in judged(kind, kind, 60)]
    found[-10:] = judged("different", "similar", 10)
    assert [line.split(":")[0] for line in measure.shortfalls(found)] == ["different"]
    found[-20:] = judged("different", "similar", 20)
    found[:5] = judged("same-bytes", "different", 5)
    assert len(list(measure.shortfalls(found))) == 2


@pytest.mark.parametrize(
    ("truth", "kind", "also", "false"),
    [
        ("edited", "adjusted", (), True),
        ("similar", "same-bytes", (), True),
        ("adjusted", "re-encoded", (), True),
        ("adjusted", "re-encoded", ("re-encoded",), False),
        ("re-encoded", "adjusted", (), False),
        ("different", "edited", (), False),
        ("variant", "not judged", (), False),
    ],
)
def test_what_is_claimed_of_less_is_named(truth: str, kind: str, also: tuple[str, ...], false: bool) -> None:
    found = [*judged(truth, kind, also=also), *(each for k in kinds.KINDS for each in judged(k, k, 99))]
    assert [line.startswith(f"{kind} was said of what is {truth}") for line in measure.shortfalls(found)] == [
        True
    ] * false


def test_the_measuring_program_says_what_falls_short(tmp_path: Path) -> None:
    """The judge of this test says `edited` of everything."""
    pairs = [Pair(Path("a"), Path("b"), kind, "made", (kind,)) for kind in ("edited", "variant")]
    kinds.write(pairs, tmp_path / "kinds.jsonl")
    kinds.write([Pair(Path("a"), Path("c"), "different", "drawn", ("different",))], tmp_path / "unrelated.jsonl")
    (tmp_path / "says_edited.py").write_text("def kind(a, b):\n    return 'edited'\n", encoding="ascii")
    program = Path(__file__).resolve().parents[1] / "benchmarks" / "judge_kinds.py"
    command = [sys.executable, program, "measure", tmp_path, "--judge", "says_edited:kind", "--sample", "1"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "200"}
    shown, lines = (
        subprocess.run([*command, *more], env=environment, capture_output=True, text=True) for more in ([], ["--json"])
    )
    assert (shown.returncode, lines.returncode) == (1, 1), shown.stderr + lines.stderr
    assert "50.0% of 2 pairs are right" in shown.stdout and "100.00%" in shown.stdout
    *rows, summary = map(json.loads, lines.stdout.splitlines())
    assert [(row["type"], row["truth"], row["right"]) for row in rows] == [
        ("kinds", "edited", True),
        ("kinds", "variant", False),
        ("unrelated", "different", False),
    ]
    assert summary["right"] == 0.5 and any(line.startswith("variant: 0.0%") for line in summary["short"])


def test_what_passes_for_one_picture_is_what_groups_hold() -> None:
    found = [each for kind in kinds.KINDS for each in judged("different", kind)]
    assert measure.share_passed(found) == 5 / 8
    assert measure.share_passed(judged("different", "not judged")) == measure.share_passed([]) == 0
