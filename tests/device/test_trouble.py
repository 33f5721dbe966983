"""What befalls a device: it is lost, full, refuses a kernel, is forked or shared by
threads. A sentence says so, and what does not need it goes on.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hosts import least_device, shared_device

import pywebml as pw
from pywebml import layers
from pywebml.device import DeviceLost, OutOfMemory, make_device, set_device
from pywebml.device.native import adapters
from pywebml.device.native import device as native

ROWS = np.ones((8, 4), np.float32), np.ones((8, 3), np.float32)


@pytest.fixture
def own() -> Iterator[Any]:
    """A device that may come to harm."""
    yield set_device(make_device("gpu"))
    set_device(shared_device("cpu"))


def net() -> Any:
    model = pw.Sequential([layers.Dense(3, input_shape=(4,))])
    model.compile("adam", "mse")
    return model


def works() -> bool:
    return (pw.tensor([1.0, 2.0]) * 2).tolist() == [2, 4]


@pytest.mark.gpu
@pytest.mark.filterwarnings("ignore")
def test_a_lost_device_is_named_each_time_and_another_one_takes_over(own: Any) -> None:
    x, model = pw.tensor([1.0]) + 1, net()
    own._device.destroy()
    for use in (
        x.tolist,
        lambda: pw.tensor([1.0]).tolist(),
        model.get_weights,
        lambda: model.fit_sync(*ROWS, verbose=0),
        lambda: asyncio.run(x.data()),
    ):
        with pytest.raises(DeviceLost, match=r"was lost, .*set_device\('cpu'\)"):
            use()
    for device in ("cpu", "gpu"):
        set_device(device)
        assert works()


class Harm(pw.train.Callback):
    """Takes the device away in the third epoch."""

    def __init__(self, device: Any):
        self.device = device

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 2:
            self.device._device.destroy()


@pytest.mark.gpu
@pytest.mark.filterwarnings("ignore")
def test_a_training_goes_on_elsewhere_where_a_backup_has_it(own: Any, tmp_path: Path) -> None:
    def train(*more: Any) -> list[int]:
        backup = pw.callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
        history = net().fit_sync(*ROWS, epochs=4, verbose=0, callbacks=[backup, *more])
        return list(history.epoch)

    with pytest.raises(DeviceLost, match="BackupAndRestore"):
        train(Harm(own))
    set_device("cpu")
    assert train() == [2, 3]


@pytest.mark.gpu
def test_what_does_not_fit_is_said_and_what_waits_makes_room(own: Any) -> None:
    from wgpu import GPUOutOfMemoryError

    real, sizes = own._device.create_buffer, []

    def full(size: int, usage: str) -> Any:
        sizes.append(size)
        if size > 1 << 20 and (len(sizes) < 2 or not roomy):
            raise GPUOutOfMemoryError("Not enough memory left.")
        return real(size=size, usage=usage)

    model = net()
    (pw.tensor([1.0]) * 1).tolist()  # so that a buffer waits
    with mock.patch.object(own._device, "create_buffer", full):
        roomy = False
        with pytest.raises(OutOfMemory, match="a tensor of 4 MB does not fit into the memory of"):
            pw.ops.zeros((1000, 1000)).tolist()
        assert len(sizes) == 2 and own.memory()["pooled_bytes"] == 0
        assert works()
        model.fit_sync(*ROWS, verbose=0)
        roomy = True
        sizes.clear()
        assert pw.ops.zeros((1000, 1000)).shape == (1000, 1000)
    with pytest.raises(ValueError, match=r"a tensor of 17180 MB, but .* allows \d+ MB"):
        pw.ops.zeros((1 << 20, 1 << 12)).tolist()
    assert works()


def test_the_processor_s_memory_may_be_full_too() -> None:
    set_device(shared_device("cpu"))
    with pytest.raises(OutOfMemory, match=r"Unable to allocate .* PiB .*take smaller batches"):
        pw.ops.zeros((1 << 31, 1 << 20)).tolist()
    assert works()


@pytest.mark.gpu
def test_a_kernel_that_the_driver_refuses_is_named_and_others_run(own: Any) -> None:
    from wgpu import GPUPipelineError

    refused = mock.Mock(side_effect=GPUPipelineError("no registers", {"reason": "internal"}))
    with (
        mock.patch.object(own._device, "create_compute_pipeline", refused),
        pytest.raises(RuntimeError, match=r"refuses the kernel \w+.*: no registers.*device='cpu'"),
    ):
        pw.ops.cumsum(pw.tensor([1.0, 2.0]), 0).tolist()
    assert works()
    assert pw.ops.cumsum(pw.tensor([1.0, 2.0]), 0).tolist() == [1, 3]


@pytest.mark.gpu
def test_a_driver_that_does_not_open_leaves_the_processor(monkeypatch: Any) -> None:
    def fails(adapter: Any) -> Any:
        raise RuntimeError("the driver is too old")

    monkeypatch.setattr(native, "open_adapter", fails)
    monkeypatch.setattr("pywebml.device.native.pick_adapter", lambda real_only: adapters()[0])
    with pytest.warns(UserWarning, match="the processor computes: the driver is too old"):
        assert make_device("auto").adapter.language == "numpy"
    with pytest.raises(RuntimeError, match="too old"):
        make_device("gpu")


FORK = """
import os, warnings
import pywebml as pw
from pywebml.device import DeviceLost
pw.set_device("gpu")
x = pw.tensor([1.0, 2.0]) * 2
x.tolist()
child = os.fork()
if not child:
    warnings.simplefilter("ignore")
    said = []
    for use in (x.tolist, lambda: pw.tensor([1.0]).tolist(), lambda: pw.set_device("gpu")):
        try:
            use()
        except DeviceLost as error:
            said.append("forked after the graphics card was in use" in str(error))
    assert said == [True] * 3, said
    for choice in ("auto", "cpu"):
        pw.set_device(choice)
        assert (pw.tensor([3.0]) * 2).tolist() == [6]
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert x.tolist() == [2, 4]
"""


@pytest.mark.gpu
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows does not fork")
def test_a_forked_child_is_told_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_threads_and_loops_share_a_device(host: str) -> None:
    """Each gets the numbers that it gets alone."""
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(16, n)).astype(np.float32) for n in (4, 3))
    first = net()
    twins = [net() for _ in range(4)]
    for twin in twins:
        twin.set_weights(first.get_weights())
    options: Any = {"verbose": 0, "shuffle": False, "epochs": 3, "batch_size": 8}
    alone = first.fit_sync(x, y, **options).history["loss"]
    losses: list[Any] = [None] * 4

    def train(i: int) -> None:
        if i % 2:  # in a loop of its own
            history = asyncio.run(twins[i].fit(x, y, **options))
        else:
            history = twins[i].fit_sync(x, y, **options)
        losses[i] = history.history["loss"]

    threads = [threading.Thread(target=train, args=(i,), daemon=True) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert losses == [alone] * 4
    for _ in range(2):  # one loop after the other
        asyncio.run(first.fit(x, y, **options))
    assert works()


@pytest.mark.gpu
def test_the_least_that_webgpu_promises_is_enough() -> None:
    """A network of many kernels trains as on the processor: within float32's rounding,
    which three steps of Adam enlarge.
    """
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, 8, 8, 3)).astype(np.float32)
    y = np.eye(4, dtype=np.float32)[rng.integers(0, 4, 8)]
    losses, start = [], None
    for device in (shared_device("cpu"), least_device()):
        set_device(device)
        model = pw.Sequential(
            [
                layers.Conv2D(8, 3, padding="same", activation="relu", input_shape=(8, 8, 3)),
                layers.BatchNormalization(),
                layers.DepthwiseConv2D(3),
                layers.MaxPooling2D(),
                layers.Reshape((9, 8)),
                layers.LayerNormalization(),
                layers.GRU(8),
                layers.Dense(4, activation="softmax"),
            ]
        )
        start = start or model.get_weights()
        model.set_weights(start)
        model.compile("adam", "categorical_crossentropy")
        history = model.fit_sync(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0)
        losses.append(history.history["loss"])
    assert device.adapter.features == frozenset()
    set_device(shared_device("cpu"))
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
