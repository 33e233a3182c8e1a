"""Descriptors that can run elsewhere than on the CPU."""

from __future__ import annotations

from typing import Any

from dedupe.errors import UsageError
from dedupe.model import Descriptor
from dedupe.model.asked import CPU, DEVICES
from dedupe.plugins.isolation import Failed, isolated, plugin_output_to_stderr


def placed(descriptor: Descriptor, device: str) -> Descriptor:
    """A descriptor on a device: what its `on(device)` gives; the same for the CPU, and where it has no such method.

    Raises UsageError where the device is not there, and where `on` gives what names no device.
    """
    on = getattr(descriptor, "on", None)
    if device == CPU or not callable(on):
        return descriptor
    try:
        with plugin_output_to_stderr(), isolated():
            found: Any = on(device)
    except Failed as error:
        raise UsageError(str(error)) from None
    if getattr(found, "device", None) not in DEVICES[1:]:
        raise UsageError(
            f"The descriptor {descriptor.name} does not say in `device` where it runs; use --device {CPU}."
        )
    made: Descriptor = found
    return made


def device_of(descriptor: Any) -> str:
    """Where a descriptor runs; CPU for one that has no `on`, whatever else it calls its device."""
    return str(descriptor.device) if callable(getattr(descriptor, "on", None)) else CPU
