"""numba's cache over our checksummed files. Of numba's private parts it uses `_Cache`, and `_rebuild` and `_reduce` of a
compiled function.
"""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable
from typing import Any

from numba.core import serialize
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult

from dedupe.kernels import cached

_rebuild: Any = CompileResult._rebuild
_reduce: Any = CompileResult._reduce
_dumps: Any = serialize.dumps


class NumbaCache(_Cache):
    """numba's cache over checksummed files: its own trusts them (a truncated one raises, a flipped bit runs) and does not
    notice that a helper of another module, which was compiled in, has changed.
    """

    def __init__(self, entry: cached.KernelFile, announce: Callable[[], None]) -> None:
        self._entry = entry
        self._announce = announce

    @property
    def cache_path(self) -> str:
        """The folder of the files."""
        return str(self._entry.folder or "")

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled function, or None where there is no sound file of it."""
        target_context.refresh()
        content = self._entry.part(str(sig)).read()
        if content:
            with contextlib.suppress(Exception):  # damage of any kind costs a compilation, nothing else
                return _rebuild(target_context, *pickle.loads(content))
        return self._announce()

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keeps a compiled function, unless it holds what only this process has."""
        if not data.lifted and not data.library.has_dynamic_globals:
            self._entry.part(str(sig)).write(_dumps(_reduce(data)))

    def enable(self) -> None:
        """Nothing to do: it is on from the start."""

    def disable(self) -> None:
        """Nothing to do: a cache that cannot be written is empty."""

    def flush(self) -> None:
        """Nothing to do: a file that is there is whole."""
