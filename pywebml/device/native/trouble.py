"""What befalls a graphics card, in words: it is lost, its memory is full, its driver
refuses a kernel, or the process was forked.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakSet

from ..seam import DeviceLost, OutOfMemory

AGAIN = (
    "go on with pw.set_device('cpu'), or set_device('gpu') for a new one, and with what was saved"
    " last (callbacks.BackupAndRestore and ModelCheckpoint save as a training goes)"
)
FORKED = (
    "this process was forked after the graphics card was in use, and no driver lives through that;"
    " start it with multiprocessing.get_context('spawn'), or go on with pw.set_device('cpu')"
)
Verb = TypeVar("Verb", bound=Callable[..., Any])


class Process:
    """Which devices this process has opened, and whether it is a forked one that must
    not touch the driver any more: it would wait for threads that are not here.
    """

    def __init__(self) -> None:
        self.used = self.forked = False
        self.devices: WeakSet[Any] = WeakSet()

    def open(self, device: Any) -> None:
        self.devices.add(device)

    def check(self) -> None:
        """DeviceLost in a child that was forked from a process with a driver."""
        if self.forked:
            raise DeviceLost(FORKED)
        self.used = True

    def fork(self) -> None:
        """What holds in the child."""
        self.forked = self.used
        for device in self.devices:
            device.gone = FORKED


PROCESS = Process()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=PROCESS.fork)


def told(verb: Verb) -> Verb:
    """A verb of NativeDevice that says in words what wgpu raises. A device that is gone
    is not asked again.
    """

    @wraps(verb)
    def safe(self: Any, *arguments: Any, **options: Any) -> Any:
        if self.gone:
            raise DeviceLost(self.gone)
        try:
            return verb(self, *arguments, **options)
        except self.errors as error:
            raise _in_words(self, error) from error

    return safe  # type: ignore[return-value]


def _in_words(device: Any, error: Exception) -> Exception:
    name, said = device.adapter.name, " ".join(str(error).split())
    if "lost" in said.lower():
        device.gone = f"{name} was lost, with all that was in its memory ({said[-80:]}); {AGAIN}"
        return DeviceLost(device.gone)
    if is_full(error):
        return OutOfMemory(
            f"the memory of {name} is full, with {device.used_bytes / 1e6:.0f} MB of tensors; take"
            " smaller batches, or device='cpu'"
        )
    return error


def is_full(error: Exception) -> bool:
    """Whether wgpu says that there is no memory left."""
    return type(error).__name__ == "GPUOutOfMemoryError" or "memory" in str(error).lower()


def refusal(program: str, error: Exception) -> Exception:
    """What `error` says of a kernel, unless the device is lost or full."""
    said = " ".join(str(error).split())
    if "lost" in said.lower() or is_full(error):
        return error
    return RuntimeError(
        f"the driver refuses the kernel {program}: {said[:600]}; go on with device='cpu', and tell"
        " the project which graphics card and driver it was"
    )
