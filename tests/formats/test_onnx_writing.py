"""formats/onnx_writing: onnx's checker takes our files, and ONNX Runtime computes from
them what we compute. Whole networks: tests/apps/test_bench_onnx.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_models import NAMES

import pywebml as pw
from pywebml import Input, Model, Sequential, layers, ops
from pywebml.core.fusion import Instruction
from pywebml.core.tensor import apply
from pywebml.formats.loading import inspect, load_model
from pywebml.formats.onnx_writing import OPSET, Argument, onnx_bytes, stored_function
from pywebml.formats.wire.onnx import write
from pywebml.ops.elementwise import Elementwise
from pywebml.ops.elementwise.table import TABLE
from pywebml.ops.scatter.places import FlatIndex

onnx = pytest.importorskip("onnx", reason="checks our files")
onnxruntime = pytest.importorskip("onnxruntime", reason="compares with ONNX Runtime")
PICTURE = (9, 8, 6)
TOLERANCE: dict[str, float] = {"rtol": 1e-4, "atol": 1e-5}
"""Two ways of summing float32 products."""


def run(data: bytes, *inputs: Any) -> list[Any]:
    """What ONNX Runtime computes from a file that onnx's checker finds whole."""
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    return list(session.run(None, dict(zip(names, inputs, strict=True))))


def random_inputs(model: Model, batch: int) -> list[Any]:
    rng = np.random.default_rng(0)
    for weight in model.weights:
        low = 0.5 if "variance" in weight.path else -1.0
        weight.assign(rng.uniform(low, 1.5, weight.shape).astype(np.float32))
    shapes = [[batch if size is None else size for size in s.shape] for s in model.inputs]
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def assert_same(model: Model, batch: int = 5) -> None:
    """For another number of examples than the file was written with."""
    inputs = random_inputs(model, batch)
    ours = model(model.ends.as_called(inputs))
    for mine, theirs in zip(
        ours if isinstance(ours, list) else [ours], run(onnx_bytes(model), *inputs), strict=True
    ):
        assert theirs.shape == mine.shape and np.ptp(theirs) > 0
        np.testing.assert_allclose(theirs, mine.numpy(), **TOLERANCE)


