"""The lab: class distances, robustness sheets and image tables, on shipped photos and pictures made here."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from html_pages import checked


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """Three classes of eight pictures of 32x32: waves of one direction a class, with noise."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32] / 32
    for name, wave in (("cat", x), ("dog", y), ("truck", x + y)):
        (tmp_path / "set" / name).mkdir(parents=True)
        for i in range(8):
            grey = 128 + 60 * np.sin(2 * np.pi * (wave + i / 40)) + rng.normal(0, 12, (32, 32))
            Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8)).save(tmp_path / "set" / name / f"{i}.png")
    return tmp_path / "set"


def test_class_distances_count_every_pair_once(dedupe, classes, tmp_path):
    import imagehash

    page = tmp_path / "classes.html"
    made = dedupe("lab", "classes", classes, "-n", 8, "-o", page)
    assert made.code == 0 and made.out == "pictures: 8 of cat, 8 of dog, 8 of truck\n", made.err
    ran = dedupe("lab", "classes", classes, "-n", 8)
    rows = {(row["hash"], row["a"], row["b"]): row for row in ran.lines("classes")}
    assert len(rows) == 3 * 6
    assert rows["ahash", "cat", "cat"]["pairs"] == 28 and rows["ahash", "cat", "dog"]["pairs"] == 64
    hashes = {
        name: [imagehash.phash(Image.open(path)) for path in sorted((classes / name).iterdir())]
        for name in ("cat", "dog")
    }
    cats, both = hashes["cat"], [a - b for a in hashes["cat"] for b in hashes["dog"]]
    counts = rows["phash", "cat", "dog"]["counts"]
    assert [int(n) for n in np.bincount(both, minlength=65)] == counts
    within = [cats[i] - cats[j] for i in range(8) for j in range(i)]
    assert [int(n) for n in np.bincount(within, minlength=65)] == rows["phash", "cat", "cat"]["counts"]
    digits = [sum(p != q for p, q in zip(str(a), str(b), strict=True)) for a in cats for b in cats]
    assert rows["phash", "cat", "cat"]["as_published"] == sum(d < 10 for d in digits)
    low, high = rows["phash", "cat", "cat"]["interval"]
    assert 0 <= low <= rows["phash", "cat", "cat"]["share"] <= high <= 1
    assert {row["hash"]: row["auc"] for row in ran.lines("roc")}["ahash"] > 0.9
    text = page.read_text()
    assert len(checked(text).named("svg")) == 3 + 3 + 18


def test_some_classes_and_all_pictures(dedupe, classes):
    ran = dedupe("lab", "classes", classes, "--classes", "dog,truck", "-n", 0, "-d", "dhash")
    assert ran.code == 0 and [(r["a"], r["b"]) for r in ran.lines("classes")] == [
        ("dog", "dog"),
        ("dog", "truck"),
        ("truck", "truck"),
    ]
    assert ran.lines("summary")[0]["pictures"] == {"dog": 8, "truck": 8}


@pytest.mark.parametrize("suffix", ["avif", "jp2"])
def test_pictures_of_every_format_of_the_host_are_taken(dedupe, classes, tmp_path, suffix):
    with Image.open(classes / "cat" / "0.png") as picture:
        picture.convert("RGB").save(classes / "cat" / f"x.{suffix}")
    ran = dedupe("lab", "classes", classes, "-n", 0, "-d", "ahash")
    assert ran.code == 0 and ran.lines("summary")[0]["pictures"]["cat"] == 9
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as made:
        made.write(classes / "cat" / f"x.{suffix}", f"cat/x.{suffix}")
    ran = dedupe("lab", "images", tmp_path / "set.zip", "--db", tmp_path / "t.sqlite", "-d", "ahash")
    assert ran.code == 0 and ran.lines("summary")[0]["labels"] == {"cat": 1}


def test_the_suffixes_are_the_hosts():
    from dedupe_heif.decoder import HeifDecoder
    from dedupe_lab.folders import SUFFIXES

    from dedupe.magic import SUFFIXES as host

    assert {suffix.encode() for suffix in SUFFIXES} == {*host, *(s.encode() for s in HeifDecoder().suffixes)}


