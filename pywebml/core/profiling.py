"""What a function costs: time, kernels, memory."""

from __future__ import annotations

import inspect
import time as clock
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..device import get_device
from ..host import markup
from ..host.awaited import awaited
from .runtime import Buffer, flush
from .watching import Watcher, watchers


class Timing(NamedTuple):
    """Milliseconds. `kernel_ms` is None where the device has no clock of its own."""

    wall_ms: float
    kernel_ms: float | None


class Kernel(NamedTuple):
    """One op that ran, or one replay of a captured function. Bytes and tensors (device
    buffers) are those that are alive behind it.
    """

    name: str
    bytes_added: int
    total_bytes_snapshot: int
    tensors_added: int
    total_tensors_snapshot: int
    input_shapes: list[tuple[int, ...]]
    output_shapes: list[tuple[int, ...]]
    kernel_time_ms: float | None


class Profile(NamedTuple):
    """What `profile` saw."""

    result: Any
    new_bytes: int
    new_tensors: int
    peak_bytes: int
    kernels: list[Kernel]

    @property
    def kernel_names(self) -> list[str]:
        """Each once, in the order of their first run."""
        return list(dict.fromkeys(kernel.name for kernel in self.kernels))

    def summary(self) -> str:
        """A table of the ops: how often each ran, its time, the bytes it added; those
        that took longest first.
        """
        lines = [f"{'op':<40}{'runs':>8}{'ms':>12}{'kB added':>12}"]
        for name, runs, ms, added in self._rows():
            lines.append(f"{name[:39]:<40}{runs:>8}{ms:>12}{added:>12}")
        return "\n".join([*lines, self._total()])

    def _repr_html_(self) -> str:
        columns = ["op", "runs", "ms", "kB added"]
        return markup.table(columns, self._rows(), (1, 2, 3), notes=[self._total()])

    def _rows(self) -> list[tuple[str, int, str, str]]:
        rows = []
        names = {name: [k for k in self.kernels if k.name == name] for name in self.kernel_names}

        def taken(name: str) -> float:
            return sum(k.kernel_time_ms or 0.0 for k in names[name])

        for name in sorted(names, key=taken, reverse=True):
            runs = names[name]
            ms = "-" if runs[0].kernel_time_ms is None else f"{taken(name):.4f}"
            added = sum(k.bytes_added for k in runs) / 1e3
            rows.append((name, len(runs), ms, f"{added:.1f}"))
        return rows

    def _total(self) -> str:
        return (
            f"{len(self.kernels)} runs; {self.new_tensors} new tensors of"
            f" {self.new_bytes / 1e3:,.1f} kB; at most {self.peak_bytes / 1e3:,.1f} kB at once"
        )


class _Profiler(Watcher):
    def __init__(self) -> None:
        self.kernels: list[Kernel] = []
        self.device, self.peak = get_device(), Buffer.live_bytes
        self.timed = self.device.start_clock()
        self._bytes, self._tensors = Buffer.live_bytes, Buffer.live

    def saw_op(self, op: Any, ins: Sequence[Any], outs: Sequence[Any]) -> None:
        self._add(op.name, [t.shape for t in ins], [t.shape for t in outs])

    def saw_plan(self, plan: Any) -> None:
        shapes = [spec.shape for _, _, specs in plan.calls[-1:] for spec in specs]
        self._add(f"captured, {len(plan.rows)} launches", [], shapes)

    def _add(self, name: str, ins: list[tuple[int, ...]], outs: list[tuple[int, ...]]) -> None:
        self.peak = max(self.peak, Buffer.live_bytes)  # scratch included
        flush()
        nbytes, tensors = Buffer.live_bytes, Buffer.live
        ms = self.device.read_clock() if self.timed else None
        kernel = Kernel(
            name, nbytes - self._bytes, nbytes, tensors - self._tensors, tensors, ins, outs, ms
        )
        self.kernels.append(kernel)
        self._bytes, self._tensors = nbytes, tensors


async def _result_of(f: Callable[[], Any], what: str) -> Any:
    if not callable(f):
        raise TypeError(f"{what} takes a function, got {f!r}; write lambda: ...")
    result = f()
    return await result if inspect.isawaitable(result) else result


@awaited("pw.profile(f)", "pw.run_sync(pw.profile(f))")
async def profile(f: Callable[[], Any]) -> Profile:
    """Calls `f()`, which may be async, and says what it cost: result, new_bytes,
    new_tensors, peak_bytes and kernels, one for each op (see `Kernel`); `summary()` is
    a table by op. TensorFlow.js's `tf.profile`.

    Kernels have times where the device has a clock (natively, where the driver has
    timestamps, and in NumPy); ops then wait for one another. A captured function is one
    entry; `captured.summary()` lists its launches.

    Example:
        >>> x = pw.tensor([1.0, 2.0])
        >>> profile = pw.run_sync(pw.profile(lambda: (x + 1.0).exp()))
        >>> profile.kernel_names, profile.new_bytes, profile.peak_bytes >= 16
        (['add', 'exp'], 8, True)
    """
    flush()
    await get_device().settled()
    nbytes, tensors = Buffer.live_bytes, Buffer.live
    profiler = _Profiler()
    watchers.append(profiler)
    try:
        result = await _result_of(f, "profile")
        flush()
    finally:
        watchers.remove(profiler)
        profiler.device.stop_clock()
    return Profile(
        result, Buffer.live_bytes - nbytes, Buffer.live - tensors, profiler.peak, profiler.kernels
    )


@awaited("pw.time(f)", "pw.run_sync(pw.time(f))")
async def time(f: Callable[[], Any]) -> Timing:
    """Calls `f()`, which may be async, and says how long it took until the device was
    done: wall_ms, and kernel_ms, that of the kernels alone. TensorFlow.js's `tf.time`.

    A first call compiles kernels and records captured functions: time a later one.

    Example:
        >>> x = pw.ops.ones((64, 64))
        >>> taken = pw.run_sync(pw.time(lambda: x @ x))
        >>> 0 < taken.kernel_ms <= taken.wall_ms
        True
    """
    device = get_device()
    flush()
    await device.settled()
    timed = device.start_clock()
    try:
        start = clock.perf_counter()
        result = await _result_of(f, "time")
        flush()
        await device.settled()
        wall = (clock.perf_counter() - start) * 1e3
        del result
        kernels = device.read_clock() if timed else None
    finally:
        device.stop_clock()
    return Timing(wall, kernels)


__all__ = ["Kernel", "Profile", "Timing", "profile", "time"]
