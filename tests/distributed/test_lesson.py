"""What a client of a federated lesson does, with Flower's layout and without Flower."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

from pywebml.device import run_sync, set_device
from pywebml.distributed.federated.lesson import ARRAYS, Agreement, Lesson
from pywebml.zoo.heads import new_head

ABOUT = {"name": "a_network", "layer": "pool", "weights_sha256": "ab" * 32}
CLASSES = ("rock", "paper", "scissors")
AGREED = Agreement(CLASSES, "a_network", "pool", "ab" * 32, features=32, units=16)
CONFIG = {**AGREED.config(), "epochs": 5, "batch-fraction": 0.4, "learning-rate": 0.05}


@pytest.fixture(autouse=True)
def _cpu() -> None:
    set_device(shared_device("cpu"))


def rows(label: int, n: int = 20, seed: int = 0) -> Any:
    """Features of a class: positive, as a network's are, and around a middle of its
    own.
    """
    middle = np.abs(np.random.default_rng(label).normal(size=32))
    noise = np.random.default_rng((label, seed)).normal(size=(n, 32))
    return np.abs(middle + 0.3 * noise).astype("float32")


def lesson(*labels: int, **options: Any) -> Lesson:
    names = [CLASSES[label] for label in labels for _ in range(20)]
    return Lesson(ABOUT, np.concatenate([rows(label) for label in labels]), names, **options)


def start() -> list[Any]:
    return [w.numpy() for w in new_head(32, 16, 3).weights]


def test_a_client_trains_and_is_tested_on_what_it_kept_aside() -> None:
    pupil, weights = lesson(0, 1, 2, aside=[1, 21, 41]), start()
    trained, examples, metrics = run_sync(pupil.train(weights, CONFIG))
    assert examples == 57 and set(metrics) == {"loss", "accuracy"}
    assert [tuple(w.shape) for w in trained] == AGREED.shapes() and len(ARRAYS) == len(trained)
    assert {w.format for w in trained} == {"f"}
    before = run_sync(pupil.evaluate(weights, CONFIG))
    after = run_sync(pupil.evaluate(trained, CONFIG))
    assert before[0] == after[0] == 3 and after[1]["loss"] < before[1]["loss"]
    # the same message, the same answer; another round shuffles otherwise
    again, _, _ = run_sync(pupil.train(weights, CONFIG))
    later, _, _ = run_sync(pupil.train(weights, {**CONFIG, "server-round": 2}))
    assert all(bytes(a) == bytes(b) for a, b in zip(trained, again, strict=True))
    assert bytes(later[0]) != bytes(trained[0])


def test_it_is_gradient_descent() -> None:
    """One epoch of one batch is one step, here as NumPy takes it."""
    pupil, weights = lesson(0), start()
    once = {**CONFIG, "epochs": 1, "batch-fraction": 1.0}
    trained, _, _ = run_sync(pupil.train(weights, once))
    kernel, bias, out, bias_out = (w.astype("float64") for w in weights)
    x = rows(0).astype("float64")
    hidden = np.maximum(x @ kernel + bias, 0)
    scores = np.exp(hidden @ out + bias_out)
    error = (scores / scores.sum(1, keepdims=True) - [1, 0, 0]) / len(x)
    back = error @ out.T * (hidden > 0)
    for ours, w, g in zip(
        trained, weights, (x.T @ back, back.sum(0), hidden.T @ error, error.sum(0)), strict=True
    ):
        # float32 sums of 32 products beside float64
        np.testing.assert_allclose(np.asarray(ours), w - 0.05 * g, atol=2e-6)


def test_three_clients_with_a_class_each_learn_all_of_them() -> None:
    """The server's part by hand: weighted averages, as FedAvgM takes them."""
    pupils = [lesson(0), lesson(1), lesson(2)]
    weights = start()
    velocity = [np.zeros_like(w) for w in weights]
    for number in range(5):
        config = {**CONFIG, "server-round": number + 1}
        replies = [run_sync(pupil.train(weights, config)) for pupil in pupils]
        total = sum(examples for _, examples, _ in replies)
        for i, w in enumerate(weights):
            mean = sum(np.asarray(new[i]) * (n / total) for new, n, _ in replies)
            velocity[i] = 0.5 * velocity[i] + (mean - w)
            weights[i] = (w + 3 * velocity[i]).astype("float32")
    assert run_sync(lesson(0, 1, 2).evaluate(weights, CONFIG))[1]["accuracy"] > 0.95


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights-sha256": "cd" * 32}, "the server teaches on a_network .* weights cdcdcdcdcdcd"),
        ({"layer": "top"}, "give both the same --extractor"),
        ({"features": 64}, r"a_network \(64 numbers of pool"),
        ({"fit": "squash"}, "--fit squash, this client's with --fit crop"),
        ({"fit": "other"}, "fit must be crop or squash"),
        ({"classes": ["paper", "scissors"]}, "does not know the class 'rock'; it teaches paper"),
        ({"classes": ["rock"]}, "2 to 1000 classes"),
        ({"classes": ["rock", "rock"]}, "different names"),
        ({"classes": ["rock", ""]}, "1 to 200 characters"),
        ({"units": 10**9}, "units must be a whole number from 1 to 10000"),
        ({"epochs": 10**9}, "epochs must be a whole number from 1 to 1000"),
        ({"learning-rate": float("nan")}, "learning-rate must be a number above 0"),
        ({"batch-fraction": 2.0}, "batch-fraction must be a number above 0, at most 1"),
        ({"units": 8}, "shape"),
    ],
)
def test_what_a_client_refuses(change: Mapping[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        run_sync(lesson(0).train(start(), {**CONFIG, **change}))


def test_a_server_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="config has no 'classes'; is it `federate server`"):
        run_sync(lesson(0).evaluate(start(), {"server-round": 1}))


def test_a_lesson_needs_pictures_to_learn_from() -> None:
    with pytest.raises(ValueError, match="a name for each; got 20, 19"):
        Lesson(ABOUT, rows(0), ["rock"] * 19)
    with pytest.raises(ValueError, match="all 20 pictures are kept aside"):
        lesson(0, aside=range(20))


def test_it_needs_neither_flower_nor_numpy() -> None:
    """A node in a tab takes it, where there are none."""
    program = (
        "import sys\n"
        "import pywebml.distributed.federated.lesson\n"
        "print([name for name in ('flwr', 'ray', 'numpy', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
