"""What `keras.ops` and `keras.random` have that takes functions or draws numbers, and
what stands at the top of `keras`.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import keras
from pywebml.keras import ops, random, tree


def test_importing_pywebml_leaves_keras_alone() -> None:
    code = (
        "import sys, pywebml; early = [m for m in sys.modules if 'pywebml.keras' in m];"
        "import pywebml.keras as keras;"
        "late = [m for m in sys.modules if m.startswith('pywebml.keras.')];"
        "keras.ops; print(early, late, 'pywebml.keras.ops' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]", "True"]


@pytest.mark.parametrize("name", [*keras.ROOMS, *keras.NAMES])
def test_all_that_is_named_is_there(name: str) -> None:
    assert getattr(keras, name) is not None
    assert name in dir(keras)


def test_branches() -> None:
    x = ops.array([1.0, 2.0])
    assert ops.cond(x[0] > 0, lambda: "yes", lambda: "no") == "yes"
    assert ops.switch(7, [lambda a: a, lambda a: a * 2], 3) == 6

    @pw.capture
    def chosen(x: Any) -> Any:
        return ops.cond(ops.sum(x) > 0, lambda: x * 2, lambda: x * 3)

    assert chosen(x).tolist() == [2.0, 4.0]
    assert chosen(x * -1.0).tolist() == [-3.0, -6.0]


def test_loops() -> None:
    total, i = ops.while_loop(lambda t, i: i < 4, lambda t, i: (t + i, i + 1), (0, 0))
    assert (int(total.item()), int(i.item())) == (6, 4)
    assert ops.while_loop(lambda i: i < 9, lambda i: i + 1, 0, maximum_iterations=3).item() == 3
    assert ops.fori_loop(1, 4, lambda i, s: s + i, 0).item() == 6
    last, all_of_them = ops.scan(lambda s, x: (s + x, s * x), 0.0, ops.array([1.0, 2.0, 3.0]))
    assert last.item() == 6.0
    assert all_of_them.tolist() == [0.0, 2.0, 9.0]
    assert ops.map(lambda x: x * 2, ops.array([1, 2])).tolist() == [2, 4]
    assert ops.vectorized_map(lambda x: x * 2, ops.array([1, 2])).tolist() == [2, 4]
    pairs = {"a": ops.arange(5), "b": ops.ones(5)}
    running = ops.associative_scan(lambda a, b: {k: a[k] + b[k] for k in a}, pairs)
    assert running["a"].tolist() == [0, 1, 3, 6, 10]
    assert ops.associative_scan(ops.add, ops.arange(4), reverse=True).tolist() == [6, 6, 5, 3]
    larger = ops.vectorize(lambda a, b: ops.cond(a > b, lambda: a, lambda: b))
    assert larger(ops.array([1, 5]), ops.array(3)).tolist() == [3, 5]


def test_decompositions_put_together_again() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(2, 4, 3)).astype(np.float32)
    q, r = ops.qr(a)
    np.testing.assert_allclose(ops.matmul(q, r).numpy(), a, atol=1e-5)
    u, s, vh = ops.svd(a)
    assert u.shape == (2, 4, 4)
    whole = u[..., :3].numpy() * s.numpy()[:, None] @ vh.numpy()
    np.testing.assert_allclose(whole, a, atol=1e-5)
    np.testing.assert_allclose(
        u.numpy() @ u.numpy().swapaxes(1, 2), np.broadcast_to(np.eye(4), (2, 4, 4)), atol=1e-5
    )
    symmetric = a[:, :3] + a[:, :3].swapaxes(1, 2)
    values, vectors = ops.eigh(symmetric)
    np.testing.assert_allclose(values.numpy(), np.linalg.eigvalsh(symmetric), atol=1e-5)
    again = vectors.numpy() * values.numpy()[:, None] @ vectors.numpy().swapaxes(1, 2)
    np.testing.assert_allclose(again, symmetric, atol=1e-5)


def test_sparsemax_comes_to_one() -> None:
    x = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    np.testing.assert_allclose(ops.sparsemax(x).numpy().sum(1), 1, rtol=1e-5)


def test_seeds() -> None:
    again = [random.normal((3,), seed=1).tolist() for _ in range(2)]
    assert again[0] == again[1]
    seeds = random.SeedGenerator(1)
    stream = [random.normal((3,), seed=seeds).tolist() for _ in range(2)]
    assert stream[0] == again[0] != stream[1]
    assert random.SeedGenerator.from_config(seeds.get_config()).seed == 1
    keras.utils.set_random_seed(3)
    first = random.uniform((3,)).tolist()
    keras.utils.set_random_seed(3)
    assert random.uniform((3,)).tolist() == first != random.uniform((3,)).tolist()
    with pytest.raises(TypeError, match="SeedGenerator"):
        random.normal((2,), seed="one")


MEANS: list[tuple[Any, float, float]] = [
    (lambda: random.normal((4000,), 1.0, 2.0, seed=1), 1.0, 2.0),
    (lambda: random.truncated_normal((4000,), 1.0, 1.0, seed=1), 1.0, 0.88),
    (lambda: random.uniform((4000,), 1.0, 3.0, seed=1), 2.0, 0.577),
    (lambda: random.randint((4000,), 0, 5, seed=1), 2.0, 1.414),
    (lambda: random.gamma((4000,), 4.0, seed=1), 4.0, 2.0),
    (lambda: random.beta((4000,), 2.0, 2.0, seed=1), 0.5, 0.2236),
    (lambda: random.binomial((4000,), 10, 0.3, seed=1), 3.0, 1.449),
    (lambda: random.categorical(ops.log([[0.5, 0.25, 0.25]]), 4000, seed=1), 0.75, 0.829),
    (lambda: random.dropout(ops.ones(4000), 0.25, seed=1), 1.0, 0.577),
]


@pytest.mark.parametrize(("draw", "mean", "spread"), MEANS)
def test_what_is_drawn(draw: Any, mean: float, spread: float) -> None:
    x = draw().numpy().astype(np.float64)
    assert abs(x.mean() - mean) < 0.06 * spread
    assert abs(x.std() - spread) < 0.06 * spread


def test_shuffle_has_all_of_them() -> None:
    x = random.shuffle(ops.arange(9).reshape(3, 3), axis=1, seed=2).numpy()
    assert sorted(x[0]) == [0, 1, 2]
    assert (np.diff(x, axis=0) == 3).all()


def test_models_wait_and_give_arrays() -> None:
    x = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    y = x.sum(1, keepdims=True)
    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(x, y, epochs=2, verbose=0)
    assert isinstance(history, keras.callbacks.History)
    assert len(history.history["loss"]) == 2
    assert isinstance(model.evaluate(x, y, verbose=0), float)
    assert model.evaluate(x, y, verbose=0, return_dict=True).keys() == {"loss"}
    assert isinstance(model.predict(x, verbose=0), np.ndarray)
    assert isinstance(model.predict_on_batch(x), np.ndarray)
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    both = keras.Model([a, b], [keras.layers.Dense(1)(a), keras.layers.Dense(2)(b)])
    assert isinstance(both, pw.Model)
    first, second = both.predict([x, x], verbose=0)
    assert first.shape == (20, 1) and second.shape == (20, 2)


def test_variables() -> None:
    v = keras.Variable("ones", shape=(2,), dtype="int32", name="v")
    assert v.numpy().tolist() == [1, 1] and v.dtype == "int32"
    assert keras.Variable(1.5).shape == ()
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    assert isinstance(layer.kernel, keras.Variable)
    with pytest.raises(ValueError, match="shape"):
        keras.Variable("ones")


def test_trees() -> None:
    nested = {"b": [1, (2, 3)], "a": 4}
    assert tree.flatten(nested) == [4, 1, 2, 3]
    assert tree.map_structure(lambda a, b: a + b, nested, nested) == {"b": [2, (4, 6)], "a": 8}
    assert tree.pack_sequence_as(nested, "wxyz") == {"b": ["x", ("y", "z")], "a": "w"}
    assert tree.flatten_with_path({"a": [5]}) == [(("a", 0), 5)]
    with pytest.raises(ValueError, match="alike"):
        tree.map_structure(lambda a, b: a, [1], [1, 2])
    assert tree.map_shape_structure(lambda s: len(s), {"x": (2, 3)}) == {"x": 2}


def test_settings_say_what_there_is() -> None:
    assert keras.config.floatx() == "float32"
    assert keras.backend.image_data_format() == "channels_last"
    with pytest.raises(ValueError, match="channels_first"):
        keras.config.set_image_data_format("channels_first")
    with pytest.raises(ValueError, match="astype"):
        keras.config.set_floatx("float16")
    with pytest.raises(ValueError, match="no policy 'mixed_bfloat16'"):
        keras.mixed_precision.set_global_policy("mixed_bfloat16")


def test_digits_come_from_a_file_of_ones_own(tmp_path: Any) -> None:
    x, y = np.zeros((3, 28, 28), np.uint8), np.arange(3, dtype=np.uint8)
    path = tmp_path / "digits.npz"
    np.savez(path, x_train=x, y_train=y, x_test=x[:1], y_test=y[:1])
    (x_train, y_train), (x_test, _) = keras.datasets.mnist.load_data(str(path))
    assert x_train.shape == (3, 28, 28) and y_train.tolist() == [0, 1, 2] and len(x_test) == 1
    with pytest.raises(FileNotFoundError, match="file_hash"):
        keras.datasets.mnist.load_data(str(tmp_path / "nothing.npz"))
