"""What README and the rooms' pages promise: their examples run, their tables name what there is, their links lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ALL = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for folder in ("dedupe", "plugins", "examples", "tests")
    for path in (ROOT / "README.md", *(ROOT / folder).rglob("README.md"))
}
GUIDE = ALL["examples/dedupe-colour-moments/README.md"]
PAGES = {name: text for name, text in ALL.items() if not name.startswith(("examples/", "tests/"))}
README, OUTPUT, DESCRIPTORS = (PAGES[name] for name in ("README.md", "dedupe/report/README.md", "plugins/README.md"))


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def table(heading: str, text: str) -> dict[str, str]:
    """The rows of the table whose first heading is this, first cell to the rest."""
    found = re.search(rf"^\| {heading} .*\n\|[-| ]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, heading
    rows = [line.strip("|").split("|", 1) for line in found[1].splitlines()]
    return {name.strip(): rest for name, rest in rows}


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def test_the_first_screen_has_the_two_commands():
    screen = "\n".join(README.splitlines()[:24])
    assert "dedupe scan examples/photos" in screen and "pytest" in screen


def test_the_first_command_finds_the_groups_of_the_examples(dedupe):
    ran = dedupe("scan", "examples/photos", "--judge", cwd=ROOT)
    groups = ran.lines("group")
    assert ran.code == 0 and len(groups) >= 8
    names = {Path(f["path"]).name for group in groups for f in (group["keep"], *group["members"])}
    assert {"koala.jpg", "koala.png", "hawa-mahal.webp", "IMG_0412.jpg"} <= names and "jaguars.jpg" not in names


def test_readme_is_short():
    assert len(README.encode()) <= 10_000


@pytest.mark.parametrize("name", ALL)
def test_every_link_leads_somewhere(name):
    for link in re.findall(r"\]\(([^)]+)\)", ALL[name]):
        if link.startswith("https:"):
            continue
        path, _, heading = link.partition("#")
        target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert target.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
            assert heading in [re.sub(r"[^a-z0-9 -]", "", each.lower()).replace(" ", "-") for each in headings], link


def shown() -> list[tuple[str, list[list[str]]]]:
    """The commands of README that have output, and its lines without spaces, in parts where "..." leaves some out."""
    found = []
    for command, output in re.findall(r"^\$ (dedupe .*)\n((?:(?!\$|```).*\n)+)", README, re.MULTILINE):
        parts: list[list[str]] = [[]]
        for line in map(squeezed, output.splitlines()):
            if line == "...":
                parts.append([])
            elif line:
                parts[-1].append(line)
        found.append((command, parts))
    return found


def squeezed(line: str) -> str:
    return " ".join(line.split())


@pytest.mark.parametrize(("command", "parts"), shown(), ids=lambda value: value if isinstance(value, str) else "")
def test_commands_give_the_output_that_is_shown(dedupe, command, parts):
    """For README: COLUMNS=100 dedupe ... --format table --cache none"""
    words = command.split()[1:]
    cache = [] if words[0] == "eval" else ["--cache", "none"]
    cache += ["--judge"] if words[0] == "scan" else []  # as by default
    ran = dedupe(*words, "--format", "table", *cache, cwd=ROOT, env={"COLUMNS": "100", "NO_COLOR": "1"})
    assert ran.code == 0, ran.err
    given = "\n".join(filter(None, map(squeezed, ran.out.splitlines()))) + "\n"
    for part in parts:
        _, there, given = given.partition("\n".join(part) + "\n")
        assert there, f"{part}\n{ran.out}"


def test_the_tasks_are_shown_with_their_output():
    assert [command.split()[1] for command, _ in shown()] == ["scan", "find", "compare", "eval"]


@pytest.mark.parametrize("name", ["README.md", "dedupe/README.md"])
def test_the_python_example_runs(monkeypatch, capsys, name):
    examples = [block for block in blocks("python", PAGES[name]) if "hookimpl" not in block]
    monkeypatch.chdir(ROOT)
    exec(compile("\n".join(examples), name, "exec"), {})
    assert "koala" in capsys.readouterr().out


def test_the_plugin_example_scans(dedupe, tmp_path):
    (example,) = [block for block in blocks("python") if "hookimpl" in block]
    (tmp_path / "mean.py").write_text(example)
    ran = dedupe("scan", "examples/photos", "--plugin", tmp_path / "mean.py", "-d", "mean", cwd=ROOT)
    assert ran.code == 0 and ran.lines("group"), ran.err


HOOKS = [(re.search(r"def (dedupe_\w+)", block)[1], block) for block in blocks("python", GUIDE) if "hookimpl" in block]


def test_the_guide_has_an_example_of_every_kind_of_plugin():
    from dedupe.plugins.kinds import KINDS

    kinds = {kind.hook for kind in KINDS.values()}
    assert {hook for hook, _ in HOOKS} == kinds == {name.strip("`") for name in table("hook", GUIDE)}


@pytest.mark.parametrize(("hook", "example"), HOOKS, ids=[hook for hook, _ in HOOKS])
def test_the_examples_of_the_guide_keep_the_contract(dedupe, tmp_path, hook, example):
    (tmp_path / "an_example.py").write_text(example)
    if hook == "dedupe_trainers":  # it learns with the package onnx, which nothing else here needs
        ran = dedupe("plugins", "--plugin", tmp_path / "an_example.py", "--json")
        (line,) = [line for line in ran.lines("plugin") if line["name"] == "an_example"]
        assert line["status"] == "loaded" and line["provides"] == {"trainers": ["centre"]}
        return
    ran = dedupe("plugins", "--check", tmp_path / "an_example.py")
    assert ran.code == 0, ran.out + ran.err


def test_the_trainer_of_the_guide_that_is_fed_pictures_is_one():
    from dedupe import Decode
    from dedupe.plugins.kinds import KINDS

    (example,) = [block for block in blocks("python", GUIDE) if "class Contrast" in block]
    about: dict[str, object] = {"Decode": Decode}
    exec(compile(example, "a trainer", "exec"), about)
    assert KINDS["trainer"].problem(about["Contrast"]()) is None


def test_the_command_of_the_guide_does_as_the_hosts_own(dedupe, tmp_path):
    (example,) = [block for block in blocks("python", GUIDE) if "commands(" in block]
    (entries,) = [block for block in blocks("toml", GUIDE) if "dedupe.commands" in block]
    (tmp_path / "my_module.py").write_text(example)
    about = tmp_path / "mine-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1\n")
    name, value = re.findall(r'^(\w+) = "(.*)"$', entries, re.MULTILINE)[0]
    (about / "entry_points.txt").write_text(f"[dedupe.commands]\n{name} = {value}\n")
    env = {"PYTHONPATH": str(tmp_path)}
    assert "Says where duplicates take room (plugin)." in dedupe("--help", env=env).out
    groups = dedupe("scan", "examples/photos", "--judge", cwd=ROOT).lines("group")
    sizes = [member["bytes"] for group in groups for member in group["members"]]
    words = (name, "examples/photos")
    lines = dedupe(*words, cwd=ROOT, env=env).lines("room")
    assert sum(line["bytes"] for line in lines) == sum(sizes)
    saved = dedupe(*words, "-o", tmp_path / "room.html", "--exclude", "*.png", "-j", 1, cwd=ROOT, env=env)
    assert saved.code == 0 and saved.out.endswith("folders with duplicates\n"), saved.err
    assert "Room that duplicates take" in (tmp_path / "room.html").read_text()
    assert dedupe(*words, "-o", "examples/photos/zoo/koala.jpg", cwd=ROOT, env=env).code == 4
    assert dedupe(*words, "--format", "pdf", cwd=ROOT, env=env).code == 2


def test_the_guide_names_all_that_the_kit_has():
    from dedupe import kit

    assert set().union(*map(words, table("name", GUIDE))) == set(kit.__all__) - {
        "OutputOptions",
        "RunOptions",
        "SelectOptions",
    }


COMMANDS = {command for text in PAGES.values() for command in re.findall(r"(?:^\$ |`)dedupe (\w+)", text, re.MULTILINE)}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_shown_exists(dedupe, command):
    assert dedupe(command, "--help").code == 0


VERBS = (
    "lab robustness",
    "scan",
    "find",
    "compare",
    "describe",
    "plugins",
    "eval",
    "score",
    "calibrate",
    "train",
    "distort",
    "leak",
    "ignore",
    "review",
    "import",
    "apply",
    "undo",
)
SCRIPTS = {"--enlarged"}
"""Of tests/benchmarks/working_vs_full.py."""


def test_every_option_named_exists(dedupe):
    helps = "".join(dedupe(*verb.split(), "--help").out for verb in VERBS)
    named = {option for text in (*PAGES.values(), GUIDE) for option in re.findall(r"--[a-z][a-z-]+", text)} - SCRIPTS
    assert {"--turns", "--keep", "--all-files"} <= named
    assert {option for option in named if option not in helps} == set()


ELSEWHERE = {
    *("image", "training", "accuracy", "duplicates", "reported"),
    *("outcome", "journal", "ignored", "copy", "held", "likeness"),
}
"""Lines that have a database's columns, need PyTorch, take long or change files: other folders have tests of them."""


