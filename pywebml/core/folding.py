"""Small work on whole numbers, such as shapes and places, that is known while a
function is recorded: it is done then, on the host, and in no replay. A launch costs
microseconds where such a sum costs none.
"""

from __future__ import annotations

import sys
from typing import Any

from ..host.lazy import np
from .basic import Assign
from .fusion import Constant
from .runtime import SMALL, Buffer
from .spec import Spec
from .trace import Step, readers

_WORDS = {"int32": "int32", "uint32": "uint32", "bool": "uint32"}


def fold_on_host(steps: list[Step], outputs: set[Buffer]) -> tuple[list[Step], list[str]]:
    """(the steps that are left, the ops that were done here).

    Those are done whose inputs are whole numbers that came from the host, and whose
    results are so, and small. What others read of them becomes a tensor.
    """
    if "numpy" not in sys.modules:  # in a tab it would take longer to load than it saves
        return steps, []
    values: dict[Buffer, Any] = {}
    left, folded = [], []
    reading = readers(steps)
    for step in steps:
        if isinstance(step.op, Constant) and all(
            isinstance(reader.op, Assign) for b in step.outs for reader in reading.get(b, [step])
        ):
            left.append(step)  # it will write the variable itself
            continue
        ins = [_value(b, s, values) for b, s in zip(step.ins, step.in_specs, strict=True)]
        if any(v is None for v in ins) or not all(map(_is_small, step.out_specs)) or step.op.writes:
            left.append(step)
            continue
        with np.errstate(all="ignore"):
            results = step.op.numpy(*ins)
        several = results if isinstance(results, tuple) else (results,)
        for buffer, spec, value in zip(step.outs, step.out_specs, several, strict=True):
            values[buffer] = np.asarray(value).astype(_WORDS[spec.dtype]).reshape(spec.shape)
        folded.append(step.op.name)
    read = {b for step in left for b in step.ins} | outputs
    for buffer, value in values.items():
        if buffer in read:
            buffer.fill(value.tobytes())
    return left, folded


def _is_small(spec: Spec) -> bool:
    return spec.dtype in _WORDS and spec.nbytes <= SMALL


def _value(buffer: Buffer, spec: Spec, values: dict[Buffer, Any]) -> Any:
    """The input's values where they are known, else None."""
    value = values.get(buffer)
    if value is None and buffer.host is not None and spec.dtype in _WORDS:
        value = np.frombuffer(buffer.host, _WORDS[spec.dtype])
    if value is None:
        return None
    value = value.reshape(spec.shape)
    return value.astype(bool) if spec.dtype == "bool" else value
