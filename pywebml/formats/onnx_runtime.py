"""ONNX Runtime as the library that computes plans as a whole (core/whole.py): a plan
becomes an ONNX graph, and that a session.

Weights are not in the graph's bytes: the session takes the arrays that were made for
them, and orders them for itself. It reports nothing to anybody.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from ..core.capture import Traced
from ..core.trace import Trace
from ..core.whole import NotFinite
from ..host.cores import cores
from .onnx_writing import Argument, stored_steps
from .wire.onnx import write

if TYPE_CHECKING:
    import numpy as np

    from ..core.runtime import Buffer
    from ..core.tensor import Tensor
    from ..core.trace import Step
    from ..core.whole import Inputs, Run
else:
    from ..host.lazy import np

NAME = "ONNX Runtime"
_SMALL = 1024  # bytes up to which weights are in the graph: sizes, which its passes read
_FATAL = 4  # what is logged: what a session cannot do, NumPy does

_of_parents: list[Any] = []
"""Sessions that a fork left without their threads: ending one would wait for these."""


@cache
def installed() -> str:
    """The version that is installed, "" for none."""
    for package in ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml"):
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return ""


@cache
def _library() -> Any:
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # which the builds for Windows have
    return onnxruntime


def made(
    steps: Sequence[Step],
    inputs: Inputs,
    outputs: Sequence[Tensor],
    values: Mapping[Buffer, Any],
) -> Run:
    """A session's run, see core/whole.py. ValueError for a plan that is not written as
    ONNX; its own errors for what it has no kernels for.
    """
    trace = Trace(outputs[0].buffer.device)
    trace.steps = list(steps)
    arguments = [
        Argument(f"input_{i}", spec.shape, spec.dtype) for i, spec in enumerate(inputs.values())
    ]
    known = {buffer: (array, "") for buffer, array in values.items()}
    stored = stored_steps(Traced(trace, list(inputs), list(outputs)), arguments, known)
    if not all(map(_finite, values.values())):
        raise NotFinite
    session, process = _session(stored), os.getpid()
    names = [argument.name for argument in arguments]

    def run(*arrays: Any) -> tuple[Any, ...]:
        if os.getpid() != process:
            _of_parents.append(session)
            raise RuntimeError("the session's threads are in the process that made it")
        if not all(map(_finite, arrays)):
            raise NotFinite
        return tuple(session.run(None, dict(zip(names, arrays, strict=True))))

    return run


def _finite(array: Any) -> bool:
    """Whether all numbers are: of NaN its pools and extremes make something else. (A
    sum beyond float32's numbers says no, too; NumPy then computes the same.)
    """
    with np.errstate(all="ignore"):
        return bool(array.dtype != np.float32 or np.isfinite(array.sum()))


def _session(stored: Any) -> Any:
    runtime = _library()
    large = {name: w for name, w in stored.weights.items() if len(w.data) > _SMALL}
    options = runtime.SessionOptions()
    options.log_severity_level = _FATAL
    options.intra_op_num_threads = cores()
    # its threads wait for work in a loop, which others would miss between two runs
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.add_external_initializers(
        list(large), [runtime.OrtValue.ortvalue_from_numpy(w.array()) for w in large.values()]
    )
    graph = write(stored, large)["model.onnx"]
    return runtime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
