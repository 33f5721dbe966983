"""Reading buffers back: a copy to a staging buffer, which is then mapped into memory
that Python can see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..pool import size_class
from .mapping import Mapping

_LARGEST = 16 << 20  # bytes of a staging buffer that is used again


class Reading(NamedTuple):
    """A readback under way."""

    staging: Any
    token: int
    nbytes: int


class Readback:
    """`submit(encoder)` sends the copy to the queue."""

    def __init__(self, device: Any, mapping: Mapping, submit: Callable[[Any], int]):
        from wgpu.backends.wgpu_native import _api  # optional, and heavy

        self._device, self._mapping, self._submit = device, mapping, submit
        self._lib, self._ffi = _api.lib, _api.ffi
        self._staging: dict[int, Any] = {}

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
        token = self._mapping.begin(staging, lib.WGPUMapMode_Read, aligned)
        return Reading(staging, token, nbytes)

    def finish(self, reading: Reading) -> bytes:
        """Waits, blocking, until it is mapped. DeviceLost where that fails."""
        staging, token, nbytes = reading
        self._mapping.wait(token)
        pointer = self._lib.wgpuBufferGetConstMappedRange(staging._internal, 0, nbytes + 3 & ~3)
        data = bytes(self._ffi.buffer(pointer, nbytes))
        self._lib.wgpuBufferUnmap(staging._internal)
        if staging.size <= _LARGEST:
            self._staging[staging.size] = staging
        return data