def test_wide_hashes_are_compared_whole(dedupe, classes):
    import imagehash

    ran = dedupe("lab", "classes", classes, "-n", 2, "-d", "phash:bits=576,source=full", "--classes", "cat,dog")
    row = next(row for row in ran.lines("classes") if row["a"] != row["b"])
    a, b = (
        [imagehash.phash(Image.open(classes / n / f"{i}.png"), hash_size=24) for i in range(2)] for n in ("cat", "dog")
    )
    assert len(row["counts"]) == 577 and row["mean"] == pytest.approx(np.mean([x - y for x in a for y in b]), abs=0.001)


def test_a_robustness_sheet(dedupe, photos, tmp_path):
    made = dedupe("lab", "robustness", photos[0], "-o", tmp_path / "s.html", "--sheet", tmp_path / "s.png")
    assert made.code == 0 and made.out.startswith("Distances are from the original"), made.err
    ran = dedupe("lab", "robustness", photos[0])
    assert ran.code == 0, ran.err
    rows = ran.lines("robustness")
    versions = list(dict.fromkeys(row["version"] for row in rows))
    assert versions[:3] == ["original", "crystallise", "swirl"] and versions[4:] == ["unrelated"]
    for row in rows:
        assert len(row["hex"]) == 16 and row["bits"] <= 4 * row["digits"] and row["digits"] <= row["bits"]
    own = {row["hash"]: row["hex"] for row in rows if row["version"] == "original"}
    for row in rows:
        apart = bin(int(row["hex"], 16) ^ int(own[row["hash"]], 16)).count("1")
        assert row["bits"] == apart
        assert row["digits"] == sum(p != q for p, q in zip(row["hex"], own[row["hash"]], strict=True))
    far = {(row["version"], row["hash"]): row["bits"] for row in rows}
    assert all(far["crystallise", name] < far["unrelated", name] for name in own)
    page = (tmp_path / "s.html").read_text()
    assert len(checked(page).named("img")) == 5 and "img-src data:" in page
    with Image.open(tmp_path / "s.png") as sheet:
        assert sheet.width > 5 * 220 and np.asarray(sheet.convert("L")).std() > 10


def test_the_unrelated_picture_can_be_named(dedupe, photos):
    ran = dedupe(
        "lab", "robustness", photos[0], "--other", photos[0], "--distortions", "hflip,blur:sigma=3", "-d", "pdq"
    )
    rows = {row["version"]: row for row in ran.lines("robustness")}
    assert list(rows) == ["original", "hflip", "blur-sigma=3", "unrelated"]
    assert rows["unrelated"]["bits"] == 0 and rows["hflip"]["bits"] > 60


def test_an_image_table_can_be_read_by_anybody(dedupe, classes, tmp_path):
    database = tmp_path / "images.sqlite"
    ran = dedupe("lab", "images", classes, "--db", database, "-d", "phash", "-d", "dhash:bits=256")
    assert ran.code == 0 and ran.lines("summary")[0]["labels"] == {"cat": 8, "dog": 8, "truck": 8}
    with closing(sqlite3.connect(database)) as table, table:
        rows = table.execute(
            'SELECT ImageID, LabelName, Type, ImageAddr, digest, phash, "dhash:bits=256" FROM images'
        ).fetchall()
    assert len(rows) == 24 and sorted(row[0] for row in rows) == list(range(1, 25))
    assert all(Path(row[3]).is_file() and row[1] == Path(row[3]).parent.name for row in rows)
    described = dedupe("describe", rows[0][3], "-d", "phash").lines("descriptor")[0]["hex"]
    assert rows[0][5] == described and len(rows[0][6]) == 64


def test_pictures_that_are_for_nothing_said_are_counted(dedupe, classes, tmp_path):
    words = ("lab", "images", classes, "--db", tmp_path / "images.sqlite", "-d", "ahash")
    assert (
        f"{classes} has no folder named train or test: the column Type is empty for all 24 pictures"
        in dedupe(*words).err
    )
    assert "train or test" not in dedupe(*words, "-q").err
    for name in ("cat", "dog"):
        (classes / "train").mkdir(exist_ok=True)
        (classes / name).rename(classes / "train" / name)
    said = dedupe(*words)
    assert said.code == 0 and "8 of 24 pictures lie in no folder named train or test; their Type is empty" in said.err
    (classes / "test").mkdir()
    (classes / "truck").rename(classes / "test" / "truck")
    assert "train or test" not in dedupe(*words).err