def test_the_json_fields_are_those_of_the_table(dedupe, tmp_path, strangers):
    described = table("type", OUTPUT)
    runs = [
        dedupe("scan", "examples/photos", cwd=ROOT),
        dedupe("scan", "examples/photos", "--unique", "--json", cwd=ROOT),
        dedupe("find", "examples/photos/zoo/koala.jpg", "examples/photos", cwd=ROOT),
        dedupe("compare", "examples/photos/zoo/koala.jpg", "examples/photos/zoo/moose.jpg", "-d", "pdq", cwd=ROOT),
        dedupe("describe", "examples/photos/zoo", "-d", "phash", cwd=ROOT),
    ]
    (tmp_path / "pairs.csv").write_text(
        f"{ROOT}/examples/photos/zoo/koala.jpg,{ROOT}/examples/photos/zoo/moose.jpg,0\n"
    )
    shipped = "dedupe/testing/photos"
    runs += [
        dedupe("eval", "--distortions", "hflip", "-d", "ahash", "--json"),
        dedupe("score", tmp_path / "pairs.csv", "-d", "ahash", "--json"),
        dedupe("calibrate", strangers, "-d", "pdq", "--into", tmp_path, "--json"),
        dedupe("train", "pca", shipped, "-n", "4", "-o", tmp_path / "my.onnx", "--json", cwd=ROOT),
    ]
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    runs.append(dedupe("scan", tmp_path / "broken.jpg"))
    lab = dedupe("lab", "classes", "examples/photos", "-n", 0, "-d", "phash", cwd=ROOT)
    runs += [dedupe("lab", "robustness", "examples/photos/zoo/koala.jpg", cwd=ROOT), lab]
    file = {"path", "path_b64", "bytes", "width", "height", "format", "digest", "links", "frames", "depth", "has"}
    file.add("stat")
    seen = set()
    for line in (line for ran in runs for line in ran.lines()):
        if line["type"] == "summary" and "pictures" in line:
            continue  # the lab's, which is described below the table
        seen.add(line["type"])
        allowed = words(described[f"`{line['type']}`"]) | (file if "F" in described[f"`{line['type']}`"] else set())
        assert set(line) - {"type"} <= allowed, line
        if line["type"] == "group":
            assert set(line["keep"]) <= file | {"why"}
            assert all(set(member) <= file | {"distance", "kind", "turn", "why"} for member in line["members"])
    assert seen == {name.strip("`") for name in described} - ELSEWHERE


