"""KNNClassifier: against NumPy and TensorFlow.js's knn-classifier, what it remembers,
what it refuses, and its files.
"""

from __future__ import annotations

import dataclasses
import gc
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_node import run_node

import pywebml as pw
from pywebml.core.runtime import Buffer
from pywebml.device import get_device
from pywebml.host.files import FormatError
from pywebml.host.stores import Zip, zip_bytes
from pywebml.models import KNNClassifier

LABELS = ["rock", "paper", "scissors"]
SIZE = 40


def around(n: int, seed: int = 0) -> tuple[Any, list[str]]:
    """n examples around three directions, close enough together to be mixed up."""
    draw = np.random.default_rng(seed)
    centres = np.random.default_rng(9).normal(size=(3, SIZE))
    whose = draw.integers(0, 3, n)
    x = centres[whose] + draw.normal(size=(n, SIZE)) * 2
    return x.astype(np.float32), [LABELS[i] for i in whose]


def taught(n: int = 150) -> KNNClassifier:
    knn = KNNClassifier()
    for x, label in zip(*around(n), strict=True):
        knn.add_example(x, label)
    return knn


def meaning(x: Any, labels: list[Any], query: Any, k: int) -> tuple[Any, dict[Any, float]]:
    """The winner and the shares, in float64."""
    x, query = np.asarray(x, np.float64), np.asarray(query, np.float64)
    cosines = x @ query / np.linalg.norm(x, axis=1) / np.linalg.norm(query)
    near = [labels[i] for i in np.argsort(-cosines, kind="stable")[:k]]
    shares = {label: near.count(label) / len(near) for label in dict.fromkeys(labels)}
    most = max(shares.values())
    return next(label for label in near if shares[label] == most), shares


@pytest.mark.parametrize("k", [1, 3, 10, 500])
def test_it_says_what_numpy_says(host: str, k: int) -> None:
    knn, (x, labels) = taught(), around(150)
    for query in around(12, seed=1)[0]:
        winner, shares = meaning(x, labels, query, k)
        said = knn.predict_class_sync(query, k)
        assert (said.label, said.confidences) == (winner, pytest.approx(shares))
        assert knn.labels[said.class_index] == winner


@pytest.mark.tfjs
def test_it_says_what_tensorflow_js_says(host: str) -> None:
    x, labels = around(150)
    queries = around(30, seed=2)[0]
    pairs = [[row.tolist(), label] for row, label in zip(x, labels, strict=True)]
    theirs = run_node("neighbours.mjs", {"examples": pairs, "queries": queries.tolist(), "k": 7})
    knn = taught()
    assert knn.get_class_example_count() == theirs["counts"]
    for query, answer in zip(queries, theirs["answers"], strict=True):
        said = knn.predict_class_sync(query, 7)
        assert said.confidences == pytest.approx(answer["confidences"])
        top = sorted(said.confidences.values())
        if top[-1] > top[-2]:  # of equal votes theirs takes the class that was added first
            assert (said.label, said.class_index) == (answer["label"], answer["classIndex"])


def test_of_equal_votes_the_nearest_wins_and_of_equally_near_the_first(host: str) -> None:
    knn = KNNClassifier()
    for label, example in [("a", [0, 1, 0]), ("b", [1, 1, 0]), ("b", [0, 0, 1]), ("c", [0, 1, 0])]:
        knn.add_example(example, label)
    # b is nearer to [2, 1, 0] than a, which was added first
    assert knn.predict_class_sync([2, 1, 0], 2).label == "b"
    assert knn.predict_class_sync([0, 1, 0], 1).label == "a"  # as near as c's
    both = knn.predict_class_sync([0, 1, 0], 2)
    assert both == ("a", 0, {"a": 0.5, "b": 0.0, "c": 0.5})


def test_an_example_writes_one_row_and_doubles_the_room_when_it_is_full() -> None:
    pw.set_device("cpu")
    knn = taught(65)
    pw.memory()  # plays what is queued
    gc.collect()
    (block,), buffers = knn._rows.blocks, Buffer.live
    assert block.rows.shape == (128, SIZE)
    for x in around(63, seed=3)[0]:
        knn.add_example(x, "rock")
    pw.memory()
    gc.collect()
    assert knn._rows.blocks[0].rows is block.rows  # in place
    assert Buffer.live == buffers
    knn.add_example(x, "rock")
    assert knn._rows.blocks[0].rows.shape == (256, SIZE)
    bytes_before = pw.memory()["bytes"]
    knn.dispose()
    gc.collect()
    assert pw.memory()["bytes"] <= bytes_before - 256 * SIZE * 4
    assert knn.labels == []


