"""Each op type of TensorFlow in a graph of one node: the same as in TensorFlow.js."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from graph_files import const, graph_files, job, node, one_op, placeholder
from hosts import shared_device
from in_node import run_node

import pywebml as pw
from pywebml.formats.graphs.tf_ops import TF_OPS

RNG = np.random.default_rng(0)
ROOM = 2e-6
"""Of the largest output: float32 products of a few dozen terms, added in another order."""


def some(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype(np.float32)


def within(low: float, high: float, *shape: int) -> np.ndarray:
    return RNG.uniform(low, high, shape).astype(np.float32)


def whole(low: int, high: int, *shape: int) -> np.ndarray:
    return RNG.integers(low, high, shape).astype(np.int32)


def flags(*shape: int) -> np.ndarray:
    return RNG.integers(0, 2, shape).astype(bool)


X, ROW = some(2, 5), some(5)
PICTURE, NARROW = some(1, 7, 6, 3), some(2, 4, 4, 4)
FILTER, DEPTH, POINTS = const(some(3, 3, 3, 4)), const(some(3, 3, 3, 2)), const(some(1, 1, 4, 2))
BOXES = const([[0.0, 0, 1, 1], [0, 0.1, 1, 1.1], [0.5, 0.5, 2, 2], [0, 0.05, 1, 1.05]])
SCORES = const([0.9, 0.75, 0.6, 0.95])
SAME: dict[str, Any] = {"strides": [1, 2, 2, 1], "padding": "SAME", "data_format": "NHWC"}
VALID: dict[str, Any] = {"strides": [1, 1, 1, 1], "padding": "VALID", "data_format": "NHWC"}
EXPLICIT = {
    "strides": [1, 2, 2, 1], "padding": "EXPLICIT", "data_format": "NHWC",
    "explicit_paddings": [0, 0, 1, 0, 2, 1, 0, 0],
}  # fmt: skip
PLAIN = {"dilations": [1, 1, 1, 1]}
WINDOW: dict[str, Any] = {"ksize": [1, 3, 2, 1], **SAME}
ALONG = (const([1], np.int32),)
_ANY = [
    "Abs", "Asinh", "Atan", "Ceil", "Cos", "Cosh", "Elu", "Erf", "Exp", "Expm1", "Floor", "Neg",
    "Relu", "Relu6", "Round", "Selu", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Square",
    "Tan", "Tanh", "IsFinite", "IsInf", "IsNan", "Identity", "StopGradient", "Snapshot",
    "OnesLike", "ZerosLike", "Softmax", "LogSoftmax", "Reciprocal",
]  # fmt: skip
_POSITIVE = ["Log", "Log1p", "Rsqrt", "Sqrt"]
_TWO = [
    "Add", "AddV2", "Sub", "Mul", "RealDiv", "Div", "DivNoNan", "FloorDiv", "FloorMod", "Mod",
    "Maximum", "Minimum", "SquaredDifference", "Greater", "GreaterEqual", "Less", "LessEqual",
    "Equal", "NotEqual", "Atan2",
]  # fmt: skip

Case = tuple[str, list[Any], int, dict[str, Any]]


def case(op: str, *inputs: Any, outputs: int = 1, **attributes: Any) -> Case:
    return op, list(inputs), outputs, attributes


CASES: list[Case] = [
    *(case(op, X * 2) for op in _ANY),
    *(case(op, within(0.1, 3, 2, 5)) for op in _POSITIVE),
    *(case(op, within(-0.9, 0.9, 2, 5)) for op in ("Acos", "Asin", "Atanh")),
    case("Acosh", within(1.1, 3, 2, 5)),
    *(case(op, X, const(ROW)) for op in _TWO),
    *(case(op, whole(1, 20, 3), const(whole(1, 6, 3))) for op in ("Div", "RealDiv", "FloorMod")),
    case("Pow", within(0.1, 2, 2, 5), const(ROW)),
    case("Prelu", X, const(ROW)),
    *(case(op, flags(2, 3), const(flags(3))) for op in ("LogicalAnd", "LogicalOr")),
    case("LogicalNot", flags(2, 3)),
    case("AddN", X, const(X), const(X * 2)),
    case("BiasAdd", PICTURE, const(some(3)), data_format="NHWC"),
    case("ClipByValue", X, const(-0.5), const(0.25)),
    case("LeakyRelu", X, alpha=0.3),
    case("Select", flags(2, 5), const(X), const(-X)),
    case("SelectV2", flags(2, 1), const(X), const(-X)),
    # pictures
    case("Conv2D", PICTURE, FILTER, **SAME, **PLAIN),
    case("Conv2D", PICTURE, FILTER, **VALID, dilations=[1, 2, 2, 1]),
    case("Conv2D", PICTURE, FILTER, **EXPLICIT, **PLAIN),
    case("DepthwiseConv2dNative", PICTURE, DEPTH, **SAME, **PLAIN),
    case("DepthwiseConv2d", PICTURE, DEPTH, **VALID, dilations=[1, 2, 2, 1]),
    *(
        case("_FusedConv2D", PICTURE, FILTER, const(some(4)), **SAME, **PLAIN, num_args=1,
             fused_ops=["BiasAdd", *after], leakyrelu_alpha=0.3)
        for after in ([], ["Relu"], ["Relu6"], ["Elu"], ["LeakyRelu"], ["Sigmoid"])
    ),
    case("_FusedConv2D", PICTURE, FILTER, const(some(4)), const(some(4)), **EXPLICIT, **PLAIN,
         num_args=2, fused_ops=["BiasAdd", "Prelu"]),
    case("FusedDepthwiseConv2dNative", PICTURE, DEPTH, const(some(6)), **SAME, **PLAIN, num_args=1,
         fused_ops=["BiasAdd", "Relu6"]),
    case("Conv2DBackpropInput", const([1, 14, 12, 2]), const(some(3, 3, 2, 3)), PICTURE, **SAME,
         **PLAIN),
    case("Conv3D", some(1, 4, 4, 3, 2), const(some(2, 2, 2, 2, 3)), strides=[1, 1, 1, 1, 1],
         padding="SAME", data_format="NDHWC", dilations=[1, 1, 1, 1, 1]),
    case("Dilation2D", PICTURE, const(some(2, 2, 3)), strides=[1, 1, 1, 1], rates=[1, 1, 1, 1],
         padding="SAME"),
    case("AvgPool", PICTURE, **WINDOW),
    case("MaxPool", PICTURE, **WINDOW),
    case("AvgPool3D", some(1, 4, 4, 4, 2), ksize=[1, 2, 2, 2, 1], strides=[1, 2, 2, 2, 1],
         padding="VALID", data_format="NDHWC"),
    case("MaxPool3D", some(1, 4, 4, 4, 2), ksize=[1, 2, 2, 2, 1], strides=[1, 2, 2, 2, 1],
         padding="VALID", data_format="NDHWC"),
    case("MaxPoolWithArgmax", NARROW, outputs=2, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1],
         padding="SAME", include_batch_in_index=False),
    *(
        case("ResizeBilinear", PICTURE, const([11, 5]), align_corners=corners,
             half_pixel_centers=half)
        for corners, half in ((False, False), (True, False), (False, True))
    ),
    case("ResizeNearestNeighbor", PICTURE, const([3, 11]), align_corners=False,
         half_pixel_centers=True),
    case("CropAndResize", PICTURE, const([[0.1, 0.2, 0.8, 0.9], [-0.2, 0, 1.1, 1]]),
         const([0, 0]), const([4, 3]), method="bilinear", extrapolation_value=0.5),
    case("ImageProjectiveTransformV3", PICTURE, const([[1.1, 0.1, -1, 0.05, 0.9, 0.5, 0, 0]]),
         const([6, 6]), const(0.5), interpolation="BILINEAR", fill_mode="CONSTANT"),
    # normalization, sums
    *(
        case(op, PICTURE, const(some(3)), const(some(3)), const(some(3)),
             const(within(0.5, 2, 3)), epsilon=0.01, data_format="NHWC")
        for op in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
    ),
    case("LRN", NARROW, depth_radius=1, bias=1.5, alpha=0.5, beta=0.75),
    case("EuclideanNorm", X, *ALONG, keep_dims=True),
    *(case(op, NARROW, const([1, 2]), keep_dims=keep) for op in ("Max", "Mean", "Min", "Sum")
      for keep in (True, False)),
    case("Prod", X, *ALONG, keep_dims=False),
    *(case(op, flags(3, 2), *ALONG, keep_dims=False) for op in ("All", "Any")),
    *(case(op, NARROW, const(3)) for op in ("ArgMax", "ArgMin")),
    *(case(op, X, const(1), exclusive=True, reverse=True) for op in ("Cumsum", "Cumprod")),
    case("Bincount", whole(0, 4, 9), const(4), const(some(9))),
    case("DenseBincount", whole(0, 4, 2, 9), const(4), const(some(2, 9)), binary_output=False),
    # products
    case("MatMul", X, const(some(3, 5)), transpose_a=False, transpose_b=True),
    *(case(op, some(2, 4, 3), const(some(2, 4, 5)), adj_x=True, adj_y=False)
      for op in ("BatchMatMul", "BatchMatMulV2")),
    case("_FusedMatMul", X, const(some(5, 3)), const(some(3)), transpose_a=False,
         transpose_b=False, num_args=1, fused_ops=["BiasAdd", "Relu"]),
    case("Einsum", some(2, 3, 4), const(some(4, 5)), N=2, equation="abc,cd->abd"),
    case("MatrixBandPart", some(4, 4), const(1), const(1)),
    # shapes
    case("Reshape", X, const([5, -1])),
    case("ExpandDims", X, const(1)),
    case("Squeeze", some(1, 3, 1, 2), squeeze_dims=[2]),
    case("Transpose", NARROW, const([0, 3, 1, 2])),
    case("Pad", X, const([[1, 0], [0, 2]])),
    case("PadV2", X, const([[1, 0], [0, 2]]), const(-3.0)),
    case("MirrorPad", X, const([[1, 1], [2, 3]]), mode="REFLECT"),
    case("SpaceToBatchND", NARROW, const([2, 2]), const([[0, 0], [2, 2]])),
    case("BatchToSpaceND", some(4, 2, 2, 1), const([2, 2]), const([[0, 1], [1, 0]])),
    case("DepthToSpace", NARROW, block_size=2, data_format="NHWC"),
    case("BroadcastTo", ROW, const([3, 5])),
    case("BroadcastArgs", const([3, 1]), const([4])),
    *(case(op, NARROW) for op in ("Shape", "Size", "Rank")),
    case("ShapeN", X, const(ROW), outputs=2, N=2),
    case("IdentityN", X, const(ROW), outputs=2),
    case("PlaceholderWithDefault", const(ROW), shape=(5,), dtype="DT_FLOAT"),
    case("FakeQuantWithMinMaxVars", X, const(-1.0), const(1.0), num_bits=8),
    # parts
    case("Concat", const(1), X, const(X), N=2),
    case("ConcatV2", X, const(X), const(-1), N=2),
    case("Pack", X, const(X), N=2, axis=1),
    case("Unpack", X, outputs=2, axis=0, num=2),
    case("Split", const(-1), NARROW, outputs=2, num_split=2),
    case("SplitV", X, const([1, 4]), const(1), outputs=2, num_split=2),
    case("Tile", X, const([2, 3])),
    case("Reverse", X, const([False, True])),
    case("ReverseV2", X, const([1])),
    case("Slice", NARROW, const([0, 1, 0, 2]), const([-1, 2, 4, 1])),
    case("StridedSlice", NARROW, const([0, 3, 1, 0]), const([0, 0, 3, 0]), const([1, 1, 1, 1]),
         begin_mask=3, end_mask=3, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=8),
    case("StridedSlice", NARROW, const([0, 3, 1, 0]), const([0, 0, 3, 4]), const([1, -1, 1, 2]),
         begin_mask=1, end_mask=1, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0),
    case("Gather", X, const([1, 0, 1])),
    case("GatherV2", X, const([[4, 0], [2, 2]]), const(1), batch_dims=0),
    case("GatherNd", NARROW, const([[0, 1], [1, 3]])),
    case("ScatterNd", const([[1], [3], [1]]), some(3, 2), const([5, 2])),
    case("TensorScatterUpdate", X, const([[1]]), const(some(1, 5))),
    case("SparseToDense", const([[1], [3]]), const([5]), some(2), const(9.0)),
    # made of numbers
    case("Cast", X * 3, SrcT="DT_FLOAT", DstT="DT_INT32"),
    case("Cast", whole(-1, 2, 5), SrcT="DT_INT32", DstT="DT_BOOL"),
    case("Fill", const([2, 3]), const(1.5), T="DT_FLOAT"),
    case("Ones", const([2, 3]), T="DT_FLOAT"),
    case("Zeros", const([2, 3]), T="DT_INT32"),
    case("Range", const(2), const(11), const(3), Tidx="DT_INT32"),
    case("LinSpace", const(0.0), const(2.0), const(5)),
    case("OneHot", whole(0, 4, 3), const(4), const(2.0), const(-1.0), axis=-1, T="DT_FLOAT"),
    # which of them
    case("TopKV2", NARROW, const(2), outputs=2, sorted=True),
    case("LowerBound", const(np.sort(some(2, 6))), some(2, 3)),
    case("UpperBound", const(np.sort(some(2, 6))), some(2, 3)),
    *(case(op, some(4, 3), const([0, 3, 1, 3]), const([0, 0, 2, 2]))
      for op in ("SparseSegmentSum", "SparseSegmentMean")),
    case("Where", flags(3, 4)),
    case("Unique", whole(0, 4, 9), outputs=2),
    case("UniqueV2", whole(0, 2, 6, 2), const([0]), outputs=2),
    case("ListDiff", whole(0, 9, 9), const(whole(0, 9, 3)), outputs=2),
    case("NonMaxSuppressionV2", BOXES, SCORES, const(3), const(0.5)),
    case("NonMaxSuppressionV3", BOXES, SCORES, const(3), const(0.5), const(0.7)),
    case("NonMaxSuppressionV4", BOXES, SCORES, const(3), const(0.5), const(0.7), outputs=2,
         pad_to_max_output_size=True),
    case("NonMaxSuppressionV5", BOXES, SCORES, const(3), const(0.5), const(0.2), const(0.4),
         outputs=2),
]  # fmt: skip

COMPLEX = {"Complex", "ComplexAbs", "Real", "Imag", "FFT", "IFFT", "RFFT", "IRFFT"}
"""No file's weights and no answer of Node's are complex: see below."""
SILENT = {"Print"}
OURS = {"_NormFactor", "_NormShift", "_NormedFilter", "_Normed"}
"""What batch norms become."""
BROKEN = {"BitwiseAnd", "EnsureShape"}
"""TensorFlow.js 4.22 looks for their inputs under other names, and finds none."""


GRAPHS = [one_op(op, inputs, outputs, **attributes) for op, inputs, outputs, attributes in CASES]


@pytest.fixture(scope="module")
def answers() -> Any:
    return run_node("graphs.mjs", [job(*graph) for graph in GRAPHS])


def test_every_op_of_the_table_has_a_case() -> None:
    assert {op for op, *_ in CASES} | COMPLEX | SILENT | BROKEN | OURS == set(TF_OPS)


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda i: f"{CASES[i][0]}-{i}")
def test_it_is_what_tensorflow_js_makes_of_it(number: int, answers: Any) -> None:
    pw.set_device(shared_device("cpu"))
    files, fed, asked = GRAPHS[number]
    answer = answers[number]
    assert "error" not in answer, answer
    results = pw.load_model(files).execute(fed, asked)
    for y, out in zip(results if len(asked) > 1 else [results], answer["outs"], strict=True):
        assert list(y.shape) == out["shape"]
        # floats of the former are int32 there, sizes of the latter floats
        assert y.dtype == out["dtype"] or CASES[number][0] in ("FloorDiv", "ShapeN")
        theirs = np.array([float(v) for v in out["values"]]).reshape(y.shape)
        room = ROOM * max(1.0, np.abs(theirs[np.isfinite(theirs)]).max(initial=0))
        np.testing.assert_allclose(y.numpy(), theirs, rtol=0, atol=room)


def test_complex_numbers_within_a_graph() -> None:
    pw.set_device(shared_device("cpu"))
    nodes = [
        placeholder("x", (2, 8)), node("z", "RFFT", ["x", "n"]), node("f", "FFT", ["c"]),
        node("c", "Complex", ["x", "x"]), node("i", "IFFT", ["f"]), node("back", "IRFFT", ["z"]),
        node("re", "Real", ["i"]), node("im", "Imag", ["z"]), node("abs", "ComplexAbs", ["z"]),
        node("y", "Print", ["abs"]),
    ]  # fmt: skip
    x = some(2, 8)
    files = graph_files(nodes, {"n": np.array([8], np.int32)})
    graph = pw.load_model(files)
    back, re, im, size = (y.numpy() for y in graph.execute({"x": x}, ["back", "re", "im", "y"]))
    np.testing.assert_allclose(back, x, atol=1e-5)
    np.testing.assert_allclose(re, x, atol=1e-5)
    np.testing.assert_allclose(im, np.fft.rfft(x).imag, atol=1e-5)
    np.testing.assert_allclose(size, np.abs(np.fft.rfft(x)), atol=1e-5)


def test_what_tensorflow_js_cannot_run_is_as_in_tensorflow() -> None:
    pw.set_device(shared_device("cpu"))
    files, fed, asked = one_op("BitwiseAnd", [np.array([12, 7], np.int32), const([10, 5])])
    assert pw.load_model(files).execute(fed, asked).tolist() == [8, 5]
    files, fed, asked = one_op("EnsureShape", [X], shape=(2, -1))
    assert pw.load_model(files).execute(fed, asked).shape == (2, 5)
    files, fed, asked = one_op("EnsureShape", [X], shape=(3, -1))
    with pytest.raises(ValueError, match="EnsureShape 'y'"):
        pw.load_model(files).execute(fed, asked)


@pytest.mark.parametrize("op", ["Conv2D", "DepthwiseConv2dNative", "Neg"])
def test_batch_norms_are_folded_into_what_is_before_them(op: str) -> None:
    pw.set_device(shared_device("cpu"))
    filter = (FILTER if op == "Conv2D" else DEPTH).value
    channels = {"Conv2D": 4, "Neg": 3}.get(op, 6)
    told = {} if op == "Neg" else {**SAME, **PLAIN}
    nodes = [
        placeholder("x", PICTURE.shape),
        node("before", op, ["x"] if op == "Neg" else ["x", "filter"], **told),
        node("n", "FusedBatchNormV3", ["before", "s", "o", "m", "v"], epsilon=0.01,
             data_format="NHWC", is_training=False),
        node("y", "Relu6", ["n"]),
    ]  # fmt: skip
    moments = {name: within(0.5, 2, channels) for name in "somv"}
    weights = moments if op == "Neg" else {"filter": filter, **moments}
    files = graph_files(nodes, weights)
    fed = {"x": PICTURE}
    (answer,) = run_node("graphs.mjs", [job(files, fed, ["y", "before"])])
    graph = pw.load_model(files)
    y = graph.predict(PICTURE)
    for ours, out in zip([y, graph.execute(fed, "before")], answer["outs"], strict=True):
        theirs = np.array(out["values"]).reshape(out["shape"])
        np.testing.assert_allclose(ours.numpy(), theirs, rtol=0, atol=2e-5)
    plan = graph._captured[("x",), ("y",)].plans()[0]
    assert len(plan.commands) == 6  # one launch
