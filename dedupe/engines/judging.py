"""Pairs of contents to what is said of them: here, or by a function that other machines can be given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dedupe.describe.gather import Gathered
from dedupe.judge import Asker, judged, recalled, recorded, source
from dedupe.judge.life import Source
from dedupe.loose import Loose, imported
from dedupe.model import Decoder, Failure, Ints, Proposed, Run
from dedupe.model.judgement import Judgement

SourcePair: TypeAlias = tuple[Source, Source, str]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Judges pairs in child processes of whatever process it is called in. Loose plugins stand first, as they have to be imported
    before what is theirs.
    """

    loose: Sequence[Loose]
    decoders: Sequence[Decoder]
    run: Run

    def __call__(self, pairs: Sequence[SourcePair]) -> list[Judgement | None]:
        return [None if isinstance(said, Failure) else said for said in judged(pairs, self.decoders, self.run)]


class GatheredJudge:
    """The judge of contents that were gathered; `files` int64 (n,) are the files, by index, that stand for them. To be closed."""

    def __init__(self, found: Gathered, files: Ints, decoders: Sequence[Decoder], run: Run) -> None:
        self._found, self._files, self._decoders, self._run = found, files, decoders, run
        self._ask = Asker(found, files, decoders, run)

    def ask(self, pairs: Proposed) -> Sequence[Judgement | None]:
        """What is said of pairs of contents."""
        return self._ask(pairs)

    def close(self) -> None:
        """Ends its children."""
        self._ask.close()

    def sources(self, rows: Ints) -> list[Source]:
        """Where contents are read."""
        return [source(self._found, file) for file in self._files[rows].tolist()]

    @property
    def elsewhere(self) -> Callable[[Sequence[SourcePair]], list[Judgement | None]]:
        """Judges pairs anywhere, without a cache."""
        run = Run(workers=1, cache="none", file_timeout=self._run.file_timeout, max_pixels=self._run.max_pixels)
        return Elsewhere(imported(), tuple(self._decoders), run)

    def known(self, pairs: Sequence[SourcePair]) -> list[Judgement | None]:
        """What the cache has of pairs."""
        return recalled(pairs, self._run)

    def keep(self, pairs: Sequence[SourcePair], said: Sequence[Judgement | None]) -> None:
        """Puts into the cache what was said of pairs."""
        recorded(pairs, said, self._run)
