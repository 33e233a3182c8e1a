"""For plugins that add commands: the options and manners of the host's own, results in every form, files, pages, statistics.

`commands` makes an app of functions, and `shared` gives a function the options that all verbs have; `result_to` writes what
came out, an `Output`, as -o and --format ask for.
"""

from __future__ import annotations

from dedupe import pages
from dedupe.console import progress, say, warn
from dedupe.errors import SafetyError
from dedupe.kit import options
from dedupe.kit.output import OutputOptions, page_file, result_to
from dedupe.kit.places import CACHE, INPUT, Place
from dedupe.kit.rows import Output, Table, write_page
from dedupe.kit.verbs import FAILED, RunOptions, SelectOptions, commands, shared
from dedupe.model.paths import path_fields
from dedupe.statistics import Z, auc, roc, roc_of_counts, wilson
from dedupe.whole import FOLDER, TEXT, Kind, refuse_other, text_file, whole_file

__all__ = [
    "CACHE",
    "FAILED",
    "FOLDER",
    "INPUT",
    "TEXT",
    "Kind",
    "Output",
    "OutputOptions",
    "Place",
    "RunOptions",
    "SafetyError",
    "SelectOptions",
    "Table",
    "Z",
    "auc",
    "commands",
    "options",
    "page_file",
    "pages",
    "path_fields",
    "progress",
    "refuse_other",
    "result_to",
    "roc",
    "roc_of_counts",
    "say",
    "shared",
    "text_file",
    "warn",
    "whole_file",
    "wilson",
    "write_page",
]
