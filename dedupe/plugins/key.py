"""The key under which a descriptor's values are stored: it names every cause of them."""

from __future__ import annotations

import inspect
import math
import re
import stat
from functools import cache, lru_cache
from pathlib import Path, PurePath
from typing import Any

from dedupe import config
from dedupe.errors import UsageError
from dedupe.loose import digest
from dedupe.model import TURNS, Decode, Descriptor, Distortion, PictureSource, PictureTrainer, Trainer
from dedupe.model.asked import CPU
from dedupe.plugins.devices import device_of

FULL = "full-1"
"""The host's way to decode whole pictures; the number changes when its bits do."""

NOT_CAUSES = frozenset({"name", "version", "threshold"})
"""Arguments that are in the key anyway, or that change no value."""

WORD = re.compile(r"(?!(?:None|True|False|nan|inf)$)[A-Za-z][\w.-]*", re.ASCII)


def descriptor_key(
    descriptor: Descriptor, turn: str = "none", distortion: Distortion | None = None, drawn: str = "", region: str = ""
) -> str:
    """`name@version(parameter=value,...)/working512-6/pillow13.0[/device=cuda][/turn=hflip][/region=half-0-1][/seed=7][/distort=blur@1(sigma=1.25)]`,
    with all parameters, sorted by name; the CPU is no part of it.

    Equal keys promise equal values, so the key names the host's way to decode and Pillow's version too; `drawn`, as
    "/seed=7/names=8d1c2f7a90b3e645", is what else distorted copies depend on: a seed other than 0, a digest of the names
    drawn on them. `region` is one of REGIONS, "" for whole pictures. Raises UsageError for a parameter whose value cannot be
    written down, and for an unknown turn.
    """
    if turn not in TURNS:
        raise UsageError(f"{turn!r} is not an orientation; there are: {', '.join(TURNS)}.")
    turned = "" if turn == "none" else f"/turn={turn}"
    part = f"/region={region}" if region else ""
    distorted = "" if distortion is None else f"{drawn}/distort={identity(distortion)}"
    device = device_of(descriptor)
    placed = "" if device == CPU else f"/device={device}"  # which may round otherwise
    return f"{identity(descriptor)}/{decoding(descriptor.decode)}{placed}{turned}{part}{distorted}"


def decoding(decode: Decode) -> str:
    """The host's way to decode what is asked for, and Pillow's version, as "working512-6/pillow13.0"."""
    return f"{config.WORKING if decode.source == 'working' else FULL}/pillow{_pillow()}"


def identity(thing: Descriptor | Distortion | Trainer | PictureTrainer | PictureSource) -> str:
    """`name@version(parameter=value,...)` with all parameters that change what it gives, sorted by name; a path to a file
    is written as its content's digest, and the version of a loose plugin, whose author does not count them, with its own.

    Raises UsageError for a parameter whose value cannot be written down.
    """
    causes = {name: value for name, value in parameters(thing).items() if name not in NOT_CAUSES}
    written = ",".join(f"{name}={_written(name, value)}" for name, value in sorted(causes.items()))
    tried_out = digest(type(thing).__module__)
    version = f"{thing.version}+{tried_out}" if tried_out else thing.version
    return f"{thing.name}@{version}" + (f"({written})" if written else "")


def parameters(descriptor: Any) -> dict[str, Any]:
    """The parameters of a descriptor: the arguments of its class, with the values of the attributes of those names.

    Raises AttributeError (with the parameter as its `name`) where there is no such attribute.
    """
    arguments = _arguments(type(descriptor))
    values = {name: getattr(descriptor, name) for name in arguments}
    # 1 and 1.0 make one descriptor where a number with decimals is meant
    return {n: float(v) if isinstance(arguments[n], float) and type(v) is int else v for n, v in values.items()}


def _arguments(kind: type) -> dict[str, Any]:
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    try:
        signature = inspect.signature(kind)
    except ValueError:  # a class written in C may not say
        return {}
    return {name: p.default for name, p in signature.parameters.items() if p.kind not in variadic}


def _written(name: str, value: Any) -> str:
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if isinstance(value, PurePath):
        value = _named(value)
    if isinstance(value, str):
        return value if WORD.fullmatch(value) else repr(value)
    text = repr(value)
    if " at 0x" in text or (isinstance(value, float) and not math.isfinite(value)):
        raise UsageError(f"The parameter {name} is {text}, which no key can name; give a number, a word or a path.")
    return text


def _named(path: PurePath) -> str:
    """What a path stands for in a key: the file's content, which stays what it is where the file is moved; else the path."""
    try:
        about = Path(path).stat()
        return _content(path, about.st_mtime_ns, about.st_size) if stat.S_ISREG(about.st_mode) else str(path)
    except OSError:
        return str(path)


@lru_cache(maxsize=64)
def _content(path: PurePath, _: int, __: int) -> str:
    from blake3 import blake3

    with Path(path).open("rb") as file:
        return f"blake3-{blake3(file.read()).hexdigest(16)}"


@cache
def _pillow() -> str:
    import PIL  # only the package: its decoders stay unloaded

    return ".".join(PIL.__version__.split(".")[:2])
