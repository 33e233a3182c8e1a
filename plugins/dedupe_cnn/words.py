"""What onnxruntime says, in fewer words, and as a sentence where it is known what to do."""

from __future__ import annotations

import re
import textwrap

LONGEST = 200

_OPSET = re.compile(r"Opset (\d+) is under development.*support for domain (\S+) is till opset (\d+)")
_IR = re.compile(r"Unsupported model IR version: (\d+), max supported IR version: (\d+)")
_MEMORY = re.compile(r"bad_alloc|bad allocation|[Ff]ailed to allocate memory")
_PREFIX = re.compile(r"\[ONNXRuntimeError\] : \d+ : \w+ : (?:Load model from .*? failed: ?)?")
_PLACE = re.compile(r"\S+\.(?:cc|cpp|h|hpp):\d+ (?:[^()]*::[^()]*\([^()]*\)(?: const)? )?")


def for_want_of_memory(error: Exception) -> bool:
    """Whether an error of onnxruntime, which has one class for most of them, says that there was not enough memory."""
    return isinstance(error, MemoryError) or bool(_MEMORY.search(str(error)))


def said(error: Exception) -> str:
    """An error of onnxruntime on one line, without its places in the C++ source, at most 200 characters, no full stop.

    Which opset and which version of the format are the newest it knows, onnxruntime (1.20 to 1.31) tells in the error only.
    """
    text = " ".join(str(error).split())
    if found := _OPSET.search(text):
        domain = "" if found[2] == "ai.onnx" else f" of {found[2]}"
        return f"it uses opset {found[1]}{domain}; export it with at most {found[3]}"
    if found := _IR.search(text):
        return f"it is of ONNX's IR version {found[1]}; save it with at most {found[2]}"
    text = _PLACE.sub("", _PREFIX.sub("", text)).rstrip(". ")
    return textwrap.shorten(text, LONGEST, placeholder=" [...]") or type(error).__name__
