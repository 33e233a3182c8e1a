"""dedupe.toml: what holds where the command line does not say otherwise."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def library(tmp_path: Path, photos: list[Path]) -> Path:
    """Two copies of a photo in a folder, one in another, and settings for the first beside them."""
    for name in ("library/a.jpg", "library/copy.jpg", "elsewhere/a.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(photos[0], tmp_path / name)
    os.utime(tmp_path / "library" / "copy.jpg", (0, 0))
    return tmp_path


@pytest.fixture
def settings(tmp_path: Path):
    """Writes dedupe.toml into the platform's folder as Linux has it; the environment in which it is found."""

    def written(text: str | bytes) -> dict[str, str]:
        file = tmp_path / "config" / "dedupe-images" / "dedupe.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return {"DEDUPE_CONFIG": str(file)}

    return written


def kept(ran) -> list[str]:
    assert ran.code == 0, ran.err
    return [group["keep"]["path"] for group in ran.lines("group")]


def test_a_scan_without_folders_scans_the_library(dedupe, library, settings):
    env = settings(f'paths = ["{library}/library"]\nkeep = "longest-path"\ndescriptor = ["phash"]\nworkers = 1\n')
    ran = dedupe("scan", "--json", env=env)
    assert kept(ran) == [str(library / "library" / "copy.jpg")]
    header = ran.lines("header")[0]
    assert header["roots"] == [str(library / "library")] and header["options"]["workers"] == 1
    assert header["descriptors"][0].startswith("phash")


def test_the_command_line_wins(dedupe, library, settings):
    env = settings('paths = ["/nowhere"]\nkeep = "longest-path"\ndescriptor = ["nothing"]\nexclude = "*.jpg"\n')
    options = ("--keep", "shortest-path", "-d", "pdq", "--exclude", "nothing")
    ran = dedupe("scan", library / "library", "--json", *options, env=env)
    assert kept(ran) == [str(library / "library" / "a.jpg")]
    assert ran.lines("header")[0]["roots"] == [str(library / "library")]
    listed = "\n".join(str(library / "library" / name) for name in ("a.jpg", "copy.jpg"))
    ran = dedupe("scan", "--files-from", "-", "--json", *options, env=env, stdin=listed.encode())
    assert len(kept(ran)) == 1


def test_references_belong_to_the_library(dedupe, library, settings):
    env = settings(f'paths = "{library}/elsewhere"\nreference = "{library}/library"\n')
    assert dedupe("scan", "--json", env=env).lines("header")[0]["references"] == [str(library / "library")]
    assert dedupe("scan", library / "library", "--json", env=env).lines("header")[0]["references"] == []


def test_paths_are_from_home_or_beside_the_file(dedupe, library, settings):
    env = settings('paths = ["~/library", "../../elsewhere"]\n') | {"HOME": str(library), "USERPROFILE": str(library)}
    ran = dedupe("scan", "--json", env=env, cwd=library / "library")
    assert ran.code == 0 and ran.lines("summary")[0]["files"] == 3


def test_config_names_another_file_or_none_and_none_is_read_where_pictures_are(dedupe, library, settings):
    env = settings('keep = "no-such-rule"\n')
    assert dedupe("scan", library, env=env).code == 2
    assert dedupe("scan", library, "--config", "none", env=env).code == 0
    (library / "own.toml").write_text('keep = "longest-path"\n')
    ran = dedupe("scan", library / "library", "--json", "--config", library / "own.toml", env=env)
    assert kept(ran) == [str(library / "library" / "copy.jpg")]
    (library / "library" / "dedupe.toml").write_text('keep = "no-such-rule"\n')
    env = {"DEDUPE_CONFIG": "", "XDG_CONFIG_HOME": str(library / "empty"), "HOME": str(library)}
    assert dedupe("scan", ".", cwd=library / "library", env=env).code == 0


