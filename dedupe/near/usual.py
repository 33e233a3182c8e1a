"""By which descriptors pairs are proposed where none is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dedupe import config
from dedupe.describe.choose import Chosen, budget, choose, has_bare_distance, with_regions
from dedupe.describe.several import Thresholds, Words, words
from dedupe.errors import UsageError
from dedupe.model import Run
from dedupe.model.asked import CPU
from dedupe.plugins import Plugins

MOST = 5_000
"""Candidate pictures up to which pairs are proposed by the learned descriptor, too. No clock and no cache has a say, so that
groups do not hang on them.
"""

SECONDS = 0.08
"""That it takes for a picture in all orientations and regions, of one worker."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for that says by which descriptors pairs are proposed, and of what."""

    descriptor: Words
    threshold: Thresholds
    turns: str
    fast: bool
    thorough: bool
    judge: bool
    regions: bool = False

    @classmethod
    def for_all(
        cls,
        descriptor: Words,
        threshold: Thresholds,
        turns: str,
        fast: bool,
        thorough: bool,
        judge: bool,
        regions: bool,
    ) -> Asked:
        """Where `thorough` means all that can be found: at any number of pictures, in all orientations, with regions."""
        turns = "all" if thorough else turns
        return cls(descriptor, threshold, turns, fast, thorough, judge, regions or thorough)

    def before_the_walk(self, loaded: Plugins) -> tuple[list[Chosen], list[str]]:
        """The descriptors that are named; else a hash, and a learned one where there is a judge or it is asked for; and notes.

        A distance without a name is the hash's, which is alone then. Raises UsageError as `choose`, where more than one option
        says which descriptors to use, and with `thorough` where there is no learned one.
        """
        self._refuse_several()
        budget(self.threshold)
        named = words(self.descriptor)
        specs, notes = (named, []) if named else self._usual(loaded)
        chosen = choose(loaded, specs, self.threshold, self.turns)
        if not self.regions:
            return chosen, notes
        return [
            with_regions(each) if named or each.label == config.LEARNED_DESCRIPTOR else each for each in chosen
        ], notes

    def after_it(self, chosen: Sequence[Chosen], pictures: int, run: Run) -> tuple[list[Chosen], list[str]]:
        """Of these descriptors those for so many candidate pictures, and a note where the learned one would take long."""
        if words(self.descriptor) or self._at_any_size or len(chosen) == 1 or pictures <= MOST:
            return list(chosen), []
        seconds = SECONDS * pictures / config.workers(run.workers)
        minutes = max(1, round(seconds / 60))
        takes = f"{minutes:,} minute{'s' * (minutes > 1)}"
        note = f"Crops and heavy edits were not looked for; --thorough does, in about {takes}."
        return [each for each in chosen if each.label != config.LEARNED_DESCRIPTOR], [note]

    @property
    def _at_any_size(self) -> bool:
        return self.regions or self.thorough

    def _refuse_several(self) -> None:
        given = {"-d": words(self.descriptor), "--fast": self.fast, "--thorough": self.thorough}
        names = [name for name, is_there in given.items() if is_there]
        if len(names) > 1:
            raise UsageError(f"{' and '.join(names)}: each says which descriptors to use; give one of them.")
        if self.fast and self.regions:
            raise UsageError("--fast and --regions: no hash finds parts of pictures; give one of them.")

    def _usual(self, loaded: Plugins) -> tuple[list[str], list[str]]:
        alone = self.fast or not self.judge or has_bare_distance(self.threshold)
        if alone and not self._at_any_size:
            return [config.DEFAULT_DESCRIPTOR], []
        try:
            loaded.descriptor(config.LEARNED_DESCRIPTOR)
        except UsageError as error:
            if self._at_any_size or loaded.device != CPU:
                raise
            return [config.DEFAULT_DESCRIPTOR], [f"Crops and heavy edits were not looked for: {error}"]
        return [config.DEFAULT_DESCRIPTOR, config.LEARNED_DESCRIPTOR], []
