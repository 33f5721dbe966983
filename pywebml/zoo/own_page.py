"""What was taught on an extractor as files that play without Python: plan.json and
weights.bin, for web/runtime/pywebml.js, and the kernels that they name. Needs neither a
graphics card nor NumPy, which a browser tab may not have. docs/own-page.md has the
format.

Kernels of the frozen network are kept in 8 bits, one scale per output channel, as the
Teach page's extractor is (compact.py), and so are a head's that would weigh more than
the rest; everything else as it is.
"""

from __future__ import annotations

import gzip
import hashlib
import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from .. import layers as L
from .. import ops
from ..core.capture import traced
from ..core.spec import Spec
from ..core.tensor import Tensor
from ..core.written_down import ANY_GPU, ANY_TAB, Weight, WrittenPlan, write_down
from ..device.kernels import Recipe, part_text, recipe_of
from ..device.seam import Adapter
from ..host.integrity import allowing, import_map, sum_of
from ..host.json_data import json_bytes
from ..models import Model
from ..ops.softmax import Softmax
from .extractor import Extractor

FORMAT = "pywebml-plan"
VERSION = 1
STEPS = 127  # of 8 bits, to either side of zero
LARGE = 1 << 18  # numbers of a head's kernel above which it is kept in 8 bits, too
PLAN, WEIGHTS, KERNELS = "plan.json", "weights.bin", "kernels.json"
LIBRARY = "pywebml/xnnpack.bin"
UNTITLED = "What does it see?"


async def plan_files(
    extractor: Extractor,
    head: Model | None,
    labels: Sequence[str],
    fit: str = "crop",
    title: str = "",
) -> dict[str, bytes]:
    """{"plan.json", "weights.bin", "kernels.json"} of an extractor and a head that was
    taught on its features; without one, of a network that has classes of its own.
    `fit`: how pictures are looked at. "cpu" is null in the plan
    where XNNPACK has no kernel for an operation: the network needs WebGPU then.
    """
    height, width = extractor.input_size
    shape = Spec((1, height, width, 3), "float32")
    plain = extractor.astype("float32")
    network = plain.model if head else plain.classifier
    tensors = _Tensors(_kernels(network, head))
    kernels: dict[str, str] = {}
    parts: dict[str, Any] = {"gpu": None, "cpu": None}
    softmax = False
    for name, adapter in (("gpu", ANY_GPU), ("cpu", ANY_TAB)):
        plan, softmax = _written(network, head, shape, adapter)
        if plan is not None:
            parts[name] = await _part(plan, tensors, kernels)
    packed = gzip.compress(tensors.raw(), 9, mtime=0)
    preprocess = extractor.preprocess
    about = {
        "format": FORMAT,
        "version": VERSION,
        "title": title,
        "labels": list(labels),
        "extractor": extractor.name,
        "picture": {
            "size": [height, width],
            "fit": fit,
            "scale": list(preprocess.scale),
            "offset": list(preprocess.offset),
            "order": preprocess.order,
        },
        "softmax": softmax,
        "weights": {
            "file": WEIGHTS,
            "packed": "gzip",
            "sent": len(packed),
            "sha256": hashlib.sha256(packed).hexdigest(),
            "bytes": tensors.size,
            "tensors": tensors.described(),
        },
        **parts,
    }
    return {
        PLAN: json_bytes(about, None),
        WEIGHTS: packed,
        KERNELS: json_bytes(kernels, None),
    }


def page_files(
    plan: Mapping[str, bytes], shell: Mapping[str, bytes], title: str
) -> dict[str, bytes]:
    """The whole page, {path: bytes}: what `plan_files` has written in `shell`, the
    files of web/own/files.json and XNNPACK's library (LIBRARY), which is packed; and
    what fills these: the title, the modules that the browser may fetch at once with the
    sums by which it knows them, and those that the service worker keeps.

    ValueError where the shell lacks a file that is filled.
    """
    files = {
        **shell,
        LIBRARY: gzip.compress(shell[LIBRARY], 9, mtime=0),
        f"pywebml/{KERNELS}": plan[KERNELS],
        f"model/{PLAN}": plan[PLAN],
        f"model/{WEIGHTS}": plan[WEIGHTS],
    }
    modules = [path for path in sorted(shell) if path.startswith("pywebml/") and path[-3:] == ".js"]
    links = (f'<link rel="modulepreload" href="{path}">' for path in modules)
    checked = import_map({path: sum_of(shell[path]) for path in modules})
    slots = {
        "{{ title }}": escape(title.strip() or UNTITLED),
        "{{ modules }}": "\n  ".join([checked, *links]),
    }
    html = _filled(files, "index.html", slots).decode()
    files["index.html"] = allowing(html, html).encode()
    sums = {
        path: hashlib.sha256(data).hexdigest()
        for path, data in sorted(files.items())
        if path != "sw.js"
    }
    listed = json_bytes(sums, None).decode()
    version = hashlib.sha256(listed.encode()).hexdigest()[:10]
    slots = {"FILES = {}": f"FILES = {listed}", 'VERSION = ""': f'VERSION = "{version}"'}
    files["sw.js"] = _filled(files, "sw.js", slots)
    return dict(sorted(files.items()))


