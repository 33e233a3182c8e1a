"""Bad conditions and bad files for the lab's table: each is a sentence, nothing changes, and all can be stopped."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def classes(tmp_path: Path, photos: list[Path]) -> Path:
    for name, photo in (("a", photos[0]), ("b", photos[1])):
        (tmp_path / "set" / name).mkdir(parents=True)
        with Image.open(photo) as picture:
            picture.convert("RGB").resize((48, 40)).save(tmp_path / "set" / name / "0.jpg")
    return tmp_path / "set"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A table of nine rows, made without a picture."""
    from dedupe_lab.images import SCHEMA

    path = tmp_path / "t.sqlite"
    with closing(sqlite3.connect(path)) as table, table:
        table.executescript(SCHEMA)
        table.executemany(
            "INSERT INTO images VALUES (?, 'cat', '', ?, 'blake3:0')", [(i, f"/p/{i}.png") for i in range(1, 10)]
        )
    table.close()
    return path


def test_a_table_that_is_none_stands(dedupe, classes, tmp_path):
    database = tmp_path / "mine.sqlite"
    database.write_bytes(b"my own notes, no database at all" * 40)
    kept = database.read_bytes()
    for words in (("--where", "1"), (classes,), ("--near", classes / "a" / "0.jpg")):
        ran = dedupe("lab", "images", "--db", database, *words)
        assert ran.code in (2, 3, 4) and "Traceback" not in ran.err and database.read_bytes() == kept


@pytest.mark.parametrize(
    "condition",
    [
        "1; DROP TABLE images",
        "1 ORDER BY ImageID --",
        "nothing = 1",
        "1)) --",
        "1) --",
        "randomblob(",
        "zeroblob(9999999999)",
        "1 UNION SELECT 1,2,3,4,5",
        "1) UNION SELECT 1,2,3,4,5 FROM images WHERE (1",
        "1) THEN 1 END UNION SELECT 1,2,3,4,5 FROM images WHERE CASE WHEN (1",
        "(SELECT count(*) FROM sqlite_master)",
        "(SELECT key FROM descriptors) IS NULL",
        "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT max(x) FROM c)",
        "load_extension('x')",
        "",
        "\udcff",
    ],
)
def test_what_is_no_condition_is_said_and_changes_nothing(database, condition):
    from dedupe_lab.lookup import rows

    from dedupe import UsageError

    kept = database.read_bytes()
    if condition:
        with pytest.raises(UsageError, match=r"--where .*A condition reads as"):
            list(rows(database, condition))
    else:
        assert len(list(rows(database, condition))) == 9
    assert database.read_bytes() == kept and os.listdir(database.parent) == ["t.sqlite"]


def test_conditions_of_many_kinds_are_answered(database):
    from dedupe_lab.lookup import rows

    for condition, count in (
        ("ImageID > 3 -- the later ones", 6),
        ("ImageID = 1 OR ImageID = 2", 2),
        ("ImageAddr LIKE '%/1.png' AND length(digest) > 3", 1),
        ("ImageID = (SELECT max(ImageID) FROM images)", 1),
        ("LabelName IN ('cat', 'dog')", 9),
        ("LabelName = 'dog'", 0),
    ):
        assert len(list(rows(database, condition))) == count, condition
    assert len(list(rows(database, "1", 10**30))) == 9


def test_the_command_names_the_condition(dedupe, database):
    ran = dedupe("lab", "images", "--db", database, "--where", "1; DROP TABLE images")
    assert ran.code == 2 and "--where" in ran.err and not ran.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_endless_condition_can_be_stopped(database, number):
    endless = "(SELECT count(*) FROM " + ", ".join(f"images i{k}" for k in range(14)) + ") > 0"
    command = [sys.executable, "-P", "-m", "dedupe", "lab", "images", "--db", database, "--where", endless]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        try:
            time.sleep(4)
            assert running.poll() is None
            running.send_signal(number)
            _, err = running.communicate(timeout=20)
        finally:
            running.kill()
    assert running.returncode == (130 if number == signal.SIGINT else 143) and b"Traceback" not in err


def test_a_file_that_is_no_table_of_pictures_is_said(tmp_path, database):
    from dedupe_lab.lookup import rows

    from dedupe import DedupeError

    (tmp_path / "empty.sqlite").touch()
    (tmp_path / "text.sqlite").write_text("no database at all" * 99)
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as other, other:
        other.execute("CREATE TABLE images (a, b)")
    other.close()
    for name, sentence in (("empty", "no table of pictures"), ("text", "not a database"), ("other", "no table")):
        with pytest.raises(DedupeError, match=sentence) as said:
            list(rows(tmp_path / f"{name}.sqlite", "1"))
        assert said.value.exit_code == 3 and f"{name}.sqlite" in str(said.value)


def test_a_table_that_another_program_writes_is_said(database):
    from dedupe_lab.lookup import rows

    from dedupe import DedupeError

    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DedupeError, match="in use by another program"):
        list(rows(database, "1"))
    other.close()


def test_a_column_of_another_version_is_not_compared(dedupe, classes, tmp_path):
    database = tmp_path / "t.sqlite"
    dedupe("lab", "images", classes, "--db", database)
    with closing(sqlite3.connect(database)) as table, table:
        table.execute("UPDATE descriptors SET key = 'phash@0'")
    ran = dedupe("lab", "images", "--db", database, "--near", classes / "a" / "0.jpg")
    assert ran.code == 2 and "another version" in ran.err


def test_bytes_with_a_metric_of_their_own_are_not_counted_as_bits(dedupe, classes, tmp_path):
    database, picture = tmp_path / "t.sqlite", classes / "a" / "0.jpg"
    assert dedupe("lab", "images", classes, "--db", database, "-d", "radial", "-d", "mh").code == 0
    ran = dedupe("lab", "images", "--db", database, "--near", picture, "-d", "radial")
    assert ran.code == 2 and "radial is not a hash of bits" in ran.err
    near = dedupe("lab", "images", "--db", database, "--near", picture, "-d", "mh")
    assert near.code == 0 and near.lines("image")[0]["distance"] == 0
