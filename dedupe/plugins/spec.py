"""From "phash:bits=256,source=full" to a descriptor, distortion or trainer."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from dedupe.errors import UsageError
from dedupe.plugins.isolation import Failed, isolated, plugin_output_to_stderr
from dedupe.plugins.key import identity

TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
KINDS = {int: "a whole number", float: "a number", bool: "yes or no"}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence to append, such as " Did you mean 'phash'?", or nothing where no known word is near."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


def parse(spec: str) -> tuple[str, dict[str, str]]:
    """Splits "name:a=1,b=2" into the name and its parameters as text; a comma not followed by `word=` is part of a value.

    Raises UsageError for what does not read so, and for a parameter given twice.
    """
    name, colon, rest = spec.partition(":")
    given: dict[str, str] = {}
    for part in re.split(r",(?=\s*\w+\s*=)", rest) if colon else ():
        parameter, equals, text = part.partition("=")
        parameter = parameter.strip()
        if not equals or not parameter.isidentifier():
            raise UsageError(
                f"{spec!r} does not read as NAME or NAME:PARAMETER=VALUE,...: {part!r} is no PARAMETER=VALUE."
            )
        if parameter in given:
            raise UsageError(f"{spec!r} gives the parameter {parameter} twice.")
        given[parameter] = text.strip()
    return name.strip(), given


def build(
    kind: str,
    name: str,
    factory: Callable[..., Any],
    given: dict[str, str],
    problem_of: Callable[[Any], str | None],
    first: Callable[[dict[str, Any], bool], bool] = lambda *_: False,
) -> Any:
    """Makes a descriptor (or what `kind` says) from its parameters as text; `problem_of` holds it against the contract.

    What has a method `check` is asked to say what it lacks, unless `first(values, files)` has done all this elsewhere (it
    raises Failed, or says whether it has; `files`: whether one of the parameters' values is a path). Raises UsageError for
    what is lacking, and for what is not taken or not kept.
    """
    signature = _signature(factory)
    values = {parameter: _value(name, signature, parameter, text) for parameter, text in given.items()}
    try:
        checked = first(values, any(isinstance(value, Path) for value in values.values()))
        with plugin_output_to_stderr(), isolated():
            plain, made, problem = made_of(factory, values, problem_of, ask=not checked)
    except Failed as error:
        raise UsageError(f"The {kind} {_spec(name, given)} could not be made: {error}") from None
    if problem is None and made.name != name:
        problem = f"it calls itself {made.name!r}."
    if problem is not None:
        raise UsageError(f"The {kind} {_spec(name, given)} cannot be used: {problem}")
    _refuse_ignored(f"{kind} {name}", plain, made, signature, values)
    return made


def made_of(
    factory: Callable[..., Any], values: Mapping[str, Any], problem_of: Callable[[Any], str | None], *, ask: bool
) -> tuple[Any, Any, str | None]:
    """What the factory makes without and with its parameters, and what is wrong with the latter; with `ask` its `check`
    is asked, too. Raises whatever the plugin raises.
    """
    plain, made = factory(), factory(**values)
    problem = problem_of(made)
    if ask and problem is None and callable(check := getattr(made, "check", None)):
        check()
    return plain, made, problem


def _refuse_ignored(who: str, plain: Any, made: Any, signature: inspect.Signature, values: dict[str, Any]) -> None:
    # else two settings would share one key, and the cache would hand out the values of the other
    changed = [p for p, value in values.items() if signature.parameters[p].default != value and p != "threshold"]
    if changed and identity(plain) == identity(made):
        raise UsageError(f"The {who} does not keep {', '.join(changed)} as a parameter of its class.")


def _spec(name: str, given: dict[str, str]) -> str:
    return name + (":" + ",".join(f"{parameter}={text}" for parameter, text in given.items()) if given else "")


def _signature(factory: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(factory, eval_str=True)
    except Exception:  # an annotation that exists for the type checker only; the default's type serves then
        return inspect.signature(factory)


def _value(name: str, signature: inspect.Signature, parameter: str, text: str) -> Any:
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    known = {n: p for n, p in signature.parameters.items() if p.kind not in variadic}
    if parameter not in known:
        there = f"It takes: {', '.join(known)}." if known else "It takes none."
        raise UsageError(f"{parameter!r} is not a parameter of {name}.{did_you_mean(parameter, known)} {there}")
    annotation, default = known[parameter].annotation, known[parameter].default
    if annotation is inspect.Parameter.empty or isinstance(annotation, str):
        annotation = str if default is None or default is inspect.Parameter.empty else type(default)
    try:
        return _converted(annotation, text)
    except ValueError as error:
        raise UsageError(f"{name}:{parameter} takes {error}, not {text!r}.") from None


def _converted(annotation: Any, text: str) -> Any:
    """The text as the type asks; raises ValueError whose message says what is taken."""
    if get_origin(annotation) is Literal:
        return _choice(get_args(annotation), text)
    if get_origin(annotation) in (Union, types.UnionType):
        return _first_fit(get_args(annotation), text)
    if annotation is types.NoneType and text.lower() == "none":
        return None
    if annotation is bool and text.lower() in TRUTHS:
        return TRUTHS[text.lower()]
    if annotation in (int, float):
        try:
            return annotation(text)
        except ValueError:
            raise ValueError(KINDS[annotation]) from None
    if annotation is str or (isinstance(annotation, type) and issubclass(annotation, Path)):
        return annotation(text)
    raise ValueError(
        KINDS.get(annotation, "'none'" if annotation is types.NoneType else "no value on the command line")
    )


def _choice(choices: tuple[Any, ...], text: str) -> Any:
    for choice in choices:
        if str(choice) == text:
            return choice
    raise ValueError(" or ".join(map(str, choices)))


def _first_fit(kinds: tuple[Any, ...], text: str) -> Any:
    taken = []
    for kind in sorted(kinds, key=lambda kind: kind is not types.NoneType):  # "none" is not a word where None is meant
        try:
            return _converted(kind, text)
        except ValueError as error:
            taken.append(str(error))
    raise ValueError(" or ".join(taken))
