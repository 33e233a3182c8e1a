"""Pictures for people to look at: read again, made small, encoded anew without metadata, by children that one may kill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from dedupe.previews.life import MOST, Preview, Previewing, PreviewTask, understood
from dedupe.previews.making import digest_of, previews
from dedupe.processes import Child, ChildLost

__all__ = ["MOST", "Preview", "PreviewTask", "Previewer", "Previewing", "digest_of", "previews"]


class Previewer:
    """One child that makes a picture at a time, within so many seconds; where it dies another one takes its place. Threads may
    share it: the child is asked by a thread of its own, for Linux ends a child with the thread that started it.
    """

    def __init__(self, life: Previewing, seconds: float) -> None:
        self._life, self._seconds = life, seconds
        self._asking = ThreadPoolExecutor(1)
        self._child: Child | None = None

    def start(self) -> None:
        """Starts the child ahead of the first picture, which need not wait for it then; returns at once."""
        self._asking.submit(self._started)

    def preview(self, task: PreviewTask) -> Preview:
        """The picture, or why there is none."""
        return self._asking.submit(self._preview, task).result()

    def _preview(self, task: PreviewTask) -> Preview:
        try:
            return understood(*self._started().ask(task, self._seconds))
        except TimeoutError:
            return self._lost(f"took longer than {self._seconds:g} seconds")
        except ChildLost as error:
            return self._lost(str(error))
        except ValueError:
            return self._lost("was ended, for what its worker sent is no picture")

    def _started(self) -> Child:
        if self._child is None:  # never a fork: this process has threads
            self._child = Child(self._life, method="spawn")
        return self._child

    def _lost(self, fate: str) -> Preview:
        self._end()
        return Preview(b"", note=f"Reading or decoding it {fate}.")

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.close()

    def close(self) -> None:
        """Ends the child at once."""
        self._end()
        self._asking.shutdown(wait=False, cancel_futures=True)
