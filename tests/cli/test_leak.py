"""dedupe leak, on the shipped photos put into two sets."""

from __future__ import annotations

import csv
import io
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from html_pages import checked, pictures_of


@pytest.fixture
def sets(tmp_path: Path, photos: list[Path]) -> tuple[Path, Path]:
    """Training: six photos in two classes. Test: a copy, a re-saved one under the other label, and one that is new."""
    train, test = tmp_path / "train", tmp_path / "test"
    for i, photo in enumerate(photos[:6]):
        (train / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        shutil.copy(photo, train / "ab"[i % 2] / f"{i}.jpg")
    for label in "ab":
        (test / label).mkdir(parents=True)
    shutil.copy(photos[0], test / "a" / "copy.jpg")
    with Image.open(photos[1]) as picture:
        picture.convert("RGB").resize((200, 150)).save(test / "a" / "other.jpg", quality=70)
    shutil.copy(photos[9], test / "b" / "new.jpg")
    return train, test


def matches(ran) -> dict[str, dict[str, dict]]:
    return {
        Path(group["keep"]["path"]).name: {Path(m["path"]).name: m for m in group["members"]}
        for group in ran.lines("group")
    }


def test_leaks_are_found_with_their_labels(dedupe, sets):
    ran = dedupe("leak", *sets)
    assert ran.code == 0, ran.err
    found = matches(ran)
    assert (
        set(found) == {"0.jpg", "1.jpg"}
        and set(found["0.jpg"]) == {"copy.jpg"}
        and set(found["1.jpg"]) == {"other.jpg"}
    )
    assert found["0.jpg"]["copy.jpg"]["kind"] == "same-bytes" and found["0.jpg"]["copy.jpg"]["label"] == "a"
    assert found["1.jpg"]["other.jpg"]["kind"] == "re-encoded" and "% of the size" in found["1.jpg"]["other.jpg"]["why"]
    header, summary = ran.lines("header")[0], ran.lines("summary")[0]
    assert header["command"] == "leak" and set(header["thresholds"]) == {"phash", "dhash", "copy256"}
    assert (summary["train"], summary["test"], summary["leaked"], summary["cross_label"]) == (6, 3, 2, 1)
    assert summary["labels"] == {"a": 2}


def test_check_exits_with_5_only_where_something_leaked(dedupe, sets, tmp_path, photos):
    assert dedupe("leak", *sets, "--check").code == 5
    clean = tmp_path / "clean" / "a"
    clean.mkdir(parents=True)
    shutil.copy(photos[10], clean)
    ran = dedupe("leak", sets[0], clean.parent, "--check")
    assert ran.code == 0 and ran.lines("summary")[0]["leaked"] == 0


def test_a_test_picture_stands_with_each_training_picture_it_matches(dedupe, sets):
    train, test = sets
    shutil.copy(train / "a" / "0.jpg", train / "b" / "again.jpg")
    found = matches(dedupe("leak", train, test))
    assert "copy.jpg" in found["0.jpg"] and "copy.jpg" in found["again.jpg"]
    assert dedupe("leak", train, test).lines("summary")[0]["leaked"] == 2


def test_hard_links_across_the_sets_leak_too(dedupe, sets):
    train, test = sets
    os.link(train / "b" / "3.jpg", test / "b" / "link.jpg")
    assert set(matches(dedupe("leak", train, test))["3.jpg"]) == {"link.jpg"}


def test_mirrored_pictures_are_found_when_asked_for(dedupe, sets, photos):
    train, test = sets
    with Image.open(photos[4]) as picture:
        picture.convert("RGB").transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(test / "a" / "mirror.jpg")
    assert "4.jpg" not in matches(dedupe("leak", train, test, "--fast"))
    assert "\nMirrored copies were not looked for" in dedupe("leak", train, test, "--fast", "--format", "table").out
    found = matches(dedupe("leak", train, test, "--fast", "--turns", "flips"))
    assert found["4.jpg"]["mirror.jpg"]["turn"] == "hflip"


def test_a_network_proposes_what_hashes_do_not_know_unless_it_is_to_be_fast(dedupe, sets, photos):
    train, test = sets
    with Image.open(photos[4]) as picture:
        w, h = picture.size
        picture.convert("RGB").crop((w // 4, h // 4, w - w // 8, h)).save(test / "a" / "cut.jpg")
    found = matches(dedupe("leak", train, test))
    assert found["4.jpg"]["cut.jpg"]["kind"] == "edited"
    ran = dedupe("leak", train, test, "--fast")
    assert "4.jpg" not in matches(ran) and set(ran.lines("header")[0]["thresholds"]) == {"phash", "dhash"}
    assert "give one of them" in dedupe("leak", train, test, "--fast", "--thorough").err


@pytest.fixture
def template(tmp_path: Path, photos: list[Path]) -> tuple[Path, Path]:
    """A template of a meme in the one set, and in the other one it with four texts, and the template smaller."""
    one, four = tmp_path / "one", tmp_path / "four"
    one.mkdir()
    four.mkdir()
    with Image.open(photos[5]) as image:
        plain = image.convert("RGB").resize((500, 400))
    plain.save(one / "template.png")
    plain.resize((250, 200), Image.Resampling.LANCZOS).save(four / "small.jpg", quality=85)
    for number, words in enumerate(("RIVER STONE", "MAPLE WINTER", "COFFEE TABLE", "ORANGE BRIDGE")):
        image = plain.copy()
        draw = ImageDraw.Draw(image)
        draw.rectangle((0, 300, 500, 400), fill="white")
        draw.text((30, 325), words, fill="black", font_size=48)
        image.save(four / f"{number}.png")
    return one, four


@pytest.mark.parametrize("turned", [False, True], ids=["one to train with", "one to test with"])
def test_what_is_one_layout_with_other_content_across_the_sets_is_no_leak(dedupe, template, turned):
    ran = dedupe("leak", *(template[::-1] if turned else template))
    (group,) = ran.lines("group")
    shown = {Path(group["keep"]["path"]).name, *(Path(one["path"]).name for one in group["members"])}
    assert shown == {"template.png", "small.jpg"} and group["members"][0]["kind"] == "re-encoded"
    kinds = ran.lines("summary")[0]["kinds"]
    assert kinds == ({"re-encoded": 1} if turned else {"re-encoded": 1, "variant": 4})


def test_descriptors_can_decide_alone(dedupe, sets):
    ran = dedupe("leak", *sets, "-d", "pdq", "-t", "30", "--no-judge")
    assert ran.lines("header")[0]["thresholds"] == {"pdq": 30} and set(matches(ran)) == {"0.jpg", "1.jpg"}
    ran = dedupe("leak", *sets, "-d", "pdq", "-t", "0", "--no-judge")
    assert set(matches(ran)) == {"0.jpg"}


def test_flat_pictures_match_by_equal_pixels_alone(dedupe, sets):
    train, test = sets
    for folder, grey, name in ((train, 200, "flat.png"), (test, 200, "flat.bmp"), (test, 210, "other.bmp")):
        Image.new("RGB", (40, 30), (grey,) * 3).save(folder / "a" / name)
    assert set(matches(dedupe("leak", train, test))["flat.png"]) == {"flat.bmp"}


def test_the_forms_agree(dedupe, sets, tmp_path):
    rows = list(csv.DictReader(io.StringIO(dedupe("leak", *sets, "--format", "csv").out)))
    assert {(Path(r["train"]).name, r["train_label"], Path(r["test"]).name, r["test_label"]) for r in rows} == {
        ("0.jpg", "a", "copy.jpg", "a"),
        ("1.jpg", "b", "other.jpg", "a"),
    }
    table = dedupe("leak", *sets, "--format", "table")
    assert "other label" in table.out and "2 of 3 test pictures" in table.out
    page = tmp_path / "leak.html"
    ran = dedupe("leak", *sets, "-o", page)
    text = page.read_text()
    shown = checked(text)
    assert "2 of 3 test pictures" in ran.out and "2 of 3 test pictures" in text
    labels = [[each["label"] for each in group["pictures"]] for group in shown.data["groups"]]
    assert labels == [["b", "a"], ["a", "a"]], "groups under another label come first"
    assert [Image.open(io.BytesIO(each)).format for each in pictures_of(shown)] == ["JPEG"] * 3, (
        "of copies there is one"
    )


def test_names_are_escaped_on_the_page(dedupe, sets, tmp_path):
    train, test = sets
    shutil.copy(train / "a" / "0.jpg", test / "a" / "<script>alert(1)<!--.jpg")
    page = tmp_path / "leak.html"
    assert dedupe("leak", train, test, "-o", page).code == 0
    text = page.read_text()
    names = [each["name"] for group in checked(text).data["groups"] for each in group["pictures"]]
    assert "<script>alert" not in text and "<script>alert(1)<!--.jpg" in names


def test_pictures_that_cannot_be_read_are_listed(dedupe, sets):
    train, test = sets
    (test / "a" / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    ran = dedupe("leak", train, test)
    assert ran.code == 0 and len(ran.lines("failure")) == 1 and ran.lines("summary")[0]["leaked"] == 2


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("train", "train"), 2, "same folder"),
        (("train", "train/a"), 2, "lies inside"),
        (("train", "nowhere"), 3, "no such file or folder"),
        (("train", "empty"), 3, "no picture that can be used"),
        (("train", "test", "--no-judge", "--kind", "all"), 2, "without the judge no kind is known"),
        (("train", "test", "--kind", "near"), 2, "not a kind"),
        (("empty",), 3, "no picture that can be used"),
        (("train", "test", "-d", "nothing"), 2, "is not a descriptor"),
    ],
)
def test_bad_requests_are_sentences(dedupe, sets, words, code, sentence):
    (sets[0].parent / "empty").mkdir()
    ran = dedupe("leak", *words, cwd=sets[0].parent)
    assert ran.code == code and sentence in ran.err and "Traceback" not in ran.err and not ran.out


def test_without_class_folders_labels_are_left_out(dedupe, sets):
    train, test = sets
    flat = train.parent / "flat"
    flat.mkdir()
    shutil.copy(test / "a" / "copy.jpg", flat)
    ran = dedupe("leak", train, flat)
    (group,) = ran.lines("group")
    assert group["members"][0]["label"] is None and group["keep"]["label"] == "a"
    assert "labels are not compared" in ran.lines("header")[0]["notes"][0]


def test_a_trailing_separator_makes_no_label(dedupe, sets):
    train, test = sets
    ran = dedupe("leak", f"{train}/", f"{test}/a/")
    assert {m["label"] for group in ran.lines("group") for m in group["members"]} == {None}


def test_the_function_gives_what_the_command_gives(sets):
    from dedupe.leak import leak

    found = leak(*sets)
    assert len(found.groups) == 2 and found.groups[0].members[0].label == "a" and len(found.groups[:1]) == 1
    assert [Path(os.fsdecode(group.kept.path)).name for group in found.groups] == ["1.jpg", "0.jpg"]
    with pytest.raises(IndexError):
        found.groups[2]


def test_changed_pictures_of_cifar_are_found(dedupe, shared, tmp_path):
    """Of 60 test pictures of 32x32, each changed in one of six ways and put among 300 for training, at least 57."""
    import zipfile

    import numpy as np

    with zipfile.ZipFile(shared / "cifar10-cat-dog-truck.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
        train = [name for name in names if "/train/" in name][::50]
        test = [name for name in names if "/test/" in name][::50]
        archive.extractall(tmp_path, [*train, *test])
    for number, name in enumerate(test):
        with Image.open(tmp_path / name) as picture:
            rgb = picture.convert("RGB")
        a = np.asarray(rgb)
        quality = 95
        match number % 6:
            case 0:
                quality = 80
            case 1:
                a = np.asarray(
                    rgb.resize((35, 35), Image.Resampling.BICUBIC).resize((32, 32), Image.Resampling.BICUBIC)
                )
            case 2 | 3:
                a = np.clip(a * (1.1 if number % 6 == 2 else 0.9), 0, 255).astype(np.uint8)
            case _:
                a = np.pad(a, ((0, 1), (0, 1), (0, 0)), "edge")[number % 2 :, 1:][:32, :32]
        planted = tmp_path / name.replace("/test/", "/train/").replace(".jpg", "-planted.jpg")
        Image.fromarray(a).save(planted, quality=quality)
    ran = dedupe("leak", tmp_path / "cifar10" / "train", tmp_path / "cifar10" / "test")
    summary = ran.lines("summary")[0]
    assert summary["train"] == 360 and summary["test"] == 60 and summary["leaked"] >= 57
    for group in ran.lines("group"):
        planted = Path(group["keep"]["path"])
        if planted.stem.endswith("-planted"):
            assert f"{planted.stem.removesuffix('-planted')}.jpg" in {Path(m["path"]).name for m in group["members"]}


def test_globs_that_match_nothing_in_either_set_are_named(dedupe, sets, tmp_path):
    (sets[1] / "a" / "only.tif").write_bytes(b"no picture")
    ran = dedupe("leak", *sets, "--exclude", "*.tif", "--exclude", "*.nothing")
    assert ran.code == 0 and "--exclude *.nothing matched nothing" in ran.err and "*.tif" not in ran.err
    words = ("train", "pca", sets[0], "-n", 2, "-o", tmp_path / "my.onnx", "--exclude", "*.nothing")
    assert "--exclude *.nothing matched nothing" in dedupe(*words).err


def test_the_help_says_its_own_default(dedupe):
    told = " ".join(dedupe("leak", "--help").out.replace("│", " ").split())
    assert "fpr=0.003 for each descriptor" in told and "nearer of fpr=1e-6" not in told


def test_what_stands_under_two_labels_comes_first_and_is_marked(dedupe, sets, tmp_path):
    from dedupe.results import read

    ran = dedupe("leak", *sets)
    first, second = ran.lines("group")
    assert Path(first["keep"]["path"]).name == "1.jpg" and first["members"][0]["other_label"] is True
    assert Path(second["keep"]["path"]).name == "0.jpg" and "other_label" not in second["members"][0]
    rows = list(csv.DictReader(io.StringIO(dedupe("leak", *sets, "--format", "csv").out)))
    assert [row["other_label"] for row in rows] == ["True", "False"]
    out = tmp_path / "leak.jsonl"
    dedupe("leak", *sets, "-o", out)
    assert [group.crosses(group.members[0]) for group in read(out).groups] == [True, False]


@pytest.fixture
def one_set(tmp_path: Path, photos: list[Path]) -> Path:
    """Five photos in two classes, one of them twice in its own class, and one saved again in the other."""
    root = tmp_path / "set"
    for i, photo in enumerate(photos[:5]):
        (root / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        shutil.copy(photo, root / "ab"[i % 2] / f"{i}.jpg")
    shutil.copy(photos[0], root / "a" / "0-copy.jpg")
    with Image.open(photos[3]) as picture:
        picture.convert("RGB").resize((200, 150)).save(root / "a" / "3-again.jpg", quality=70)
    return root


def test_one_set_is_looked_through_alone_two_labels_first(dedupe, one_set, tmp_path):
    from dedupe.results import read

    out = tmp_path / "leak.jsonl"
    ran = dedupe("leak", one_set, "-o", out)
    assert "found: 2 duplicates in 2 groups among 7 pictures" in ran.out and "under another label: 1" in ran.out
    crossing, alike = read(out).groups
    assert (crossing.kept.path_str[-7:], crossing.label) == ("b/3.jpg", "b")
    (again,) = crossing.members
    assert crossing.crosses(again) and (again.label, again.kind) == ("a", "re-encoded") and again.why
    assert [alike.crosses(one) for one in alike.members] == [False] and alike.members[0].kind == "same-bytes"
    rows = list(csv.DictReader(io.StringIO(dedupe("leak", one_set, "--format", "csv").out)))
    assert [(row["train_label"], row["test_label"], row["other_label"]) for row in rows] == [
        ("b", "a", "True"),
        ("a", "a", "False"),
    ]
    table = dedupe("leak", one_set, "--format", "table").out
    assert table.index("3-again.jpg") < table.index("0-copy.jpg") and "other label" in table


def test_what_is_listed_of_one_set_is_as_in_a_scan(dedupe, one_set):
    assert dedupe("leak", one_set, "--check").code == 5
    clean = dedupe("leak", one_set, "--unique").out.splitlines()
    assert len(clean) == 5 and not any(path.endswith("3-again.jpg") for path in clean)
    same = dedupe("leak", one_set, "--kind", "same-bytes")
    assert [len(group["members"]) for group in same.lines("group")] == [1] and same.lines("summary")[0][
        "cross_label"
    ] == 0
    ran = dedupe("leak", one_set, "--kind", "variant", "--check")
    assert ran.code == 0 and not ran.lines("group")
    near = dedupe("leak", one_set, "--no-judge")
    assert near.lines("summary")[0]["leaked"] == 2 and near.lines("header")[0]["expected_false_pairs"] is not None


def test_the_page_of_one_set_has_its_labels(dedupe, one_set, tmp_path):
    page = tmp_path / "leak.html"
    dedupe("leak", one_set, "-o", page)
    shown = checked(page.read_text())
    labels = [[each["label"] for each in group["pictures"]] for group in shown.data["groups"]]
    assert labels == [["b", "a"], ["a", "a"]] and shown.data["oneSet"] is True
    assert all(group["pictures"][1]["kind"] for group in shown.data["groups"])


def test_thumbnails_are_judged_by_their_edges_in_one_set_too(dedupe, photos, tmp_path):
    for i, photo in enumerate(photos[:12]):
        for label, quality in (("ab"[i % 2], 95), ("c", 50)):
            (tmp_path / "set" / label).mkdir(parents=True, exist_ok=True)
            with Image.open(photo) as picture:
                small = picture.convert("RGB").resize((32, 32), Image.Resampling.BOX)
                small.save(tmp_path / "set" / label / f"{i}.jpg", quality=quality)
    ran = dedupe("leak", tmp_path / "set")
    pairs = [{Path(one["path"]).name for one in (group["keep"], *group["members"])} for group in ran.lines("group")]
    assert sorted(len(names) for names in pairs) == [1] * 12, "each with its own copy alone"
    assert ran.lines("summary")[0]["cross_label"] == 12 and ran.lines("header")[0]["expected_false_pairs"] is None
