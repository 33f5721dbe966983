"""Lessons whose features one buffer cannot hold are taught as others are; and what they
take of memory, in small (docs/scaling.md has it in large).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hosts import shared_device
from PIL import Image

from pywebml import set_device, tensor
from pywebml.apps import alike as alike_module
from pywebml.apps.alike import alike
from pywebml.apps.bench import large
from pywebml.apps.sample import ByteRows, rows
from pywebml.apps.teaching import MOST, TeachOptions, batch_of, teach, teach_head
from pywebml.core.tensor import Tensor
from pywebml.data.folders import find_pictures
from pywebml.data.host_rows import HostRows, Picked
from pywebml.device import get_device
from pywebml.host.waiting import run_sync
from pywebml.zoo import together as together_module
from pywebml.zoo.together import in_order, together

RNG = np.random.default_rng(0)
N, K = 200, 24
LABELS = [i % 3 for i in range(N)]
X = RNG.standard_normal((N, K)).astype(np.float32) + np.eye(K, dtype=np.float32)[LABELS] * 4
THUMBNAILS = RNG.standard_normal((N, 16)).astype(np.float32)
X[150] = X[0]  # copies, of one class
THUMBNAILS[151] = 2 * THUMBNAILS[1]


@pytest.fixture(autouse=True)
def cpu() -> Iterator[None]:
    set_device(shared_device("cpu"))
    device = get_device()
    before = device.adapter
    yield
    device.adapter = before


def parts(x: Any) -> HostRows:
    return HostRows.of([x[:70], x[70:]])


WAYS: dict[str, Any] = {
    "in parts": parts,
    "as bytes": lambda x: ByteRows([row.tobytes() for row in x]),
    "in another order": lambda x: Picked(parts(x[::-1]), range(len(x) - 1, -1, -1)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_head_is_taught_the_same_from_rows_on_the_host(way: str) -> None:
    def taught(x: Any, thumbnails: Any) -> Any:
        network: Any = SimpleNamespace(learning_rate=0.01)
        return run_sync(
            teach_head(x, LABELS, "abc", network, TeachOptions(), thumbnails=thumbnails)
        )

    resident = taught(tensor(X), tensor(THUMBNAILS))
    streamed = taught(WAYS[way](X), WAYS[way](THUMBNAILS))
    assert streamed.duplicates == resident.duplicates == 2
    assert streamed.confusion == resident.confusion
    assert streamed.val_accuracy == resident.val_accuracy
    assert streamed.val_accuracy > 0.9
    for name, values in resident.history.items():
        np.testing.assert_allclose(streamed.history[name], values, rtol=1e-5, err_msg=name)


def test_a_lesson_reads_once_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a tab each of its steps takes less time than to read something."""
    device, reads = get_device(), list[int]()
    real = device.download

    def download(buffer: int, nbytes: int) -> Any:
        reads[-1] += 1
        return real(buffer, nbytes)

    monkeypatch.setattr(device, "download", download)
    network: Any = SimpleNamespace(learning_rate=0.01)
    for epochs in (3, 13):
        reads.append(0)
        taught = run_sync(
            teach_head(tensor(X), LABELS, "abc", network, TeachOptions(epochs=epochs))
        )
        assert taught.steps > taught.epochs == epochs
    assert reads[1] - reads[0] == 10


def test_a_session_with_more_than_one_buffer_holds_keeps_bytes() -> None:
    device = get_device()
    assert isinstance(rows([row.tobytes() for row in X]), Tensor)
    device.adapter = dataclasses.replace(device.adapter, max_binding=X.nbytes - 1)
    assert isinstance(rows([row.tobytes() for row in X]), ByteRows)


def test_features_are_put_together_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    def several() -> list[Any]:
        return [tensor(X[start : start + 16]) for start in range(0, N, 16)]

    listed = several()
    assert isinstance(together(several()), Tensor)
    monkeypatch.setattr(together_module, "IN_MEMORY", X.nbytes - 1)
    joined = together(listed)
    assert isinstance(joined, HostRows)
    assert not listed, "the parts are let go"
    np.testing.assert_array_equal(joined.numpy(), X)
    order = list(range(N - 1, -1, -1))
    np.testing.assert_array_equal(in_order(joined, order).numpy(), X[::-1])
    np.testing.assert_array_equal(in_order(tensor(X), order).numpy(), X[::-1])
    assert (
        joined.reshape(N, 2, 12)[[3]].shape == in_order(joined, order).reshape(N, 2, 12)[:1].shape
    )


def test_teach_from_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, colour in (("red", (200, 30, 30)), ("blue", (30, 30, 200))):
        (tmp_path / name).mkdir()
        for i in range(6):
            pixels = RNG.integers(0, 56, (32, 32, 3), np.uint8) + np.asarray(colour, np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
    folder = find_pictures(tmp_path)
    options = TeachOptions(epochs=3)
    resident = run_sync(teach(folder, options))
    monkeypatch.setattr(together_module, "IN_MEMORY", 1000)
    streamed = run_sync(teach(folder, options))
    np.testing.assert_allclose(streamed.history["loss"], resident.history["loss"], rtol=1e-5)


def test_large_classes_are_compared_with_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alike_module, "ROWS", 8)
    monkeypatch.setattr(alike_module, "NEXT", 16)
    x = RNG.standard_normal((64, K)).astype(np.float32)
    x[20], x[60] = x[5], x[1]
    first = run_sync(alike(tensor(x), [0] * 64))
    assert first[20] == 5
    assert first[60] == 60, "too far away to be looked at"
    assert run_sync(alike(tensor(x), [0] * 64, stop=lambda: True)) == list(range(64))


def test_a_step_has_so_many_pictures_at_most() -> None:
    assert [batch_of(n, 0.4) for n in (1, 2, 100, 640, 12_000)] == [1, 1, 40, MOST, MOST]
    assert batch_of(12_000, 0.01) == 120


def test_the_proof_in_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """12,000 rows of 61 MB train in less than they are; the command does a million."""
    monkeypatch.setattr(large, "EPOCHS", 1)
    monkeypatch.setattr(large, "TESTED", 500)
    monkeypatch.setattr(large, "LESSON", 300)
    before = large.held()
    seen: list[int] = []

    class Peak(large.Peak):
        def __exit__(self, *error: Any) -> None:
            super().__exit__(*error)
            seen.append(self.nbytes - before)

    monkeypatch.setattr(large, "Peak", Peak)
    written, trained, taught = large.rows(12_000)
    assert written["note"].startswith("0.06 GB")
    assert "accuracy" in trained["note"]
    assert "validation accuracy" in taught["note"]
    assert seen[1] < 40 << 20, "most of the rows were in memory"
