"""Rows that came batch by batch, put together: on the device while one of its buffers
holds them, else on the host.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.tensor import Tensor, tensor
from ..data.host_rows import HostRows, Picked
from ..device import get_device
from ..ops import concat, gather

IN_MEMORY = 64 << 20
"""Bytes up to which rows are one tensor on the CPU device, whose memory is the host's:
training copies some of them, and of many that would be too much.
"""


def together(parts: list[Tensor]) -> Any:
    """A tensor of all rows, or `HostRows`; `parts` is empty then, so that nothing is in
    memory twice.
    """
    adapter = get_device().adapter
    most = adapter.max_binding if adapter.language == "wgsl" else IN_MEMORY
    if sum(4 * part.size for part in parts) <= most:
        return concat(parts, axis=0) if len(parts) > 1 else parts[0]
    arrays = []
    parts.reverse()
    while parts:
        arrays.append(parts.pop().numpy())
    return HostRows.of(arrays)


def in_order(values: Any, order: Sequence[int]) -> Any:
    """The rows in another order."""
    if isinstance(values, Tensor):
        return gather(values, tensor(order, dtype="int32"))
    return Picked(values, order)
