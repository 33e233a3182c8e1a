"""Whether all nodes of a cluster have what this machine has: else the same picture could get other values there."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from dedupe import DedupeError

PACKAGES = ("dedupe-images", "pillow", "opencv-python-headless", "onnxruntime")
"""Whose versions change what is found."""

SECONDS = 60.0
"""How long a node may take to say what it has."""


def versions() -> dict[str, str]:
    """The versions on this machine, by package; "none" for one that is not there."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def refuse_other_versions() -> None:
    """Raises DedupeError that names the first node which lacks something, or has another version of it."""
    nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
    asked = {_asked(node["NodeID"]): node["NodeManagerHostname"] for node in nodes}
    ready, late = ray.wait(list(asked), num_returns=len(asked), timeout=SECONDS) if asked else ([], [])
    if not asked or late:
        where = asked[late[0]] if late else "its head"
        raise DedupeError(f"The Ray cluster does no work: {where} gave no answer in {SECONDS:g} seconds.")
    ours = versions()
    for ref in ready:
        theirs = _answer(ref, asked[ref])
        for name, value in ours.items():
            if _matters(name, theirs[name]) != _matters(name, value):
                raise DedupeError(
                    f"The Ray node {asked[ref]} has {name} {theirs[name]}, and this machine {value}; they have to be the same."
                )


def _asked(node: str) -> Any:
    """The answer of a node."""
    there = NodeAffinitySchedulingStrategy(node, soft=False)
    return ray.remote(versions).options(num_cpus=0, scheduling_strategy=there).remote()


def _answer(ref: Any, node: str) -> dict[str, str]:
    try:
        found: dict[str, str] = ray.get(ref)
    except RayError as error:
        cause = getattr(error, "cause", None) or error
        raise DedupeError(f"The Ray node {node} has no dedupe with its plugin ray: {type(cause).__name__}.") from error
    return found


def _matters(name: str, value: str) -> str:
    """Of Python the first two numbers."""
    return value.rpartition(".")[0] if name == "python" else value


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
