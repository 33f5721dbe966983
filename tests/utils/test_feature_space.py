"""Tables to numbers: the steps of Keras's guide to structured data."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.layers.preprocessing.fingerprints import fingerprint
from pywebml.utils import FeatureSpace

RNG = np.random.default_rng(2)
TABLE: dict[str, Any] = {
    "age": [20.0, 40.0, 60.0, 40.0],
    "city": ["Ulm", "Bonn", "Ulm", "Köln"],
    "rooms": [1, 3, 3, 2],
    "area": [10.0, 20.0, 30.0, 90.0],
}


def space(output_mode: str = "concat", **options: Any) -> FeatureSpace:
    return FeatureSpace(
        {
            "age": "float_normalized",
            "city": "string_categorical",
            "rooms": FeatureSpace.integer_categorical(num_oov_indices=0),
            "area": FeatureSpace.float_discretized(2),
        },
        output_mode,
        **options,
    )


WANT = {
    "age": np.array([[-1.4142135], [0], [1.4142135], [0]]),
    "area": np.eye(2)[[0, 1, 1, 1]],
    "city": np.eye(4)[[1, 3, 1, 2]],  # most frequent first, then by falling order
    "rooms": np.eye(3)[[2, 0, 0, 1]],
}


@pytest.mark.parametrize("kind", ["dict", "rows", "batches"])
def test_columns_become_numbers(host: str, kind: str) -> None:
    data = pw.data.Dataset.from_tensor_slices(TABLE)
    ours = space()
    ours.adapt({"dict": TABLE, "rows": data, "batches": data.batch(3)}[kind])
    want = np.concatenate([WANT[name] for name in sorted(WANT)], 1)
    got = ours(TABLE)
    np.testing.assert_allclose(got.numpy(), want, atol=1e-5)
    row = ours({name: values[2] for name, values in TABLE.items()})
    np.testing.assert_allclose(row.numpy(), want[2], atol=1e-5)
    batches = list(data.batch(3).map(ours))
    np.testing.assert_allclose(batches[1].numpy(), want[3:], atol=1e-5)
    apart = space("dict")
    apart.adapt(TABLE)
    for name, value in apart(TABLE).items():
        np.testing.assert_allclose(value.numpy(), WANT[name], atol=1e-5)
    assert apart.get_encoded_features()["city"].shape == (None, 4)
    assert ours.get_encoded_features().shape == (None, want.shape[1])
    assert ours.get_inputs()["city"].dtype == "string"


def test_crosses_count_together() -> None:
    ours = FeatureSpace(
        {"a": "string_categorical", "b": FeatureSpace.integer_categorical(output_mode="int")},
        "dict",
        crosses=[("a", "b"), FeatureSpace.cross(("b", "a"), 7, "int")],
        crossing_dim=5,
    )
    data = {"a": ["x", "y", "x"], "b": [3, 3, 4]}
    ours.adapt(data)
    got = ours(data)
    crosser = pw.layers.HashedCrossing(5)
    a = ours.preprocessors["a"](np.array(data["a"])[:, None])
    b = ours.preprocessors["b"](np.array(data["b"])[:, None])
    np.testing.assert_array_equal(got["a_X_b"].numpy(), np.eye(5)[crosser([a, b]).numpy()[:, 0]])
    np.testing.assert_array_equal(got["b_X_a"].numpy(), pw.layers.HashedCrossing(7)([b, a]).numpy())
    assert got["b"].dtype == "int32"


def test_other_kinds() -> None:
    custom = pw.layers.TextVectorization(output_mode="count")
    ours = FeatureSpace(
        {
            "f": "float",
            "h": FeatureSpace.string_hashed(4),
            "i": FeatureSpace.integer_hashed(3, output_mode="int"),
            "r": FeatureSpace.float_rescaled(2.0, 1.0),
            "t": FeatureSpace.feature("string", custom, "float"),
            "d": FeatureSpace.float_discretized(3, bin_boundaries=[0.0, 1.0]),
        },
        "dict",
    )
    data = {"f": [1.0, 2.0], "h": ["a", "b"], "i": [5, 6], "r": [1.0, 3.0],
            "t": ["x y x", "y"], "d": [-1.0, 5.0]}  # fmt: skip
    ours.adapt(data)
    got = {name: value.numpy().tolist() for name, value in ours(data).items()}
    assert got["f"] == [[1.0], [2.0]]
    assert got["h"] == np.eye(4)[[fingerprint(t) % 4 for t in (b"a", b"b")]].tolist()
    assert got["i"] == [[fingerprint(t) % 3] for t in (b"5", b"6")]
    assert got["r"] == [[3.0], [7.0]]
    assert custom.get_vocabulary() == ["[UNK]", "y", "x"]
    assert got["t"] == [[0, 1, 2], [0, 1, 0]]
    assert got["d"] == np.eye(3)[[0, 2]].tolist()


def test_a_network_learns_from_a_table() -> None:
    """The guide's training model: columns to numbers in the data set, and a network that
    begins where they end.
    """
    n = 120
    table = {
        "age": RNG.uniform(20, 80, n),
        "city": RNG.choice(["Ulm", "Bonn", "Rom"], n),
        "rooms": RNG.integers(1, 4, n),
    }
    labels = ((table["age"] > 50) ^ (table["city"] == "Rom")).astype(np.float32)
    data = pw.data.Dataset.from_tensor_slices((table, labels[:, None]))
    train, test = pw.utils.split_dataset(data, left_size=100, shuffle=True, seed=1)
    ours = FeatureSpace(
        {"age": FeatureSpace.float_discretized(8), "city": "string_categorical",
         "rooms": "integer_categorical"},
        crosses=[("city", "rooms")], crossing_dim=8,
    )  # fmt: skip
    ours.adapt(train.map(lambda x, y: x))
    pw.set_seed(3)
    encoded = ours.get_encoded_features()
    hidden = pw.layers.Dense(16, activation="relu")(encoded)
    output = pw.layers.Dense(1, activation="sigmoid")(hidden)
    model = pw.Model(encoded, output)
    model.compile(pw.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    prepared = [d.batch(20).map(lambda x, y: (ours(x), y)).cache() for d in (train, test)]
    history = model.fit_sync(prepared[0], epochs=25, validation_data=prepared[1], verbose=0)
    assert history.history["accuracy"][-1] > 0.9
    one = {"age": 75.0, "city": "Ulm", "rooms": 2}
    assert model.predict(ours(one).numpy()[None]).numpy()[0, 0] > 0.5


def test_configs() -> None:
    ours = FeatureSpace({"city": "string_categorical", "rooms": "integer_categorical"},
                        crosses=[("city", "rooms")])  # fmt: skip
    ours.adapt(TABLE)
    again = FeatureSpace.from_config(json.loads(json.dumps(ours.get_config())))
    np.testing.assert_array_equal(again(TABLE).numpy(), ours(TABLE).numpy())


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: FeatureSpace({}), "at least one column"),
    (lambda: FeatureSpace({"a": "number"}), "'number'"),
    (lambda: FeatureSpace({"a": "float"}, "rows"), "'rows'"),
    (lambda: FeatureSpace({"a": "float"}, crosses=[("a", "b")]), "a cross is of"),
    (lambda: FeatureSpace({"a": "float_normalized"})({"a": [1.0]}), "call adapt"),
    (lambda: FeatureSpace({"a": "float_normalized"}).get_inputs(), "call adapt"),
    (lambda: FeatureSpace({"a": "float_normalized"}).adapt([1.0]), "got list"),
    (lambda: FeatureSpace({"a": "float"})([1.0]), "got list"),
    (lambda: FeatureSpace({"a": "float"})({"b": [1.0]}), "no column 'a'"),
    (lambda: FeatureSpace({"a": FeatureSpace.integer_hashed(3, "int")})({"a": [1]}), "'dict'"),
    (lambda: FeatureSpace.cross(("a", "b"), 3, "float"), "'float'"),
    (lambda: FeatureSpace.feature("float32", None, "bag"), "'bag'"),
    (lambda: FeatureSpace({"a": FeatureSpace.feature("float32", pw.layers.Rescaling(2), "one_hot")})
     ({"a": [1.0]}), "how many categories"),
    (lambda: FeatureSpace({"a": "float_normalized"}).adapt(
        pw.data.Dataset.from_tensor_slices(({"a": [1.0]}, [1]))), "map out the x"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_what_cannot_be(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()
