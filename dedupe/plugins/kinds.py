"""The table of what plugins can provide: a new kind is a row here, a hook of that name, and its checks in the kit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from dedupe.plugins.contract import (
    action_problem,
    decoder_problem,
    descriptor_problem,
    index_problem,
    report_problem,
    source_problem,
    thing_problem,
    trainer_problem,
)


@dataclass(frozen=True, slots=True)
class PluginKind:
    """One thing that plugins provide: its word and the plural, whether its hook lists factories of it, and what keeps a thing
    from being one (a sentence, or None).
    """

    word: str
    words: str
    made: bool
    problem: Callable[[Any], str | None]

    @property
    def hook(self) -> str:
        """The hook that lists it."""
        return f"dedupe_{self.words}"

    @property
    def one(self) -> str:
        """How a sentence names one."""
        return f"{'an' if self.word[0] in 'aeiou' else 'a'} {self.word}"


KINDS = {
    kind.word: kind
    for kind in (
        PluginKind("descriptor", "descriptors", True, descriptor_problem),
        PluginKind("decoder", "decoders", False, decoder_problem),
        PluginKind("distortion", "distortions", True, partial(thing_problem, method="apply")),
        PluginKind("trainer", "trainers", True, trainer_problem),
        PluginKind("index", "indexes", True, index_problem),
        PluginKind("report", "reports", True, report_problem),
        PluginKind("rule", "rules", True, partial(thing_problem, method="order")),
        PluginKind("source", "sources", False, source_problem),
        PluginKind("action", "actions", True, action_problem),
        PluginKind("engine", "engines", True, partial(thing_problem, method="started")),
    )
}
HOOKS = tuple(kind.hook for kind in KINDS.values())
