"""What search indexes of plugins are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Points = NDArray[np.float32]
    Ints = NDArray[np.int64]


@runtime_checkable
class Index(Protocol):
    """What proposes near points: the host measures each proposed pair exactly, and which share of pairs was found.

    Points are the rows of float descriptors made ready: float32, of length 1 for "cosine", centred for "l2", and compared by
    Euclidean distance. Parameters are keyword arguments, kept as attributes of the same names; `version` changes
    whenever `build` may give something else, or `load` no longer reads what `save` has written.
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...

    def build(self, points: Points, seed: int) -> Any:
        """A structure of points (m,d), m and d at least 1, that `near` and `nearest` are given; `seed` starts what is random."""
        ...

    def near(self, built: Any, points: Points, radius: float) -> tuple[Ints, Ints, Ints]:
        """Numbers int64 (p,) and (p,) of points (k,d) and of built ones that may be within `radius` of each other, and
        int64 (r,) of the points that are left to the host, which compares them with all.
        """
        ...

    def nearest(self, built: Any, points: Points, count: int) -> Ints | None:
        """Numbers int64 (k,count) of the built points nearest to points (k,d), or None where they cannot be had."""
        ...

    def save(self, built: Any, path: Path) -> None:
        """Writes the structure to one file."""
        ...

    def load(self, path: Path, shape: tuple[int, int]) -> Any:
        """The structure that was saved of points of that shape (m,d); raises whatever it likes where the file has none."""
        ...
