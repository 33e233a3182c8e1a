"""The lab's tables on terminals of several widths: nothing is cut."""

from __future__ import annotations

import numpy as np
import pytest
from dedupe_lab.output import table

HASH = "fbcb8160e43fb032"


def lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int, *given, **more
) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    table(*given, **more)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("columns", [40, 80, 120, 300])
def test_hashes_figures_and_names_keep_their_width(capsys, monkeypatch, columns):
    heads = ["training", "hash", *(f"a long head {i}" for i in range(9))]
    row = ["original-4-layers-elu", HASH, *("0.000123 to 0.00456" for _ in range(9))]
    shown = lines(capsys, monkeypatch, columns, heads, [row])
    text = "\n".join(shown)
    assert "…" not in text and HASH in text and text.count("0.000123 to 0.00456") == 9
    assert all(row[0] in line for line in shown if "0.000123" in line)
    if columns >= 80:
        assert max(map(len, shown)) <= columns


def test_long_text_is_folded_and_whole(capsys, monkeypatch):
    address = "/pictures/" + "x" * 150 + ".png"
    shown = lines(
        capsys, monkeypatch, 80, ["ImageID", "ImageAddr", "phash"], [["1", address, HASH]], folded=["ImageAddr"]
    )
    assert max(map(len, shown)) <= 80 and any(HASH in line for line in shown)
    assert address in "".join(line.replace(HASH, "").replace(" 1 ", "").strip() for line in shown)


def test_a_sheet_of_three_hashes_fits_80_columns(capsys, monkeypatch):
    from dedupe_lab.robustness import Version
    from dedupe_lab.robustness_report import LIST, listed

    names = ("ahash", "phash", "dhash")
    some = dict.fromkeys(names, 64)
    versions = [
        Version(name, np.zeros((1, 1, 3), np.uint8), dict.fromkeys(names, HASH), some, some)
        for name in ("original", "crystallise", "blur-sigma=3")
    ]
    shown = lines(capsys, monkeypatch, 80, LIST, listed(versions), left=("hash", "hex"), keys=2)
    assert max(map(len, shown)) <= 80 and sum(line.count(HASH) for line in shown) == 9 and "…" not in "".join(shown)
