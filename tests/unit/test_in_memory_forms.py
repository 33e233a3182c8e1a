"""Pictures in memory: each form of one is described as a file of it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dedupe
from dedupe.decode.lossless import file_of
from dedupe.errors import PictureError
from dedupe.model import TURNS
from pictures import CAP, encoded, photo

HASHES = ["pdq", "phash", "phash:source=full", "whash"]
FLAT = (200, 30, 30)


def values(result) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for one in result.descriptions:
        found.setdefault(one.path, []).append(one.values.tobytes())
    return found


def marked(image: Image.Image, clear) -> Image.Image:
    image.info["transparency"] = clear
    return image


def see_through() -> Image.Image:
    image = photo().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


GREY = photo().convert("L")
DEEP = Image.fromarray(np.asarray(GREY).astype("<u2") * 257)
FEW = photo().quantize(5).convert("RGB")
IMAGES = {
    "1": (photo().convert("1"), "PNG"),
    "L": (GREY, "PNG"),
    "LA": (see_through().convert("LA"), "PNG"),
    "P": (photo().quantize(200), "PNG"),
    "P with few colours": (photo().quantize(7), "PNG"),
    "P with transparent entries": (marked(photo().quantize(200), bytes(range(0, 200, 2))), "PNG"),
    "P with one transparent entry": (marked(photo().quantize(9), 3), "PNG"),
    "P with alpha in its palette": (see_through().quantize(50, method=Image.Quantize.FASTOCTREE), "PNG"),
    "RGB": (photo(), "BMP"),
    "RGB with a transparent colour": (marked(FEW, FEW.getpixel((5, 5))), "PNG"),
    "L with a transparent grey": (marked(GREY.copy(), 200), "PNG"),
    "RGBA": (see_through(), "PNG"),
    "I;16": (DEEP, "PNG"),
    "I;16 with a transparent grey": (marked(DEEP.copy(), 257 * 200), "PNG"),
    "I;16B": (GREY.convert("I").convert("I;16B"), "TIFF"),
    "I": (Image.fromarray(np.asarray(GREY).astype("<i4") * 70_000), "TIFF"),
    "F": (Image.fromarray(np.asarray(GREY).astype("<f4") / 255), "TIFF"),
    "CMYK": (photo().convert("CMYK"), "TIFF"),
    "LAB": (Image.merge("LAB", photo().split()), "TIFF"),
    "YCbCr": (photo().convert("YCbCr"), "TIFF"),
    "flat": (Image.new("RGB", (40, 30), FLAT), "PNG"),
    "flat with alpha": (Image.new("RGBA", (40, 30), (*FLAT, 90)), "PNG"),
    "flat grey": (Image.new("L", (40, 30), 77), "PNG"),
    "one pixel": (Image.new("RGB", (1, 1), FLAT), "PNG"),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> dict[str, Path]:
    """A file of each image, without loss."""
    folder = tmp_path_factory.mktemp("saved")
    for number, (image, form) in enumerate(IMAGES.values()):
        image.save(folder / f"{number}.{form.lower()}")
    return dict(zip(IMAGES, sorted(folder.iterdir(), key=lambda path: int(path.stem)), strict=True))


def test_an_image_of_any_mode_is_described_as_a_file_of_it(saved):
    images = {name: image for name, (image, _) in IMAGES.items()}
    before = {name: (image.mode, image.tobytes(), dict(image.info)) for name, image in images.items()}
    own = values(dedupe.describe(images, descriptor=HASHES, cache="none"))
    files = values(dedupe.describe(list(saved.values()), descriptor=HASHES, cache="none"))
    assert {name: own.get(name.encode()) for name in images} == {
        name: files.get(os.fsencode(path)) for name, path in saved.items()
    }
    assert {name: (image.mode, image.tobytes(), dict(image.info)) for name, image in images.items()} == before


def test_modes_that_no_file_has_are_seen_as_what_they_show():
    clear = see_through()
    odd = {
        "La": (clear.convert("LA").convert("La"), clear.convert("LA").convert("La").convert("LA")),
        "RGBa": (clear.convert("RGBa"), clear.convert("RGBa").convert("RGBA")),
        "PA": (photo().convert("PA"), photo().convert("PA").convert("RGBA")),
        "RGBX": (photo().convert("RGBX"), photo()),
        "HSV": (photo().convert("HSV"), photo().convert("HSV").convert("RGB")),
    }
    given, seen = ({name: pair[which] for name, pair in odd.items()} for which in (0, 1))
    found = [values(dedupe.describe(images, descriptor=HASHES, cache="none")) for images in (given, seen)]
    assert found[0] == found[1] and len(found[0]) == 5


def test_flat_pictures_match_by_their_pixels(saved):
    flat = ["flat", "flat with alpha", "flat grey", "one pixel"]
    found = dedupe.scan([*(saved[name] for name in flat), {name: IMAGES[name][0] for name in flat}], cache="none")
    pairs = {(os.fsencode(saved[name]), name.encode()) for name in flat}
    assert {(group.kept.path, *(each.file.path for each in group.members)) for group in found.groups} == pairs


@pytest.mark.parametrize(
    ("array", "image"),
    [
        (np.asarray(photo()), photo()),
        (np.asarray(photo())[:, ::-1], photo().transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
        (np.asarray(GREY), GREY),
        (np.asarray(see_through()), see_through()),
        (np.asarray(DEEP), DEEP),
        (np.asarray(DEEP).astype(">u2"), DEEP),
    ],
    ids=["RGB", "a view", "grey", "RGBA", "16 bit", "16 bit big-endian"],
)
def test_an_array_is_what_an_image_of_it_is(array, image, tmp_path):
    image.save(tmp_path / "same.png")
    before = array.copy()
    found = dedupe.compare(array, tmp_path / "same.png", descriptor=HASHES, cache="none")
    assert [one.distance for one in found.comparisons] == [0] * len(HASHES)
    assert all(one.match and one.a == b"picture 1" for one in found.comparisons)
    assert (array == before).all()


def test_bytes_go_in_as_they_are(tmp_path):
    forms = {form: encoded(photo(), form) for form in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")}
    for form, data in forms.items():
        (tmp_path / form).write_bytes(data)
    kinds = {"array": bytearray(forms["JPEG"]), "view": memoryview(forms["PNG"])}
    result = dedupe.scan([*(tmp_path / form for form in forms), {**forms, **kinds}], cache="none")
    files = [file for group in result.groups for file in (group.kept, *(each.file for each in group.members))]
    digests = {os.path.basename(file.path).decode(): file.digest for file in files if not file.in_memory}
    held = {file.path.decode(): file.digest for file in files if file.in_memory}
    assert held == {**digests, "array": digests["JPEG"], "view": digests["PNG"]} and len(digests) == 7


def test_exif_turns_an_image_as_it_turns_a_file(tmp_path):
    files, images = [], []
    for orientation in range(10):
        exif = Image.Exif()
        exif[0x0112], exif[0x0132] = orientation, f"2019:05:06 07:08:0{orientation}"
        for form in ("png", "tif", "webp"):
            files.append(tmp_path / f"{orientation}.{form}")
            photo().save(files[-1], exif=exif, **({"lossless": True} if form == "webp" else {}))
            images.append(Image.open(files[-1]))
    named = {path.name: image for path, image in zip(files, images, strict=True)}
    found = dedupe.find(photo(), [*files, named], turns="all", descriptor="phash", cache="none").matches
    looks = {(os.path.basename(one.file.path), one.file.in_memory): one for one in found}
    assert len(looks) == 60
    for path in files:
        one, other = looks[path.name.encode(), False], looks[path.name.encode(), True]
        assert (one.distance, one.turn) == (other.distance, other.turn)
        assert (one.file.width, one.file.height) == (other.file.width, other.file.height)
        assert path.suffix == ".tif" or one.file.taken == other.file.taken is not None
    assert {one.turn for one in found} == {*TURNS}


def test_exif_of_an_ink_picture_and_broken_exif():
    exif = Image.Exif()
    exif[0x0112] = 6
    ink, broken = photo().convert("CMYK"), photo().copy()
    ink.info["exif"], broken.info["exif"] = exif.tobytes(), b"Exif\0\0MM\0*garbage"
    found = dedupe.scan({"ink": ink, "turned": photo().rotate(-90, expand=True)}, descriptor="phash", cache="none")
    assert len(found.groups) == 1
    assert dedupe.compare(broken, photo(), descriptor="phash", cache="none").comparisons[0].distance == 0


def test_an_image_that_is_not_loaded_yet_is(tmp_path):
    photo().save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as opened, Image.open(tmp_path / "a.png") as other:
        found = dedupe.compare(opened, other, descriptor="phash", cache="none")
    assert found.comparisons[0].distance == 0


def animation(form: str) -> Image.Image:
    frames = [photo(80, 60).rotate(10 * turn) for turn in range(5)]
    settings = {"lossless": True} if form == "WEBP" else {}
    return Image.open(io.BytesIO(encoded(frames[0], form, save_all=True, append_images=frames[1:], **settings)))


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_all_frames_are_there_and_the_first_describes(form, tmp_path):
    image = animation(form)
    (tmp_path / "file").write_bytes(image.fp.getvalue())  # while it is not loaded
    image.seek(3)
    before = image.mode, image.tobytes()
    found = dedupe.compare(tmp_path / "file", image, descriptor=HASHES, cache="none")
    assert [one.distance for one in found.comparisons] == [0] * len(HASHES)
    assert image.tell() == 3 and (image.mode, image.tobytes()) == before
    held = Image.open(io.BytesIO(file_of(image, CAP)))
    assert held.n_frames == 5
    for number in range(5):
        held.seek(number)
        image.seek(number)
        assert (np.asarray(held.convert("RGBA")) == np.asarray(image.convert("RGBA"))).all()


@pytest.mark.parametrize("form", ["GIF", "PNG", "TIFF"])
def test_an_animation_whose_file_is_closed_is_the_frame_that_it_shows(form, tmp_path):
    (tmp_path / "file").write_bytes(animation(form).fp.getvalue())
    with Image.open(tmp_path / "file") as image:
        image.seek(2)
        image.load()
    before = image.tobytes()
    held = Image.open(io.BytesIO(file_of(image, CAP)))
    assert (np.asarray(held.convert("RGB")) == np.asarray(image.convert("RGB"))).all() and image.tobytes() == before


def test_previews_of_a_camera_are_no_frames(tmp_path):
    photo().save(tmp_path / "a.mpo", save_all=True, append_images=[photo(80, 60)])
    with Image.open(tmp_path / "a.mpo") as image:
        assert image.n_frames == 2 and file_of(image, CAP) == file_of(photo_of(image), CAP)


def photo_of(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image))


def test_profiles_stay():
    image = photo().copy()
    image.info["icc_profile"] = b"a profile" * 20
    assert Image.open(io.BytesIO(file_of(image, CAP))).info["icc_profile"] == b"a profile" * 20


def test_an_image_of_a_lossy_tiff_loses_nothing(tmp_path):
    photo().save(tmp_path / "a.tif", compression="jpeg")
    with Image.open(tmp_path / "a.tif") as image:
        held = Image.open(io.BytesIO(file_of(image, CAP)))
        assert held.tobytes() == image.tobytes()


def test_what_cannot_be_read_is_a_failure_under_its_name(tmp_path):
    cut = Image.open(io.BytesIO(encoded(photo(), "PNG")[:9000]))
    shut = Image.open(io.BytesIO(encoded(photo(), "PNG")))
    shut.fp.close()
    bad = {"cut": cut, "shut": shut, "none": np.zeros((0, 5), np.uint8), "none too": Image.new("L", (0, 0)),
           "junk": b"\0junk", "half": encoded(photo(), "JPEG")[:3000]}  # fmt: skip
    found = dedupe.describe([{"good": photo()}, bad], descriptor="phash", cache="none")
    assert [one.path for one in found.descriptions] == [b"good"]
    assert {one.path.decode(): one.reason for one in found.failures} == {
        "cut": "truncated", "shut": "broken", "none": "empty", "none too": "empty",
        "junk": "unrecognised", "half": "truncated",
    }  # fmt: skip
    with pytest.raises(dedupe.DedupeError, match="half cannot be used: The file ends before the picture does"):
        dedupe.compare(photo(), {"half": bad["half"]}, descriptor="phash", cache="none")


def test_too_many_pixels_are_refused_before_anything_is_read():
    bomb = Image.open(io.BytesIO(encoded(Image.new("1", (3000, 2000)), "PNG")))
    assert dedupe.describe(bomb, max_pixels=5_999_999, cache="none").failures[0].reason == "too_large"
    assert not getattr(bomb, "_im", None)
    with pytest.raises(PictureError, match="Its 5 frames have more than the 20,000 pixels allowed"):
        file_of(animation("GIF"), 20_000)
