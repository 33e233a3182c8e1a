"""Whole commands from plugins: the entry-point group dedupe.commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

APP = """
import typer
app = typer.Typer()

@app.command()
def hello(name: str, code: int = 0) -> int:
    "Greets."
    print("hello", name)
    return code

@app.command()
def fail() -> int:
    from dedupe import UsageError
    raise UsageError("Nothing can be done.")
"""


def install(site: Path, distribution: str, entries: str, **modules: str) -> dict[str, str]:
    """A distribution with commands, found through PYTHONPATH; the environment for it."""
    about = site / f"{distribution}-1.2.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text(f"[dedupe.commands]\n{entries}\n")
    for name, source in modules.items():
        (site / f"{name}.py").write_text(source)
    return {"PYTHONPATH": str(site)}


def test_a_command_is_listed_without_being_imported_and_runs(dedupe, tmp_path):
    marked = f"open({str(tmp_path / 'imported')!r}, 'w').close()\n{APP}"
    env = install(tmp_path, "greeter", "greet = greeter:app", greeter=marked)
    listed = dedupe("--help", env=env)
    assert "greet " in listed.out and "greeter 1.2" in listed.out and not (tmp_path / "imported").exists()
    ran = dedupe("greet", "hello", "you", env=env)
    assert (ran.code, ran.out) == (0, "hello you\n") and (tmp_path / "imported").exists()
    assert dedupe("greet", "hello", "you", "--code", "5", env=env).code == 5
    assert "Greets." in dedupe("greet", "--help", env=env).out


def test_its_errors_are_sentences(dedupe, tmp_path):
    env = install(tmp_path, "greeter", "greet = greeter:app", greeter=APP)
    ran = dedupe("greet", "fail", env=env)
    assert ran.code == 2 and ran.err == "dedupe: Nothing can be done.\n"
    assert dedupe("greet", "hello", env=env).code == 2


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("print('noise')\nraise RuntimeError('no luck')", "RuntimeError: no luck"),
        ("raise SystemExit(0)", "exit(0)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("app = 5", "not a typer.Typer"),
        ("", "AttributeError"),
    ],
)
def test_one_that_fails_costs_a_line(dedupe, tmp_path, source, words):
    env = install(tmp_path, "greeter", "greet = greeter:app", greeter=source)
    ran = dedupe("greet", "hello", env=env)
    assert ran.code == 2 and not ran.out and words in ran.err and "greet (greeter 1.2)" in ran.err
    assert "Traceback" not in ran.err
    assert dedupe("--help", env=env).code == 0
    assert dedupe("plugins", env=env).code == 0


def test_a_name_that_is_taken_is_refused(dedupe, tmp_path):
    env = install(tmp_path, "scanner", "scan = scanner:app", scanner=APP)
    listed = dedupe("--help", env=env)
    assert listed.code == 0 and "scanner 1.2" in listed.err and "verb 'scan'" in listed.err
    assert "Find groups" in dedupe("scan", "--help", env=env).out
    env = install(tmp_path, "one", "twice = greeter:app", greeter=APP)
    install(tmp_path, "two", "twice = greeter:app")
    ran = dedupe("twice", "hello", "you", env=env)
    assert ran.code == 2 and "one 1.2" in ran.err and "two 1.2" in ran.err and not ran.out


def test_dedupe_plugins_chooses_commands_too(dedupe, tmp_path):
    env = install(tmp_path, "greeter", "greet = greeter:app", greeter=APP)
    listed = dedupe("--help", env={**env, "DEDUPE_PLUGINS": "hashes"})
    assert "greeter" not in listed.out and "\n  lab " not in listed.out
    ran = dedupe("greet", "hello", "you", env={**env, "DEDUPE_PLUGINS": "hashes"})
    assert ran.code == 2 and "DEDUPE_PLUGINS leaves out" in ran.err
    assert dedupe("greet", "hello", "you", env={**env, "DEDUPE_PLUGINS": "hashes,greet"}).out == "hello you\n"
    listed = dedupe("plugins", "--json", env={**env, "DEDUPE_PLUGINS": "hashes,greet"})
    rows = {row["name"]: row for row in listed.lines("plugin")}
    assert listed.code == 0 and rows["lab"]["status"] == "not loaded"
    assert (rows["greet"]["status"], rows["greet"]["provides"]) == ("on demand", {"commands": ["greet"]})
    assert (rows["greet"]["distribution"], rows["greet"]["version"]) == ("greeter", "1.2")
    assert dedupe("plugins", env={**env, "DEDUPE_PLUGINS": "gret"}).code == 2


def test_an_unknown_verb_and_broken_neighbours(dedupe, tmp_path):
    env = install(tmp_path, "greeter", "this is no entry point", greeter=APP)
    (tmp_path / "other-1.dist-info").mkdir()
    ran = dedupe("nothing", env=env)
    assert ran.code == 2 and "No such command 'nothing'" in ran.err and "Traceback" not in ran.err
    assert dedupe("--help", env=env).code == 0


def test_the_lab_is_listed_and_completed_without_being_imported(dedupe):
    assert "lab " in dedupe("--help").out and "robustness" in dedupe("lab", "--help").out
    code = (
        "import sys; sys.argv = ['dedupe', *sys.argv[1:]]\n"
        "from dedupe.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "assert not {'dedupe_lab', 'numpy', 'pluggy'} & set(sys.modules)"
    )
    completing = {"_DEDUPE_COMPLETE": "complete_bash", "COMP_WORDS": "dedupe la", "COMP_CWORD": "1"}
    for words, env in ((["--help"], {}), ([], completing)):
        command = [sys.executable, "-P", "-c", code, *words]
        ran = subprocess.run(command, check=True, capture_output=True, env={**os.environ, **env}, text=True)
        assert "lab" in ran.stdout.split()


def test_a_verb_of_its_own_asks_for_no_entry_points(photos):
    code = (
        "import sys; sys.argv = ['dedupe', 'scan', '--help']\n"
        "from dedupe.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "assert 'importlib.metadata' not in sys.modules"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_a_defect_is_shown_and_does_not_exit_as_if_the_work_were_done():
    code = "import dedupe.cli, dedupe.__main__ as m; dedupe.cli.main = lambda: 1 / 0; m.main()"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 3 and ran.stderr.rstrip().endswith("ZeroDivisionError: division by zero")
