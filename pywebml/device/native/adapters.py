"""Which graphics cards there are, and what each of them offers."""

from __future__ import annotations

import os
import tempfile
from typing import Any

from ..seam import EXTENSIONS, Adapter
from .trouble import PROCESS
from .type_names import read_alone

FEATURES = {"f16": "shader-f16", "subgroups": "subgroup"}
"""wgpu's names of EXTENSIONS."""
CLOCK = "timestamp-query"
_LIMITS = (
    "max-buffer-size",
    "max-storage-buffer-binding-size",
    "max-storage-buffers-per-shader-stage",
    "max-compute-workgroup-storage-size",
)
_RANK = {"DiscreteGPU": 0, "IntegratedGPU": 1, "VirtualGPU": 2, "CPU": 4}


def adapters() -> list[Any]:
    """All adapters wgpu finds, real GPUs first, Vulkan/Metal/D3D12 before OpenGL; empty
    without wgpu or drivers. DeviceLost in a process that was forked from one with a
    graphics card in use.
    """
    PROCESS.check()
    # unset, as on servers, Linux's graphics libraries print errors
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    try:
        import wgpu  # optional, and heavy
        from wgpu.backends.wgpu_native import ffi

        read_alone(ffi)
        present = list(wgpu.gpu.enumerate_adapters_sync())
    except (ImportError, OSError, RuntimeError):
        return []
    usable = [
        adapter
        for adapter in present
        if adapter.info["backend_type"] != "OpenGL"
        and adapter.limits["max-storage-buffers-per-shader-stage"] >= 8
    ]
    return sorted(usable, key=lambda adapter: _RANK.get(adapter.info["adapter_type"], 3))


def pick_adapter(real_only: bool = False) -> Any:
    """The best adapter, or None; `real_only` leaves out software ones (several times
    slower than NumPy).
    """
    for adapter in adapters():
        if not real_only or adapter.info["adapter_type"] != "CPU":
            return adapter
    return None


def numbered_adapter(number: int) -> Any:
    """The graphics card of this number among all there are; software adapters count
    last. RuntimeError where there are fewer.
    """
    present = _once(adapters())
    if number >= len(present):
        names = ", ".join(adapter.info["device"] for adapter in present) or "none"
        raise RuntimeError(f"there is no graphics card gpu:{number}; of {len(present)}: {names}")
    return present[number]


def _once(present: list[Any]) -> list[Any]:
    """Each card once: Windows has it by Vulkan, and by D3D12 again. Two of one kind
    have the same names and numbers, and come twice by one of them.
    """
    first: dict[tuple[int, int], str] = {}
    return [
        adapter
        for adapter in present
        if (by := adapter.info["backend_type"])
        == first.setdefault((adapter.info["vendor_id"], adapter.info["device_id"]), by)
    ]


def open_adapter(adapter: Any) -> tuple[Any, Adapter]:
    """wgpu's device, with all that the adapter offers of what we use, and what it is."""
    info, limits = adapter.info, adapter.limits
    extensions = [name for name in EXTENSIONS if FEATURES[name] in adapter.features]
    clock = [CLOCK] if CLOCK in adapter.features else []
    device = adapter.request_device_sync(
        required_features=[FEATURES[name] for name in extensions] + clock,
        required_limits={name: limits[name] for name in _LIMITS if name in limits},
    )
    return device, Adapter(
        info["device"] or info["description"],
        "wgsl",
        info["backend_type"],
        info["adapter_type"] == "CPU",
        frozenset(extensions),
        limits["max-compute-workgroups-per-dimension"],
        min(limits["max-storage-buffer-binding-size"], limits["max-buffer-size"]),
        limits["max-compute-workgroup-storage-size"],
        min_subgroup=_subgroup_size(info, "min"),
        max_subgroup=_subgroup_size(info, "max"),
        driver=info["description"],
    )


def _subgroup_size(info: Any, which: str) -> int:
    """The smallest or largest subgroup that the adapter names, or 0. wgpu-py 0.32
    spells the word "stackgroup".
    """
    return int(info.get(f"subgroup_{which}_size") or info.get(f"stackgroup_{which}_size") or 0)
