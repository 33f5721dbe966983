"""Large data to the device through staging buffers that are used again and again: by
`queue.write_buffer` each would come in new memory, which the system has to clear first.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable
from typing import Any

from ..seam import DeviceLost
from .mapping import Mapping

LARGE = 2 << 20
"""Bytes from which on this is faster."""
CHUNK, MOST = 4 << 20, 16
"""Bytes of a staging buffer, and how many there are."""


class Uploads:
    """A ring of staging buffers: the one that waits longest comes next, and is waited
    for if the device has not copied it yet. `submit(encoder)` sends a copy to the
    queue, and says by which number to wait for it.
    """

    def __init__(self, device: Any, mapping: Mapping, submit: Callable[[Any], int]):
        from wgpu.backends.wgpu_native import _api  # optional, and heavy

        self._device, self._mapping, self._submit = device, mapping, submit
        self._lib, self._ffi = _api.lib, _api.ffi
        self._ring: deque[tuple[Any, int]] = deque()

    def write(self, target: Any, offset: int, data: memoryview) -> None:
        """Bytes, whole words, into a buffer, before what is submitted next."""
        for first in range(0, data.nbytes, CHUNK):
            part = data[first : first + CHUNK]
            staging = self._staging()
            pointer = self._lib.wgpuBufferGetMappedRange(staging._internal, 0, part.nbytes)
            if not pointer:
                raise DeviceLost(self._mapping.failed)
            there, here = map(self._address, (pointer, self._ffi.from_buffer(part)))
            ctypes.memmove(there, here, part.nbytes)  # other threads go on meanwhile
            self._lib.wgpuBufferUnmap(staging._internal)
            self._ring.append((staging, self._copied(staging, target, offset + first, part.nbytes)))

    def _address(self, pointer: Any) -> int:
        return int(self._ffi.cast("uintptr_t", pointer))

    def _staging(self) -> Any:
        """A staging buffer that is mapped."""
        if len(self._ring) < MOST:
            return self._device.create_buffer(
                size=CHUNK, usage="COPY_SRC|MAP_WRITE", mapped_at_creation=True
            )
        staging, submission = self._ring.popleft()
        token = self._mapping.begin(staging, self._lib.WGPUMapMode_Write, CHUNK)
        self._mapping.wait(token, submission)
        return staging

    def _copied(self, staging: Any, target: Any, offset: int, nbytes: int) -> int:
        """Submits the copy; its number, to wait for."""
        lib, ffi = self._lib, self._ffi
        encoder = lib.wgpuDeviceCreateCommandEncoder(self._device._internal, ffi.NULL)
        lib.wgpuCommandEncoderCopyBufferToBuffer(
            encoder, staging._internal, 0, target._internal, offset, nbytes
        )
        return self._submit(encoder)
