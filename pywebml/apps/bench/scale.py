"""`bench scale`: how time and device memory grow with the batch and with the number of examples."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np

from ...core.capture import capture
from ...core.tensor import memory, tensor
from ...device import get_device, run_sync
from ...layers import Dense, Sequential
from ...train.optimizers import Adam
from .measure import Row, compare, medians, repeated, row
from .networks import NETWORKS

BATCHES = (1, 4, 16, 64, 256, 1024)
EXAMPLES = (100, 1_000, 10_000)
FEATURES, UNITS, CLASSES, EPOCHS = 1280, 100, 4, 5


def rows() -> Iterator[Row]:
    """Frames in batches of 1 to 1,024, then training on 100 to 10,000 examples; a few less on software adapters."""
    adapter = get_device().adapter
    slow = adapter.software and adapter.language == "wgsl"
    for batch in BATCHES[: 2 if slow else 4 if adapter.software else None]:
        yield from _batch(batch)
    for examples in EXAMPLES[: 1 if slow else None]:
        yield _training(examples)


def _batch(batch: int) -> Iterator[Row]:
    network = NETWORKS[0]
    net = network.build()
    x = tensor(np.random.default_rng(0).random((batch, network.side, network.side, 3), np.float32))
    run = capture(net)
    held = memory()["bytes"]
    run.record(x)
    plan = run.plans()[0].bytes
    for found in compare("scale", f"{network.title}, batch {batch}", repeated(lambda: run(x), lambda y: y.data_sync()), {}):
        found["note"] = (
            f"{found['ours_ms'] / batch:.3g} ms a picture; {plan / 1e6:,.1f} MB of plan, {held / 1e6:,.1f} MB of weights and input"
        )
        yield found


def _training(examples: int) -> Row:
    """One epoch of a head in batches of two fifths, as the webcam example trains, timed over several after a first `fit`."""
    generator = np.random.default_rng(0)
    x = tensor(generator.random((examples, FEATURES), np.float32))
    y = tensor(generator.integers(0, CLASSES, examples, np.int32))
    head = Sequential([Dense(UNITS, activation="relu", input_shape=(FEATURES,)), Dense(CLASSES, activation="softmax")])
    head.compile(Adam(), loss="sparse_categorical_crossentropy")
    batch = int(0.4 * examples)

    def fit(epochs: int) -> None:
        run_sync(head.fit(x, y, batch_size=batch, epochs=epochs, verbose=0))

    times = medians({"ours": repeated(lambda: fit(EPOCHS), lambda _: get_device().sync(), each=EPOCHS)}, seconds=2.0, least=3)
    gc.collect()
    held = memory()["bytes"]
    note = f"{times['ours'] / examples * 1e3:.3g} us an example; {held / 1e6:,.1f} MB held; `fit` with its recording in it"
    return row("scale", f"epoch of {examples:,} examples {FEATURES}-{UNITS}-{CLASSES}, batch {batch:,}", times["ours"], note=note)
