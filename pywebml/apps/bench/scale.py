"""`bench scale`: how time and device memory grow with the batch, with the pictures that
features are made of, and with the examples that a head is trained on. Sizes grow until
the next one would take longer than a row may. `--rows N`: see large.py, `--workers N`:
machines.py.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.tensor import memory, tensor
from ...device import get_device, run_sync
from ...layers import Dense
from ...models import Model, Sequential
from ...ops import concat
from ...train.optimizers import Adam
from ..teaching import batch_of
from .beside import torch_peer
from .measure import Row, compare, medians, repeated, row
from .networks import NETWORKS, Network

BATCHES = (1, 4, 16, 64, 256, 1024)
PICTURES = EXAMPLES = (100, 1_000, 10_000, 100_000)
AT_ONCE = 20  # pictures of one batch of features
FEATURES, UNITS, CLASSES, EPOCHS = 1280, 100, 4, 5
SECONDS = 60.0  # that a row may take
REPEATED = 8  # times that `medians` does a piece of work that takes long


def rows(seconds: float = SECONDS) -> Iterator[Row]:
    """Frames in batches of 1 to 1,024, features of 100 to 100,000 pictures,
    training on as many; as far as `seconds` per row allow.
    """
    frames, features = NETWORKS[:2]
    yield from _growing(BATCHES, lambda n: list(_batch(frames, n)), REPEATED, seconds)
    yield from _growing(PICTURES, lambda n: [_features(features, n)], 1, seconds)
    yield from _growing(EXAMPLES, lambda n: [_training(n)], REPEATED * EPOCHS, seconds)


def _growing(
    sizes: Sequence[int], measure: Callable[[int], list[Row]], times: int, seconds: float
) -> Iterator[Row]:
    """The rows of each size, done `times` times, until the next would take more than
    `seconds`, which the last row says.
    """
    for size, following in zip(sizes, (*sizes[1:], None), strict=True):
        rows = measure(size)
        all_ms = rows[0]["ours_ms"] + sum(r["peer_ms"] or 0 for r in rows)
        likely = 0 if following is None else times * all_ms / 1e3 * following / size
        if likely > seconds:
            rows[-1]["note"] += f"; {following:,} would take some {likely:,.0f} s and is left out"
        yield from rows
        gc.collect()  # the next size gets this one's memory
        if likely > seconds:
            return


def _batch(network: Network, batch: int) -> Iterator[Row]:
    net, peer = network.build(), torch_peer()
    torch = peer.load_torch()
    pictures = np.random.default_rng(0).random((batch, network.side, network.side, 3), np.float32)
    x = tensor(pictures)
    run = capture(net, copy=False)
    weights = memory()["bytes"]
    run.record(x)
    plan = run.plans()[0].bytes
    peers = {}
    if torch is not None:
        peers = peer.batches(torch, peer.translated(torch, net), pictures)
    ours = repeated(lambda: run(x), lambda _: get_device().sync())
    for timed in compare("scale", f"{network.title}, batch {batch:,}", ours, peers):
        each = f"{timed['ours_ms'] / batch:.3g} ms per picture"
        timed["note"] = (
            f"{each}; {plan / 1e6:,.1f} MB of plan, {weights / 1e6:,.1f} MB of weights and input"
        )
        yield timed


def _features(network: Network, pictures: int) -> Row:
    """Features of so many pictures that are on the device already, kept there: one
    pass, after a warm-up.
    """
    net = network.build()
    run = capture(Model(net.input, net.get_layer("flat").output))
    x = tensor(
        np.random.default_rng(0).random((AT_ONCE, network.side, network.side, 3), np.float32)
    )
    run(x)
    get_device().sync()
    before, start = memory()["bytes"], time.perf_counter()
    features = concat([run(x) for _ in range(pictures // AT_ONCE)])
    get_device().sync()
    ms = (time.perf_counter() - start) * 1e3
    grown = memory()["bytes"] - before
    work = f"features of {pictures:,} pictures, {network.title}, batches of {AT_ONCE}"
    return row(
        "scale",
        work,
        ms,
        note=(
            f"{ms / pictures:.3g} ms per picture; {grown / 1e6:,.1f} MB of features,"
            f" {features.shape[1]:,} each"
        ),
    )


def _training(examples: int) -> Row:
    """One epoch of a head in batches as `teach` takes them, timed over several after a
    first `fit`.
    """
    generator = np.random.default_rng(0)
    x: Any = generator.random((examples, FEATURES), np.float32)
    if x.nbytes <= get_device().adapter.max_binding:  # else it stays on the host
        x = tensor(x)
    y = tensor(generator.integers(0, CLASSES, examples, np.int32))
    head = Sequential(
        [
            Dense(UNITS, activation="relu", input_shape=(FEATURES,)),
            Dense(CLASSES, activation="softmax"),
        ]
    )
    head.compile(Adam(), loss="sparse_categorical_crossentropy")
    batch = batch_of(examples, 0.4)

    def fit(epochs: int) -> None:
        run_sync(head.fit(x, y, batch_size=batch, epochs=epochs, verbose=0))

    times = medians(
        {"ours": repeated(lambda: fit(EPOCHS), lambda _: get_device().sync(), each=EPOCHS)},
        seconds=2.0,
        least=3,
    )
    gc.collect()
    nbytes = memory()["bytes"]
    note = (
        f"{times['ours'] / examples * 1e3:.3g} us per example; {nbytes / 1e6:,.1f} MB held;"
        " `fit` with its recording in it"
    )
    return row(
        "scale",
        f"epoch of {examples:,} examples {FEATURES}-{UNITS}-{CLASSES}, batch {batch:,}",
        times["ours"],
        note=note,
    )