def test_every_descriptor_of_the_table_is_loaded_and_the_other_way_round():
    from dedupe.plugins import load

    named = {word for cell in table("name", DESCRIPTORS) for word in words(cell)}
    assert named == set(load().descriptors)


def test_the_exit_codes_are_those_of_the_errors():
    from dedupe.errors import DedupeError, Interrupted, OutputClosed, SafetyError, UsageError

    codes = " ".join(table("exit code", OUTPUT))
    for error in (DedupeError, UsageError, SafetyError, Interrupted, OutputClosed):
        assert str(error.exit_code) in codes


def test_the_public_names_are_this_list():
    import dedupe

    assert dedupe.__all__ == [
        "API",
        "Action",
        "Decode",
        "DecodedInfo",
        "Decoder",
        "DedupeError",
        "Descriptor",
        "Distortion",
        "Entry",
        "Failure",
        "Group",
        "Index",
        "Manifest",
        "Metric",
        "PictureError",
        "PictureSource",
        "Pictures",
        "Report",
        "Rule",
        "Scan",
        "Trainer",
        "Traits",
        "UsageError",
        "apply",
        "calibrate",
        "compare",
        "describe",
        "distort",
        "evaluate",
        "find",
        "hookimpl",
        "import_pictures",
        "install_hint",
        "kernel",
        "leak",
        "progress",
        "scan",
        "score",
        "train",
        "undo",
    ]
    assert len(dedupe.__all__) <= 40 and all(hasattr(dedupe, name) for name in dedupe.__all__)
    assert callable(dedupe.scan) and callable(dedupe.describe)


