"""Mapping staging buffers into memory that Python can see."""

from __future__ import annotations

from itertools import count
from typing import Any

from ..seam import DeviceLost
from .trouble import AGAIN


class Mapping:
    """Maps buffers of one device, which errors call `name`."""

    def __init__(self, device: Any, name: str):
        from wgpu.backends.wgpu_native import _api  # optional, and heavy

        self._device = device
        self.failed = f"reading or writing memory of {name} failed; {AGAIN}"
        self._lib, self._ffi = _api.lib, _api.ffi
        self._tokens = count()  # several threads may map at once
        self._mapped: dict[int, int] = {}

        @self._ffi.callback("void(WGPUMapAsyncStatus, WGPUStringView, void *, void *)")
        def on_mapped(status: int, message: Any, token: Any, _: Any) -> None:
            self._mapped[int(self._ffi.cast("intptr_t", token))] = status

        self._on_mapped = on_mapped

    def begin(self, buffer: Any, mode: int, nbytes: int) -> int:
        """Asks for the first bytes of a buffer; what `wait` is given."""
        token, info = next(self._tokens), self._ffi.new("WGPUBufferMapCallbackInfo *")
        info.mode = self._lib.WGPUCallbackMode_AllowProcessEvents
        info.callback = self._on_mapped
        info.userdata1 = self._ffi.cast("void *", token)
        self._lib.wgpuBufferMapAsync(buffer._internal, mode, 0, nbytes, info[0])
        return token

    def wait(self, token: int, submission: int | None = None) -> None:
        """Waits, blocking, until it is mapped: for all that was submitted, or up to one
        submission. DeviceLost where it fails.
        """
        index = self._ffi.NULL
        if submission is not None:
            index = self._ffi.new("WGPUSubmissionIndex *", submission)
        while token not in self._mapped:
            self._lib.wgpuDevicePoll(self._device._internal, True, index)
        if self._mapped.pop(token) != self._lib.WGPUMapAsyncStatus_Success:
            raise DeviceLost(self.failed)
