"""Large data to a graphics card: what arrives is what was given, whatever its size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hosts import shared_device

import pywebml as pw
from pywebml import ops
from pywebml.core.runtime import flush
from pywebml.device import DeviceLost, make_device, set_device
from pywebml.device.native.uploads import CHUNK, LARGE, MOST

pytestmark = pytest.mark.gpu


@pytest.fixture
def own() -> Iterator[Any]:
    """A device whose staging buffers nobody has used."""
    yield set_device(make_device("gpu"))
    set_device(shared_device("cpu"))


def data(nbytes: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, nbytes, np.uint8)


@pytest.mark.parametrize("chunks", [0, 1, 2, MOST + 3])
@pytest.mark.parametrize("more", [-3, -1, 0, 1, 6])
def test_all_sizes_arrive(own: Any, chunks: int, more: int) -> None:
    given = data((chunks * CHUNK or LARGE) + more)
    assert (pw.tensor(given, dtype="uint8").numpy() == given).all()


def test_more_than_the_staging_buffers_hold_is_waited_for(own: Any) -> None:
    given = [data(CHUNK - 4 * i, i) for i in range(2 * MOST)]
    tensors = [pw.tensor(each, dtype="uint8") for each in given]
    for there, each in zip(tensors, given, strict=True):
        assert (there.numpy() == each).all()
    assert len(own._uploads._ring) == MOST


def test_an_upload_comes_after_what_was_queued_before_it(own: Any) -> None:
    numbers = np.arange(LARGE // 4, dtype=np.float32)
    x = pw.Variable(pw.tensor(numbers))
    for i in range(MOST + 2):
        before = ops.sum(x[:8] * 1.0)
        flush()
        x.buffer.device.upload(x.buffer.id, (numbers + i + 1).data)
        assert before.tolist() == numbers[:8].sum() + 8 * i
    assert (x.numpy() == numbers + MOST + 2).all()


def test_a_part_of_a_buffer_is_written_where_it_is_asked_for(own: Any) -> None:
    given, part = data(3 * CHUNK), data(LARGE + 8, 1)
    x = pw.tensor(given, dtype="uint8")
    x.buffer.device.upload(x.buffer.id, part, CHUNK - 4)
    given[CHUNK - 4 : CHUNK - 4 + len(part)] = part
    assert (x.numpy() == given).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("uploads", [1, MOST + 1])
def test_a_lost_device_says_so(own: Any, uploads: int) -> None:
    for _ in range(uploads):
        x = pw.tensor(data(CHUNK), dtype="uint8")
    own._device.destroy()
    with pytest.raises(DeviceLost, match=r"was lost|failed; go on with"):
        own.upload(x.buffer.id, data(CHUNK))
    with pytest.raises(DeviceLost, match="was lost"):
        pw.tensor(data(CHUNK), dtype="uint8")