def test_the_public_rooms_have_all_results_and_all_errors():
    import inspect

    from dedupe import errors, model, results

    assert all(hasattr(results, name) for name in results.__all__)
    assert set(results.__all__) >= {name for name in model.__all__ if issubclass_of(getattr(model, name), results.Held)}
    raised = {name for name, value in vars(errors).items() if issubclass_of(value, errors.DedupeError)}
    assert raised <= set(errors.__all__) and all(hasattr(errors, name) for name in errors.__all__)
    assert inspect.isfunction(results.read) and all(
        f"`dedupe.{room}`" in PAGES["dedupe/README.md"] for room in ("results", "errors")
    )


def test_the_public_rooms_are_there_without_importing_them():
    code = "import dedupe; print(dedupe.results.read.__name__, dedupe.errors.DedupeError.__name__)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stdout == "read DedupeError\n", ran.stderr


def issubclass_of(value: object, parent: type) -> bool:
    return isinstance(value, type) and issubclass(value, parent)


def test_help_imports_neither_numpy_nor_plugins():
    import subprocess
    import sys

    code = (
        "import sys; sys.argv = ['dedupe', '--help']\n"
        "from dedupe.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'numba', 'PIL', 'pluggy', 'dedupe_hashes', 'sqlite3', 'rich', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True, stdout=subprocess.DEVNULL)


def recalls(name: str) -> dict[str, dict[str, float]]:
    """By descriptor and distortion the recall at 1e-5, of a file of results."""
    found: dict[str, dict[str, float]] = {}
    for line in map(json.loads, (ROOT / "examples" / "results" / name).read_text("utf-8").splitlines()):
        if line["type"] == "result":
            found.setdefault(line["descriptor"], {})[line["distortion"]] = line["recall"]["1e-5"]
    return found


def test_what_survives_is_what_was_measured():
    section = DESCRIPTORS.partition("## What survives")[2].partition("\n## ")[0]
    measured = recalls("comparison.json") | recalls("forms.json")
    seed = recalls("comparison.json")["pdq"]
    measured["copy256"] = {kind: recalls("copy256/evaluation.json")["copy256"][kind] for kind in seed}
    rows = re.findall(
        r"^\| `([^`]+)` \| [\d,]+ \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", section, re.MULTILINE
    )
    assert len(rows) >= 8
    for name, *said in rows:
        mine = measured[name]
        figures = sum(mine.values()) / len(mine), mine["vflip"], mine["shear"], mine["crop"]
        assert [float(each) for each in said] == [round(100 * figure, 1) for figure in figures], name


def test_what_a_byte_a_value_costs_is_what_was_measured():
    forms = recalls("forms.json")
    costs = {
        name: [forms[name.partition(":")[0]][kind] - recall for kind, recall in mine.items()]
        for name, mine in forms.items()
        if name.endswith(":dtype=int8")
    }
    mean = max(sum(each) / len(each) for each in costs.values())
    most = max(max(each) for each in costs.values())
    (said,) = re.findall(
        r"costs the (\w+) that were measured\s+at most ([\d.]+) points in the mean and ([\d.]+)", DESCRIPTORS
    )
    assert said == (("no", "one", "two", "three", "four", "five")[len(costs)], f"{100 * mean:.1f}", f"{100 * most:.1f}")


def test_no_sentence_has_an_index_asked_for_dedupe():
    """The name is on none, so that whoever takes it there would be installed."""
    asks = re.compile(r"(pip install|dependencies|requires).*dedupe-images|dedupe-images\[")
    folders = ("dedupe", "plugins", "examples")
    files = [
        path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".md", ".toml")
    ]
    texts = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in [*files, ROOT / "README.md"]}
    assert [name for name, text in texts.items() if asks.search(text)] == []


def test_the_hint_names_extras_that_there_are():
    import tomllib

    import dedupe

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    sources = [
        path.read_text(encoding="utf-8") for room in ("dedupe", "plugins") for path in (ROOT / room).rglob("*.py")
    ]
    named = {name for text in sources for name in re.findall(r"install_hint\(['\"](\w+)['\"]\)", text)}
    assert named == {"heif", "hnsw", "raw", "ray", "remote", "review", "tables", "train", "zst"} <= set(extras)
    assert dedupe.install_hint("heif") == "pip install '.[heif]' in the folder of dedupe's source"