def _filled(files: Mapping[str, bytes], name: str, slots: Mapping[str, str]) -> bytes:
    """A text of the shell with these words replaced."""
    text = bytes(files.get(name, b"")).decode()
    for slot, value in slots.items():
        if slot not in text:
            raise ValueError(f"{name} of the page has no place for {slot}")
        text = text.replace(slot, value)
    return text.encode()


def _written(
    network: Model, head: Model | None, shape: Spec, adapter: Adapter
) -> tuple[WrittenPlan | None, bool]:
    """The plan from a picture to scores; whether these are still to go through a
    softmax.
    """

    def scores(picture: Tensor) -> Tensor:
        features: Tensor = network(picture)
        return features if head is None else head(features.reshape(1, -1))

    trace, (source,), (result,) = traced(scores, [shape])
    last = trace.steps[-1]
    softmax = last.op == Softmax() and last.outs == [result.buffer]
    if softmax:
        result = Tensor(last.ins[0], last.in_specs[0])
    return write_down(trace.steps, source, result, adapter), softmax


async def _part(plan: WrittenPlan, tensors: _Tensors, kernels: dict[str, str]) -> dict[str, Any]:
    """A plan as JSON data. Adds to tensors and kernels what it needs."""
    if plan.calls:
        played: dict[str, Any] = {"calls": [[kernel, *args] for kernel, args in plan.calls]}
    else:
        programs = []
        for program in plan.programs:
            recipe = recipe_of(program.source)
            if recipe:
                kernels.update((part, part_text(part)) for part in recipe.parts)
            else:  # an op has written it, for this network
                digest = hashlib.sha256(program.source.encode()).hexdigest()[:16]
                recipe = Recipe((f"written/{digest}",))
                kernels[recipe.parts[0]] = program.source
            programs.append(
                {
                    "name": program.name,
                    "entry": program.entry,
                    "constants": dict(program.constants),
                    "layout": program.layout,
                    "parts": list(recipe.parts),
                    "types": list(recipe.types),
                    "sizes": dict(recipe.sizes),
                }
            )
        groups = [
            {"program": number, "buffers": buffers, "params": list(array("I", params))}
            for number, buffers, params in plan.groups
        ]
        played = {"programs": programs, "groups": groups, "commands": plan.commands}
    weights = [await tensors.number(weight) for weight in plan.weights]
    about_buffers = {"buffers": plan.buffers, "weights": weights}
    return {**about_buffers, "input": plan.input, "output": plan.output, **played}


def _kernels(network: Model, head: Model | None) -> dict[Any, tuple[Tensor, int]]:
    """{buffer: (weight, axes of outputs)} of what is kept in 8 bits: the network's
    kernels, and those of the head that are large.
    """
    kernels: dict[Any, tuple[Tensor, int]] = {}
    for layer in (*network.layers, *(head.layers if head else ())):
        if isinstance(layer, (L.Conv2D, L.DepthwiseConv2D, L.Dense)) and layer.weights:
            kernel = layer.weights[0]
            apart = 2 if isinstance(layer, L.DepthwiseConv2D) else 1
            if layer in network.layers or kernel.size > LARGE:
                kernels[kernel.buffer] = (kernel, apart)
    return kernels


@dataclass
class _Tensors:
    """What goes into weights.bin: floats first, then bytes."""

    kernels: dict[Any, tuple[Tensor, int]]
    floats: bytearray = field(default_factory=bytearray)
    steps: bytearray = field(default_factory=bytearray)
    entries: list[dict[str, int]] = field(default_factory=list)
    numbers: dict[Any, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.floats) + len(self.steps)

    def raw(self) -> bytes:
        return bytes(self.floats + self.steps)

    def described(self) -> list[dict[str, int]]:
        """Where each is: "at" bytes, "size" numbers; with "scales", at how many bytes
        these are and with "channels", how many, it is bytes.
        """
        behind = len(self.floats)
        return [
            {**entry, "at": entry["at"] + behind} if "scales" in entry else entry
            for entry in self.entries
        ]

    async def number(self, weight: Weight | tuple[float, ...]) -> int:
        """Its place in the list; a weight that is there already is not added again."""
        key = weight if not isinstance(weight, Weight) else weight.buffer
        if key not in self.numbers:
            if isinstance(weight, Weight):
                entry = await self._entry(weight)
            else:
                entry = {"at": self._floats(array("f", weight).tobytes()), "size": len(weight)}
            self.numbers[key] = len(self.entries)
            self.entries.append(entry)
        return self.numbers[key]

    async def _entry(self, weight: Weight) -> dict[str, int]:
        if weight.buffer not in self.kernels:
            values = (await Tensor(weight.buffer, weight.spec).data()).tobytes()
            return {"at": self._floats(values), "size": len(values) // 4}
        kernel, apart = self.kernels[weight.buffer]
        rows = kernel.reshape(-1, math.prod(kernel.shape[-apart:]))
        largest = ops.max(ops.abs(rows), axis=0)
        largest = ops.where(largest > 0, largest, 1.0)
        steps = await ops.round(rows / largest * STEPS + STEPS).data()
        scales = (await (largest / STEPS).data()).tobytes()
        at = len(self.steps)
        self.steps += bytes(map(int, array("f", steps.tobytes())))
        place = self._floats(scales)
        return {"at": at, "size": rows.size, "scales": place, "channels": rows.shape[1]}

    def _floats(self, raw: bytes) -> int:
        at = len(self.floats)
        self.floats += raw
        return at
