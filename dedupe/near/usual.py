"""By which descriptors pairs are proposed where none is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dedupe import config
from dedupe.console import counted
from dedupe.describe.choose import Chosen, budget, choose, has_bare_distance, with_regions
from dedupe.describe.several import Thresholds, Words, words
from dedupe.errors import UsageError
from dedupe.model import REGIONS, TURNS, Run
from dedupe.model.asked import CPU
from dedupe.plugins import Plugins

MOST = 5_000
"""Candidate pictures up to which pairs are proposed by the learned descriptor, too. No clock and no cache has a say, so that
groups do not hang on them.
"""

SECONDS = 0.005
"""That it takes for a picture in one orientation or region, of one worker."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for that says by which descriptors pairs are proposed, and of what; `hashes` are the usual ones. Where it is
    `everything`, `thorough` means in all orientations and with regions, too.
    """

    descriptor: Words
    threshold: Thresholds
    turns: str
    fast: bool
    thorough: bool
    judge: bool
    regions: bool = False
    hashes: Sequence[str] = (config.DEFAULT_DESCRIPTOR,)
    everything: bool = False

    def before_the_walk(self, loaded: Plugins) -> tuple[list[Chosen], list[str]]:
        """The descriptors that are named; else hashes, and a learned one where there is a judge or it is asked for; and notes.

        With a distance without a name the hashes are alone. Raises UsageError as `choose`, where more than one option
        says which descriptors to use, and with `thorough` where there is no learned one.
        """
        self._refuse_several()
        budget(self.threshold)
        named, everything = words(self.descriptor), self.thorough and self.everything
        specs, notes = (named, []) if named else self._usual(loaded)
        chosen = choose(loaded, specs, self.threshold, "all" if everything else self.turns)
        if not (everything or self.regions):
            return chosen, notes
        return [
            with_regions(each) if named or each.label == config.LEARNED_DESCRIPTOR else each for each in chosen
        ], notes

    def after_it(self, chosen: Sequence[Chosen], pictures: int, run: Run) -> tuple[list[Chosen], list[str]]:
        """Of these descriptors those for so many candidate pictures, and a note where the learned one would take long."""
        learned = [each for each in chosen if each.label == config.LEARNED_DESCRIPTOR]
        if words(self.descriptor) or self.thorough or self.regions or not learned or pictures <= MOST:
            return list(chosen), []
        passes = len(TURNS) + len(REGIONS) if self.everything else len(learned[0].columns)
        minutes = max(1, round(SECONDS * pictures * passes / config.workers(run.workers) / 60))
        takes = counted(minutes, "minute", "minutes")
        note = f"Crops and heavy edits were not looked for; --thorough does, in about {takes}."
        return [each for each in chosen if each not in learned], [note]

    def _refuse_several(self) -> None:
        given = {"-d": words(self.descriptor), "--fast": self.fast, "--thorough": self.thorough}
        names = [name for name, is_there in given.items() if is_there]
        if len(names) > 1:
            raise UsageError(f"{' and '.join(names)}: each says which descriptors to use; give one of them.")
        if self.fast and self.regions:
            raise UsageError("--fast and --regions: no hash finds parts of pictures; give one of them.")

    def _usual(self, loaded: Plugins) -> tuple[list[str], list[str]]:
        alone = self.fast or not self.judge or has_bare_distance(self.threshold)
        if alone and not (self.thorough or self.regions):
            return [*self.hashes], []
        try:
            loaded.descriptor(config.LEARNED_DESCRIPTOR)
        except UsageError as error:
            if self.thorough or self.regions or loaded.device != CPU:
                raise
            return [*self.hashes], [f"Crops and heavy edits were not looked for: {error}"]
        return [*self.hashes, config.LEARNED_DESCRIPTOR], []
