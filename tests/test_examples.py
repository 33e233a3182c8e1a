"""The notebook runs from its first cell to its last; the commands of the configurations do what these say."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
HOOK, WORKFLOW = EXAMPLES / "ci" / "pre-commit-config.yaml", EXAMPLES / "ci" / "duplicate-pictures.yml"


def test_the_notebook_runs(monkeypatch, capsys):
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    notebook = json.loads((EXAMPLES / "duplicates.ipynb").read_text("utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert notebook["nbformat"] == 4 and all(cell["outputs"] == [] and cell["source"] for cell in code)
    monkeypatch.chdir(EXAMPLES)
    names: dict[str, Any] = {}
    for number, cell in enumerate(code):
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
    said = capsys.readouterr().out
    assert len(names["result"].groups) >= 8 and names["duplicates"]["kind"].notna().all()
    assert f"{len(names['unique'])} of 26" in said and names["table"].num_rows == 26
    assert "1 new, 12 known" in said and "moose again.jpg" in said and not names["folder"].exists()


def parsed(path: Path) -> Any:
    return pytest.importorskip("yaml").safe_load(path.read_text("utf-8"))


def commands(path: Path) -> list[str]:
    """The commands of dedupe that a configuration runs."""
    made = parsed(path)
    if "repos" in made:
        return [hook["entry"] for repo in made["repos"] for hook in repo["hooks"]]
    runs = [step.get("run", "") for job in made["jobs"].values() for step in job["steps"]]
    return [each for each in runs if each.startswith("dedupe ")]


@pytest.mark.parametrize("path", [HOOK, WORKFLOW], ids=lambda path: path.name)
def test_the_commands_pass_with_known_duplicates_and_fail_with_new_ones(dedupe, tmp_path, photos, path):
    (tmp_path / "pictures").mkdir()
    for name, number in {"a.jpg": 0, "b.jpg": 0, "c.jpg": 1}.items():
        shutil.copy(photos[number], tmp_path / "pictures" / name)
    once = next(line for line in path.read_text("utf-8").splitlines() if "Once, " in line).partition("dedupe ")[2]
    assert dedupe(*shlex.split(once.partition(",")[0]), cwd=tmp_path).code == 0
    (command,) = commands(path)
    words = shlex.split(command)[1:]
    assert dedupe(*words, cwd=tmp_path).code == 0
    shutil.copy(photos[1], tmp_path / "pictures" / "new.jpg")
    assert dedupe(*words, cwd=tmp_path).code == 5


def test_the_hook_is_local_and_looks_at_all_pictures():
    ((hook,),) = [repo["hooks"] for repo in parsed(HOOK)["repos"] if repo["repo"] == "local"]
    assert hook["language"] == "system" and hook["pass_filenames"] is False and hook["types"] == ["image"]


def test_the_workflow_uploads_what_the_scan_writes():
    made = parsed(WORKFLOW)
    assert made["permissions"]["security-events"] == "write"
    steps = made["jobs"]["duplicates"]["steps"]
    (upload,) = [step for step in steps if step.get("uses", "").startswith("github/codeql-action/upload-sarif@")]
    assert upload["if"] == "always()" and f"-o {upload['with']['sarif_file']}" in commands(WORKFLOW)[0]
