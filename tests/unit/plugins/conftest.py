"""Plugins are installed into a folder of the test's own."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin_sources import Installer


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installer]:
    """Writes distributions (metadata and a module) into a folder; only those are found as entry points."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    monkeypatch.delenv("DEDUPE_PLUGINS", raising=False)
    monkeypatch.setattr("dedupe.installed.folders", lambda: [str(site), str(tmp_path / "second")])
    before = set(sys.modules)

    def put(name: str, module: str, source: str | None, version: str = "1.0", folder: str = "site") -> None:
        info = tmp_path / folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[dedupe]\n{name.removeprefix('dedupe-')} = {module}\n")
        if source is not None:
            (site / f"{module}.py").write_text(textwrap.dedent(source))

    yield put
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