LAYERS: list[tuple[Any, tuple[int, ...]]] = [
    (layers.BatchNormalization(epsilon=0.01), PICTURE),
    (layers.BatchNormalization(axis=1), PICTURE),
    (layers.LayerNormalization(), (4, 5)),
    (layers.RMSNormalization(), (5,)),
    (layers.GroupNormalization(2), PICTURE),
    (layers.UnitNormalization(), (4,)),
    (layers.Dense(3, activation="softmax"), (5,)),
    (layers.Dense(3, activation="gelu"), (6, 5)),
    (layers.Conv2D(4, (3, 2), 2, ((1, 0), (0, 2)), activation="sigmoid"), PICTURE),
    (layers.Conv2D(4, 3, padding="same", dilation_rate=2, activation="tanh"), PICTURE),
    (layers.Conv2D(6, 3, groups=2), PICTURE),
    (layers.Conv2D(2, 3, data_format="channels_first"), PICTURE),
    (layers.DepthwiseConv2D(3, 2, "same", depth_multiplier=2, activation="relu6"), PICTURE),
    (layers.SeparableConv2D(4, 3), PICTURE),
    (layers.Conv2DTranspose(4, 3, strides=2, padding="same"), PICTURE),
    (layers.Conv1D(4, 3), (8, 3)),
    (layers.MaxPooling2D(3, 2, "same"), PICTURE),
    (layers.AveragePooling2D(3, 2, "same"), PICTURE),
    (layers.AveragePooling1D(2), (4, 2)),
    (layers.MaxPooling3D(2), (4, 4, 4, 2)),
    (layers.GlobalAveragePooling2D(), PICTURE),
    (layers.GlobalMaxPooling2D(keepdims=True), PICTURE),
    (layers.UpSampling2D(2, interpolation="bilinear"), PICTURE),
    (layers.UpSampling2D(2), PICTURE),
    (layers.Resizing(7, 5), PICTURE),
    (layers.ZeroPadding2D(((0, 1), (2, 0))), PICTURE),
    (layers.Cropping2D(1), PICTURE),
    (layers.Flatten(), PICTURE),
    (layers.Permute((2, 1)), (2, 3)),
    (layers.Reshape((3, -1)), PICTURE),
    (layers.RepeatVector(3), (4,)),
    (layers.PReLU(shared_axes=[1, 2]), PICTURE),
    (layers.ReLU(6.0, 0.1, 0.2), PICTURE),
    (layers.Softmax(axis=1), PICTURE),
    (layers.TimeDistributed(layers.Dense(3)), (3, 2)),
    (layers.Normalization(mean=[1.0, 2.0], variance=[1.0, 4.0]), (2,)),
    (layers.Dropout(0.5), (3,)),
    (layers.Activation("sparsemax"), (5,)),
    (layers.LSTM(4, return_sequences=True), (3, 2)),
    (layers.GRU(4), (3, 2)),
    (layers.SimpleRNN(4, go_backwards=True), (3, 2)),
    (layers.SimpleRNN(4, activation="relu"), (3, 2)),
    (layers.SimpleRNN(4, activation="linear"), (3, 2)),
    (layers.Bidirectional(layers.LSTM(3)), (3, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=lambda v: getattr(v, "name", ""))
def test_layers(layer: Any, shape: tuple[int, ...]) -> None:
    assert_same(Sequential([Input(shape), layer]))


def merged(x: Any) -> Any:
    average, largest = layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)
    y = layers.Add()([layers.Activation("relu")(x), largest, layers.Softmax()(x)])
    y = layers.Multiply()([y, layers.Subtract()([x, average])])
    y = layers.Concatenate()([y, layers.Conv2D(3, 1)(x)])
    return layers.Dense(2)(layers.Flatten()(y))


def attending(x: Any) -> Any:
    rows = layers.Reshape((-1, 6))(x)
    return layers.MultiHeadAttention(2, 4)(rows, rows, use_causal_mask=True)


def nested(x: Any) -> Any:
    return Sequential([layers.Conv2D(3, 1), layers.ReLU(2.0)])(x)


class Own(layers.Layer):
    """A layer of a user's own, which no table of layers could know."""

    def call(self, inputs: Any) -> Any:
        return ops.flip(inputs, 1)[:, 1:7:2] * ops.cumsum(inputs[:, :1], 3)


@pytest.mark.parametrize("parts", [merged, attending, nested, Own()])
def test_models(parts: Any) -> None:
    x = Input(PICTURE, name="picture")
    assert_same(Model(x, parts(x)))


@pytest.mark.parametrize("layer", [
    layers.LSTM(4, return_sequences=True), layers.GRU(4), layers.SimpleRNN(4, go_backwards=True),
    layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
], ids=lambda layer: layer.name)  # fmt: skip
def test_sequences_under_a_mask(layer: Any) -> None:
    """Steps of zeros are left out, wherever they are: a row of nothing else, one that
    begins and one that ends with some. Read here again, the same.
    """
    model = Sequential([Input((5, 2)), layers.Masking(), layer])
    (x,) = random_inputs(model, 4)
    x[0] = 0
    x[1, [0, 2]] = 0
    x[2, 3:] = 0
    data = onnx_bytes(model)
    for theirs in (run(data, x)[0], load_model(data).predict(x).numpy()):
        assert np.ptp(theirs) > 0
        np.testing.assert_allclose(theirs, model(x).numpy(), **TOLERANCE)


def test_several_inputs_and_outputs() -> None:
    a, b = Input((3,), name="a"), Input((4, 3), name="b")
    model = Model([a, b], [layers.Add(name="sum")([layers.Dense(3)(a), b]), a])
    assert_same(model)
    about = onnx.load_from_string(onnx_bytes(model))
    assert [entry.name for entry in about.graph.input] == ["a", "b"]
    assert [entry.name for entry in about.graph.output] == ["sum", "a_1"]
    assert [d.dim_param or d.dim_value for d in
            about.graph.output[0].type.tensor_type.shape.dim] == ["n", 4, 3]  # fmt: skip
    assert [(entry.domain, entry.version) for entry in about.opset_import] == [("", OPSET)]


@pytest.mark.parametrize("name", NAMES)
def test_inputs_may_be_called_anything(name: str) -> None:
    a, b = Input((3,), name=name), Input((4, 3), name="constant" + name)
    model = Model([a, b], layers.Add(name=name + "Add_1")([layers.Dense(3, name="Gemm_1")(a), b]))
    xs = [np.ones((2, 3), np.float32), np.ones((2, 4, 3), np.float32)]
    (theirs,) = run(onnx_bytes(model), *xs)
    np.testing.assert_allclose(theirs, model.predict(xs).numpy(), **TOLERANCE)


FUNCTIONS = sorted(
    name for name, row in TABLE.items()
    if name not in ("relu_grad", "relu6_grad", "erfinv", "atan2") and row.kind != "bits"
    and "16" not in name
)  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_elementwise_functions(name: str) -> None:
    row, rng = TABLE[name], np.random.default_rng(1)
    domains = [row.domain[min(i, len(row.domain) - 1)] for i in range(row.arity)]
    inputs = [
        rng.uniform(d.low, d.high, (4, 5)).astype({"uint32": "bool"}.get(d.dtype, d.dtype))
        for d in domains
    ]
    arguments = [Argument("abc"[i], (None, 5), str(x.dtype)) for i, x in enumerate(inputs)]

    def function(*tensors: Any) -> Any:
        operands = tuple(("x", i) for i in range(len(tensors)))
        return apply(Elementwise((Instruction(name, operands),), (0,)), tensors)

    (theirs,) = run(write(stored_function(function, arguments, ["y"]))["model.onnx"], *inputs)
    ours = function(*map(pw.tensor, inputs)).numpy()
    assert theirs.dtype == ours.dtype
    np.testing.assert_allclose(theirs, ours, **TOLERANCE)


def test_whole_numbers_are_divided_downwards() -> None:
    def function(a: Any, b: Any) -> Any:
        return a // b, a % b

    a, b = np.meshgrid(np.int32([-7, -6, 0, 6, 7]), np.int32([-3, -2, 2, 3]))
    arguments = [Argument(name, a.shape, "int32") for name in "ab"]
    results = run(write(stored_function(function, arguments, ["q", "r"]))["model.onnx"], a, b)
    for theirs, right in zip(results, (a // b, a % b), strict=True):
        np.testing.assert_array_equal(theirs, right)


def test_products_and_parts_of_any_size() -> None:
    def corner(a: Any, b: Any) -> Any:
        return (a @ b @ b)[:1, :1]

    arguments = [Argument("a", (None, None)), Argument("b", (None, None))]
    a, b = np.random.default_rng(0).standard_normal((2, 6, 6), np.float32)
    (theirs,) = run(write(stored_function(corner, arguments, ["corner"]))["model.onnx"], a, b)
    np.testing.assert_allclose(theirs, (a @ b @ b)[:1, :1], **TOLERANCE)


@pytest.mark.parametrize("clip", [True, False])
def test_entries_that_indices_name(clip: bool) -> None:
    """Of inputs of a fixed size."""
    places = np.array([[2, 1], [0, 3], [-1, 2], [1, 7]], np.int32)
    (theirs,) = run(
        write(stored_function(FlatIndex((3, 4), clip), [Argument("x", (4, 2), "int32")], ["y"]))[
            "model.onnx"
        ],
        places,
    )
    np.testing.assert_array_equal(theirs, FlatIndex((3, 4), clip).numpy(places))


def test_as_a_file_with_its_labels(tmp_path: Path) -> None:
    model = Sequential([layers.Dense(2, input_shape=(3,), name="classes")], name="net")
    about = {"labels": ["cat", "dog"], "note": "two"}
    model.export(tmp_path / "a.onnx", metadata=about)
    model.save(tmp_path / "b.onnx")
    assert {path.name for path in tmp_path.iterdir()} == {"a.onnx", "b.onnx"}
    said = inspect(tmp_path / "a.onnx")
    assert (said.format, said.topology, said.parameters) == ("onnx", "onnx", 8)
    assert {row.name for row in said.weights} == {"net/classes/kernel", "net/classes/bias"}
    assert said.metadata == about
    with pytest.raises(ValueError, match="'tf_saved_model' is no format that models are"):
        model.export(tmp_path / "c", format="tf_saved_model")


def test_what_is_not_written_is_named(tmp_path: Path) -> None:
    x = Input((4, 3), name="x")
    for out, complaint in (
        (ops.cumprod(x, 1), "running sums of numbers alone"),
        (ops.atan2(x, x), "atan2 is not written as ONNX"),
        (layers.Dense(2)(Input((None, 3), name="open")), r"input 'open' .* has open sizes"),
    ):
        source = x if "open" not in complaint else out.layer.input
        with pytest.raises(ValueError, match=complaint):
            Model(source, out).export(tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())

    def rest(a: Any) -> Any:
        return a[1:]

    with pytest.raises(ValueError, match="2 of one of 3, which is no multiple"):
        stored_function(rest, [Argument("a", (None, 2))], ["y"])
