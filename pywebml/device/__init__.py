"""The device in use. `auto` takes a real GPU, else the CPU device; software Vulkan only
when `gpu` is asked for.
"""

from __future__ import annotations

from collections.abc import Callable

from ..host import IN_TAB
from ..host.waiting import run_sync
from .kernels import kernel
from .seam import Adapter, Device, Program

__all__ = [
    "Adapter",
    "Device",
    "Program",
    "get_device",
    "kernel",
    "make_device",
    "run_sync",
    "set_device",
]

_device: Device | None = None
before_switch: list[Callable[[], None]] = []
"""Called before the device changes: rooms above put what they must finish on the old
one here.
"""


def make_device(choice: str = "auto") -> Device:
    """A new device: 'auto', 'gpu' (software adapters too) or 'cpu'. ValueError for
    other words; RuntimeError if there is no GPU.
    """
    if choice not in ("auto", "gpu", "cpu"):
        raise ValueError(f"device {choice!r}; expected 'auto', 'gpu' or 'cpu'")
    if choice != "cpu":
        device = _page_gpu(choice) if IN_TAB else _native_gpu(choice)
        if device is not None:
            return device
    if IN_TAB:
        from .xnnpack import page_cpu_device

        return page_cpu_device()
    from .reference import ReferenceDevice

    return ReferenceDevice()


def _native_gpu(choice: str) -> Device | None:
    from .native import NativeDevice, pick_adapter

    adapter = pick_adapter(real_only=choice == "auto")
    return NativeDevice(adapter) if adapter is not None or choice == "gpu" else None


def _page_gpu(choice: str) -> Device | None:
    """What web/runtime/worker.js has opened: a graphics card, or a software adapter
    where the page's address asks for the GPU.
    """
    from .page import page_device

    device = page_device()
    if device is None and choice == "gpu":
        raise RuntimeError("this browser offers no WebGPU adapter; use device='cpu'")
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
