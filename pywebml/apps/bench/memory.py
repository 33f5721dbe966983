"""`bench memory`: tensors and bytes on the device over thousands of training steps and
frames. They must not grow.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator

import numpy as np

from ...core.capture import capture
from ...core.tensor import memory, tensor
from ...device import get_device
from ...ops import pixels_to_tensor
from .head import training_step
from .measure import Row, row
from .networks import NETWORKS, Network

STEPS, EAGER_STEPS, FRAMES = 10_000, 1_000, 1_000
# repetitions before the first look at the memory, and between two looks at the clock
WARM, TOGETHER = 10, 10
SECONDS = 60.0  # that a row may take


def rows(seconds: float = SECONDS) -> Iterator[Row]:
    """Training steps of a head, captured and op by op, and frames; fewer where
    `seconds` a row do not suffice.
    """
    step, network = training_step(features=1280), NETWORKS[0]
    yield _flat("training steps 1280-100-4, captured", capture(step), STEPS, seconds)
    yield _flat("training steps 1280-100-4, eager", step, EAGER_STEPS, seconds)
    yield _flat(f"frames of {network.title}, captured, read back", _frame(network), FRAMES, seconds)


def _frame(network: Network) -> Callable[[], object]:
    """A picture's bytes up, through the network, its probabilities back."""
    picture = np.random.default_rng(0).integers(0, 256, (network.side, network.side, 4), np.uint8)
    net, pixels, p = network.build(), tensor(picture, dtype="uint8"), network.preprocess
    run = capture(
        lambda: net(
            pixels_to_tensor(pixels, (network.side, network.side), p.scale, p.offset, order=p.order)
        )
    )

    def frame() -> object:
        pixels.buffer.device.upload_image(pixels.buffer.id, picture)
        return run().data_sync()

    return frame


def _flat(work: str, once: Callable[[], object], times: int, seconds: float) -> Row:
    for _ in range(WARM):
        once()
    before, start, done = _held(), time.perf_counter(), 0
    while done < times and time.perf_counter() - start < seconds:
        for _ in range(min(TOGETHER, times - done)):
            once()
            done += 1
        get_device().sync()
    taken = (time.perf_counter() - start) / done * 1e3
    after = _held()
    grown = [
        f"{name} by {after[name] - before[name]:,}" for name in before if after[name] > before[name]
    ]
    at_first = (
        f"{before['bytes']:,} bytes in {before['tensors']} tensors and {before['buffers']} buffers"
    )
    note = (
        f"{'GREW: ' + ', '.join(grown) if grown else 'flat'}; {at_first} after {WARM},"
        f" {after['bytes']:,} after {done:,} more"
    )
    return row(
        "memory",
        f"{done:,} {work}",
        taken,
        note=note + ("" if done == times else f" (of {times:,}, the time was up)"),
    )


def _held() -> dict[str, int]:
    """{tensors, bytes} of what Python holds, {buffers, device bytes, waiting bytes} of
    the device.
    """
    get_device().sync()
    gc.collect()
    ours, device = memory(), get_device().memory()
    return {
        "tensors": ours["tensors"],
        "bytes": ours["bytes"],
        "buffers": device["buffers"],
        "device bytes": device["bytes"],
        "waiting bytes": device["pooled_bytes"],
    }
