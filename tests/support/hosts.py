"""Where the tests stand, and the devices that they share."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).parents[2]
"""The checkout."""
LEAST = os.environ.get("PYWEBML_LEAST") == "1"
"""Whether all tests get a graphics card that claims no more than WebGPU promises."""


@cache
def shared_device(choice: str) -> Any:
    """One device a host for the whole session, so that kernels are compiled once."""
    from pywebml.device import make_device

    if choice == "gpu" and LEAST:
        return least_device()
    return make_device(choice)


_LACKING = re.compile(r"(has no|needs) 16-bit floats|needs WGSL's [a-z0-9 ]+, which")


def lacking(error: BaseException | None) -> str:
    """What an error, or one that it came of, says a graphics card has not got: half
    floats or subgroups. "" for any other.
    """
    while error is not None:
        if _LACKING.search(str(error)):
            return str(error)
        error = error.__cause__ or error.__context__
    return ""


class Least:
    """An adapter that offers what WebGPU promises, and nothing more."""

    features: frozenset[str] = frozenset()
    limits: ClassVar[dict[str, int]] = {
        "max-buffer-size": 256 << 20,
        "max-storage-buffer-binding-size": 128 << 20,
        "max-storage-buffers-per-shader-stage": 8,
        "max-compute-workgroup-storage-size": 16 << 10,
        "max-compute-workgroups-per-dimension": 65535,
        "max-compute-invocations-per-workgroup": 256,
        "max-compute-workgroup-size-x": 256,
        "max-compute-workgroup-size-y": 256,
        "max-compute-workgroup-size-z": 64,
    }

    def __init__(self, adapter: Any):
        self._adapter, self.info = adapter, adapter.info

    def request_device_sync(self, **options: Any) -> Any:
        return self._adapter.request_device_sync(**{**options, "required_limits": self.limits})


def least_device() -> Any:
    """The graphics card, as if it were the least there is: `PYWEBML_LEAST=1` has all
    tests take it.
    """
    from pywebml.device.native import NativeDevice, pick_adapter

    return NativeDevice(Least(pick_adapter()))
