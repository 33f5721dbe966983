"""Handwritten digits: drawings in MNIST's shape, and what the page's session does."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml.apps import digits as app
from pywebml.data.digits import SHA256, Digits, as_digit, packed_file


def ink_of(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A few strokes somewhere on a pad."""
    rng = np.random.default_rng(seed)
    ink = np.zeros((height, width), np.uint8)
    for _ in range(3):
        y, x = rng.integers(0, height), rng.integers(0, width)
        ink[y : y + rng.integers(1, height + 1), x : x + rng.integers(1, width + 1)] = 255
    return ink


@pytest.mark.parametrize("size", [(280, 280), (28, 28), (5, 300), (300, 5), (1, 1), (64, 100)])
@pytest.mark.parametrize("seed", range(3))
def test_a_drawing_gets_the_shape_of_mnist(size: tuple[int, int], seed: int) -> None:
    """At most 20 x 20, with its centre of mass in the middle, as far as that fits."""
    values = as_digit(ink_of(*size, seed).tobytes(), *size)
    assert values is not None
    image = np.reshape(values, (28, 28))
    assert image.min() >= 0 and image.max() <= 1.0001
    rows, columns = np.nonzero(image > 0)
    extent = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert max(extent) == 20
    for axis, length in ((0, extent[0]), (1, extent[1])):
        mass = image.sum(axis=1 - axis)
        middle = (mass * (np.arange(28) + 0.5)).sum() / mass.sum()
        free = (28 - length) / 2
        assert abs(middle - 14) <= 0.51 or abs(middle - 14) <= 10 - free


def test_where_it_is_drawn_and_how_large_makes_no_difference() -> None:
    small = ink_of(40, 40)
    large = np.kron(small, np.ones((3, 3), np.uint8))
    there = np.zeros((200, 300), np.uint8)
    there[50:170, 100:220] = large
    np.testing.assert_allclose(
        as_digit(there.tobytes(), 200, 300), as_digit(small.tobytes(), 40, 40), atol=1e-6
    )


def test_nothing_drawn_is_no_digit() -> None:
    assert as_digit(bytes(100), 10, 10) is None
    assert as_digit(bytes([20] * 100), 10, 10) is None  # paler than a stroke


@pytest.fixture(scope="module")
def packed() -> bytes:
    try:
        return packed_file().read_bytes()
    except ConnectionError as error:
        pytest.skip(str(error))


def test_the_digits_are_what_they_were(packed: bytes) -> None:
    assert hashlib.sha256(packed).hexdigest() == SHA256
    pixels = np.frombuffer(packed, np.uint8)
    (x, y), (x_test, y_test) = pw.data.digits_sync()
    both = np.concatenate([x.numpy(), x_test.numpy()]).reshape(10_000, 784)
    np.testing.assert_allclose(both * 255, pixels[:-10_000].reshape(10_000, 784), atol=1e-4)
    labels = np.concatenate([y.numpy(), y_test.numpy()])
    np.testing.assert_array_equal(labels, pixels[-10_000:])
    assert np.bincount(labels[9000:], minlength=10).min() > 60


def test_mnists_own_digits_stay_where_they_are(packed: bytes) -> None:
    """Their shape is the one that drawings get: within a pixel, and rounding."""
    moved = []
    for i in range(40):
        digit = np.frombuffer(packed[784 * i : 784 * (i + 1)], np.uint8).reshape(28, 28)
        again = np.reshape(as_digit(digit.tobytes(), 28, 28) or 0, (28, 28))
        before, after = (np.argwhere(a > 0.1 * a.max()).mean(axis=0) for a in (digit, again))
        moved.append(np.abs(before - after).max())
    assert max(moved) < 1.5


def few(packed: bytes, count: int = 512) -> Digits:
    (x, y), (x_test, y_test) = pw.data.digits_sync()
    return Digits((x[:count], y[:count]), (x_test, y_test))


@pytest.mark.parametrize("kind", ["conv", "dense"])
def test_a_network_learns_and_says_how(packed: bytes, kind: str) -> None:
    steps: list[Any] = []
    options = app.DigitOptions(network=kind, epochs=3, batch_size=32)
    trained = pw.run_sync(app.train(few(packed), options, steps.append))
    assert trained.data["test_accuracy"] > 0.6
    assert len(trained.wrong) == round(1000 * (1 - trained.data["test_accuracy"]))
    assert np.trace(trained.data["confusion"]) == 1000 - len(trained.wrong)
    assert [s.done for s in steps if s.stage == "training"][-1] == 48
    assert len(trained.curve["loss"]) == len(trained.curve["step"]) >= 3


def test_it_stops_when_asked(packed: bytes) -> None:
    asked = iter([False] * 5)
    options = app.DigitOptions(epochs=50)
    trained = pw.run_sync(app.train(few(packed), options, stop=lambda: next(asked, True)))
    assert trained.data["stopped"] and trained.data["seconds"] < 30


def test_the_session_reads_also_after_a_lost_device(packed: bytes) -> None:
    session = app.DigitSession()
    ink = ink_of(28, 28)
    with pytest.raises(RuntimeError, match="train it first"):
        pw.run_sync(session.read(ink.tobytes(), 28, 28))
    result = pw.run_sync(session.train({"network": "dense", "epochs": 1, "batch_size": 320}))
    assert result["wrong"][0]["label"] != result["wrong"][0]["said"]
    assert len(result["wrong"][0]["pixels"]) == 784
    before = pw.run_sync(session.read(ink.tobytes(), 28, 28))
    session.revive()
    after = pw.run_sync(session.read(ink.tobytes(), 28, 28))
    assert before is not None and after is not None
    np.testing.assert_allclose(after["shares"], before["shares"], atol=1e-5)
    assert sum(before["shares"]) == pytest.approx(1, abs=1e-4)
    assert pw.run_sync(session.read(bytes(100), 10, 10)) is None
    samples = pw.run_sync(session.samples(998, 4))  # goes round
    assert len(samples["pixels"]) == 4 * 784 and len(samples["labels"]) == 4
