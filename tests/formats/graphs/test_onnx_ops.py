"""formats/graphs/onnx_ops: each op comes to what ONNX Runtime comes to.

`python tools/onnx_conformance.py` runs the cases of the package onnx, too, a thousand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx_files import node, onnx_file, subgraph

from pywebml.formats.graphs import GraphModel
from pywebml.formats.graphs.onnx_ops import ONNX_OPS
from pywebml.formats.loading import load_model
from pywebml.host.files import FormatError

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


def recurrent(op: str, gates: int, *peepholes: Any, **said: Any) -> list[Case]:
    """Four steps, two rows, three units: with and without biases, lengths and states;
    all h and the last h (and c) are compared.
    """
    count = 2 if said.get("direction") == "bidirectional" else 1
    kernels = [f(4, 2, 5), f(count, gates * 3, 5), f(count, gates * 3, 3)]
    states = [f(count, 2, 3) for _ in range(2 if op == "LSTM" else 1)]
    outputs = 3 if op == "LSTM" else 2
    how, lengths = {"hidden_size": 3, **said}, np.int32([4, 2])
    rest = [f(count, gates * 6), lengths, *states, *peepholes]
    return [(op, inputs, how, 17, "float32", outputs) for inputs in (kernels, kernels + rest)]


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
    ("ConvTranspose", [f(2, 4, 7), f(4, 3, 3), f(3)], {"strides": (2,), "pads": (1, 0)}),
    ("ConvTranspose", [f(2, 4, 7), f(4, 2, 3)], {"group": 2, "dilations": (3,)}),
    ("ConvTranspose", [f(1, 2, 3, 4, 5), f(2, 3, 2, 3, 3), f(3)], {
        "strides": (2, 1, 2), "pads": (0, 1, 1, 0, 1, 0), "output_padding": (1, 0, 1),
    }),
    ("ConvTranspose", [f(1, 2, 3, 4, 5), f(2, 3, 2, 3, 3)], {
        "strides": (2, 2, 2), "output_shape": (6, 8, 10),
    }),
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
    ("NonZero", [np.float32([[0, 1, 2], [3, 0, 0]])], {}, 17, "int64"),
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
    *(("Resize", [X, EMPTY, np.float32([1, 1, 1.7, 0.6])], {"mode": "cubic", **how}, 18)
      for how in ({}, {"exclude_outside": 1, "cubic_coeff_a": -0.5})),
    ("Resize", [X, EMPTY, np.float32([1, 1, 0.5, 0.6])], {"mode": "linear", "antialias": 1}, 18),
    ("Resize", [X, EMPTY, EMPTY, i(9, 5)], {
        "mode": "linear", "axes": (2, 3), "keep_aspect_ratio_policy": "not_larger",
    }, 18),
    ("MaxPool", [X], {"kernel_shape": (2, 3), "dilations": (2, 1), "pads": (1, 1, 0, 1)}),
    ("AveragePool", [X], {"kernel_shape": (2, 3), "dilations": (2, 1), "strides": (1, 2)}, 19),
    *recurrent("LSTM", 4, direction="bidirectional"),
    *recurrent("LSTM", 4, f(1, 9), direction="reverse"),
    *recurrent("LSTM", 4, activations=("HardSigmoid", "Relu", "Tanh"), activation_alpha=(0.3,)),
    *recurrent("GRU", 3, direction="bidirectional", linear_before_reset=1),
    *recurrent("GRU", 3, direction="reverse"),
    *recurrent("GRU", 3, linear_before_reset=1, activations=("Sigmoid", "Softsign")),
    *recurrent("RNN", 1, direction="bidirectional"),
    *recurrent("RNN", 1, activations=("Relu",), direction="reverse"),
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
    if op in ("Split", "LSTM", "GRU", "RNN"):
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
    with_graphs_inside = {"If", "Loop", "Scan"}  # below
    assert {*ONNX_OPS} - put_there_by_us - with_graphs_inside == {case[0] for case in CASES}


# --- graphs inside nodes


def compared_flow(nodes: Any, fed: Any, weights: Any, *outputs: tuple[str, str]) -> GraphModel:
    """`compared`, of a device's own kinds of values: known, recorded and read back."""
    data = onnx_file(nodes, fed, weights, outputs or [("y", "float32")])
    compared(data, fed)
    model = load_model(data)
    model.predict(fed)
    return model


def is_recorded(model: GraphModel) -> bool:
    return not model._op_by_op


CONVOLVED = [
    node("Conv", ["x", "w"], ["conv"]), node("Relu", ["conv"], ["relu"]),
]  # fmt: skip


@pytest.mark.parametrize("truth", [True, False])
def test_a_branch(truth: bool) -> None:
    """By a constant, by the shape of an input, and by values, which are read back."""
    yes = subgraph(CONVOLVED, ["relu"], {"w": f(2, 4, 1, 1)})
    no = subgraph([node("Add", ["x", "one"], ["sum"])], ["sum"], {"one": f(1)})
    branch = node("If", ["condition"], then_branch=yes, else_branch=no)
    for condition, recorded in (
        ([], True),
        ([node("Shape", ["x"], ["s"]), node("ReduceMax", ["s"], ["m"], keepdims=0),
          node("Equal", ["m", "seven" if truth else "eight"], ["condition"])], True),
        ([node("ReduceSum", ["x"], ["m"], keepdims=0),
          node("Less" if truth else "Greater", ["m", "much"], ["condition"])], False),
    ):  # fmt: skip
        weights = {"seven": np.int64(7), "eight": np.int64(8), "much": np.float32(1e6)}
        if not condition:
            weights["condition"] = np.bool_(truth)
        model = compared_flow([*condition, branch], {"x": X}, weights)
        assert is_recorded(model) == recorded


