"""formats/graphs/onnx_ops: each op comes to what ONNX Runtime comes to.

`python tools/onnx_conformance.py` runs the cases of the package onnx, too, a thousand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx_files import node, onnx_file

from pywebml.formats.graphs.onnx_ops import ONNX_OPS
from pywebml.formats.loading import load_model

onnxruntime = pytest.importorskip("onnxruntime", reason="compares with ONNX Runtime")
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}
"""Two ways of summing float32 products."""
RNG = np.random.default_rng(0)


def f(*shape: int) -> Any:
    return RNG.normal(size=shape).astype(np.float32)


def i(*values: int) -> Any:
    return np.array(values, np.int64)


X, POSITIVE = f(2, 4, 7, 6), np.abs(f(2, 4, 7, 6)) + 0.1
FRACTION = RNG.uniform(-0.9, 0.9, (3, 4)).astype(np.float32)
TRUTHS = FRACTION > 0
EMPTY = None  # an input that is left out
CHANNELS = np.abs(f(4, 4)) + 0.5
Case = tuple[Any, ...]  # (op, inputs, attributes, opset, type of the results, their number)

CASES: list[Case] = [
    *((op, [X], {}) for op in (
        "Abs", "Atan", "Ceil", "Cos", "Erf", "Exp", "Floor", "Identity", "Neg", "Relu", "Round",
        "Sigmoid", "Sign", "Sin", "Softplus", "Softsign", "Tan", "Tanh", "Sinh", "Cosh", "Asinh",
        "HardSwish", "Selu", "Elu", "Celu", "HardSigmoid", "LeakyRelu", "ThresholdedRelu",
    )),
    *((op, [POSITIVE], {}) for op in ("Log", "Sqrt", "Reciprocal")),
    *((op, [FRACTION], {}) for op in ("Acos", "Asin", "Atanh")),
    ("Acosh", [POSITIVE + 1], {}), ("Mish", [X], {}, 18), ("Gelu", [X], {}, 20),
    ("Gelu", [X], {"approximate": "tanh"}, 20),
    *((op, [X, f(4, 1, 1)], {}) for op in ("Add", "Sub", "Mul", "Div", "PRelu")),
    *((op, [X, f(4, 1, 1), X], {}) for op in ("Sum", "Max", "Min", "Mean")),
    *((op, [X, X * 0], {}, 17, "bool") for op in (
        "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual",
    )),
    *((op, [TRUTHS, ~TRUTHS], {}, 17, "bool") for op in ("And", "Or", "Xor")),
    ("Not", [TRUTHS], {}, 17, "bool"), ("Where", [TRUTHS, FRACTION, f(3, 4)], {}),
    ("IsNaN", [np.float32([1, np.nan, np.inf, -np.inf])], {}, 17, "bool"),
    ("IsInf", [np.float32([1, np.nan, np.inf, -np.inf])], {"detect_negative": 0}, 20, "bool"),
    ("Div", [np.int32([7, -7, 8]), np.int32([2, 2, -3])], {}, 17, "int32"),
    ("Mod", [np.int32([7, -7, 8]), np.int32([2, 2, -3])], {}, 17, "int32"),
    ("Mod", [X, POSITIVE], {"fmod": 1}), ("Pow", [POSITIVE, np.float32(1.5)], {}),
    ("Cast", [X * 3], {"to": 6}, 17, "int32"), ("Cast", [np.int32([0, 2])], {"to": 1}),
    ("Clip", [X, np.float32(-0.5), np.float32(0.5)], {}), ("Clip", [X, EMPTY, np.float32(0)], {}),
    ("Clip", [X], {"min": 0.0, "max": 6.0}, 6),
    ("Dropout", [X], {}), ("Dropout", [X], {"ratio": 0.3}, 10),
    ("Conv", [X, f(6, 4, 3, 3), f(6)], {"pads": (1, 0, 2, 1), "strides": (2, 1)}),
    ("Conv", [X, f(8, 1, 3, 3), f(8)], {"group": 4, "dilations": (2, 1)}),
    ("Conv", [X, f(6, 2, 3, 2)], {"group": 2, "auto_pad": "SAME_LOWER", "strides": (2, 2)}),
    ("Conv", [X, f(6, 4, 2, 3)], {"auto_pad": "SAME_UPPER", "strides": (2, 2)}),
    ("Conv", [f(2, 3, 9), f(4, 3, 3), f(4)], {"pads": (1, 1), "strides": (2,)}),
    ("Conv", [f(1, 2, 5, 5, 4), f(3, 2, 3, 2, 2)], {}),
    ("ConvTranspose", [X, f(4, 3, 3, 3), f(3)], {
        "strides": (2, 3), "pads": (1, 0, 0, 1), "output_padding": (1, 2),
    }),
    ("ConvTranspose", [X, f(4, 2, 3, 3)], {"group": 2, "dilations": (2, 1)}),
    ("MaxPool", [X], {"kernel_shape": (3, 2), "strides": (2, 2), "pads": (1, 0, 1, 1)}),
    ("MaxPool", [X], {"kernel_shape": (3, 3), "strides": (2, 2), "ceil_mode": 1}),
    ("MaxPool", [f(2, 3, 9)], {"kernel_shape": (3,), "strides": (2,)}),
    ("AveragePool", [X], {"kernel_shape": (3, 2), "pads": (1, 0, 1, 1)}),
    ("AveragePool", [X], {"kernel_shape": (3, 3), "pads": (1, 1, 1, 1), "count_include_pad": 1}),
    ("AveragePool", [X], {"kernel_shape": (3, 3), "strides": (2, 2), "ceil_mode": 1}),
    ("AveragePool", [X], {"kernel_shape": (3, 3), "strides": (2, 2), "auto_pad": "SAME_UPPER"}),
    ("GlobalAveragePool", [X], {}), ("GlobalMaxPool", [X], {}),
    ("BatchNormalization", [X, *CHANNELS], {"epsilon": 0.01}),
    ("BatchNormalization", [f(3, 4), *CHANNELS], {}),
    ("InstanceNormalization", [X, *CHANNELS[:2]], {"epsilon": 0.01}),
    ("GroupNormalization", [X, *CHANNELS[:2]], {"num_groups": 2}, 21),
    ("LayerNormalization", [X, f(6), f(6)], {"epsilon": 0.01}),
    ("LayerNormalization", [X, f(7, 6), f(7, 6)], {"axis": 2}),
    ("LRN", [X], {"size": 3, "alpha": 0.1, "beta": 0.6, "bias": 2.0}),
    ("LpNormalization", [X], {"axis": 1, "p": 1}), ("LpNormalization", [X], {"axis": -1, "p": 2}),
    ("Softmax", [X], {"axis": 1}), ("Softmax", [X], {}, 11), ("LogSoftmax", [X], {"axis": -1}),
    ("MatMul", [f(2, 3, 4), f(4, 5)], {}), ("MatMul", [f(4), f(2, 4, 5)], {}),
    ("MatMul", [f(2, 3, 4), f(4)], {}),
    ("Gemm", [f(3, 4), f(5, 4), f(5)], {"transB": 1}),
    ("Gemm", [f(4, 3), f(4, 5), f(3, 1)], {"transA": 1, "alpha": 0.5, "beta": 2.0}),
    ("Einsum", [f(3, 4), f(4, 5)], {"equation": "ij,jk->ki"}),
    *((op, [POSITIVE], {"axes": (2, 3), "keepdims": 0}) for op in (
        "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
        "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare",
    )),
    ("ReduceSum", [X, i(1, -1)], {}), ("ReduceMean", [X, i(1)], {}, 18), ("ReduceMax", [X], {}),
    ("ArgMax", [X], {"axis": 1}, 17, "int64"), ("ArgMin", [X], {"keepdims": 0}, 17, "int64"),
    ("CumSum", [X, np.int64(1)], {"exclusive": 1, "reverse": 1}),
    ("TopK", [X, i(2)], {"axis": 1}, 17, "float32", 2),
    ("Concat", [X, f(2, 1, 7, 6)], {"axis": 1}), ("Concat", [f(2, 3), f(1, 3)], {"axis": 0}),
    ("Split", [X, i(1, 3)], {"axis": 1}, 17, "float32", 2),
    ("Split", [X], {"axis": 1}, 11, "float32", 2), ("Reshape", [X, i(0, -1, 3)], {}),
    ("Flatten", [X], {}), ("Flatten", [X], {"axis": 3}), ("Transpose", [X], {}),
    ("Transpose", [X], {"perm": (0, 3, 1, 2)}), ("Transpose", [X], {"perm": (1, 0, 3, 2)}),
    ("Squeeze", [f(1, 3, 1, 2), i(2)], {}), ("Squeeze", [f(1, 3, 1)], {}, 11),
    ("Unsqueeze", [f(3, 2), i(0, -1)], {}), ("Unsqueeze", [f(3, 2)], {"axes": (1,)}, 11),
    ("Expand", [f(3, 1), i(2, 1, 4)], {}), ("Tile", [f(2, 3), i(2, 1)], {}),
    ("Slice", [X, i(1, 5), i(3, -99), i(1, 3), i(1, -2)], {}),
    ("Slice", [X], {"starts": (0, 1), "ends": (2**40, -1), "axes": (1, 2)}, 9),
    ("Pad", [X, i(0, 1, 2, 0, 0, 0, 1, 3), np.float32(2)], {}),
    ("Pad", [X, i(0, 0, 2, 1, 0, 0, 1, 3)], {"mode": "reflect"}),
    ("Pad", [X, i(0, 0, 2, 1, 0, 0, 1, 3)], {"mode": "edge"}),
    ("Pad", [X], {"pads": (0, 0, 1, 1, 0, 0, 0, -1)}, 9),
    ("Gather", [X, i(2, -1)], {"axis": 1}), ("Gather", [X, np.int64(1)], {"axis": 2}),
    ("GatherElements", [f(3, 4), np.int64([[0, -1], [1, 2], [3, 0]])], {"axis": 1}),
    ("GatherND", [f(3, 4), np.int64([[0, 1], [2, 3]])], {}),
    ("OneHot", [i(1, -1, 7), np.int64(4), f(2)], {"axis": 0}),
    ("Shape", [X], {"start": 1}, 17, "int64"), ("Size", [X], {}, 17, "int64"),
    ("ConstantOfShape", [i(2, 3)], {"value": np.float32([7])}),
    ("Range", [np.float32(1), np.float32(3), np.float32(0.4)], {}),
    ("Range", [np.int64(5), np.int64(0), np.int64(-2)], {}, 17, "int64"),
    ("DepthToSpace", [X], {"blocksize": 2}),
    ("DepthToSpace", [X], {"blocksize": 2, "mode": "CRD"}),
    ("SpaceToDepth", [f(1, 2, 4, 6)], {"blocksize": 2}),
    ("Upsample", [X, np.float32([1, 1, 2, 3])], {}, 9),
    ("Resize", [X, np.float32([1, 1, 2, 1.5])], {}, 10),
    ("DequantizeLinear", [np.uint8([1, 200]), np.float32(0.5), np.uint8(3)], {}),
    ("DequantizeLinear", [np.int8([[1], [-9]]), f(2), np.int8([3, 4])], {"axis": 0}),
    ("QuantizeLinear", [X * 99, np.float32(0.5), np.int8(3)], {}, 17, "int8"),
    *(("Resize", [X, EMPTY, EMPTY, i(2, 4, 9, 4)], {
        "mode": mode, "coordinate_transformation_mode": how,
    }) for mode in ("nearest", "linear") for how in ("half_pixel", "asymmetric", "align_corners")),
    ("Resize", [X, EMPTY, np.float32([1, 1, 1.7, 0.6])], {"mode": "linear"}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_onnx_runtime_comes_to_the_same(case: Case) -> None:
    """The first input is fed, the rest are weights. Once in
    ONNX's order, and once with channels last, as they come from a convolution.
    """
    op, inputs, attributes, opset, dtype, count = (*case, *(17, "float32", 1)[len(case) - 3 :])
    names = ["" if value is None else f"x{n}" for n, value in enumerate(inputs)]
    fed = {names[0]: np.asarray(inputs[0])}
    weights = {n: v for n, v in zip(names[1:], inputs[1:], strict=True) if n}
    outputs = [(f"y{n}", dtype if not n else "int64") for n in range(count)]
    if op == "Split":
        outputs = [(name, dtype) for name, _ in outputs]
    nodes = [node(op, names, [name for name, _ in outputs], **attributes)]
    compared(onnx_file(nodes, fed, weights, outputs, opset), fed)
    if inputs[0] is X or inputs[0] is POSITIVE:
        nodes[0]["inputs"][0] = "laid"
        pool = node("MaxPool", ["x0"], ["laid"], kernel_shape=(1, 1))  # which changes nothing
        compared(onnx_file([pool, *nodes], fed, weights, outputs, opset), fed)


def compared(data: bytes, fed: dict[str, Any]) -> None:
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    theirs = session.run(None, fed)
    ours = load_model(data).predict(fed)
    for mine, other in zip(ours if isinstance(ours, list) else [ours], theirs, strict=True):
        assert mine.shape == other.shape
        np.testing.assert_allclose(mine.numpy(), other, **TOLERANCE)


def test_every_op_has_a_case() -> None:
    put_there_by_us = {"Filter", "ScaledFilter", "ShiftedBias"}
    assert {*ONNX_OPS} - put_there_by_us == {case[0] for case in CASES}
