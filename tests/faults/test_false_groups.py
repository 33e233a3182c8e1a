"""What must not be grouped, and what must not be taken for a duplicate of itself."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw


def page(words: str, at: tuple[int, int]) -> Image.Image:
    """A nearly blank document: an A4 page at 75 dpi with a few small words."""
    image = Image.new("L", (620, 877), 255)
    ImageDraw.Draw(image).text(at, words, fill=0)
    return image


@pytest.fixture
def blends(tmp_path: Path, photos: list[Path]) -> Path:
    """41 blends from one photo to an unrelated one."""
    with Image.open(photos[0]) as a, Image.open(photos[7]) as b:
        first, second = a.convert("RGB").resize((240, 180)), b.convert("RGB").resize((240, 180))
    for step in range(41):
        Image.blend(first, second, step / 40).save(tmp_path / f"{step:02}.png")
    return tmp_path


@pytest.mark.parametrize("name", ["pdq", "phash", "dhash"])
def test_41_blends_are_no_single_group_and_all_members_match_their_kept_one(dedupe, blends, name):
    ran = dedupe("scan", blends, "-d", name)
    groups = ran.lines("group")
    limit = ran.lines("header")[0]["thresholds"][name]
    assert groups and max(len(group["members"]) for group in groups) < 30
    described = dedupe("describe", blends, "-d", name).lines("descriptor")
    bits = {line["path"]: int(line["hex"], 16) for line in described}
    for group in groups:
        for member in group["members"]:
            distance = (bits[group["keep"]["path"]] ^ bits[member["path"]]).bit_count()
            assert distance == member["distance"][name] <= limit
    assert not any({"00", "40"} <= {Path(f["path"]).stem for f in (g["keep"], *g["members"])} for g in groups)


@pytest.mark.parametrize("name", ["pdq", "phash", "ahash", "dhash", "dct", "mh", "radial", "bmb", "whash"])
def test_nearly_blank_pages_and_flat_pictures_are_not_grouped(dedupe, tmp_path, name):
    for i, words in enumerate(["Invoice 4711", "page 2", "for your records", "intentionally left blank", "42"]):
        page(words, (60 + 90 * i, 80 + 150 * i)).save(tmp_path / f"page{i}.png")
    for colour in ("white", "black", "red", "green", "gray"):
        Image.new("RGB", (300, 200), colour).save(tmp_path / f"{colour}.png")
    Image.new("RGB", (1, 1), "white").save(tmp_path / "dot.png")
    Image.new("RGB", (1, 20_000), "white").save(tmp_path / "line.png")
    ran = dedupe("scan", tmp_path, "-d", name)
    assert ran.code == 0 and ran.lines("group") == [] and ran.lines("summary")[0]["files"] == 12


BLANK = Image.new("RGB", (160, 120), "black")


def fading_in(picture: Path) -> list[Image.Image]:
    """Frames that begin with black and end with a photo."""
    with Image.open(picture) as image:
        photo = image.convert("RGB").resize(BLANK.size).quantize(64).convert("RGB")
    return [BLANK, Image.blend(BLANK, photo, 0.5).quantize(64).convert("RGB"), photo]


@pytest.mark.parametrize("form", ["gif", "png", "webp", "tif"])
def test_an_animation_is_equal_neither_to_its_first_frame_nor_to_one_that_goes_on_in_another_way(
    dedupe, tmp_path, photos, form
):
    whole = {"webp": {"lossless": True}, "gif": {"disposal": 1}}.get(form, {})
    for name, frames, more in (
        ("a", fading_in(photos[0]), {}),
        ("same", fading_in(photos[0]), {"duration": 50} if form != "tif" else {"compression": "tiff_lzw"}),
        ("b", fading_in(photos[7]), {}),
        ("longer", [*fading_in(photos[0]), BLANK], {}),
    ):
        frames[0].save(tmp_path / f"{name}.{form}", save_all=True, append_images=frames[1:], **whole, **more)
    BLANK.save(tmp_path / "still.png")
    ran = dedupe("scan", tmp_path)
    (group,) = ran.lines("group")
    assert {Path(each["path"]).stem for each in (group["keep"], *group["members"])} == {"a", "same"}
    assert group["members"][0]["distance"]["pixels"] == 0 and group["keep"]["frames"] == 3


@pytest.mark.parametrize("name", ["pdq", "phash", "ahash", "dhash", "dct", "mh", "radial", "bmb", "whash"])
def test_bars_ramps_and_single_rows_are_not_grouped(dedupe, tmp_path, name):
    rng = np.random.default_rng(1)
    for i in range(3):
        for shape in ((1, 5000), (5000, 1), (200, 300)):
            bars = np.repeat(rng.integers(0, 2, -(-shape[1] // 4)), 4)[None, : shape[1]] * 255
            bars = np.broadcast_to(bars if shape[1] > 1 else rng.integers(0, 2, (shape[0], 1)) * 255, shape)
            Image.fromarray(bars.astype(np.uint8)).save(tmp_path / f"bars{i}-{shape[0]}.png")
            Image.fromarray(bars.astype(np.uint8)).save(tmp_path / f"bars{i}-{shape[0]}.jpg", quality=92)
        ramp = np.linspace(0, 255 - 60 * i, 300)[None] + np.linspace(0, 20 * i, 200)[:, None]
        Image.fromarray(ramp.clip(0, 255).astype(np.uint8)).save(tmp_path / f"ramp{i}.png")
    ran = dedupe("scan", tmp_path, "-d", name)
    pairs = [(group["keep"]["path"], each["path"]) for group in ran.lines("group") for each in group["members"]]
    assert ran.lines("summary")[0]["files"] == 21
    assert all(Path(a).stem == Path(b).stem for a, b in pairs), "at most the JPEG of a picture is its duplicate"


def test_flat_pictures_are_told_apart_by_what_is_see_through_or_deep(dedupe, tmp_path):
    for i, box in enumerate([(10, 10, 60, 60), (70, 20, 90, 90), (5, 50, 95, 95)]):
        icon = Image.new("RGBA", (100, 100), (255, 255, 255, 0))
        ImageDraw.Draw(icon).ellipse(box, fill=(255, 255, 255, 255))
        icon.save(tmp_path / f"icon{i}.png")
        mask = np.zeros((100, 100), np.uint16)
        mask[box[1] : box[3], box[0] : box[2]] = 200
        Image.fromarray(mask).save(tmp_path / f"mask{i}.png")
        dot = Image.new("L", (5000, 4000), 255)
        ImageDraw.Draw(dot).point((1000 * i, 50), fill=0)
        dot.save(tmp_path / f"dot{i}.png")
    ran = dedupe("scan", tmp_path)
    assert ran.code == 0 and ran.lines("group") == [] and ran.lines("summary")[0]["files"] == 9


def garment(rng: np.random.Generator) -> Image.Image:
    """A shirt on a white ground: a body, two sleeves and a print, each of its own size, shade and place."""
    image = Image.new("L", (160, 160), 255)
    draw = ImageDraw.Draw(image)
    left, right, top, bottom = (int(at + rng.integers(-12, 13)) for at in (50, 110, 35, 135))
    shade = int(rng.integers(40, 200))
    draw.polygon([(left, top), (right, top), (right + 6, bottom), (left - 6, bottom)], fill=shade)
    reach, drop = int(rng.integers(15, 40)), int(rng.integers(20, 60))
    draw.polygon([(left, top), (left - reach, top + drop), (left, top + drop // 2 + 12)], fill=shade)
    draw.polygon([(right, top), (right + reach, top + drop), (right, top + drop // 2 + 12)], fill=shade)
    for _ in range(3):
        x, y, size = rng.integers(left, right), rng.integers(top, bottom), rng.integers(6, 25)
        draw.ellipse([int(x - size), int(y - size), int(x + size), int(y + size)], fill=int(rng.integers(0, 256)))
    return image


def test_pictures_that_are_all_alike_are_held_to_a_nearer_distance(dedupe, tmp_path):
    rng = np.random.default_rng(0)
    for i in range(300):
        garment(rng).save(tmp_path / f"{i:03}.png")
    for i in range(0, 300, 10):
        with Image.open(tmp_path / f"{i:03}.png") as image:
            image.resize((120, 120)).save(tmp_path / f"{i:03}-copy.jpg", quality=60)

    def found(*options: str) -> tuple[dict, int, int]:
        ran = dedupe("scan", tmp_path, *options)
        pairs = [(group["keep"], member) for group in ran.lines("group") for member in group["members"]]
        right = sum(Path(a["path"]).name[:3] == Path(b["path"]).name[:3] for a, b in pairs)
        return ran.lines("header")[0], right, len(pairs) - right

    calibrated, _, before = found("-t", "pdq=84")
    assert calibrated["expected_false_pairs"] > 1 and before > 40
    header, right, wrong = found()
    assert header["thresholds"]["pdq"] < 84 and header["expected_false_pairs"] <= 0.11
    assert any("resemble each other" in note and "-t pdq=8" in note for note in header["notes"])
    assert right >= 28 and wrong < before / 10


def test_clothes_on_white_are_not_grouped(dedupe, shared):
    ran = dedupe("scan", shared / "photos" / "clothing")
    assert ran.code == 0 and ran.lines("group") == [] and ran.lines("summary")[0]["files"] == 631


def test_equal_flat_pictures_are_grouped(dedupe, tmp_path):
    Image.new("RGB", (300, 200), "red").save(tmp_path / "a.png")
    Image.new("RGB", (300, 200), "red").save(tmp_path / "b.bmp")
    Image.new("RGB", (300, 201), "red").save(tmp_path / "c.bmp")
    (group,) = dedupe("scan", tmp_path).lines("group")
    assert {Path(group["keep"]["path"]).name, Path(group["members"][0]["path"]).name} == {"a.png", "b.bmp"}


def test_a_symlink_is_not_its_targets_duplicate(dedupe, tmp_path, photos):
    picture = tmp_path / "a.jpg"
    picture.write_bytes(photos[0].read_bytes())
    (tmp_path / "b.jpg").symlink_to(picture)
    (tmp_path / "relative.jpg").symlink_to("a.jpg")
    (tmp_path / "dangling.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "loop").symlink_to(tmp_path)
    ran = dedupe("scan", tmp_path)
    assert ran.lines("group") == [] and ran.lines("summary")[0]["files"] == 1


def test_a_hard_link_is_not_its_own_duplicate(dedupe, tmp_path, photos):
    picture = tmp_path / "a.jpg"
    picture.write_bytes(photos[0].read_bytes())
    os.link(picture, tmp_path / "b.jpg")
    (tmp_path / "copy.jpg").write_bytes(photos[0].read_bytes())
    (group,) = dedupe("scan", tmp_path).lines("group")
    files = {Path(f["path"]).name: f["links"] for f in (group["keep"], *group["members"])}
    assert files == {"a.jpg": [str(tmp_path / "b.jpg")], "copy.jpg": []}


def test_the_same_folder_twice_and_its_parent_are_one(dedupe, tmp_path, photos):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jpg").write_bytes(photos[0].read_bytes())
    ran = dedupe("scan", tmp_path, tmp_path / "sub", tmp_path)
    assert ran.lines("group") == [] and ran.lines("summary")[0]["files"] == 1


def test_exif_orientation_does_not_hide_a_copy(dedupe, tmp_path, photos):
    with Image.open(photos[3]) as image:
        upright = image.convert("RGB")
    upright.save(tmp_path / "upright.png")
    turned = {1: [], 3: [Image.Transpose.ROTATE_180], 6: [Image.Transpose.ROTATE_90], 8: [Image.Transpose.ROTATE_270]}
    for value, steps in turned.items():
        stored = upright
        for step in steps:
            stored = stored.transpose(step)
        exif = Image.Exif()
        exif[0x0112] = value
        stored.save(tmp_path / f"exif{value}.jpg", quality=95, exif=exif)
    (group,) = dedupe("scan", tmp_path).lines("group")
    assert len(group["members"]) == 4
    assert all((f["width"], f["height"]) == upright.size for f in (group["keep"], *group["members"]))


def test_the_result_does_not_depend_on_the_order_of_the_folder(dedupe, tmp_path, photos):
    made = []
    for order in (1, -1):
        folder = tmp_path / "album"
        folder.mkdir()
        for photo in photos[:12][::order]:
            (folder / photo.name).write_bytes(photo.read_bytes())
            (folder / f"copy-{photo.name}").write_bytes(photo.read_bytes())
            os.utime(folder / photo.name, (1e9, 1e9))
            os.utime(folder / f"copy-{photo.name}", (1e9, 1e9))
        groups = dedupe("scan", folder).lines("group")
        for one in (one for group in groups for one in (group["keep"], *group["members"])):
            del one["stat"]  # the second time they are other files
        made.append(groups)
        folder.rename(tmp_path / f"used{order}")
    assert made[0] == made[1] and len(made[0]) == 12


def test_results_are_equal_with_one_worker_and_with_three(dedupe, tmp_path, photos):
    for photo in photos[:80]:
        (tmp_path / photo.name).write_bytes(photo.read_bytes())
        with Image.open(photo) as image:
            image.resize((100, 100)).save(tmp_path / f"small-{photo.stem}.png")
    one, three = (dedupe("scan", tmp_path, "--cache", "none", "-d", "pdq", "-t", "60", "-j", n) for n in (1, 3))
    assert one.lines("group") == three.lines("group") and len(one.lines("group")) > 20
    assert np.isclose(one.lines("summary")[0]["contents"], 160)
