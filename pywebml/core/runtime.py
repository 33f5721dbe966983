"""Where ops meet the device: buffers that free themselves, the queue of eager commands,
and who is recording.
"""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from contextlib import suppress
from typing import Any

from ..device import before_switch, get_device, open_device
from ..device.seam import COPY, Adapter, Device
from ..host.awaited import awaited
from .op import Op, lower
from .spec import Spec

_QUEUE = 64  # eager commands before they are played, so that the GPU starts while Python goes on
# and before the memory of results that are already forgotten is wanted back
_QUEUED_BYTES = 64 << 20
_GROUPS = 4096  # bind groups kept for eager ops
SMALL = 1024
"""Bytes of whole numbers up to which a buffer made on the host keeps them there, too."""
lock = threading.RLock()
"""Held while the queue or a device's tables change, so that several threads may work
with tensors. `Buffer.free` goes without: the garbage collector calls it from any
thread, one that the holder waits for among them.
"""


class Buffer:
    """A device buffer with one owner. `id` is -1 while it is virtual: a value of a
    trace that has no memory yet.
    """

    __slots__ = ("__weakref__", "device", "host", "id", "nbytes", "version")
    live = 0
    live_bytes = 0
    # buffers freed by hand; while the number stands, no plan has lost one that it uses
    disposals = 0

    def __init__(self, device: Device, nbytes: int, virtual: bool = False):
        self.device, self.nbytes, self.version = device, nbytes, 0
        self.id = -1
        self.host: bytes | None = None  # its bytes, where the host has them as well
        if not virtual:
            self._allocate()

    def _allocate(self) -> None:
        with lock:
            self.id = self.device.alloc(self.nbytes)
        Buffer.live += 1
        Buffer.live_bytes += self.nbytes

    def fill(self, raw: bytes) -> None:
        """Gives a virtual one memory, with these bytes in it."""
        flush()
        self._allocate()
        if raw:
            self.device.upload(self.id, raw)
            self.host = raw

    def free(self) -> None:
        if self.id != -1:
            self.device.free(self.id)
            self.id = -1
            Buffer.live -= 1
            Buffer.live_bytes -= self.nbytes

    def __del__(self) -> None:
        with suppress(Exception):  # the interpreter may be shutting down
            self.free()


class Unset(Buffer):
    """The buffer of a variable that has no value yet, and so no memory."""

    __slots__ = ()

    def __init__(self, device: Device, nbytes: int):
        super().__init__(device, nbytes, virtual=True)


class _Queue:
    """Eager commands not played yet, and the buffers they need alive.

    One call of the device per op would cost more than most kernels, so commands are
    played many at a time. Buffers that Python has forgotten stay in `alive` until
    then: their memory must not go to a result of a command that comes before.
    """

    def __init__(self) -> None:
        self.commands = array("i")
        self.alive: list[Buffer] = []
        self.made_bytes = 0
        self.device: Device | None = None
        self.groups: OrderedDict[tuple[Any, ...], int] = OrderedDict()


_queue = _Queue()


def flush() -> None:
    """Plays what is queued. Reading a tensor does this by itself."""
    with lock:
        if _queue.commands:
            commands, _queue.commands = _queue.commands, array("i")
            alive, _queue.alive = _queue.alive, []
            _queue.made_bytes = 0
            assert _queue.device is not None
            _queue.device.run(commands)
            alive.clear()


def _use(device: Device) -> None:
    if _queue.device is not device:
        flush()
        if _queue.device is not None:
            for group in _queue.groups.values():
                _queue.device.unbind(group)
        _queue.groups.clear()
        _queue.device = device


def run_now(
    op: Op, ins: list[Buffer], specs: tuple[Spec, ...], outs: tuple[Spec, ...], device: Device
) -> list[Buffer]:
    """Queues the launches of `op` and returns the buffers of its results."""
    with lock:
        return _run_now(op, ins, specs, outs, device)


def _run_now(
    op: Op, ins: list[Buffer], specs: tuple[Spec, ...], outs: tuple[Spec, ...], device: Device
) -> list[Buffer]:
    _use(device)
    lowered = lower(op, specs, outs, device.adapter)
    results = [Buffer(device, s.nbytes) for s in outs]
    buffers = [*ins, *results, *(Buffer(device, n) for n in lowered.scratch_bytes)]
    pipelines = device.compile([launch.program for launch in lowered.launches])
    for launch, pipeline in zip(lowered.launches, pipelines, strict=True):
        ids = tuple(buffers[i].id for i in launch.slots)
        key = (pipeline, ids, launch.params)
        group = _queue.groups.get(key)
        if group is None:
            group = _queue.groups[key] = device.bind(pipeline, ids, launch.params)
            if len(_queue.groups) > _GROUPS:
                flush()
                device.unbind(_queue.groups.popitem(last=False)[1])
        else:
            _queue.groups.move_to_end(key)
        _queue.commands.extend((pipeline, group, *launch.groups, 0))
    _queue.alive.extend(buffers)
    _queue.made_bytes += sum(b.nbytes for b in buffers[len(ins) :])
    most = 6 * (_QUEUE if device.adapter.language == "wgsl" else 1)
    if len(_queue.commands) >= most or _queue.made_bytes >= _QUEUED_BYTES:
        flush()
    return results


def copy_into(source: Buffer, target: Buffer, offset: int = 0) -> None:
    """Queues a copy of all of `source` into `target`, from the byte `offset` on. No
    part of a recording: what is read while it replays is found by its own buffer.
    """
    with lock:
        _use(target.device)
        _queue.commands.extend((COPY, source.id, target.id, source.nbytes, 0, offset))
        _queue.alive.extend((source, target))
        target.version += 1
        target.host = None
        if len(_queue.commands) >= 6 * _QUEUE:
            flush()


class _Recorder(threading.local):
    trace: Any = None


Recorder = _Recorder()
"""`Recorder.trace` is what `apply` writes to, in the thread that records; None while
ops run at once.
"""


def memory() -> dict[str, int]:
    """{'tensors': device buffers alive, 'bytes': what they hold, and the device's own
    counts: 'pooled_bytes', 'bind_groups', ...}. TensorFlow.js's `tf.memory`.

    Example:
        >>> before = pw.memory()
        >>> x = pw.tensor([1.0, 2.0, 3.0])
        >>> pw.memory()["bytes"] - before["bytes"]
        12
    """
    flush()
    return {**get_device().memory(), "tensors": Buffer.live, "bytes": Buffer.live_bytes}


@awaited("pw.ready()", "pw.run_sync(pw.ready())")
async def ready(device: str | None = None) -> Adapter:
    """Waits until the device is open and everything queued has run, without blocking
    other tasks; says what the device is. `device` chooses another: 'auto', 'gpu' or
    'cpu'.

    Needed before a clock is stopped, and first of all in a page of one's own, where the
    browser opens its graphics card in its own time (docs/anywhere.md).

    Example:
        >>> y = pw.tensor([1.0, 2.0]) * 2
        >>> pw.run_sync(pw.ready()) is pw.get_device().adapter
        True
    """
    flush()
    opened = await open_device(device)
    await opened.settled()
    return opened.adapter


before_switch.append(flush)
