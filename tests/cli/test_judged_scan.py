"""`scan` with its judge and `compare`: what two pictures are to each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from dedupe.model.plans import REMOVED
from dedupe.results import read
from pictures import photo
from receipts import receipt

pytestmark = pytest.mark.usefixtures("one_cache")

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "photos"


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve receipts of one shop and copies of two of them; a photo with a smaller, a brighter and a cut copy."""
    folder = tmp_path_factory.mktemp("album")
    for number in range(12):
        receipt(number).save(folder / f"receipt{number:02}.png")
    receipt(3).save(folder / "receipt03-sent.jpg", quality=70)
    receipt(5).resize((210, 450), Image.Resampling.LANCZOS).save(folder / "receipt05-small.webp", quality=80)
    picture = photo(640, 480)
    picture.save(folder / "photo.jpg", quality=95)
    picture.resize((320, 240)).save(folder / "photo-small.jpg", quality=85)
    ImageEnhance.Brightness(picture).enhance(1.2).save(folder / "photo-bright.jpg", quality=80)
    picture.crop((12, 9, 630, 470)).save(folder / "photo-cut.jpg", quality=80)
    return folder


COPIES = {
    ("receipt03", "receipt03-sent", "re-encoded"),
    ("receipt05", "receipt05-small", "re-encoded"),
    ("photo", "photo-small", "re-encoded"),
    ("photo", "photo-bright", "adjusted"),
    ("photo", "photo-cut", "edited"),
}


def pairs(ran) -> set[tuple[str, str, str | None]]:
    assert ran.code == 0, ran.err
    return {
        (Path(group["keep"]["path"]).stem, Path(member["path"]).stem, member.get("kind"))
        for group in ran.lines("group")
        for member in group["members"]
    }


def test_receipts_are_one_group_without_and_only_their_copies_are_with_it(dedupe, album):
    alone = pairs(dedupe("scan", album, "--no-judge"))
    assert len({pair for pair in alone if pair[0][:9] != pair[1][:9] and "receipt" in pair[0]}) > 3
    assert pairs(dedupe("scan", album, "--fast")) == COPIES


def test_what_is_no_copy_is_counted_and_listed_by_kind(dedupe, album):
    ran = dedupe("scan", album, "--fast")
    (counts,) = ran.lines("summary")
    variants = counts["kinds"].pop("variant")
    assert counts["kinds"] == {"re-encoded": 3, "adjusted": 1, "edited": 1} and counts["not_judged"] == 0
    assert 5 <= variants <= 10 and "judge" not in ran.lines("header")[0]["options"] and counts["seconds"]["judge"] > 0
    assert ran.lines("header")[0]["judged"] is True and ran.lines("header")[0]["expected_at_most"] is True
    every = dedupe("scan", album, "-d", "pdq", "--kind", "all")
    found, listed = every.lines("summary")[0], pairs(every)
    assert listed > COPIES and len([pair for pair in listed if pair[2] == "variant"]) == variants
    assert [found[name] for name in ("duplicates", "freeable")] == [counts[name] for name in ("duplicates", "freeable")]
    only = dedupe("scan", album, "-d", "pdq", "--kind", "variant", "--check")
    assert only.code == 5 and {m["kind"] for group in only.lines("group") for m in group["members"]} == {"variant"}
    assert only.lines("summary")[0]["duplicates"] == 0 == only.lines("summary")[0]["freeable"]
    assert only.lines("summary")[0]["kinds"] == {**counts["kinds"], "variant": variants}
    table = dedupe("scan", album, "--fast", "--format", "table").out.splitlines()
    counted = f"{variants} pictures share one layout and differ in content: not listed (--kind variant lists them)"
    assert table[1:3] == ["2 of the 5 are adjusted or edited; a plan keeps them", counted]
    assert f"{variants} variants" in dedupe("scan", album, "-d", "pdq", "--kind", "all", "--format", "table").out


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("similar", "no other shots"),
        ("same-pixels,similar", "no same-pixels copies or other shots"),
        ("same-bytes", "no same-bytes copies"),
    ],
)
def test_where_nothing_is_found_it_says_what_was_asked_for(dedupe, tmp_path, kind, said):
    photo(640, 480).save(tmp_path / "photo.jpg", quality=95)
    photo(320, 240).save(tmp_path / "small.jpg", quality=80)
    ran = dedupe("scan", tmp_path, "--fast", "--kind", kind, "--format", "table")
    assert ran.out.startswith(f"{said} among 2 pictures\n"), ran.out


