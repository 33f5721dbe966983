"""`bench memory`: device memory over training steps. It must not grow."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

from ...core.capture import capture
from ...core.tensor import memory
from ...device import get_device
from .head import training_step
from .measure import Row, row


def rows() -> Iterator[Row]:
    """Bytes on the device after the first steps and after a thousand, eager and captured."""
    software = get_device().adapter.software
    for way in ("captured", "eager"):
        step = training_step(features=1280)
        run = capture(step) if way == "captured" else step
        steps = 1000 if way == "captured" or not software else 100
        for _ in range(10):
            run()
        get_device().sync()
        gc.collect()
        before, start = memory(), time.perf_counter()
        for _ in range(steps):
            run()
        get_device().sync()
        taken = (time.perf_counter() - start) / steps * 1e3
        gc.collect()
        after = memory()
        grown = after["bytes"] - before["bytes"]
        verdict = "flat" if grown == 0 and after["tensors"] == before["tensors"] else f"GREW by {grown:,} bytes"
        held = f"{before['bytes']:,} bytes in {before['tensors']} tensors after 10 steps"
        note = f"{verdict}: {held}, {after['bytes']:,} in {after['tensors']} after {steps} more"
        yield row("memory", f"{steps} training steps 1280-100-4, {way}", taken, note=note)
