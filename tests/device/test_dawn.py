"""Every kernel through Chrome's WebGPU, Dawn: those in float16 too, which no browser at
hand would take.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from in_node import run_node

from pywebml.apps.check import sample_cases
from pywebml.core.choices import forced
from pywebml.core.op import REGISTRY, lower
from pywebml.core.spec import Spec
from pywebml.device import Adapter, Program

pytestmark = pytest.mark.dawn

FEATURES = frozenset({"f16", "subgroups"})
ADAPTER = Adapter(
    "a GPU",
    "wgsl",
    "Vulkan",
    features=FEATURES,
    max_workgroup_bytes=48 << 10,
    min_subgroup=32,
    max_subgroup=32,
)


def programs() -> list[Program]:
    """What the sample cases of all ops are on that adapter."""
    found: dict[Program, None] = {}
    for _, case in sample_cases(REGISTRY, ADAPTER):
        specs = tuple(Spec(np.shape(a), np.asarray(a).dtype.name) for a in case.inputs)
        with forced(**dict(case.forms)):
            found |= dict.fromkeys(
                launch.program
                for launch in lower(case.op, specs, case.op.outputs(*specs), ADAPTER).launches
            )
    return list(found)


def told(program: Program) -> dict[str, Any]:
    constants = {name: float(value) for name, value in program.constants}
    return {
        "source": program.source,
        "entry": program.entry,
        "constants": constants,
        "layout": program.layout,
    }


def too_much(trouble: str) -> float:
    """Bytes of workgroup memory, if that is all that is wrong: the null backend has
    only the 16 KiB that WebGPU promises.
    """
    found = re.search(r"total use of workgroup storage \((\d+) bytes\)", trouble)
    return int(found[1]) if found else math.inf


def test_dawn_takes_every_kernel() -> None:
    made = programs()
    assert sum("f16" in p.features for p in made) > 200
    assert {"dense.row subgroups 256", "dense.64x64x32 8x4"} <= {p.name for p in made}
    troubles = [
        (program.name, trouble)
        for program, trouble in zip(
            made, run_node("compile.mjs", [told(p) for p in made]), strict=True
        )
        if trouble and too_much(trouble) > ADAPTER.max_workgroup_bytes
    ]
    assert troubles == []


def test_dawn_says_what_is_wrong() -> None:
    text = (
        "@group(0) @binding(0) var<storage, read_write> y: array<f16>;\n@compute @workgroup_size(1)"
        " fn main() { y[0] = 1h; }"
    )
    (trouble,) = run_node("compile.mjs", [told(Program("no enable", text))])
    assert "f16" in trouble
