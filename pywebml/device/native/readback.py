"""Reading buffers back: a copy to a staging buffer, which is then mapped into memory
that Python can see.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

from ..pool import size_class
from ..seam import DeviceLost
from .trouble import AGAIN

_LARGEST = 16 << 20  # bytes of a staging buffer that is used again


class Reading(NamedTuple):
    """A readback under way."""

    staging: Any
    token: int
    nbytes: int


class Readback:
    """`submit(encoder)` sends the copy to the queue."""

    def __init__(self, device: Any, name: str, submit: Callable[[Any], None]):
        from wgpu.backends.wgpu_native import _api  # optional, and heavy

        self._device, self._name, self._submit = device, name, submit
        self._lib, self._ffi = _api.lib, _api.ffi
        self._staging: dict[int, Any] = {}
        self._tokens = count()  # reads may start in several threads at once
        self._mapped: dict[int, int] = {}

        @self._ffi.callback("void(WGPUMapAsyncStatus, WGPUStringView, void *, void *)")
        def on_mapped(status: int, message: Any, token: Any, _: Any) -> None:
            self._mapped[int(self._ffi.cast("intptr_t", token))] = status

        self._on_mapped = on_mapped

    def start(self, buffer: Any, nbytes: int) -> Reading:
        capacity = size_class(nbytes)
        staging = self._staging.pop(capacity, None)
        if staging is None:
            staging = self._device.create_buffer(size=capacity, usage="COPY_DST|MAP_READ")
        lib, ffi = self._lib, self._ffi
        encoder = lib.wgpuDeviceCreateCommandEncoder(self._device._internal, ffi.NULL)
        aligned = nbytes + 3 & ~3
        lib.wgpuCommandEncoderCopyBufferToBuffer(
            encoder, buffer._internal, 0, staging._internal, 0, aligned
        )
        self._submit(encoder)
        token = next(self._tokens)
        info = ffi.new("WGPUBufferMapCallbackInfo *")
        info.mode = lib.WGPUCallbackMode_AllowProcessEvents
        info.callback = self._on_mapped
        info.userdata1 = ffi.cast("void *", token)
        lib.wgpuBufferMapAsync(staging._internal, lib.WGPUMapMode_Read, 0, aligned, info[0])
        return Reading(staging, token, nbytes)

    def finish(self, reading: Reading) -> bytes:
        """Waits, blocking, until it is mapped. DeviceLost where that fails."""
        staging, token, nbytes = reading
        while token not in self._mapped:
            self._lib.wgpuDevicePoll(self._device._internal, True, self._ffi.NULL)
        if self._mapped.pop(token) != self._lib.WGPUMapAsyncStatus_Success:
            raise DeviceLost(f"reading {nbytes} bytes back from {self._name} failed; {AGAIN}")
        pointer = self._lib.wgpuBufferGetConstMappedRange(staging._internal, 0, nbytes + 3 & ~3)
        data = bytes(self._ffi.buffer(pointer, nbytes))
        self._lib.wgpuBufferUnmap(staging._internal)
        if staging.size <= _LARGEST:
            self._staging[staging.size] = staging
        return data