def test_building_again_keeps_ids_and_adds_columns(dedupe, classes, tmp_path):
    database = tmp_path / "images.sqlite"
    dedupe("lab", "images", classes, "--db", database)
    Image.new("RGB", (32, 32), "red").save(classes / "cat" / "00.png")
    assert dedupe("lab", "images", classes, "--db", database, "-d", "ahash").code == 0
    with closing(sqlite3.connect(database)) as table, table:
        ids = dict(table.execute("SELECT ImageAddr, ImageID FROM images"))
        assert ids[str(classes / "cat" / "00.png")] == 25 and ids[str(classes / "cat" / "0.png")] == 1
        assert table.execute("SELECT count(*) FROM images WHERE phash IS NULL AND ahash NOT NULL").fetchone() == (1,)


def test_a_folder_named_in_several_ways_has_its_pictures_once(dedupe, classes, tmp_path):
    database = tmp_path / "images.sqlite"
    (tmp_path / "link").symlink_to(classes)
    for folder, cwd in (
        ("set", tmp_path),
        (".", classes),
        ("../set", classes),
        (classes, tmp_path),
        ("link", tmp_path),
    ):
        assert dedupe("lab", "images", folder, "--db", database, "-d", "ahash", cwd=cwd).code == 0
    with closing(sqlite3.connect(database)) as table, table:
        addresses = [row[0] for row in table.execute("SELECT ImageAddr FROM images")]
    assert sorted(addresses) == sorted(str(path) for path in classes.rglob("*.png"))


def test_addresses_can_be_those_of_a_server(dedupe, classes, tmp_path):
    database = tmp_path / "images.sqlite"
    (classes / "cat" / "0.png").rename(classes / "cat" / "a b#1.png")
    ran = dedupe("lab", "images", classes, "--db", database, "--base-url", "https://example.org/p/")
    assert ran.code == 0, ran.err
    with closing(sqlite3.connect(database)) as table, table:
        rows = dict(table.execute("SELECT ImageAddr, LabelName FROM images"))
    assert rows["https://example.org/p/cat/a%20b%231.png"] == "cat" and len(rows) == 24
    assert all(address.startswith("https://example.org/p/") for address in rows)
    assert dedupe("lab", "images", classes, "--db", database, "--base-url", "pictures").code == 2


def test_questions_to_the_table(dedupe, classes, tmp_path):
    database = tmp_path / "images.sqlite"
    dedupe("lab", "images", classes, "--db", database, "-d", "phash")
    rows = dedupe("lab", "images", "--db", database, "--where", "LabelName = 'dog'", "-n", 3).lines("image")
    assert [row["LabelName"] for row in rows] == ["dog"] * 3 and set(rows[0]) >= {"ImageID", "ImageAddr", "phash"}
    near = dedupe("lab", "images", "--db", database, "--near", classes / "dog" / "3.png", "-n", 4).lines("image")
    assert near[0]["distance"] == 0 and near[0]["ImageAddr"].endswith("dog/3.png") and len(near) == 4
    assert [row["distance"] for row in near] == sorted(row["distance"] for row in near)
    only = dedupe("lab", "images", "--db", database, "--near", classes / "dog" / "3.png", "--where", "LabelName='cat'")
    assert {row["LabelName"] for row in only.lines("image")} == {"cat"}


def test_train_and_test_are_told_from_folders_and_archives(dedupe, classes, tmp_path):
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for kind in ("train", "test"):
            for path in sorted(classes.rglob("*.png"))[:: 1 if kind == "train" else 4]:
                made.write(path, f"set/{kind}/{path.parent.name}/{path.name}")
        made.writestr("set/readme.txt", "hello")
    database = tmp_path / "images.sqlite"
    assert dedupe("lab", "images", archive, "--db", database).code == 0
    with closing(sqlite3.connect(database)) as table, table:
        counts = dict(table.execute("SELECT Type, count(*) FROM images GROUP BY Type"))
        (address,) = table.execute("SELECT ImageAddr FROM images WHERE ImageID = 1").fetchone()
    assert counts == {"train": 24, "test": 6} and address == f"{archive}/set/train/cat/0.png"


def test_records_are_lines_of_json(dedupe, classes):
    ran = dedupe("lab", "classes", classes, "-n", 4, "-d", "ahash")
    assert ran.code == 0 and {json.loads(line)["type"] for line in ran.out.splitlines()} == {
        "classes",
        "roc",
        "summary",
    }
