"""How long kernels take, by timestamps that the GPU writes before and after each pass."""

from __future__ import annotations

from typing import Any

from .readback import Readback

_PASSES = 1024  # between two readings; those beyond are not timed


class Clock:
    """Runs from when it is made; `read` says the milliseconds since then, or since it
    was read last.
    """

    def __init__(self, device: Any, queue: Any, readback: Readback, submit: Any):
        from wgpu.backends.wgpu_native import _api  # optional, and heavy

        self._lib, self._ffi = _api.lib, _api.ffi
        self._device, self._readback, self._submit = device, readback, submit
        self._period = _api.libf.wgpuQueueGetTimestampPeriod(queue._internal)  # nanoseconds
        self._stamps = device.create_query_set(type="timestamp", count=2 * _PASSES)
        self._resolved = device.create_buffer(
            size=16 * _PASSES, usage="QUERY_RESOLVE|COPY_SRC|COPY_DST"
        )
        self._passes = 0

    def next_pass(self) -> Any:
        """What a pass is begun with, so that it is timed."""
        if self._passes == _PASSES:
            return self._ffi.NULL
        writes = self._ffi.new("WGPUPassTimestampWrites *")
        writes.querySet = self._stamps._internal
        writes.beginningOfPassWriteIndex = 2 * self._passes
        writes.endOfPassWriteIndex = 2 * self._passes + 1
        self._passes += 1
        self._written = self._ffi.new("WGPUComputePassDescriptor *")
        self._written.timestampWrites = writes
        self._writes = writes  # the descriptor has but its address
        return self._written

    def read(self) -> float:
        """Waits until all is done."""
        count, self._passes = self._passes, 0
        if not count:
            return 0.0
        encoder = self._lib.wgpuDeviceCreateCommandEncoder(self._device._internal, self._ffi.NULL)
        self._lib.wgpuCommandEncoderResolveQuerySet(
            encoder, self._stamps._internal, 0, 2 * count, self._resolved._internal, 0
        )
        self._submit(encoder)
        raw = self._readback.finish(self._readback.start(self._resolved, 16 * count))
        stamps = memoryview(raw)[: 16 * count].cast("Q")
        ticks = sum(max(0, stamps[i + 1] - stamps[i]) for i in range(0, 2 * count, 2))
        return ticks * self._period / 1e6
