"""How far a run is: what is called with what, on a terminal, in a notebook, and elsewhere."""

from __future__ import annotations

import builtins
import io
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import dedupe
from dedupe import console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a notebook's kernel is told to show: the shell of IPython there has a kernel, and publishes."""
    published: list[dict[str, Any]] = []

    def publish(
        data: dict[str, str], metadata: dict[str, Any], *, transient: dict[str, str], update: bool = False
    ) -> None:
        assert set(data) == {"text/plain"} and metadata == {}
        published.append({"text": data["text/plain"], "update": update, **transient})

    def display(*_: object) -> None:
        raise AssertionError("rich shows something by itself")

    class ZMQInteractiveShell:
        """By whose name rich knows a notebook."""

        kernel, display_pub = object(), SimpleNamespace(publish=publish)

    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=ZMQInteractiveShell))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monkeypatch.setattr(builtins, "get_ipython", ZMQInteractiveShell, raising=False)
    return published


def test_it_is_called_with_the_stage_how_many_are_done_and_how_many_there_are(photos: list[Path]) -> None:
    calls: list[tuple[str, int, int]] = []
    dedupe.scan(photos[:3], cache="none", progress=lambda *call: calls.append(call))
    assert calls and all(stage and 0 <= done <= total for stage, done, total in calls)
    assert any(call[1:] == (3, 3) for call in calls) and calls[-1][1] == calls[-1][2]


def test_a_notebook_shows_one_output_that_is_replaced(notebook: list[dict[str, Any]], photos: list[Path]) -> None:
    with dedupe.progress() as told:
        dedupe.scan(photos[:3], cache="none", progress=told)
    first, *others, last = notebook
    assert not first["update"] and all(one["update"] for one in (*others, last))
    assert len({one["display_id"] for one in notebook}) == 1
    assert any("3/3" in one["text"] for one in others) and last["text"] == ""


def test_a_notebook_is_not_flooded_and_left_clean_by_an_error(notebook: list[dict[str, Any]]) -> None:
    with pytest.raises(KeyboardInterrupt), dedupe.progress() as told:
        for done in range(1, 1001):
            told("counting", done, 2000)
        raise KeyboardInterrupt
    assert 3 <= len(notebook) < 100 and notebook[-1]["text"] == "" and "counting" in notebook[1]["text"]


def test_a_terminal_has_the_line_on_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", shown := Terminal())
    with dedupe.progress() as told:
        told("counting", 1, 2)
    assert "counting" in shown.getvalue() and "1/2" in shown.getvalue()


def test_elsewhere_and_under_q_nothing_is_shown(
    monkeypatch: pytest.MonkeyPatch, notebook: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(console, "_quiet", True)
    with dedupe.progress() as told:
        told("counting", 1, 2)
    monkeypatch.setattr(console, "_quiet", False)
    monkeypatch.delitem(sys.modules, "IPython")
    monkeypatch.setattr(sys, "stderr", shown := io.StringIO())
    with dedupe.progress() as told:
        told("counting", 1, 2)
    assert notebook == [] and shown.getvalue() == ""
