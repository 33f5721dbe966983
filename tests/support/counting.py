"""A device that runs nothing and counts everything, and the work whose counts
tests/budget.json limits.

The counts don't depend on the machine: which kernels an adapter of a kind is given is
decided before any driver is asked.

    python tests/support/counting.py            the counts now, beside the budget
    python tests/support/counting.py --accept   writes the counts into tests/budget.json
"""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run from a checkout
    sys.path.insert(0, str(Path(__file__).parents[2]))

from pywebml.core.capture import capture
from pywebml.core.tensor import tensor
from pywebml.device import get_device, set_device
from pywebml.device.pool import size_class
from pywebml.device.seam import COMMAND, COPY, Adapter, Device, Program

BUDGET = Path(__file__).parents[1] / "budget.json"
ADAPTERS = {
    "software": Adapter("a software adapter", "wgsl", software=True),
    "gpu": Adapter("a GPU", "wgsl", max_workgroup_bytes=48 << 10),
    "numpy": Adapter("NumPy", "numpy", software=True),
}
Counts = dict[str, int]


class CountingDevice(Device):
    """The seam without a machine behind it: buffers hold nothing and read as zeros."""

    def __init__(self, adapter: Adapter):
        self.adapter = adapter
        self.calls = dict.fromkeys(
            ("runs", "launches", "copies", "allocations", "uploads", "downloads", "bind_groups"), 0
        )
        self._programs: dict[Program, int] = {}
        self._capacity: dict[int, int] = {}
        self._next = 0

    def _number(self) -> int:
        self._next += 1
        return self._next

    def alloc(self, nbytes: int) -> int:
        self.calls["allocations"] += 1
        buffer = self._number()
        self._capacity[buffer] = size_class(nbytes)
        return buffer

    def free(self, buffer: int) -> None:
        del self._capacity[buffer]

    def upload(self, buffer: int, data: Any, offset: int = 0) -> None:
        assert offset + memoryview(data).nbytes <= self._capacity[buffer]
        self.calls["uploads"] += 1

    def upload_image(self, buffer: int, picture: Any) -> None:
        self.upload(buffer, picture)

    async def download(self, buffer: int, nbytes: int) -> bytes:
        return self.download_sync(buffer, nbytes)

    def download_sync(self, buffer: int, nbytes: int) -> bytes:
        assert nbytes <= self._capacity[buffer]
        self.calls["downloads"] += 1
        return bytes(nbytes)

    def compile(self, programs: Sequence[Program]) -> list[int]:
        return [self._programs.setdefault(p, len(self._programs)) for p in programs]

    def bind(self, pipeline: int, buffers: Sequence[int], params: bytes = b"") -> int:
        assert all(b in self._capacity for b in buffers)
        self.calls["bind_groups"] += 1
        return self._number()

    def unbind(self, group: int) -> None:
        pass

    def run(self, commands: array[int]) -> None:
        self.calls["runs"] += 1
        copies = sum(commands[i] == COPY for i in range(0, len(commands), COMMAND))
        self.calls["copies"] += copies
        self.calls["launches"] += len(commands) // COMMAND - copies

    async def settled(self) -> None:
        pass

    def sync(self) -> None:
        pass

    def memory(self) -> dict[str, int]:
        return {
            "buffers": len(self._capacity),
            "bytes": sum(self._capacity.values()),
            "pooled_bytes": 0,
        }


def count(work: Callable[[], Any], read: bool) -> Counts:
    """What one replay of `work` (its result read back where `read`) and its plan cost
    on the device in use.
    """
    device = get_device()
    captured = capture(work)
    captured.record()
    (plan,) = captured.plans()
    captured()
    before = dict(device.calls)
    result = captured()
    if read:
        result.data_sync()
    calls = {name: made - before[name] for name, made in device.calls.items()}
    return {
        "launches": calls["launches"],
        "copies": calls["copies"],
        "runs": calls["runs"],
        "allocations": calls["allocations"],
        "bind_groups_made": calls["bind_groups"],
        "uploads": calls["uploads"],
        "downloads": calls["downloads"],
        "pipelines": len(set(plan.commands[::COMMAND])),
        "moved_bytes": sum(row.nbytes for row in plan.rows),
        "flops": sum(row.flops for row in plan.rows),
        "buffer_bytes": plan.bytes,
    }


def head(features: int) -> Counts:
    """A training step of a head as the webcam example has it: features-100-4, batch 40,
    Adam.
    """
    from pywebml.apps.bench.head import training_step

    return count(training_step(features, 40), read=False)