@pytest.mark.skipif(os.name == "nt", reason="the platform's folder there hangs on no variable")
def test_the_usual_place_is_read_and_version_says_where_it_is(dedupe, library):
    env = {"DEDUPE_CONFIG": "", "XDG_CONFIG_HOME": str(library / "settings"), "HOME": str(library / "home")}
    said = dedupe("version", "-v", env=env).out
    assert "dedupe.toml (not there)" in said
    (place,) = [line.split()[1] for line in said.splitlines() if line.startswith("settings")]
    assert dedupe("scan", env=env).code == 2 and place in dedupe("scan", env=env).err
    Path(place).parent.mkdir(parents=True)
    Path(place).write_text(f'paths = "{library}/library"\n')
    assert len(kept(dedupe("scan", "--json", env=env))) == 1
    assert "(gives paths)" in dedupe("version", "-v", env=env).out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("descriptors = 'pdq'", "there is no setting 'descriptors'; did you mean descriptor?"),
        ("zzz = 1", "there is no setting 'zzz'; there are paths, reference, protect"),
        ("workers = '2'", "workers must be a number of processes, at least 1, and not '2'"),
        ("workers = true", "workers must be a number of processes"),
        ("workers = 0", "workers must be a number of processes"),
        ("turns = 'some'", 'turns must be "none", "flips" or "all", and not \'some\''),
        ("paths = [1]", "paths must be a list of folders"),
        ("paths = ['']", "paths must be a list of folders"),
        ("threshold = {phash = 10}", "threshold must be a distance"),
        ("cache = ['a', 'b']", "cache must be a path"),
        ("[scan]\npaths = '/'", "there is no setting 'scan'"),
        ("workers = 2\npaths =\nkeep = 1", "line 2"),
        (b"keep = 'a'\npaths = '\xff'", "line 2: this is not UTF-8"),
        ("keep = 'no-such-rule'", "(--keep: from "),
        ("descriptor = 'no-such'", "(--descriptor: from "),
    ],
)
def test_what_is_wrong_in_it_is_said_with_its_line_or_key(dedupe, library, settings, text, said):
    env = settings(text)
    ran = dedupe("scan", library, env=env)
    assert ran.code == 2 and said in ran.err and env["DEDUPE_CONFIG"] in ran.err and ran.err.count("\n") == 1, ran.err
    assert dedupe("scan", "--help", env=env).code == 0


def test_a_file_that_is_named_must_be_there_and_is_not_written_over(dedupe, library, settings):
    ran = dedupe("scan", library, "--config", library / "no.toml")
    assert ran.code == 3 and "no.toml cannot be read: No such file" in ran.err
    assert dedupe("scan", library, "--config", library).code == 3
    (library / "own.toml").write_text("workers = 1\n")
    assert dedupe("scan", library, "--config", library / "own.toml", "-o", library / "own.toml").code == 4
    assert (library / "own.toml").read_text() == "workers = 1\n"


def test_the_cache_that_is_set_is_used_by_all(dedupe, library, settings):
    env = settings("cache = 'mine.sqlite3'\nthreshold = [5, 'fpr=1e-6']\n")
    assert dedupe("scan", library, "-d", "phash", env=env).code == 0
    place = Path(env["DEDUPE_CONFIG"]).parent / "mine.sqlite3"
    assert place.is_file() and f'"path":"{place}"' in dedupe("cache", "info", env=env).out
    assert str(place) in dedupe("version", "-v", env=env).out
    assert f'"path":"{place}"' not in dedupe("cache", "info", "--cache", library / "other", env=env).out


def test_apply_protects_and_moves_where_it_is_said(dedupe, library, settings):
    plan = library / "plan.jsonl"
    dedupe("scan", library / "library", "-d", "pdq", "-o", plan)
    env = settings(f'quarantine = "{library}/aside"\nprotect = "{library}/library"\n')
    ran = dedupe("apply", plan, "--yes", "--json", env=env)
    assert ran.code == 4 and ran.lines("summary")[0]["refused"] == {"protected": 1}
    ran = dedupe("apply", plan, "--yes", "--json", env=settings(f'quarantine = "{library}/aside"'))
    assert ran.code == 0 and ran.lines("header")[0]["action"] == "quarantine"
    assert len(list((library / "aside").rglob("*.jpg"))) == 1
    ran = dedupe("apply", plan, "--action", "hardlink", "--json", env=settings(f'quarantine = "{library}/aside"'))
    assert ran.lines("header")[0]["action"] == "hardlink"


def test_python_code_has_no_settings(library, settings, monkeypatch):
    import dedupe

    for name, value in settings("exclude = '*.jpg'\n").items():
        monkeypatch.setenv(name, value)
    assert len(dedupe.scan(library / "library", descriptor="phash").groups) == 1


def test_where_there_is_no_file_nothing_is_imported_for_it(tmp_path):
    code = "import sys; from dedupe import config; config.read_settings(); sys.exit('tomllib' in sys.modules)"
    env = {**os.environ, "DEDUPE_CONFIG": "", "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", code], env=env).returncode == 0


def test_a_flag_that_chooses_descriptors_wins_over_those_of_the_file(dedupe, library, settings):
    env = settings(f'paths = ["{library}/library"]\ndescriptor = ["phash"]\n')
    (header,) = dedupe("scan", "--fast", env=env).lines("header")
    assert set(header["thresholds"]) == {"pdq"}
    assert dedupe("scan", "--fast", "-d", "phash", env=env).code == 2