def test_unique_follows_what_is_listed(dedupe, album):
    usual = dedupe("scan", album, "--fast", "--unique").out.splitlines()
    every = dedupe("scan", album, "--fast", "--unique", "--kind", "all").out.splitlines()
    assert {*every} < {*usual} and any("receipt07" in path for path in usual)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--kind", "variants"], "--kind variants: not a kind; choose from same-bytes, "),
        (["--kind", "all", "--no-judge"], "--kind: without the judge no kind is known"),
        (["--fast", "--thorough"], "--fast and --thorough: each says which descriptors to use"),
        (["-d", "pdq", "--fast"], "-d and --fast: each says which descriptors to use"),
    ],
)
def test_what_contradicts_itself_is_refused(dedupe, album, options, sentence):
    ran = dedupe("scan", album, *options)
    assert ran.code == 2 and sentence in ran.err


def described_by(ran) -> list[str]:
    (made,) = ran.lines("header")
    return list(made["thresholds"])


def test_a_scan_goes_by_a_hash_and_a_network_and_a_bare_distance_is_the_hashs(dedupe):
    assert described_by(dedupe("scan", EXAMPLES, "--judge")) == ["pdq", "copy256"]
    assert described_by(dedupe("scan", EXAMPLES, "--judge", "-t", "40")) == ["pdq"]
    assert described_by(dedupe("scan", EXAMPLES, "--fast")) == ["pdq"]
    assert described_by(dedupe("scan", EXAMPLES, "--no-judge")) == ["pdq"]


def test_without_the_networks_plugin_a_scan_goes_by_the_hash_and_says_so(dedupe):
    only = {"DEDUPE_PLUGINS": "hashes"}
    ran = dedupe("scan", EXAMPLES, "--judge", env=only)
    assert described_by(ran) == ["pdq"]
    assert any("Crops and heavy edits were not looked for" in note for note in ran.lines("header")[0]["notes"])
    assert dedupe("scan", EXAMPLES, "--thorough", env=only).code == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_and_the_order_of_folders_change_no_group(dedupe, album, workers):
    folders = [album, EXAMPLES][:: 1 if workers == 1 else -1]
    ran = dedupe("scan", *folders, "--fast", "--cache", "none", "-j", workers)
    found = {(group["keep"]["path"], *(member["path"] for member in group["members"])) for group in ran.lines("group")}
    again = dedupe("scan", EXAMPLES, album, "--fast")
    assert found == {(group["keep"]["path"], *(m["path"] for m in group["members"])) for group in again.lines("group")}


def test_members_say_what_they_are_in_the_table(dedupe, album):
    ran = dedupe("scan", album, "--fast", "--format", "table", "-v")
    assert "pdq" in ran.out and "re-encoded" in ran.out and "edited" in ran.out


KERNELS = """
import sys
import dedupe
from dedupe_hashes.radial import Radial

dedupe.compare(*sys.argv[1:], descriptor="pdq")
Radial().describe([])
print("dedupe.pixels.colour_kernels" in sys.modules, "dedupe_hashes.kernels.correlation" in sys.modules)
"""


def test_kernels_of_children_are_compiled_before_them_for_they_could_not_keep_them():
    photos = [EXAMPLES / "zoo" / name for name in ("koala.jpg", "lemurs.jpg")]
    ran = subprocess.run([sys.executable, "-c", KERNELS, *photos], capture_output=True, text=True, timeout=120)
    assert ran.stdout == "True True\n", ran.stderr


def test_compare_begins_with_what_the_two_are(dedupe, tmp_path):
    picture = photo(640, 480)
    picture.save(tmp_path / "a.jpg", quality=95)
    ImageOps.mirror(picture).crop((30, 30, 610, 450)).save(tmp_path / "b.jpg", quality=80)
    ran = dedupe(
        "compare", tmp_path / "a.jpg", tmp_path / "b.jpg", "-d", "pdq", "--turns", "flips", "--format", "table"
    )
    assert ran.out.startswith("The same photo, mirrored and cropped to 79 %."), ran.out
    assert "turn" in ran.out and "hflip" in ran.out
    plain = dedupe("compare", tmp_path / "a.jpg", tmp_path / "b.jpg", "-d", "pdq", "--format", "table")
    assert "threshold" in plain.out and "turn" not in plain.out
    dedupe("compare", tmp_path / "a.jpg", tmp_path / "b.jpg", "-d", "pdq", "-o", tmp_path / "said.jsonl")
    said = read(tmp_path / "said.jsonl").judgement
    assert said is not None and (said.kind, said.turn, said.box) == ("edited", "hflip", None)
    assert said.why == "mirrored and cropped to 79 %"