def convnet() -> Counts:
    """A training step of the MNIST conv net, batch 128, Adam."""
    from pywebml.apps.bench.convnet import training_step

    return count(training_step(128), read=False)


def lstm() -> Counts:
    """A training step of the character model, batch 128, Adam."""
    from pywebml.apps.bench.lstm import training_step

    return count(training_step(128), read=False)


def transformer() -> Counts:
    """A training step of a transformer block, width 256, 4 heads, 128 tokens, batch 32,
    Adam.
    """
    from pywebml.apps.bench.transformer import training_step

    return count(training_step(), read=False)


def finetune() -> Counts:
    """A training step of all of MobileNetV2, Adam: 32 pictures of 224x224, or 2 of
    32x32 on software adapters.
    """
    from pywebml.apps.bench.finetune import training_step

    return count(training_step(), read=False)


def frame(title: str) -> Counts:
    """A frame of RGBA bytes through a network of `bench frame` and a 100-4 head,
    probabilities read back.
    """
    from pywebml.apps.bench.networks import NETWORKS
    from pywebml.ops import pixels_to_tensor

    network = next(n for n in NETWORKS if n.title == title)
    net, size, p = network.build(), (network.side, network.side), network.preprocess
    pixels = tensor(bytes(network.side**2 * 4), (*size, 4), dtype="uint8")
    return count(
        lambda: net(pixels_to_tensor(pixels, size, p.scale, p.offset, order=p.order)), read=True
    )


def fit() -> Counts:
    """`fit` for 20 epochs on 100 examples of a 1,280-100-4 head, in batches of 40:
    everything between call and return.
    """
    from pywebml import ops
    from pywebml.device import run_sync
    from pywebml.layers import Dense
    from pywebml.models import Sequential
    from pywebml.train.optimizers import Adam

    device: Any = get_device()
    head = Sequential(
        [Dense(100, activation="relu", input_shape=(1280,)), Dense(4, activation="softmax")]
    )
    head.compile(Adam(), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = ops.zeros((100, 1280)), ops.zeros((100,), "int32")
    before = dict(device.calls)
    run_sync(head.fit(x, y, batch_size=40, epochs=20, verbose=0, seed=0))
    return {name: made - before[name] for name, made in device.calls.items()} | {
        "pipelines": len(device._programs)
    }


WORK: dict[str, Callable[[], Counts]] = {
    "head step 12544-100-4, batch 40": lambda: head(12544),
    "head step 1280-100-4, batch 40": lambda: head(1280),
    "fit, 20 epochs of 100 examples, 1280-100-4, batch 40": fit,
    "MNIST conv net step, batch 128": convnet,
    "LSTM step, 40 characters, batch 128": lstm,
    "transformer block step, batch 32": transformer,
    "fine-tuning step of MobileNetV2": finetune,
    "EfficientNet-Lite0 frame": lambda: frame("EfficientNet-Lite0"),
    "MobileNet v1 0.25 frame": lambda: frame("MobileNet v1 0.25"),
    "MobileNet v2 1.0 frame": lambda: frame("MobileNet v2 1.0"),
    "SqueezeNet 1.1 frame": lambda: frame("SqueezeNet 1.1"),
}


def counts(work: str, adapter: str) -> Counts:
    """The counts of a piece of work on a kind of adapter."""
    device = CountingDevice(ADAPTERS[adapter])
    set_device(device)
    try:
        return WORK[work]()
    finally:
        set_device("cpu")


def budget() -> dict[str, dict[str, Counts]]:
    return json.loads(BUDGET.read_text(encoding="utf-8")) if BUDGET.exists() else {}  # type: ignore[no-any-return]


def main() -> None:
    known = budget()
    counted = {work: {adapter: counts(work, adapter) for adapter in ADAPTERS} for work in WORK}
    for work, by_adapter in counted.items():
        for adapter, now in by_adapter.items():
            before = known.get(work, {}).get(adapter, {})
            parts = (
                f"{n} {v:,}" + (f" (budget {before[n]:,})" if before.get(n, v) != v else "")
                for n, v in now.items()
                if v
            )
            print(f"{work}, {adapter}: " + ", ".join(parts))
    if sys.argv[1:] == ["--accept"]:
        BUDGET.write_text(json.dumps(counted, indent=1) + "\n", encoding="utf-8")
        print(f"written: {BUDGET}")


if __name__ == "__main__":
    main()
