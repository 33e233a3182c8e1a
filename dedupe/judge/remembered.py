"""Judgements that the cache has: the same two contents are not looked at twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache

from blake3 import blake3

from dedupe import config, installed
from dedupe.console import warn_once
from dedupe.decode import DECODE_VERSION
from dedupe.judge.life import Judged, PairTask, Source, told, understood
from dedupe.model import Failure, Run
from dedupe.model.judgement import Judgement
from dedupe.store import Store

VERSION = "10"
"""Of the judge: changed whenever it may say something else of a pair."""


def known(tasks: Sequence[PairTask], run: Run) -> dict[int, Judgement]:
    """What was said of pairs before, by their places among the tasks."""
    keys = [_key(task) for task in tasks]
    with _opened(run) as store:
        rows = store.verdicts(keys)
    found: dict[int, Judgement] = {}
    for place, (key, task) in enumerate(zip(keys, tasks, strict=True)):
        with suppress(ValueError, KeyError):
            if isinstance(said := understood(rows[key], task), Judgement):
                found[place] = said
    return found


def recalled(pairs: Sequence[tuple[Source, Source, str]], run: Run) -> list[Judgement | None]:
    """What was said of pairs (a, b, the turn of b) before, None where nothing was."""
    found = known([PairTask((item,), *pair) for item, pair in enumerate(pairs)], run) if pairs else {}
    return [found.get(item) for item in range(len(pairs))]


def recorded(pairs: Sequence[tuple[Source, Source, str]], said: Sequence[Judgement | None], run: Run) -> None:
    """Keeps what was said of pairs (a, b, the turn of b)."""
    tasks = [PairTask((item,), *pair) for item, pair in enumerate(pairs)]
    remember(tasks, {item: what for item, what in enumerate(said) if what is not None}, run)


def remember(tasks: Sequence[PairTask], said: Mapping[int, Judged], run: Run) -> None:
    """Keeps what was said of pairs, by their places among the tasks; a failure may pass, and is not kept."""
    kept = [(tasks[place], what) for place, what in said.items() if not isinstance(what, Failure)]
    if kept:
        with _opened(run) as store:
            store.add_verdicts([(_key(task), task.a.digest + task.b.digest, told(what, False)) for task, what in kept])


def _opened(run: Run) -> Store:
    return Store.open(config.chosen_cache(run.cache, warn_once), warn_once)


def _key(task: PairTask) -> bytes:
    """Says which two contents, how b is turned, who read them and who judged, 16 bytes."""
    words = f"{_judged_by()} {task.turn} {task.a.reader} {task.b.reader} "
    return blake3(words.encode() + task.a.digest + task.b.digest).digest(length=16)


@cache
def _judged_by() -> str:
    import PIL

    opencv = installed.version("opencv-python-headless")
    return f"judge-{VERSION} {DECODE_VERSION} pillow{PIL.__version__} opencv{opencv}"
