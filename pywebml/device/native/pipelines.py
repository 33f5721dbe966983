"""Pipelines: compiled once per program, several of them in parallel."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from ..seam import Program
from .trouble import refusal

_KINDS = {"r": "read-only-storage", "w": "storage", "u": "uniform"}


class Pipeline(NamedTuple):
    """wgpu's objects of a program, and the letters of its layout (`Program.layout`)."""

    compute: Any
    group_layout: Any
    letters: str


class Pipelines:
    """`checks`: naga's bounds and loop checks stay in the kernels."""

    def __init__(self, device: Any, checks: bool):
        from wgpu import GPUError, GPUPipelineError  # optional, and heavy
        from wgpu.backends.wgpu_native import _api

        self._api, self._errors = _api, (GPUError, GPUPipelineError)
        self._device, self._checks = device, checks
        self._lock = threading.Lock()
        self._numbers: dict[Program, int] = {}
        self._modules: dict[str, Any] = {}
        self._layouts: dict[str, tuple[Any, Any]] = {}
        self.by_number: list[Pipeline] = []
        """By the numbers that `compile` gives."""

    def compile(self, programs: Sequence[Program]) -> list[int]:
        missing = [p for p in dict.fromkeys(programs) if p not in self._numbers]
        if len(missing) == 1:
            pipelines = [self._make(missing[0])]
        elif missing:
            with ThreadPoolExecutor(min(len(missing), os.cpu_count() or 1)) as threads:
                pipelines = list(threads.map(self._make, missing))
        else:
            pipelines = []
        for program, pipeline in zip(missing, pipelines, strict=True):
            self._numbers[program] = len(self.by_number)
            self.by_number.append(pipeline)
        return [self._numbers[p] for p in programs]

    def _make(self, program: Program) -> Pipeline:
        """RuntimeError with the kernel's name where the driver refuses it."""
        try:
            return self._made(program)
        except self._errors as error:
            raise refusal(program.name, error) from error

    def _made(self, program: Program) -> Pipeline:
        letters = program.layout
        with self._lock:
            module = self._modules.get(program.source)
            if letters not in self._layouts:
                self._layouts[letters] = self._make_layouts(letters)
        group_layout, pipeline_layout = self._layouts[letters]
        if module is None:
            module = self._modules[program.source] = self._make_module(program)
        stage: dict[str, Any] = {"module": module, "entry_point": program.entry}
        if program.constants:
            stage["constants"] = dict(program.constants)
        compute = self._device.create_compute_pipeline(
            label=program.name, layout=pipeline_layout, compute=stage
        )
        return Pipeline(compute, group_layout, letters)

    def _make_layouts(self, letters: str) -> tuple[Any, Any]:
        """Of the bind group, and of the pipeline that has this one group."""
        entries = [
            {"binding": i, "visibility": "COMPUTE", "buffer": {"type": _KINDS[letter]}}
            for i, letter in enumerate(letters)
        ]
        group = self._device.create_bind_group_layout(entries=entries)
        return group, self._device.create_pipeline_layout(bind_group_layouts=[group])

    def _make_module(self, program: Program) -> Any:
        """A shader module; without checks, through the function of wgpu-native that
        wgpu-py's API does not offer.

        Our text is our own and tested with checks on; a syntax error is reported by the
        checked path, which names the line.
        """
        # naga has subgroups without the line, and rejects it; the specification (and
        # Dawn) demand it
        code = program.source.replace("enable subgroups;", "")
        if self._checks:
            return self._device.create_shader_module(label=program.name, code=code)
        ffi, lib = self._api.ffi, self._api.lib
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
