"""Where networks run: on the CPU, or on a device that onnxruntime has a provider for."""

from __future__ import annotations

from copy import copy
from typing import TypeVar

from dedupe import UsageError

PROVIDERS = {"cuda": "CUDAExecutionProvider", "directml": "DmlExecutionProvider", "coreml": "CoreMLExecutionProvider"}
"""onnxruntime's providers by device, in the order in which "auto" takes them."""

BRINGS = {
    "cuda": "the package onnxruntime-gpu, in place of onnxruntime, brings it",
    "directml": "the package onnxruntime-directml, in place of onnxruntime, brings it on Windows",
    "coreml": "onnxruntime has it on macOS",
}

D = TypeVar("D", bound="OnDevice")


class OnDevice:
    """A descriptor with a network, which may run elsewhere than on the CPU; then its pictures go through it in batches."""

    device = "cpu"

    def on(self: D, device: str) -> D:
        """The same on a device: "cuda", "directml", "coreml", or "auto" for the first of these that there is, else the CPU.

        Raises UsageError for one that there is not.
        """
        placed = copy(self)
        object.__setattr__(placed, "device", chosen(device))  # some of these classes are frozen
        return placed


def chosen(device: str) -> str:
    """The device that one of PROVIDERS, or "auto", stands for here. Raises UsageError for one that there is not."""
    there = available()
    if device == "auto":
        return there[0]
    if device not in there:
        raise UsageError(
            f"--device {device}: onnxruntime has no such device here, only {' and '.join(there)}; {BRINGS[device]}."
        )
    return device


def available() -> list[str]:
    """The devices that the installed onnxruntime was made for, the CPU last."""
    import onnxruntime

    found = onnxruntime.get_available_providers()
    return [*(name for name, provider in PROVIDERS.items() if provider in found), "cpu"]
