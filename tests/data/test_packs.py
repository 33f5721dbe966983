"""Pictures packed by threads: order, bounds, errors, an end at once."""

from __future__ import annotations

import itertools
import threading
import time
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from pywebml import tensor
from pywebml.data.packs import MOST, packs
from pywebml.data.pictures import load_picture
from pywebml.host.side_by_side import SPARE, side_by_side
from pywebml.ops import pixels_to_tensor
from pywebml.ops.image.packed import PackedPixels


@pytest.fixture
def pictures(tmp_path):
    rng = np.random.default_rng(0)
    paths = []
    for i in range(2 * MOST + 5):
        pixels = rng.integers(0, 256, (rng.integers(5, 60), rng.integers(5, 60), 3), np.uint8)
        paths.append(tmp_path / f"{i}.{'jpg' if i % 2 else 'png'}")
        Image.fromarray(pixels).save(paths[-1])
    return paths


@pytest.mark.parametrize("lasting", [True, False])
@pytest.mark.parametrize("fit", ["squash", "crop"])
def test_packs_have_the_pictures_in_order(pictures, fit, lasting):
    pictures[3].write_bytes(b"no picture")
    seen, refused = [], []
    for pack in packs(enumerate(pictures), (12, 20), fit, lasting=lasting):
        assert len(pack.read) <= MOST and pack.places.dtype == np.int32
        refused += pack.refused
        op = PackedPixels((12, 20), (1, 1, 1), (0, 0, 0))
        rows = op(tensor(pack.pixels, dtype="uint8"), tensor(pack.places)).numpy()
        for number, row in zip(pack.read, rows, strict=True):
            seen.append(number)
            pixels = load_picture(pictures[number], (12, 20), fit)
            alone = pixels_to_tensor(tensor(pixels, dtype="uint8"), (12, 20), 1.0, fit=fit)
            np.testing.assert_array_equal(row, alone.numpy()[0])
    assert seen == [i for i in range(len(pictures)) if i != 3]
    assert [number for number, _ in refused] == [3] and "3.jpg" in refused[0][1]


def test_memory_is_taken_again_where_packs_need_not_last(pictures, monkeypatch):
    monkeypatch.setattr("pywebml.data.packs.MOST", 1)

    def shared(lasting):
        pixels = [p.pixels for p in packs(enumerate(pictures), (12, 20), lasting=lasting)]
        return sum(np.shares_memory(*both) for both in itertools.combinations(pixels, 2))

    assert shared(lasting=True) == 0 < shared(lasting=False)


def test_a_tensor_keeps_what_it_was_made_of(host):
    """So that a pack's memory may be taken again as soon as it is uploaded."""
    pixels = np.arange(4096, dtype=np.uint8)
    uploaded = tensor(pixels, dtype="uint8")
    pixels[:] = 7
    np.testing.assert_array_equal(uploaded.numpy(), np.arange(4096, dtype=np.uint8))


def test_a_small_file_takes_little_memory(pictures):
    """And not what the largest would: a map of 64 MB for each holds up all threads."""
    tracemalloc.start()
    list(packs(enumerate(pictures), (12, 20)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_work_is_bounded_in_order_and_side_by_side():
    begun, both = [], threading.Barrier(2, timeout=10)

    def work(i):
        begun.append(i)
        if i < 2:
            both.wait()  # would break if one waited for the other
        return i * i

    results = side_by_side(work, iter(range(1000)), threads=2)
    assert next(results) == 0
    time.sleep(0.05)
    assert len(begun) <= 2 + SPARE
    assert list(results) == [i * i for i in range(1, 1000)]


def test_an_error_comes_in_its_place_and_ends_the_rest():
    begun = []

    def work(i):
        begun.append(i)
        if i == 3:
            raise ValueError("number 3")
        return i

    results = side_by_side(work, range(1000), threads=2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="number 3"):
        next(results)
    assert len(begun) < 20


def test_whoever_stops_asking_waits_for_nobody():
    results = side_by_side(lambda i: time.sleep(0.2 if i else 0), range(100), threads=2)
    next(results)
    start = time.perf_counter()
    results.close()
    assert time.perf_counter() - start < 0.1
