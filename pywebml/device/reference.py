"""The NumPy device: the meaning of every op, and the CPU device for machines without a
GPU.

A pipeline here is an op with its input and output specs; playing a command calls
`op.numpy` on views of the buffers. A result replaces the array that was there, so
results may alias inputs and nothing is copied; written in place is only what has no
alias (`_overwrite`).
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import numpy as np

from .blas import own_threads
from .pool import size_class
from .seam import COMMAND, COPY, Adapter, Bound, Device, OutOfMemory, Program

DTYPE = {
    "float32": np.float32,
    "float16": np.float16,
    "int32": np.int32,
    "uint32": np.uint32,
    "bool": np.uint32,
    "uint8": np.uint8,
    "complex64": np.complex64,
}

Meaning = tuple[Any, tuple[Any, ...], tuple[Any, ...]]
"""An op with the specs of its inputs and outputs."""

PIPELINES = 2048
"""So many that were used last are known, and at most as many again."""

FIX = "take smaller batches, or fewer rows at a time"

RESIDENT = 1 << 30
"""Bytes of one array: no buffer is too large here, but data that have more are not
copied as a whole.
"""


class ReferenceDevice(Device):
    takes_wholes = True

    def __init__(self) -> None:
        cores = os.cpu_count() or 1
        self.adapter = Adapter(
            f"NumPy {np.__version__} on {platform.machine() or 'CPU'}, {cores} cores",
            "numpy",
            "cpu",
            True,
            max_binding=RESIDENT,
        )
        self._arrays: dict[int, np.ndarray] = {}
        self._capacity: dict[int, int] = {}
        self._pipelines: dict[Program, int] = {}
        self._older: dict[Program, int] = {}
        self._programs: dict[int, Meaning] = {}
        self._groups: dict[int, tuple[Meaning, tuple[int, ...]]] = {}
        self._freed: list[int] = []
        # what buffers held that the commands being played write in place
        self._before: dict[int, np.ndarray | None] = {}
        self._next = 0
        self._busy = 0.0  # seconds that kernels took since the clock was read

    def alloc(self, nbytes: int) -> int:
        if self._freed:
            buffer = self._freed.pop()
        else:
            buffer = self._next = self._next + 1
        self._capacity[buffer] = size_class(nbytes)
        return buffer

    def free(self, buffer: int) -> None:
        del self._capacity[buffer]
        self._arrays.pop(buffer, None)
        # the number comes again, so that eager ops find the bind groups they made
        # before
        self._freed.append(buffer)

    def upload(self, buffer: int, data: Any, offset: int = 0) -> None:
        raw = np.frombuffer(bytes(data), np.uint8)
        if offset + raw.size > self._capacity[buffer]:
            raise ValueError(
                f"upload of {raw.size} bytes at {offset} into a buffer of {self._capacity[buffer]}"
                " bytes"
            )
        # the rest of a new buffer is undefined
        old = raw if offset == 0 and self._get(buffer) is None else self._bytes(buffer)
        if offset or raw.size < old.size:
            raw = np.concatenate([_padded(old, offset)[:offset], raw, old[offset + raw.size :]])
        self._set(buffer, raw)

    def upload_image(self, buffer: int, picture: Any) -> None:
        self.upload(buffer, np.ascontiguousarray(picture, np.uint8))

    async def download(self, buffer: int, nbytes: int) -> bytes:
        # as they are now: other tasks may write while this one waits
        data = self.download_sync(buffer, nbytes)
        await self.settled()
        return data

    def download_sync(self, buffer: int, nbytes: int) -> bytes:
        return _padded(self._bytes(buffer), nbytes)[:nbytes].tobytes()

    def compile(self, programs: Sequence[Program]) -> list[int]:
        numbers = [self._pipelines.get(program) or self._number(program) for program in programs]
        if len(self._pipelines) > PIPELINES:
            for number in self._older.values():
                self._forget(number)
            self._older, self._pipelines = self._pipelines, {}
        return numbers

    def _number(self, program: Program) -> int:
        """Of a program that was not used of late, or never."""
        number = self._older.pop(program, 0)
        if not number:
            assert program.numpy is not None
            number = self._next = self._next + 1
            self._programs[number] = program.numpy  # type: ignore[assignment]
        self._pipelines[program] = number
        return number

    def _forget(self, pipeline: int) -> None:
        """Of each op and shapes there is a pipeline, and of shapes there is no end.
        Bind groups keep what they need.
        """
        del self._programs[pipeline]

    def bind(self, pipeline: int, buffers: Sequence[int], params: bytes = b"") -> int:
        self._next += 1
        self._groups[self._next] = self._programs[pipeline], tuple(buffers)
        return self._next

    def unbind(self, group: int) -> None:
        del self._groups[group]

    def run(self, commands: array[int]) -> None:
        """After an error what they write in place, such as weights, is as it was: all
        of a step is done, or none.
        """
        start = time.perf_counter()
        try:
            # inf and nan flow on silently, as on a GPU
            with own_threads(), np.errstate(all="ignore"):
                self._play(commands)
        except BaseException as error:
            self._undo(commands)
            if not isinstance(error, MemoryError) or isinstance(error, OutOfMemory):
                raise
            raise OutOfMemory(f"{str(error) or 'there is no memory left'}; {FIX}") from error
        finally:
            self._before.clear()
        self._busy += time.perf_counter() - start

    def _undo(self, commands: array[int]) -> None:
        """Results replace arrays, so what was there before is whole. What was computed
        makes room: a plan would hold it until it is played again.
        """
        for i in range(0, len(commands), COMMAND):
            if commands[i] != COPY:
                (_, ins, _), buffers = self._groups[commands[i + 1]]
                for buffer in buffers[len(ins) :]:
                    self._lose(buffer)
        for buffer, value in self._before.items():
            if value is None:
                self._lose(buffer)
            elif buffer in self._capacity:  # somebody may have freed it meanwhile
                self._set(buffer, value)

    def _lose(self, buffer: int) -> None:
        """What is in it counts no more."""
        self._arrays.pop(buffer, None)

    def start_clock(self) -> bool:
        self._busy = 0.0
        return True

    def read_clock(self) -> float:
        ms, self._busy = self._busy * 1e3, 0.0
        return ms

    def _play(self, commands: array[int]) -> None:
        for i in range(0, len(commands), COMMAND):
            pipeline, group = commands[i], commands[i + 1]
            if pipeline == COPY:
                self._copy(*commands[i + 1 : i + COMMAND])
                continue
            self._compute(group)

    def _compute(self, group: int) -> None:
        (op, ins, outs), buffers = self._groups[group]
        targets = []
        for w in op.writes:
            buffer = buffers[w]
            targets.append((buffer, ins[w]))
            if buffer not in self._before:
                self._before[buffer] = self._get(buffer)
        targets += zip(buffers[len(ins) :], outs, strict=True)
        self._call(op.numpy, zip(buffers, ins, strict=False), targets)

    def _call(
        self, function: Callable[..., Any], ins: Iterable[Bound], targets: Sequence[Bound]
    ) -> None:
        values = function(*map(self.seen, ins))
        results = values if isinstance(values, tuple) else (values,)
        for (buffer, spec), result in zip(targets, results, strict=True):
            self._set(buffer, np.ascontiguousarray(result, DTYPE[spec.dtype]).reshape(spec.shape))

    def play_whole(
        self, run: Callable[..., Any], ins: Sequence[Bound], outs: Sequence[Bound]
    ) -> None:
        start = time.perf_counter()
        self._call(run, ins, outs)
        self._busy += time.perf_counter() - start

    def lying(self, buffers: Sequence[int]) -> list[Any]:
        return [self._arrays.get(buffer) for buffer in buffers]

    async def settled(self) -> None:
        await asyncio.sleep(0)  # all is done already; other tasks have their turn

    def sync(self) -> None:
        pass

    def memory(self) -> dict[str, int]:
        return {
            "buffers": len(self._capacity),
            "bytes": sum(self._capacity.values()),
            "pooled_bytes": 0,
            "bind_groups": len(self._groups),
            "pipelines": len(self._programs),
        }

    def _get(self, buffer: int) -> np.ndarray | None:
        """What a buffer holds, in the shape in which it was written; None where nobody
        has.
        """
        return self._arrays.get(buffer)

    def _set(self, buffer: int, value: np.ndarray) -> None:
        self._arrays[buffer] = value

    def _bytes(self, buffer: int) -> np.ndarray:
        value = self._get(buffer)
        return (
            np.zeros(self._capacity[buffer], np.uint8)
            if value is None
            else value.reshape(-1).view(np.uint8)
        )

    def seen(self, bound: Bound) -> np.ndarray:
        buffer, spec = bound
        value = self._get(buffer)
        dtype = DTYPE[spec.dtype]
        if value is None or value.shape != spec.shape or value.dtype != dtype:
            size = spec.size * np.dtype(dtype).itemsize
            value = _padded(self._bytes(buffer), size)[:size].view(dtype).reshape(spec.shape)
        # NumPy computes with them one by one, in software; and GPUs compute in float32,
        # too
        if spec.dtype == "float16":
            return value.astype(np.float32)
        # ops compute differently with bool and uint32
        return value.astype(bool) if spec.dtype == "bool" else value

    def _copy(
        self, source: int, target: int, nbytes: int, source_offset: int, target_offset: int
    ) -> None:
        value = self._get(source)
        whole = value is not None and value.nbytes == nbytes and source_offset == 0
        if whole and target_offset == 0 and self._size(target) <= nbytes:
            self._set(target, cast(np.ndarray, value))
            return
        end = source_offset + nbytes
        part = _padded(self._bytes(source), end)[source_offset:end]
        if not self._overwrite(target, part, target_offset):
            self.upload(target, part, target_offset)

    def _size(self, buffer: int) -> int:
        """How many bytes it has of those that were written."""
        value = self._arrays.get(buffer)
        return 0 if value is None else value.nbytes

    def _overwrite(self, buffer: int, part: np.ndarray, offset: int) -> bool:
        """Writes a part in place, so that a row costs a row; False where the array is
        shorter, or somebody else has a view of it, such as a reshaped result.
        """
        value = self._get(buffer)
        if value is None or offset + part.size > value.nbytes:
            return False
        owners = sys.getrefcount(value)  # the table, the name here, and the question itself
        if owners > 3 or not (value.flags.owndata and value.flags.writeable):
            return False
        value.reshape(-1).view(np.uint8)[offset : offset + part.size] = part
        self._set(buffer, value)
        return True


def _padded(raw: np.ndarray, nbytes: int) -> np.ndarray:
    return (
        raw if raw.size >= nbytes else np.concatenate([raw, np.zeros(nbytes - raw.size, np.uint8)])
    )
