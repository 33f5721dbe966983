"""The device in use. `auto` takes a real GPU, else the CPU device; software Vulkan only
when `gpu` is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ..host import IN_TAB
from ..host.waiting import run_sync
from ..host.warned import warn
from .kernels import kernel
from .seam import Adapter, Device, DeviceLost, OutOfMemory, Program

__all__ = [
    "Adapter",
    "Device",
    "DeviceLost",
    "OutOfMemory",
    "Program",
    "get_device",
    "kernel",
    "make_device",
    "open_device",
    "run_sync",
    "set_device",
]

_device: Device | None = None
before_switch: list[Callable[[], None]] = []
"""Called before the device changes: rooms above put what they must finish on the old
one here.
"""


def make_device(choice: str = "auto") -> Device:
    """A new device: 'auto', 'gpu' (software adapters too), 'cpu' or, of a desktop with
    several graphics cards, 'gpu:1', which counts from 0. ValueError for other words;
    RuntimeError if there is no such GPU.
    """
    kind, _, number = choice.partition(":")
    numbered = kind == "gpu" and number.isdecimal() and not IN_TAB
    if choice not in ("auto", "gpu", "cpu") and not numbered:
        raise ValueError(f"device {choice!r}; expected 'auto', 'gpu', 'cpu' or 'gpu:1'")
    if numbered:
        from .native import NativeDevice, numbered_adapter

        return NativeDevice(numbered_adapter(int(number)))
    if choice != "cpu":
        device = _page_gpu(choice) if IN_TAB else _native_gpu(choice)
        if device is not None:
            return device
    if IN_TAB:
        return _page_cpu(choice)
    from .reference import ReferenceDevice

    return ReferenceDevice()


def _native_gpu(choice: str) -> Device | None:
    from .native import NativeDevice, pick_adapter

    try:
        adapter = pick_adapter(real_only=choice == "auto")
        return NativeDevice(adapter) if adapter is not None or choice == "gpu" else None
    except Exception as error:
        if choice == "gpu":
            raise
        warn(f"the graphics card cannot be used, so the processor computes: {error}")
        return None


def _page_gpu(choice: str) -> Device | None:
    """What the page has opened: a graphics card, or a software adapter where that is
    asked for.
    """
    from .page import page_device

    device = page_device(choice)
    if device is None and choice == "gpu":
        raise RuntimeError("this browser offers no WebGPU adapter; use device='cpu'")
    return device


def _page_cpu(choice: str) -> Device:
    """NumPy, with XNNPACK where the page has it. Without NumPy 'auto' takes WebGPU in
    software, rather than nothing.
    """
    from ..host.page import page

    library = page(choice).xnnpack()
    try:
        from .xnnpack import page_cpu_device

        return page_cpu_device(library)
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
    device = _page_gpu("gpu") if choice == "auto" else None
    if device is None:
        raise RuntimeError(
            "the processor computes with NumPy, which is not here; write `await"
            ' micropip.install("numpy")`, or in JavaScript `await pyodide.loadPackage("numpy")`'
        )
    return device


def set_device(choice: str | Device = "auto") -> Device:
    """Chooses the device that new tensors live on, and returns it. Tensors made before
    stay with their device and do not mix.

    Example:
        >>> pw.set_device("cpu") is pw.get_device()
        True
    """
    global _device
    for finish in before_switch:
        with suppress(DeviceLost):  # then this is what its user does about it
            finish()
    _device = make_device(choice) if isinstance(choice, str) else choice
    return _device


def get_device() -> Device:
    """The device in use; the first call chooses 'auto'.

    Example:
        >>> pw.tensor([1.0]).buffer.device is pw.get_device()
        True
    """
    return _device or set_device("auto")


async def open_device(choice: str | None = None) -> Device:
    """The device in use, or one that is chosen now. In a Python that somebody else has
    started in a tab it has to be opened first, and that is waited for.
    """
    if choice is None and _device is not None:
        return _device
    if IN_TAB:
        from ..host.page import opened

        await opened(choice or "auto")
    return set_device(choice or "auto")