def test_compare_says_of_forms_that_they_differ(dedupe, tmp_path):
    receipt(1).save(tmp_path / "a.png")
    changed = receipt(1)
    ImageDraw.Draw(changed).rectangle((300, 300, 400, 330), fill="white")
    changed.save(tmp_path / "b.png")
    ran = dedupe("compare", tmp_path / "a.png", tmp_path / "b.png", "-d", "pdq", "--format", "table")
    assert ran.out.startswith("One layout with other content.\n"), ran.out


def test_all_copies_among_the_examples_are_copies_and_say_what_they_are(dedupe):
    ran = dedupe("scan", EXAMPLES, "--fast")
    kinds = {Path(one["path"]).name: one["kind"] for group in ran.lines("group") for one in group["members"]}
    assert len(ran.lines("group")) == 9 and kinds == {
        "IMG_0414.jpg": "re-encoded",
        "koala.png": "re-encoded",
        "pont-du-gard-caption.jpg": "edited",
        "IMG_0412.jpg": "same-bytes",
        "petra-cropped.jpg": "edited",
        "hawa-mahal.webp": "re-encoded",
        "IMG_0415.jpg": "re-encoded",
        "lemurs-small.jpg": "re-encoded",
        "mont-saint-michel-grey.jpg": "adjusted",
        "macaw-bright.jpg": "adjusted",
        "IMG_0413.jpg": "re-encoded",
    }


def kept_and_others(ran) -> tuple[str, str, dict[str, tuple[str, str]]]:
    (group,) = ran.lines("group")
    members = {Path(one["path"]).stem[2:]: (one["kind"], one["why"]) for one in group["members"]}
    return Path(group["keep"]["path"]).stem[2:], group["keep"]["why"], members


@pytest.mark.parametrize("first", [True, False])
def test_the_original_of_a_chain_is_kept_whatever_its_name_and_each_says_why(dedupe, tmp_path, first):
    original = Image.open(EXAMPLES / "zoo" / "koala.jpg").convert("RGB").resize((450, 600), Image.Resampling.LANCZOS)
    chain = {
        "original": original,
        "blurred": original.filter(ImageFilter.GaussianBlur(2)),
        "enlarged": original.resize((900, 1200), Image.Resampling.BICUBIC),
    }
    for letter, name in zip("abc", chain if first else reversed(chain), strict=True):
        chain[name].save(tmp_path / f"{letter}-{name}.png")
    ran = dedupe("scan", tmp_path, "--fast", "-j", 1 if first else 2)
    kept, why, members = kept_and_others(ran)
    assert (kept, why) == ("original", "more detail, the original of an enlargement")
    assert {name: said.partition("; ")[2] for name, (_, said) in members.items()} == {
        "blurred": "less detail",
        "enlarged": "an enlargement with no more detail",
    }
    assert kept_and_others(dedupe("scan", tmp_path, "--fast")) == (kept, why, members)
    assert kept_and_others(dedupe("scan", tmp_path, "--fast", "--keep", "name=blurred"))[0] == "blurred"
    assert kept_and_others(dedupe("scan", tmp_path, "--fast", "--keep", "detail,name=blurred"))[0] == "original"


@pytest.mark.parametrize("name", ["koala.jpg", "moose.jpg"])
def test_of_a_picture_and_a_collage_with_it_a_plan_removes_none(name, dedupe, tmp_path):
    collage = Image.new("RGB", (970, 360), "white")
    for place, each in enumerate(("koala.jpg", "moose.jpg")):
        collage.paste(Image.open(EXAMPLES / "zoo" / each).convert("RGB").resize((480, 360)), (490 * place, 0))
    collage.save(tmp_path / "collage.png")
    ran = dedupe("compare", EXAMPLES / "zoo" / name, tmp_path / "collage.png", "-d", "phash")
    (said,) = ran.lines("judgement")
    side = {"koala.jpg": "left", "moose.jpg": "right"}[name]
    assert said["contains"] == "b" and said["why"].startswith(f"contains it, at the {side}"), said
    assert said["kind"] not in REMOVED
    shown = dedupe("compare", EXAMPLES / "zoo" / name, tmp_path / "collage.png", "-d", "phash", "--format", "table")
    assert shown.out.startswith(f"The same photo: B contains A, at the {side}"), shown.out