def test_a_loop() -> None:
    """Powers of a matrix, each one collected; a loop in a loop; one that a value ends."""
    body = subgraph(
        [node("MatMul", ["before", "x"], ["after"]), node("Identity", ["after"], ["each"]),
         node("Identity", ["goes"], ["again"])],
        ["again", "after", "each"], {}, {"i": np.int64(0), "goes": np.bool_(1), "before": f(3, 3)},
    )  # fmt: skip
    power = node("Loop", ["four", "", "x"], ["last", "all"], body=body)
    outputs = ("last", "float32"), ("all", "float32")
    model = compared_flow([power], {"x": f(3, 3)}, {"four": np.int64(4)}, *outputs)
    assert is_recorded(model)

    inner = node("Loop", ["i", "", "before"], ["after"], body=subgraph(
        [node("Add", ["b", "x"], ["sum"]), node("Identity", ["g"], ["more"])], ["more", "sum"], {},
        {"j": np.int64(0), "g": np.bool_(1), "b": f(3, 3)},
    ))  # fmt: skip
    outer = subgraph([inner, node("Identity", ["goes"], ["again"])], ["again", "after"], {},
                     {"i": np.int64(0), "goes": np.bool_(1), "before": f(3, 3)})  # fmt: skip
    twice = node("Loop", ["four", "", "x"], ["last"], body=outer)
    assert is_recorded(compared_flow([twice], {"x": f(3, 3)}, {"four": np.int64(4)}, outputs[0]))

    until = subgraph(
        [node("Add", ["before", "before"], ["after"]), node("ReduceMax", ["after"], ["m"],
         keepdims=0), node("Less", ["m", "hundred"], ["again"])],
        ["again", "after"], {"hundred": np.float32(100)},
        {"i": np.int64(0), "goes": np.bool_(1), "before": f(3, 3)},
    )  # fmt: skip
    grown = node("Loop", ["", "true", "x"], ["last"], body=until)
    model = compared_flow([grown], {"x": np.abs(f(3, 3))}, {"true": np.bool_(1)}, outputs[0])
    assert not is_recorded(model)


def test_a_scan() -> None:
    body = subgraph(
        [node("Add", ["sum", "row"], ["total"]), node("Mul", ["total", "x2"], ["each"])],
        ["total", "each"], {"x2": np.float32(2)}, {"sum": f(5), "row": f(5)},
    )  # fmt: skip
    sums = node("Scan", ["start", "x"], ["total", "all"], body=body, num_scan_inputs=1,
                scan_input_directions=(1,), scan_output_axes=(1,))  # fmt: skip
    outputs = ("total", "float32"), ("all", "float32")
    assert is_recorded(compared_flow([sums], {"x": f(3, 5)}, {"start": f(5)}, *outputs))


def test_loops_that_are_not_run() -> None:
    inputs = {"i": np.int64(0), "goes": np.bool_(1), "before": f(2)}
    nodes = [node("Identity", ["goes"], ["again"]), node("Foo", ["before"], ["after"])]
    body = subgraph(nodes, ["again", "after"], {}, inputs)
    long = node("Loop", ["n", "", "x"], body=body)
    with pytest.raises(FormatError, match=r"ops of ONNX that are not run here: Foo \(1 times"):
        load_model(onnx_file([long], {"x": f(2)}, {"n": np.int64(4)}))
    nodes[1] = node("Relu", ["before"], ["after"])
    with pytest.raises(ValueError, match=r"Loop 'y' of inputs .* more than 10,000 steps"):
        load_model(onnx_file([long], {"x": f(2)}, {"n": np.int64(10**9)})).predict(f(2))
    nodes.append(node("Relu", ["before"], ["each"]))
    none = node("Loop", ["n", "", "x"], ["y", "all"], body=subgraph(
        nodes, ["again", "after", "each"], {}, inputs,
    ))  # fmt: skip
    outputs = [("y", "float32"), ("all", "float32")]
    with pytest.raises(ValueError, match="Loop of no steps: the sizes of what it collects"):
        load_model(onnx_file([none], {"x": f(2)}, {"n": np.int64(0)}, outputs)).predict(f(2))
    nested: Any = subgraph([node("Relu", ["x"], ["z"])], ["z"])
    for _ in range(40):
        branch = node("If", ["yes"], ["z"], then_branch=nested, else_branch=nested)
        nested = subgraph([branch], ["z"])
        if _ > 4:  # both branches would double it each time
            branch["attributes"]["else_branch"] = subgraph([node("Relu", ["x"], ["z"])], ["z"])
    deep = node("If", ["yes"], then_branch=nested, else_branch=nested)
    with pytest.raises(FormatError, match="messages lie in each other more than 100 deep"):
        load_model(onnx_file([deep], {"x": f(2)}, {"yes": np.bool_(1)}))
