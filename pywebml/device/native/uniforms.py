"""Where uniform blocks, the parameters of launches, lie on the GPU."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

_SLAB = 64 << 10  # bytes per buffer of uniform blocks
_ALIGN = 256  # WebGPU's minUniformBufferOffsetAlignment
_MOST = 65536  # blocks that are remembered


class Uniforms:
    """Equal blocks share a slot and slots are never rewritten, so bind groups stay
    valid.
    """

    def __init__(self, device: Any):
        self._device = device
        self._slots: OrderedDict[bytes, tuple[Any, int]] = OrderedDict()
        self._slab: Any = None
        self._offset = _SLAB

    def slot(self, params: bytes) -> tuple[Any, int]:
        """Buffer and offset of these parameters."""
        slot = self._slots.get(params)
        if slot is None:
            size = -(-len(params) // _ALIGN) * _ALIGN
            if self._offset + size > _SLAB:
                self._slab = self._device.create_buffer(size=_SLAB, usage="UNIFORM|COPY_DST")
                self._offset = 0
            self._device.queue.write_buffer(self._slab, self._offset, params)
            slot = self._slots[params] = self._slab, self._offset
            self._offset += size
            # a slab is released when the last slot and bind group in it are gone
            if len(self._slots) > _MOST:
                self._slots.popitem(last=False)
        return slot
