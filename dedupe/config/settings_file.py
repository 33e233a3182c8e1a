"""dedupe.toml: what the user wants of each run, where the command line does not say otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dedupe.errors import DedupeError, UsageError
from dedupe.model.addresses import bare_text, is_address

NAME = "dedupe.toml"

LOOKING = ("scan", "find")
"""The verbs that look for duplicates among a user's pictures, for which what says how is meant."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The file that was read, None without one, and what it gives, in the form that the options of its keys' names take."""

    file: Path | None = None
    given: Mapping[str, Any] = field(default_factory=dict)

    def of(self, verb: str) -> dict[str, Any]:
        """What the options of a verb are by default."""
        meant = {name: _KEYS[name] for name in self.given}
        return {
            each.option or name: self.given[name] for name, each in meant.items() if verb in (each.verbs or (verb,))
        }


@dataclass(frozen=True, slots=True)
class _Key:
    """What a key must be, in words; how its value becomes that of an option, where ValueError says that it is something else;
    the verbs that it is meant for, all if there are none; and their option where that has another name.
    """

    what: str
    taken: Callable[[Any, Path], Any]
    verbs: tuple[str, ...] = ()
    option: str = ""


def has_own(verb: str) -> bool:
    """Whether there are keys for a verb alone, or for a few."""
    return any(verb in each.verbs for each in _KEYS.values())


def read(asked: str | None, usual: Path) -> Settings:
    """The settings in the file that is asked for ("none": in none), else in DEDUPE_CONFIG's, else in the usual one, which need
    not be there.

    Raises DedupeError for a file that cannot be read, UsageError, which names the line or the key, for what it may not say.
    """
    asked = os.environ.get("DEDUPE_CONFIG") if asked is None else asked
    if asked == "none":
        return Settings()
    file = Path(asked).absolute() if asked else usual
    try:
        content = file.read_bytes()
    except OSError as error:
        if not asked and isinstance(error, FileNotFoundError | NotADirectoryError):
            return Settings()
        raise DedupeError(f"The settings in {file} cannot be read: {error.strerror or error}.") from error
    return Settings(file, {key: _taken(file, key, value) for key, value in _parsed(file, content).items()})


def _parsed(file: Path, content: bytes) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(content.removeprefix(b"\xef\xbb\xbf").decode().replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{file}, line {line}: this is not UTF-8; save the file as UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{file} cannot be understood: {error}.") from None


def _taken(file: Path, key: str, value: Any) -> Any:
    if key not in _KEYS:
        from difflib import get_close_matches

        near = get_close_matches(key.replace("_", "-"), _KEYS, 1)
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(_KEYS)}."
        raise UsageError(f"{file}: there is no setting {key!r}; {meant}")
    try:
        return _KEYS[key].taken(value, file.parent)
    except ValueError:
        raise UsageError(f"{file}: {key} must be {_KEYS[key].what}, and not {bare_text(repr(value))}.") from None


def _words(value: Any, _: Path) -> list[str]:
    """A list of words; one alone will do."""
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) and each and "\0" not in each for each in found):
        raise ValueError
    return found


def _folders(value: Any, beside: Path) -> list[Path]:
    """Paths on this machine, from ~ or beside the file."""
    if any(is_address(os.fsencode(each)) for each in _words(value, beside)):
        raise ValueError
    return [beside / Path(each).expanduser() for each in _words(value, beside)]


def _places(value: Any, beside: Path) -> list[Path | str]:
    """What is looked through: addresses as they are, and paths."""
    words = _words(value, beside)
    return [each if is_address(os.fsencode(each)) else _folders(each, beside)[0] for each in words]


def _cache(value: Any, beside: Path) -> str:
    (name,) = _words(value, beside)
    return name if name == "none" else str(_folders(name, beside)[0])


def _quarantine(value: Any, beside: Path) -> str:
    (folder,) = _folders(value, beside)
    return f"quarantine={folder}"


def _rules(value: Any, beside: Path) -> str:
    return ",".join(_words(value, beside))


def _limits(value: Any, beside: Path) -> list[str]:
    found = value if isinstance(value, list) else [value]
    return _words([f"{each:g}" if type(each) in (int, float) else each for each in found], beside)


def _turns(value: Any, _: Path) -> str:
    if value not in ("none", "flips", "all"):
        raise ValueError
    return str(value)


def _word(value: Any, beside: Path) -> str:
    (word,) = _words(value, beside)
    return word


def _count(value: Any, _: Path) -> int:
    if type(value) is not int or value < 1:
        raise ValueError
    return value


_KEYS = {
    "paths": _Key('a list of folders, files and addresses, as ["~/Pictures"]', _places, ("scan",)),
    "reference": _Key('a list of folders, files and addresses, as ["~/Originals"]', _places, ("scan",)),
    "protect": _Key('a list of folders of this machine, as ["~/Originals"]', _folders, ("scan", "apply")),
    "quarantine": _Key("a folder of this machine", _quarantine, ("apply",), "action"),
    "keep": _Key('a list of rules, as ["folder=Originals", "oldest"]', _rules, ("scan", "import")),
    "exclude": _Key('a list of globs, as ["thumbs/", "*.gif"]', _words, LOOKING),
    "descriptor": _Key('a list of descriptors, as ["pdq"]', _words, LOOKING),
    "threshold": _Key('a distance, as 10, or a list, as ["phash=10", "fpr=1e-6"]', _limits, LOOKING),
    "turns": _Key('"none", "flips" or "all"', _turns, LOOKING),
    "engine": _Key('the name of an engine, as "local"', _word, ("scan",)),
    "cache": _Key('a path on this machine, or "none"', _cache),
    "workers": _Key("a number of processes, at least 1", _count),
}
