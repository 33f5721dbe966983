"""Labels, sequences and time series, beside Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from in_keras import keras

import pywebml as pw
from pywebml import utils


@pytest.mark.parametrize("labels", [[0, 2, 1], [[0], [3]], [[[1], [0]]], [[1, 2], [0, 1]], 2])
@pytest.mark.parametrize("classes", [None, 5])
def test_to_categorical(labels: Any, classes: int | None) -> None:
    got = utils.to_categorical(labels, classes)
    want = keras.utils.to_categorical(labels, classes)
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)


def test_to_categorical_of_tensors_and_refusals(host: str) -> None:
    got = utils.to_categorical(pw.tensor([[0], [2]]), 3)
    np.testing.assert_array_equal(got.numpy(), [[1, 0, 0], [0, 0, 1]])
    for labels, classes, words in (
        ([0, 5], 3, r"in \[0, 3\), got 5"),
        ([-1], None, "got -1"),
        ([], None, "no labels"),
        (pw.tensor([1]), None, "for a tensor"),
    ):
        with pytest.raises(ValueError, match=words):
            utils.to_categorical(labels, classes)


@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_normalize(host: str, axis: int, order: int) -> None:
    x = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)
    x[1] = 0
    if axis == 0:  # of which Keras makes an error
        want = keras.utils.normalize(x.T, 1, order).T
    else:
        want = keras.utils.normalize(x, axis, order)
    np.testing.assert_allclose(utils.normalize(x, axis, order), want, rtol=1e-6)
    np.testing.assert_allclose(utils.normalize(pw.tensor(x), axis, order).numpy(), want, rtol=1e-5)


SEQUENCES = [
    [[1], [2, 3], [4, 5, 6]],
    [[], [1, 2]],
    [[[1, 2], [3, 4]], [[5, 6]]],
    [[0.5], [1.5, 2.5]],
]


@pytest.mark.parametrize("sequences", SEQUENCES)
@pytest.mark.parametrize("maxlen", [None, 1, 2, 5])
@pytest.mark.parametrize("padding", ["pre", "post"])
@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize(("dtype", "value"), [("int32", 0.0), ("float32", -1.5)])
def test_pad_sequences(
    sequences: Any, maxlen: int | None, padding: str, truncating: str, dtype: str, value: float
) -> None:
    options = (maxlen, dtype, padding, truncating, value)
    got, want = (f(sequences, *options) for f in _both("pad_sequences"))
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)


def _both(name: str) -> tuple[Any, Any]:
    return getattr(utils, name), getattr(keras.utils, name)


def test_pad_sequences_of_texts_and_refusals() -> None:
    got = utils.pad_sequences([["a"], ["b", "c"]], dtype=object, value="-")
    assert got.tolist() == [["-", "a"], ["b", "c"]]
    for call, words in (
        (lambda: utils.pad_sequences([["a"]], value="-"), "dtype=object"),
        (lambda: utils.pad_sequences([[1]], padding="left"), "'left'"),
        (lambda: utils.pad_sequences([1, 2]), "item 0 must be a sequence"),
        (lambda: utils.pad_sequences(iter([[1]])), "list"),
        (lambda: utils.pad_sequences([[1], [[1, 2]]]), "sequence 1"),
    ):
        with pytest.raises(ValueError, match=words):
            call()


@pytest.mark.parametrize("args", [(1,), (1, 2), (1, 2, 3), ([1],), ((1, 2), 3), (1, None, 3)])
def test_pack_and_unpack(args: tuple[Any, ...]) -> None:
    ours, theirs = _both("pack_x_y_sample_weight")
    assert ours(*args) == theirs(*args)
    ours, theirs = _both("unpack_x_y_sample_weight")
    for data in (args, list(args), args[0] if not isinstance(args[0], tuple) else args):
        assert ours(data) == theirs(data)
    with pytest.raises(ValueError, match="tuple of 4"):
        utils.unpack_x_y_sample_weight((1, 2, 3, 4))


@pytest.mark.parametrize("sizes", [(0.8, None), (None, 0.3), (6, None), (3, 4), (0.5, 0.2)])
@pytest.mark.parametrize("kind", ["array", "tuple", "dict", "data set", "batches"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_split_dataset(sizes: Any, kind: str, shuffle: bool) -> None:
    x = np.arange(10)
    data: Any = {
        "array": x,
        "tuple": (x, x * 2),
        "dict": {"a": x},
        "data set": pw.data.Dataset.from_tensor_slices(x),
        "batches": pw.data.Dataset.from_tensor_slices(x).batch(4),
    }[kind]
    halves = utils.split_dataset(data, *sizes, shuffle=shuffle, seed=3)
    if kind == "batches":
        assert [half.batch_size for half in halves] == [4, 4]
        halves = tuple(half.unbatch() for half in halves)  # type: ignore[assignment]

    def first(e: Any) -> int:
        part = e[0] if kind == "tuple" else e
        return int(part["a"] if kind == "dict" else part)

    left, right = ([first(e) for e in half] for half in halves)
    counts = [s if isinstance(s, int) else round(s * 10) if s else None for s in sizes]
    counts = [10 - (counts[1] or 0) if counts[0] is None else counts[0], counts[1]]
    assert len(left) == counts[0]
    assert len(right) == (10 - counts[0] if counts[1] is None else counts[1])
    order = list(range(10))
    if shuffle:
        import random

        random.Random(3).shuffle(order)  # Keras's own order
    assert left == order[: len(left)]
    assert right == order[10 - len(right) :]


@pytest.mark.parametrize("sizes", [(None, None), (0, None), (1.5, None), (10, None), (0.01, None),
                                   (8, 8)])  # fmt: skip
def test_split_dataset_refuses(sizes: Any) -> None:
    with pytest.raises(ValueError, match="split_dataset"):
        utils.split_dataset(np.arange(10), *sizes)


@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("rate", [1, 2])
@pytest.mark.parametrize("part", [(None, None), (3, 17)])
@pytest.mark.parametrize("labelled", [False, True])
def test_timeseries(length: int, stride: int, rate: int, part: Any, labelled: bool) -> None:
    series = np.random.default_rng(1).normal(size=(20, 2))
    labels = np.arange(20) if labelled else None
    data = utils.timeseries_dataset_from_array(
        series, labels, length, stride, rate, 4, start_index=part[0], end_index=part[1]
    )
    start, end = part[0] or 0, part[1] or 20
    firsts = list(range(0, end - start - (length - 1) * rate, stride))
    windows = [[series[start + i + j * rate] for j in range(length)] for i in firsts]
    batches = list(data)
    assert len(batches) == len(data) == -(-len(firsts) // 4)
    xs = [x for x, _ in batches] if labelled else batches
    np.testing.assert_array_equal(np.concatenate(xs), windows)
    if labelled:
        np.testing.assert_array_equal(
            np.concatenate([y for _, y in batches]), [start + i for i in firsts]
        )
    shuffled = utils.timeseries_dataset_from_array(
        series, None, length, stride, rate, None, True, 5, *part
    )
    one, other = ([w.tolist() for w in shuffled] for _ in "ab")
    assert one != other
    assert sorted(one) == sorted(other) == sorted(np.array(windows).tolist())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sequence_length": 0}, "sequence_length"),
        ({"sequence_length": 30}, "sequence_length"),
        ({"sequence_stride": 0}, "sequence_stride"),
        ({"sampling_rate": 20}, "sampling_rate"),
        ({"sequence_length": 10, "sampling_rate": 3}, "need 28 steps, got 20"),
        ({"start_index": 30}, "start_index"),
        ({"start_index": 5, "end_index": 5}, "end_index"),
        ({"format": "torch"}, "format"),
    ],
)
def test_timeseries_refuses(options: dict[str, Any], words: str) -> None:
    options = {"sequence_length": 2, **options}
    with pytest.raises(ValueError, match=words):
        utils.timeseries_dataset_from_array(np.arange(20), None, **options)


def test_set_random_seed() -> None:
    import random

    draws = []
    for _ in range(2):
        utils.set_random_seed(5)
        draws.append((random.random(), np.random.rand(), pw.ops.random_uniform((2,)).tolist()))
    assert draws[0] == draws[1]
    for seed in (-1, 1 << 32, 0.5, True):
        with pytest.raises(ValueError, match="whole number"):
            utils.set_random_seed(seed)  # type: ignore[arg-type]


def test_progbar_averages_as_keras(capsys: pytest.CaptureFixture[str]) -> None:
    import re

    for options in ({}, {"stateful_metrics": ["b"]}, {"stateless_metrics": ["a"]}):
        shown = []
        for cls in (utils.Progbar, keras.utils.Progbar):
            bar = cls(4, verbose=2, **options)
            for step in (1, 2, 3):
                bar.update(step, [("a", 1.0 / step), ("b", 0.1 * step)])
            bar.add(1, [("a", 0.25)])
            text = capsys.readouterr().out
            shown.append((text[:3], re.findall(r"(\w): ([\d.e-]+)", text)))
        assert shown[0] == shown[1]
    with pytest.raises(ValueError, match="not both"):
        utils.Progbar(3, stateful_metrics=["a"], stateless_metrics=["a"])


def test_progbar_in_a_log_says_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    bar = utils.Progbar(2)
    bar.update(1)
    bar.update(2, [("loss", 0.5)])
    assert capsys.readouterr().out.count("\n") == 1
    endless = utils.Progbar(None, verbose=2)
    endless.update(3, finalize=True)
    assert "3/Unknown" in capsys.readouterr().out
    utils.Progbar(1, verbose=0).update(1)
    assert capsys.readouterr().out == ""
