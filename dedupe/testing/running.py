"""The kit without pytest: every check of everything that a plugin provides, with what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest import SkipTest

from dedupe.errors import UsageError
from dedupe.model import Checked
from dedupe.plugins import Plugins
from dedupe.plugins.isolation import cause, plugin_output_to_stderr
from dedupe.plugins.kinds import KINDS
from dedupe.plugins.offer import Factory
from dedupe.testing import (
    actions,
    decoders,
    descriptors,
    distortions,
    engines,
    indexes,
    reports,
    rules,
    sources,
    trainers,
)
from dedupe.testing.tested import Checks, UnderTest

KIT: dict[str, tuple[Checks, Callable[[Any], UnderTest]]] = {
    "descriptor": (descriptors.CHECKS, descriptors.DescriptorUnderTest),
    "decoder": (decoders.CHECKS, decoders.DecoderUnderTest),
    "distortion": (distortions.CHECKS, distortions.DistortionUnderTest),
    "trainer": (
        trainers.CHECKS,
        partial(trainers.TrainerUnderTest, dimensions=512),
    ),  # as long as what trainers keep of it
    "index": (indexes.CHECKS, indexes.IndexUnderTest),
    "report": (reports.CHECKS, reports.ReportUnderTest),
    "rule": (rules.CHECKS, rules.RuleUnderTest),
    "source": (sources.CHECKS, sources.SourceUnderTest),
    "action": (actions.CHECKS, actions.ActionUnderTest),
    "engine": (engines.CHECKS, engines.EngineUnderTest),
}
"""The checks of each kind of plugin, and what makes of a thing what they are called with."""


def checks_of(loaded: Plugins, asked: str) -> list[Callable[[], Checked]]:
    """The checks of what a plugin of that name provides, or of what has that name itself, ready to be called.

    `asked` is a name as `dedupe plugins` lists it. Raises UsageError where there is no such thing.
    """
    found = [
        (kind, name) for (kind, name), source in loaded.sources.items() if asked in (name, source.name, source.origin)
    ]
    if not found:
        raise UsageError(f"--check {asked}: no plugin that is loaded has that name; `dedupe plugins` lists them.")
    return [check for kind, name in found for check in _checks(kind, name, loaded.things[kind][name])]


def _checks(kind: str, name: str, thing: Any) -> Iterator[Callable[[], Checked]]:
    checks, subject_of = KIT[kind]
    subject, lacking = subject_of(thing), _lacking(thing) if KINDS[kind].made else ""
    for check, function in checks.items():
        yield partial(_checked, Checked(kind, name, check, "skipped", lacking), partial(function, subject))


def _lacking(factory: Factory) -> str:
    """Why what a factory makes without parameters cannot be checked as it is; nothing where it can."""
    try:
        getattr(factory(), "check", lambda: None)()
    except UsageError as error:
        return str(error)
    except Exception:  # the checks will say so
        pass
    return ""


def _checked(result: Checked, check: Callable[[], None]) -> Checked:
    if result.message:
        return result
    outcome, message = "passed", ""
    with plugin_output_to_stderr():
        try:
            check()
        except SkipTest as error:
            outcome, message = "skipped", str(error)
        except AssertionError as error:
            outcome, message = "failed", " ".join(str(error).split())
        except Exception as error:
            outcome, message = "failed", cause(error)
    return Checked(result.kind, result.name, result.check, outcome, message)
