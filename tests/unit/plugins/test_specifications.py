"""A specification makes the descriptor it describes, or is refused; a descriptor's key names every cause of its vectors."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dedupe.errors import UsageError
from dedupe.model import Decode
from dedupe.plugins import Plugins, descriptor_key
from plugin_sources import Grid

LOADED = Plugins({"descriptor": {"grid": Grid, "phash": functools.partial(Grid, cells=4)}})


# -- specifications


@pytest.mark.parametrize(
    ("spec", "attribute", "value"),
    [
        ("grid", "cells", 8),
        ("grid:cells=16", "cells", 16),
        ("grid:cells=16,sigma=2", "sigma", 2.0),
        ("grid: cells = 16 , sigma=.5", "sigma", 0.5),
        ("grid:centred=yes", "centred", True),
        ("grid:centred=0", "centred", False),
        ("grid:source=full", "source", "full"),
        ("grid:model=/a,b/c=d.onnx,cells=3", "model", Path("/a,b/c=d.onnx")),
        ("grid:model=none", "model", None),
        ("grid:label=12", "label", "12"),
    ],
)
def test_a_specification_is_filled_in(spec: str, attribute: str, value: object) -> None:
    made: Any = LOADED.descriptor(spec)
    assert getattr(made, attribute) == value
    assert type(getattr(made, attribute)) is type(value)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("gird", r"'gird' is not a descriptor\. Did you mean 'grid'\? There are: grid, phash\."),
        ("nothing-like-it", r"^'nothing-like-it' is not a descriptor\. There are: grid, phash\.$"),
        ("grid:cell=3", r"'cell' is not a parameter of grid\. Did you mean 'cells'\? It takes: cells, sigma,"),
        ("grid:cells=many", "grid:cells takes a whole number, not 'many'"),
        ("grid:cells=1.5", "grid:cells takes a whole number, not '1.5'"),
        ("grid:sigma=wide", "grid:sigma takes a number, not 'wide'"),
        ("grid:centred=perhaps", "grid:centred takes yes or no, not 'perhaps'"),
        ("grid:source=half", "grid:source takes working or full, not 'half'"),
        ("grid:cells=3,cells=4", "gives the parameter cells twice"),
        ("grid:cells", "does not read as NAME"),
        ("grid:", "does not read as NAME"),
        ("", "'' is not a descriptor"),
        ("grid:sigma=nan", "could not be|no key can name"),
    ],
)
def test_a_specification_that_does_not_fit_is_refused(spec: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        LOADED.descriptor(spec)


def test_without_any_plugin_it_says_how_to_get_one() -> None:
    with pytest.raises(UsageError, match="No plugin is installed"):
        Plugins().descriptor("phash")


def test_a_parameter_that_the_key_cannot_see_is_refused() -> None:
    def hidden(bits: int = 64) -> Grid:
        return Grid()

    with pytest.raises(UsageError, match="does not keep bits"):
        Plugins({"descriptor": {"grid": hidden}}).descriptor("grid:bits=256")
    assert Plugins({"descriptor": {"grid": hidden}}).descriptor("grid:bits=64").name == "grid"


def test_a_factory_that_raises_or_renames_is_a_usage_error() -> None:
    def picky(cells: int = 8) -> Grid:
        if cells > 8:
            raise ValueError("at most 8 cells")
        made = Grid(cells)
        if cells < 8:
            made.name = "other"
        return made

    with pytest.raises(UsageError, match=r"grid:cells=9 could not be made: ValueError: at most 8 cells"):
        Plugins({"descriptor": {"grid": picky}}).descriptor("grid:cells=9")

    def spoken(cells: int = 8) -> Grid:
        raise UsageError("grid has 8 cells.")

    with pytest.raises(UsageError, match=r"could not be made: grid has 8 cells\.$"):
        Plugins({"descriptor": {"grid": spoken}}).descriptor("grid:cells=7")
    with pytest.raises(UsageError, match="calls itself 'other'"):
        Plugins({"descriptor": {"grid": picky}}).descriptor("grid:cells=7")


# -- keys


def test_the_key_names_every_cause() -> None:
    import PIL

    pillow = ".".join(PIL.__version__.split(".")[:2])
    written = "cells=8,centred=False,label=plain,model=None,sigma=1.0,source=working"
    assert descriptor_key(Grid()) == f"grid@2({written})/working512-6/pillow{pillow}"
    full = written.replace("source=working", "source=full")
    assert descriptor_key(Grid(source="full")) == f"grid@2({full})/full-1/pillow{pillow}"
    assert descriptor_key(Grid(), "hflip") == descriptor_key(Grid()) + "/turn=hflip"
    with pytest.raises(UsageError, match="'sideways' is not an orientation"):
        descriptor_key(Grid(), "sideways")


def test_a_descriptor_without_parameters_has_a_short_key() -> None:
    class Plain:
        name, version, metric, decode, threshold = "plain", "1+ab12", "l2", Decode((8, 8)), 1.0

        def describe(self, images: Any) -> Any: ...

    assert descriptor_key(Plain()).startswith("plain@1+ab12/working512-6/")


def test_equal_parameters_make_equal_keys_and_others_do_not() -> None:
    assert descriptor_key(Grid(sigma=1)) == descriptor_key(Grid(sigma=1.0))
    assert descriptor_key(Grid(cells=np.int64(8))) == descriptor_key(Grid())  # type: ignore[arg-type]
    keys = {
        descriptor_key(made)
        for made in (
            Grid(),
            Grid(cells=9),
            Grid(sigma=1.5),
            Grid(centred=True),
            Grid(label="None"),
            Grid(label="a,sigma=2"),
            Grid(label="8"),
            Grid(model=Path("8")),
            Grid(model=Path("x")),
        )
    }
    assert len(keys) == 9


def test_a_file_stands_in_the_key_by_what_it_holds_so_that_it_may_move(tmp_path: Path) -> None:
    path, moved = tmp_path / "a.onnx", tmp_path / "b.onnx"
    path.write_bytes(b"one")
    before = descriptor_key(Grid(model=path))
    assert descriptor_key(Grid(model=path.rename(moved))) == before
    moved.write_bytes(b"another")
    assert descriptor_key(Grid(model=moved)) != before
    assert descriptor_key(Grid(model=tmp_path)) != descriptor_key(Grid(model=path)), "neither is a file"


def test_a_value_that_cannot_be_written_down_is_refused() -> None:
    with pytest.raises(UsageError, match="which no key can name"):
        descriptor_key(Grid(label=object()))  # type: ignore[arg-type]
