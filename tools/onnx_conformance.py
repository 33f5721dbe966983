"""Runs the cases that the package onnx has for its operators, as far as
`formats/graphs/onnx_ops` has them: what differs or is refused, and how many agree.

    python tools/onnx_conformance.py          all cases, some ten seconds
    python tools/onnx_conformance.py conv     those with this in their names
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from pywebml.device import set_device
from pywebml.formats.graphs.onnx_ops import ONNX_OPS
from pywebml.formats.loading import load_model

TYPES = (
    "bfloat16",
    "BFLOAT16",
    "FLOAT8",
    "FLOAT4",
    "INT4",
    "INT2",
    "e4m3",
    "e5m2",
    "int4",
    "int2",
    "float4",
    "string",
)
"""Cases of types that are not read, by what stands in their names."""


def array(value: Any) -> Any:
    """An array, of a tensor as the package has some."""
    from onnx import TensorProto, numpy_helper

    is_tensor = isinstance(value, TensorProto)
    return numpy_helper.to_array(value) if is_tensor else np.asarray(value)


def trouble(case: Any) -> str:
    """What is wrong with our answer to a case; "" for nothing."""
    try:
        model = load_model(case.model.SerializeToString())
        for inputs, expected in case.data_sets:
            names = [value.name for value in case.model.graph.input]
            answers = model.predict(dict(zip(names, map(array, inputs), strict=True)))
            several = answers if isinstance(answers, list) else [answers]
            for ours, theirs in zip(several, map(array, expected), strict=True):
                if ours.shape != theirs.shape:
                    return f"DIFFERS: shape {ours.shape}, expected {theirs.shape}"
                close = {"rtol": 1e-3, "atol": 1e-5, "equal_nan": True}  # float16 among them
                if not np.allclose(ours.numpy().astype(float), theirs.astype(float), **close):
                    return "DIFFERS"
    except (ValueError, TypeError) as error:
        return f"refused: {error}"[:160]
    return ""


def main(part: str = "") -> None:
    warnings.simplefilter("ignore")
    from onnx.backend.test.case.node import collect_testcases

    set_device("cpu")
    agree = total = 0
    for case in collect_testcases(None):
        nodes = case.model.graph.node
        known = all(not n.domain and n.op_type in {*ONNX_OPS, "Constant"} for n in nodes)
        if not known or part not in case.name or any(kind in case.name for kind in TYPES):
            continue
        total += 1
        wrong = trouble(case)
        agree += not wrong
        if wrong:
            print(f"{case.name}: {wrong}")
    print(f"{agree} of {total} agree")


if __name__ == "__main__":
    main(*sys.argv[1:])
