"""The desktop GPU through wgpu-py. Objects are made with its API; lists are played
straight through its C functions, which costs a third of going through its Python
wrappers.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

from ..host import settings
from .pool import Pool, size_class
from .seam import COMMAND, COPY, EXTENSIONS, Adapter, Device, Program

_SLAB = 64 << 10  # bytes a buffer of uniform blocks
_ALIGN = 256  # WebGPU's minUniformBufferOffsetAlignment
_MAX_BATCH = 4096  # commands a submit: drivers limit how much one command buffer may hold
# commands of a longer list that a GPU at rest is given first, and then, to start on
# while others are encoded
_AHEAD = (8, 16)
_FEATURE = {"f16": "shader-f16", "subgroups": "subgroup"}  # wgpu's names of EXTENSIONS


class NativeDevice(Device):
    """`checks=True` keeps naga's bounds and loop checks in our kernels (12 to 25 times
    slower matmul; for tests).

    Raises RuntimeError naming the fix when there is no Vulkan, Metal or D3D12 adapter.
    """

    def __init__(self, adapter: Any = None, checks: bool | None = None):
        import wgpu
        from wgpu.backends.wgpu_native import _api

        self._wgpu, self._api = wgpu, _api
        self._lib, self._ffi = _api.lib, _api.ffi
        adapter = adapter or pick_adapter()
        if adapter is None:
            raise RuntimeError(
                "no GPU adapter found; install a Vulkan driver (Debian: mesa-vulkan-drivers) or use"
                " device='cpu'"
            )
        self.checks = settings.CHECKS() if checks is None else checks
        limits = adapter.limits
        wanted = {
            name: limits[name]
            for name in (
                "max-buffer-size",
                "max-storage-buffer-binding-size",
                "max-storage-buffers-per-shader-stage",
                "max-compute-workgroup-storage-size",
            )
            if name in limits
        }
        extensions = [name for name in EXTENSIONS if _FEATURE[name] in adapter.features]
        self._device = adapter.request_device_sync(
            required_features=[_FEATURE[name] for name in extensions], required_limits=wanted
        )
        self._queue = self._device.queue
        info = adapter.info
        self.adapter = Adapter(
            info["device"] or info["description"],
            "wgsl",
            info["backend_type"],
            info["adapter_type"] == "CPU",
            frozenset(extensions),
            limits["max-compute-workgroups-per-dimension"],
            min(limits["max-storage-buffer-binding-size"], limits["max-buffer-size"]),
            limits["max-compute-workgroup-storage-size"],
            min_subgroup=_subgroup_size(info, "min"),
            max_subgroup=_subgroup_size(info, "max"),
            driver=info["description"],
        )
        self._pool = Pool()
        self._lock = threading.Lock()
        self._buffers: dict[int, Any] = {}
        self._used_bytes = 0
        self._pipelines: dict[Program, int] = {}
        # (pipeline, bind group layout, layout letters)
        self._pipeline_objects: list[tuple[Any, Any, str]] = []
        self._modules: dict[str, Any] = {}
        self._layouts: dict[str, tuple[Any, Any]] = {}
        self._groups: dict[int, Any] = {}
        self._uniform_slots: OrderedDict[bytes, tuple[Any, int]] = OrderedDict()
        self._slab_offset = _SLAB
        self._slab: Any = None
        self._staging: dict[int, Any] = {}
        self._next = 0
        self._tokens = count()  # reads may start in several threads at once
        self._mapped: dict[int, int] = {}
        self._at_rest = True  # somebody has waited for all that was submitted

        @self._ffi.callback("void(WGPUMapAsyncStatus, WGPUStringView, void *, void *)")
        def on_mapped(status: int, message: Any, token: Any, _: Any) -> None:
            self._mapped[int(self._ffi.cast("intptr_t", token))] = status

        self._on_mapped = on_mapped

    # buffers

    def alloc(self, nbytes: int) -> int:
        capacity = size_class(nbytes, self.adapter.max_binding)
        if capacity > self.adapter.max_binding:
            raise ValueError(
                f"a tensor of {nbytes / 1e6:.0f} MB, but {self.adapter.name} allows"
                f" {self.adapter.max_binding / 1e6:.0f} MB; use a smaller batch or device='cpu'"
            )
        buffer = self._pool.take(capacity)
        if buffer is None:
            usage = self._wgpu.BufferUsage
            self._next += 1
            buffer = self._next
            self._buffers[buffer] = self._device.create_buffer(
                size=capacity, usage=usage.STORAGE | usage.COPY_SRC | usage.COPY_DST
            )
        self._used_bytes += capacity
        return buffer

    def free(self, buffer: int) -> None:
        capacity = self._buffers[buffer].size
        self._used_bytes -= capacity
        for dropped in self._pool.put(buffer, capacity):
            self._buffers.pop(dropped).destroy()

    def upload(self, buffer: int, data: Any, offset: int = 0) -> None:
        view = memoryview(data).cast("B")
        if view.nbytes % 4:
            view = memoryview(bytes(view) + bytes(-view.nbytes % 4))
        if view.nbytes:
            self._queue.write_buffer(self._buffers[buffer], offset, view)

    def upload_image(self, buffer: int, picture: Any) -> None:
        self.upload(buffer, picture)

    async def download(self, buffer: int, nbytes: int) -> bytes:
        staging, token = self._start_download(buffer, nbytes)
        await self.settled()
        return self._finish_download(staging, token, nbytes)

    def download_sync(self, buffer: int, nbytes: int) -> bytes:
        return self._finish_download(*self._start_download(buffer, nbytes), nbytes)

    def _start_download(self, buffer: int, nbytes: int) -> tuple[Any, int]:
        capacity = size_class(nbytes)
        staging = self._staging.pop(capacity, None)
        if staging is None:
            usage = self._wgpu.BufferUsage
            staging = self._device.create_buffer(
                size=capacity, usage=usage.COPY_DST | usage.MAP_READ
            )
        lib, ffi = self._lib, self._ffi
        encoder = lib.wgpuDeviceCreateCommandEncoder(self._device._internal, ffi.NULL)
        aligned = nbytes + 3 & ~3
        lib.wgpuCommandEncoderCopyBufferToBuffer(
            encoder, self._buffers[buffer]._internal, 0, staging._internal, 0, aligned
        )
        self._submit(encoder)
        token = next(self._tokens)
        info = ffi.new("WGPUBufferMapCallbackInfo *")
        info.mode = lib.WGPUCallbackMode_AllowProcessEvents
        info.callback = self._on_mapped
        info.userdata1 = ffi.cast("void *", token)
        lib.wgpuBufferMapAsync(staging._internal, lib.WGPUMapMode_Read, 0, aligned, info[0])
        return staging, token

    def _finish_download(self, staging: Any, token: int, nbytes: int) -> bytes:
        while token not in self._mapped:
            self._lib.wgpuDevicePoll(self._device._internal, True, self._ffi.NULL)
        if self._mapped.pop(token) != self._lib.WGPUMapAsyncStatus_Success:
            raise RuntimeError(
                f"reading {nbytes} bytes back from {self.adapter.name} failed; the GPU device may"
                " have been lost"
            )
        self._at_rest = True
        pointer = self._lib.wgpuBufferGetConstMappedRange(staging._internal, 0, nbytes + 3 & ~3)
        data = bytes(self._ffi.buffer(pointer, nbytes))
        self._lib.wgpuBufferUnmap(staging._internal)
        if staging.size <= 16 << 20:
            self._staging[staging.size] = staging
        return data

    # pipelines and bind groups

    def compile(self, programs: Sequence[Program]) -> list[int]:
        todo = [p for p in dict.fromkeys(programs) if p not in self._pipelines]
        for program in todo:
            self.adapter.require(program)
        if todo:
            if len(todo) == 1:
                made = [self._make_pipeline(todo[0])]
            else:
                with ThreadPoolExecutor(min(len(todo), os.cpu_count() or 1)) as threads:
                    made = list(threads.map(self._make_pipeline, todo))
            for program, entry in zip(todo, made, strict=True):
                self._pipelines[program] = len(self._pipeline_objects)
                self._pipeline_objects.append(entry)
        return [self._pipelines[p] for p in programs]

    def _make_pipeline(self, program: Program) -> tuple[Any, Any, str]:
        letters = program.layout
        with self._lock:
            module = self._modules.get(program.source)
            if letters not in self._layouts:
                kinds = {"r": "read-only-storage", "w": "storage", "u": "uniform"}
                compute = self._wgpu.ShaderStage.COMPUTE
                entries = [
                    {"binding": i, "visibility": compute, "buffer": {"type": kinds[c]}}
                    for i, c in enumerate(letters)
                ]
                group = self._device.create_bind_group_layout(entries=entries)
                self._layouts[letters] = (
                    group,
                    self._device.create_pipeline_layout(bind_group_layouts=[group]),
                )
        group_layout, pipeline_layout = self._layouts[letters]
        if module is None:
            module = self._make_module(program)
            self._modules[program.source] = module
        stage: dict[str, Any] = {"module": module, "entry_point": program.entry}
        if program.constants:
            stage["constants"] = dict(program.constants)
        pipeline = self._device.create_compute_pipeline(
            label=program.name, layout=pipeline_layout, compute=stage
        )
        return pipeline, group_layout, letters

    def _make_module(self, program: Program) -> Any:
        """A shader module; without checks, through the function of wgpu-native that
        wgpu-py's API does not offer.

        Our text is our own and tested with checks on; a syntax error is reported by the
        checked path, which names the line.
        """
        # naga has subgroups without the line, and rejects it; the specification (and
        # Dawn) demand it
        code = program.source.replace("enable subgroups;", "")
        if self.checks:
            return self._device.create_shader_module(label=program.name, code=code)
        ffi, lib = self._ffi, self._lib
        encoded = code.encode()
        text = ffi.new("char[]", encoded)
        source = ffi.new("WGPUShaderSourceWGSL *")
        source.chain.sType = lib.WGPUSType_ShaderSourceWGSL
        source.code.data, source.code.length = text, len(encoded)
        descriptor = ffi.new("WGPUShaderModuleDescriptor *")
        descriptor.nextInChain = ffi.cast("WGPUChainedStruct *", source)
        handle = self._api.libf.wgpuDeviceCreateShaderModuleTrusted(
            self._device._internal, descriptor, 0
        )
        return self._api.GPUShaderModule(program.name, handle, self._device)

    def bind(self, pipeline: int, buffers: Sequence[int], params: bytes = b"") -> int:
        _, layout, letters = self._pipeline_objects[pipeline]
        ffi = self._ffi
        storage = len(letters) - letters.count("u")
        if len(buffers) != storage:
            raise ValueError(
                f"the kernel has {storage} storage bindings, got {len(buffers)} buffers"
            )
        entries = ffi.new("WGPUBindGroupEntry[]", len(letters))
        for i, buffer in enumerate(buffers):
            held = self._buffers[buffer]
            entries[i].binding, entries[i].buffer, entries[i].size = i, held._internal, held.size
        if storage < len(letters):
            slab, offset = self._uniform(params)
            entry = entries[storage]
            entry.binding, entry.buffer, entry.offset, entry.size = (
                storage,
                slab._internal,
                offset,
                len(params),
            )
        descriptor = ffi.new("WGPUBindGroupDescriptor *")
        descriptor.layout, descriptor.entryCount, descriptor.entries = (
            layout._internal,
            len(letters),
            entries,
        )
        self._next += 1
        self._groups[self._next] = self._api.libf.wgpuDeviceCreateBindGroup(
            self._device._internal, descriptor
        )
        return self._next

    def unbind(self, group: int) -> None:
        self._lib.wgpuBindGroupRelease(self._groups.pop(group))

    def _uniform(self, params: bytes) -> tuple[Any, int]:
        """Where these parameters lie. Equal blocks share a slot and slots are never
        rewritten, so bind groups stay valid.
        """
        slot = self._uniform_slots.get(params)
        if slot is None:
            size = -(-len(params) // _ALIGN) * _ALIGN
            if self._slab_offset + size > _SLAB:
                usage = self._wgpu.BufferUsage
                self._slab = self._device.create_buffer(
                    size=_SLAB, usage=usage.UNIFORM | usage.COPY_DST
                )
                self._slab_offset = 0
            self._queue.write_buffer(self._slab, self._slab_offset, params)
            slot = self._slab, self._slab_offset
            self._slab_offset += size
            self._uniform_slots[params] = slot
            # a slab is released when the last slot and bind group in it are gone
            if len(self._uniform_slots) > 65536:
                self._uniform_slots.popitem(last=False)
        return slot

    # playing

    def run(self, commands: array[int]) -> None:
        start, end = 0, len(commands) // COMMAND
        for ahead in _AHEAD if self._at_rest else ():
            if start + ahead + _AHEAD[0] <= end:
                self._play(commands, start, start + ahead)
                start += ahead
        self._at_rest = False
        for first in range(start, end, _MAX_BATCH):
            self._play(commands, first, min(end, first + _MAX_BATCH))

    def _play(self, commands: array[int], start: int, end: int) -> None:
        lib, ffi, groups, pipelines = self._lib, self._ffi, self._groups, self._pipeline_objects
        set_pipeline, set_group = (
            lib.wgpuComputePassEncoderSetPipeline,
            lib.wgpuComputePassEncoderSetBindGroup,
        )
        dispatch = lib.wgpuComputePassEncoderDispatchWorkgroups
        encoder = lib.wgpuDeviceCreateCommandEncoder(self._device._internal, ffi.NULL)
        null, current, one = ffi.NULL, None, None
        numbers = iter(commands[start * COMMAND : end * COMMAND])
        for pipeline, group, x, y, z, last in zip(*[numbers] * COMMAND, strict=True):
            if pipeline == COPY:
                if one is not None:
                    self._end_pass(one)
                    one = None
                source, target = self._buffers[group]._internal, self._buffers[x]._internal
                lib.wgpuCommandEncoderCopyBufferToBuffer(encoder, source, z, target, last, y)
                continue
            if one is None:
                one, current = lib.wgpuCommandEncoderBeginComputePass(encoder, null), None
            if pipeline != current:
                set_pipeline(one, pipelines[pipeline][0]._internal)
                current = pipeline
            set_group(one, 0, groups[group], 0, null)
            dispatch(one, x, y, z)
        if one is not None:
            self._end_pass(one)
        self._submit(encoder)

    def _end_pass(self, one: Any) -> None:
        self._lib.wgpuComputePassEncoderEnd(one)
        self._lib.wgpuComputePassEncoderRelease(one)

    def _submit(self, encoder: Any) -> None:
        handle = self._api.libf.wgpuCommandEncoderFinish(encoder, self._ffi.NULL)
        self._api.libf.wgpuQueueSubmit(
            self._queue._internal, 1, self._ffi.new("WGPUCommandBuffer[]", [handle])
        )
        self._lib.wgpuCommandBufferRelease(handle)
        self._lib.wgpuCommandEncoderRelease(encoder)

    async def settled(self) -> None:
        if self.adapter.software:  # lavapipe says "done" too early unless one waits
            return await asyncio.to_thread(self.sync)
        await asyncio.sleep(0)
        while not self._lib.wgpuDevicePoll(self._device._internal, False, self._ffi.NULL):
            await asyncio.sleep(0.0002)
        self._at_rest = True

    def sync(self) -> None:
        self._lib.wgpuDevicePoll(self._device._internal, True, self._ffi.NULL)
        self._at_rest = True

    def memory(self) -> dict[str, int]:
        return {
            "buffers": len(self._buffers),
            "bytes": self._used_bytes,
            "pooled_bytes": self._pool.waiting,
            "bind_groups": len(self._groups),
            "pipelines": len(self._pipelines),
        }


def _subgroup_size(info: Any, which: str) -> int:
    """The smallest or largest subgroup that the adapter names, or 0. wgpu-py 0.32
    spells the word "stackgroup".
    """
    return int(info.get(f"subgroup_{which}_size") or info.get(f"stackgroup_{which}_size") or 0)


def adapters() -> list[Any]:
    """All adapters wgpu finds, real GPUs first, Vulkan/Metal/D3D12 before OpenGL; empty
    without wgpu or drivers.
    """
    # unset, as on servers, Linux's graphics libraries print errors
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    try:
        import wgpu

        found = list(wgpu.gpu.enumerate_adapters_sync())
    except (ImportError, OSError, RuntimeError):
        return []
    rank = {"DiscreteGPU": 0, "IntegratedGPU": 1, "VirtualGPU": 2, "CPU": 4}
    usable = [
        a
        for a in found
        if a.info["backend_type"] != "OpenGL"
        and a.limits["max-storage-buffers-per-shader-stage"] >= 8
    ]
    return sorted(usable, key=lambda a: rank.get(a.info["adapter_type"], 3))


def pick_adapter(real_only: bool = False) -> Any:
    """The best adapter, or None; `real_only` leaves out software ones (several times
    slower than NumPy).
    """
    for adapter in adapters():
        if not real_only or adapter.info["adapter_type"] != "CPU":
            return adapter
    return None