def test_a_prediction_is_one_plan_and_one_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    device = pw.set_device("cpu")
    knn, queries = taught(), around(5, seed=4)[0]
    knn.predict_class_sync(queries[0])
    counts = {"run": 0, "download_sync": 0}
    for name in counts:
        real = getattr(device, name)

        def counted(*args: Any, _name: str = name, _real: Any = real) -> Any:
            counts[_name] += 1
            return _real(*args)

        monkeypatch.setattr(device, name, counted)
    for query in queries:
        knn.predict_class_sync(query)
    assert counts == {"run": 5, "download_sync": 5}
    assert knn._rows.vote is not None
    assert len(knn._rows.vote.plans()) == 1


@pytest.fixture
def small_buffers(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that claims buffers of 60 examples."""
    device = get_device()
    narrow = dataclasses.replace(device.adapter, max_binding=60 * SIZE * 4)
    monkeypatch.setattr(device, "adapter", narrow)


@pytest.mark.parametrize("k", [1, 3, 60, 100])
def test_in_several_buffers_it_says_the_same(small_buffers: None, tmp_path: Path, k: int) -> None:
    knn, (x, labels) = taught(), around(150)
    assert [block.rows.shape[0] for block in knn._rows.blocks] == [60, 60, 60]
    knn.add_example(x[0], labels[0])  # of equally near ones the first counts
    x, labels = np.concatenate([x, x[:1]]), [*labels, labels[0]]
    knn.save(tmp_path / "knn.zip")
    others = KNNClassifier.load(tmp_path / "knn.zip"), KNNClassifier()
    others[1].set_classifier_dataset(knn.get_classifier_dataset())
    for query in (*around(6, seed=1)[0], x[0], x[149]):
        winner, shares = meaning(x, labels, query, k)
        for classifier in (knn, *others):
            said = classifier.predict_class_sync(query, k)
            assert (said.label, said.confidences) == (winner, pytest.approx(shares))
    knn.clear_class("paper")
    rest = [i for i, label in enumerate(labels) if label != "paper"]
    winner, shares = meaning(x[rest], [labels[i] for i in rest], query, k)
    said = knn.predict_class_sync(query, k)
    assert (said.label, said.confidences) == (winner, pytest.approx(shares))


def test_classes_are_counted_and_emptied_and_labels_keep_their_places(host: str) -> None:
    knn = KNNClassifier()
    for label, example in [(7, [1, 0]), ("7", [0, 1]), (7, [1, 0.1]), ("z", [-1, 0])]:
        knn.add_example(example, label)
    assert knn.get_class_example_count() == {7: 2, "7": 1, "z": 1}
    assert knn.get_num_classes() == 3
    knn.clear_class(7)
    assert knn.get_class_example_count() == {"7": 1, "z": 1}
    assert knn.predict_class_sync([1, 0.2]) == ("7", 1, {"7": 0.5, "z": 0.5})
    knn.add_example([1, 0], 7)
    assert knn.predict_class_sync([1, 0], 1) == (7, 0, {7: 1.0, "7": 0.0, "z": 0.0})
    knn.clear_all_classes()
    assert knn.get_num_classes() == 0
    assert knn.get_classifier_dataset() == {}
    knn.add_example([1, 2, 3], "z")  # another shape
    assert knn.predict_class_sync([1, 2, 3]).class_index == 2


def test_a_data_set_goes_to_another_classifier_with_its_labels(host: str) -> None:
    knn = taught()
    dataset = knn.get_classifier_dataset()
    assert {label: x.shape[0] for label, x in dataset.items()} == knn.get_class_example_count()
    for x in dataset.values():
        np.testing.assert_allclose(np.linalg.norm(x.numpy(), axis=1), 1, rtol=1e-5)
    other = KNNClassifier()
    other.add_example([1.0], "before")
    other.set_classifier_dataset(dataset)
    assert other.labels == list(dataset)
    for query in around(8, seed=5)[0]:
        assert other.predict_class_sync(query) == knn.predict_class_sync(query)
    with pytest.raises(ValueError, match=r"expected {label: \[n, size\]} of one size, got"):
        other.set_classifier_dataset({"a": [[1.0, 2.0]], "b": [[1.0]]})
    assert other.get_class_example_count() == knn.get_class_example_count()


@pytest.mark.parametrize("form", ["{}", "{}.zip"])
def test_a_saved_one_predicts_the_same(host: str, tmp_path: Path, form: str) -> None:
    knn = taught()
    knn.add_example(np.ones(SIZE), 10)
    knn.clear_class("paper")
    where = str(tmp_path / form.format("hands"))
    knn.save(where)
    again = KNNClassifier.load(where)
    assert again.labels == knn.labels
    assert again.get_class_example_count() == knn.get_class_example_count()
    for query in around(8, seed=6)[0]:
        assert again.predict_class_sync(query, 5) == knn.predict_class_sync(query, 5)
    with pytest.raises(ValueError, match="all must be alike"):
        again.add_example(np.ones(SIZE + 1), "rock")
    KNNClassifier().save(where)
    assert KNNClassifier.load(where).get_num_classes() == 0


def test_values_of_any_size_and_shape(host: str) -> None:
    knn = KNNClassifier()
    knn.add_example(np.full((2, 3), 1e30), "large")
    knn.add_example(np.array([[1, 0, 0], [0, 0, -1]]) * 1e-30, "small")
    knn.add_example(np.full((2, 3), np.nan), "none")
    knn.add_example(np.zeros((2, 3)), "zero")
    assert knn.predict_class_sync(np.ones((2, 3)), 1).label == "large"
    near = knn.predict_class_sync(np.array([[1, 0, 0], [0, 0, -1]]), 4)
    assert near.label == "small"
    assert near.confidences == {"large": 1 / 3, "small": 1 / 3, "none": 0, "zero": 1 / 3}
    with pytest.raises(ValueError, match="no example can be compared with this one"):
        knn.predict_class_sync(np.full((2, 3), np.inf))


def test_what_it_refuses() -> None:
    knn = KNNClassifier()
    with pytest.raises(ValueError, match="there are no examples yet; call add_example first"):
        knn.predict_class_sync([1.0])
    with pytest.raises(TypeError, match="a label must be a text or a whole number, got True"):
        knn.add_example([1.0], True)
    with pytest.raises(ValueError, match=r"must have values, got the shape \(0,\)"):
        knn.add_example(np.zeros(0), "a")
    assert knn.labels == []
    knn.add_example([1.0, 2.0], "a")
    with pytest.raises(ValueError, match=r"shape \(1, 2\), but those before have \(2,\)"):
        knn.add_example([[1.0, 2.0]], "b")
    for k in (0, -1, 2.5, True):
        with pytest.raises(ValueError, match="k must be a whole number from 1 up"):
            knn.predict_class_sync([1.0, 2.0], k)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"no class 'b' with examples; there are \['a'\]"):
        knn.clear_class("b")
    with pytest.raises(RuntimeError, match="outside of `capture`"):
        pw.capture(lambda x: knn.add_example(x, "a"))([1.0, 2.0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "is not what KNNClassifier.save writes"),
        ({"version": 2}, "of version 2"),
        ({"labels": ["a", "a"]}, "a label is there twice"),
        ({"labels": [True]}, "'labels' must be a list of texts or whole numbers"),
        ({"labels": []}, "'classes' must be places among 0 labels"),
        ({"classes": [0, -1]}, "'classes' must be places among 1 labels"),
        ({"classes": [0] * 3}, "has 16 bytes, expected 24"),
        ({"shape": [-1, -2]}, "no example has the 'shape'"),
        ({"shape": [1 << 40]}, "no example has the 'shape'"),
        ({"shape": None}, "'shape' must be a list of whole numbers"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(change: Any, message: str) -> None:
    about = {
        "format": "pywebml-knn",
        "version": 1,
        "labels": ["a"],
        "shape": [2],
        "classes": [0, 0],
    }
    files = {"knn.json": json.dumps({**about, **change}).encode(), "examples.bin": bytes(16)}
    assert KNNClassifier.load(zip_bytes({**files, "knn.json": json.dumps(about).encode()})).labels
    with pytest.raises(FormatError, match=message):
        KNNClassifier.load(zip_bytes(files))
    assert "knn.json" in Zip(zip_bytes(files)).names()
