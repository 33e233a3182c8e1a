"""What a review shows of a plan, and what becomes of decisions."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from dedupe import ignored
from dedupe.actions import plan as plans
from dedupe.describe.gather import load_plugins
from dedupe.describe.inside.opening import MemberPlaces
from dedupe.errors import UsageError
from dedupe.ignored.listing import remove_pairs
from dedupe.model import File, Run, Scan
from dedupe.model.reading import read
from dedupe.previews import MOST, Preview, Previewer, Previewing, PreviewTask, digest_of
from dedupe.report.groups_page import left_out, scan_shown
from dedupe.review.applying import Applied, applied, apply_command, rehearsed, taken_back

READY = 2_000
"""Small pictures that are kept ready, 40 KB each at most."""

DIGEST = 32


class Review:
    """One plan, by its file: what is shown of it, its pictures, and its decisions. Threads may share it. With `merge_metadata`
    applying it merges metadata.

    Raises UsageError for what is no plan, DedupeError for what cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str], run: Run, merge_metadata: bool = False) -> None:
        if Path(path).suffix.lower() in plans.LISTS:
            beside = Path(path).with_suffix(".jsonl").name
            raise UsageError(f"{path}: dedupe review takes {beside}, which was written with it; apply takes either.")
        self._plan = plans.read(path)
        result = read(path)
        assert isinstance(result, Scan), "so says the plan"
        self._result = result
        self._rows = {row.id: row for row in self._plan.rows}
        self._writing, self._keeping = Lock(), Lock()
        self._ready: OrderedDict[str, Preview] = OrderedDict()
        loaded = load_plugins(run)
        self._places = MemberPlaces(loaded.openers, result.header.folder)
        life = Previewing(tuple(loaded.decoders), run.max_pixels)
        self._small, self._large_kept, self._large = (Previewer(life, run.file_timeout) for _ in range(3))
        for each in (self._small, self._large_kept, self._large):
            each.start()
        self._journal, self._merge = "", merge_metadata

    def close(self) -> None:
        """Ends the children."""
        for each in (self._small, self._large_kept, self._large):
            each.close()

    def data(self) -> dict[str, Any]:
        """What the page's script is given."""
        made = scan_shown(self._result, {}, {row.id: row.action for row in self._plan.rows})
        apart = {frozenset((pair.a, pair.b)) for pair in ignored.pairs()}
        for group in made["groups"]:
            first = group["pictures"][0]
            for one in group["pictures"]:
                one["differs"] = frozenset((first["content"], one["content"])) in apart
        command = apply_command(self._plan.path, self._merge)
        notes = [*self._result.header.notes, *left_out(len(self._result.groups))]
        return made | {"command_line": command, "gone": bool(self._journal), "notes": notes}

    def picture(self, row: str, *, large: bool) -> Preview:
        """The picture of a row, small or large. Raises UsageError for an unknown one."""
        file = self._file(row)
        if file.in_memory:
            return Preview(b"", note="It was given in memory, and is no file.")
        if large:
            by = self._large_kept if self._rows[row].is_kept_one else self._large  # both are looked at side by side
            return by.preview(self._task(file, None))
        with self._keeping:
            ready = self._ready.get(file.digest)
        return ready or self._kept(file.digest, self._small.preview(self._task(file, MOST)))

    def _kept(self, digest: str, made: Preview) -> Preview:
        with self._keeping:
            if made.jpeg:
                self._ready[digest] = made
            while len(self._ready) > READY:
                self._ready.popitem(last=False)
        return made

    def _task(self, file: File, most: int | None) -> PreviewTask:
        return PreviewTask((0,), self._path(file), digest_of(file), most, self._places.of(file))

    def _path(self, file: File) -> bytes:
        return os.path.join(self._result.header.folder, file.path)

    def _file(self, row: str) -> File:
        if row not in self._rows:
            raise UsageError("There is no such picture.")
        return self._rows[row].file

    def decide(self, actions: Mapping[str, str], differs: Mapping[str, bool]) -> None:
        """Writes decisions by row into the plan, and remembers, or forgets, which rows are no duplicates of their kept one.

        Raises UsageError for unknown rows and decisions, DedupeError where something cannot be written, or another program has
        changed the plan.
        """
        with self._writing:
            decided = self._plan.decided(actions)
            pairs = {row: self._pair(row) for row in differs}
            if actions:
                self._plan = plans.write(decided)
            for row, apart in differs.items():
                self._remember(pairs[row], apart)

    def apply(self, action: str, typed: int | None) -> Applied:
        """Applies the plan, where the number of files that go was typed; without one only says what would be done.

        Raises UsageError for another number, DedupeError for what `dedupe apply` refuses as a whole, and where another program
        has changed the plan.
        """
        with self._writing:
            plans.check_unchanged(self._plan)
            if typed is None:
                return rehearsed(self._plan.path, action, self._merge)
            done = applied(self._plan.path, action, self._merge, typed)
            self._journal = done.journal
            return done

    def undo(self) -> Applied:
        """Brings back what `apply` has moved; raises UsageError where that is nothing."""
        with self._writing:
            if not self._journal:
                raise UsageError("Nothing was moved here that could be brought back.")
            done = taken_back(self._journal)
            self._journal = ""
            return done

    def _pair(self, row: str) -> list[tuple[str, bytes]]:
        """A row's content and that of its group's kept one."""
        files = self._file(row.partition("m")[0]), self._file(row)
        if any(len(digest_of(file)) != DIGEST for file in files):
            raise UsageError("The plan does not say what these pictures hold; write it again.")
        return [(file.digest, os.path.abspath(self._path(file))) for file in files]

    @staticmethod
    def _remember(pair: list[tuple[str, bytes]], apart: bool) -> None:
        if apart:
            ignored.add_contents(pair)
        else:
            contents = {digest for digest, _ in pair}
            remove_pairs(lambda each: {each.a, each.b} == contents)
