"""A data set that is kept in the browser's folder: written once, in shards, and streamed
from there, without a connection, too; a full quota leaves nothing of it. And rows that
are read by number.

PYWEBML_KEPT_MB says how large it is: 1000 for the figures in docs/stores.md.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from browser import ready, value

pytestmark = pytest.mark.browser

MEGABYTES = int(os.environ.get("PYWEBML_KEPT_MB", "20"))
MAKE = f"""
import time
import numpy as np
import pywebml as pw
from pywebml.host.stores import open_store

def make():
    picture = np.arange(100 * 100 * 10, dtype=np.uint8).reshape(100, 100, 10)
    for i in range({MEGABYTES * 10}):
        picture[0, 0, 0] = i % 256
        yield picture.copy(), np.uint8(i % 7)

def passed_by(data):
    start, count, total = time.time(), 0, 0
    for x, y in data:
        assert x.shape == (100, 100, 10) and x[0, 0, 0] == count % 256 and y == count % 7
        count, total = count + 1, total + x.nbytes
    return [count, total, time.time() - start]

data = pw.data.Dataset.from_generator(make).cache("opfs://pictures")
"""
TRAIN = """
again = pw.data.Dataset.range(0).cache("opfs://pictures")
small = again.map(lambda x, y: (x[:8, :8, 0].astype("float32").ravel() / 255, y)).take(64)
model = pw.Sequential([pw.layers.Dense(7, activation="softmax", input_shape=(64,))])
model.compile("sgd", "sparse_categorical_crossentropy")
history = await model.fit(small.batch(16), epochs=2, verbose=0)
[passed_by(again), history.history["loss"]]
"""
ROWS = """
from pywebml.data import row_files
row_files.SHARD = 20_000
numbers = np.random.default_rng(0).standard_normal((3000, 8)).astype(np.float32)
plain = pw.data.Dataset.from_tensor_slices((numbers, np.arange(3000) % 7))
plain.save("opfs://rows")
rows = pw.data.Dataset.load("opfs://rows")
pairs = [data.shuffle(3000, seed=1).batch(500) for data in (plain, rows)]
same = [bool((x == u).all() and (y == v).all()) for (x, y), (u, v) in zip(*pairs, strict=True)]
head = pw.Sequential([pw.layers.Dense(7, activation="softmax", input_shape=(8,))])
head.compile("adam", "sparse_categorical_crossentropy")
history = await head.fit(rows.shuffle(3000, seed=2).batch(100), epochs=2, verbose=0)
[len(await open_store("opfs://rows").list()), same, history.history["loss"]]
"""
FULL = """
said = ""
try:
    passed_by(pw.data.Dataset.from_generator(make).cache("opfs://more"))
except OSError as error:
    said = str(error)
try:
    left = await open_store("opfs://more").list()
except FileNotFoundError:
    left = []
[said, left, passed_by(data)[0]]
"""


@pytest.fixture
def tab(new_tab: Any) -> Any:
    """Of a fresh profile: what is asked here is what a visit fetches and keeps."""
    return new_tab


def test_it_is_written_once_and_streams_without_a_connection(tab: Any, page_url: str) -> None:
    tab.goto(f"{page_url}check.html?device=cpu")
    ready(tab)
    written = value(tab, f"{MAKE}\npassed_by(data)")
    assert written[:2] == [MEGABYTES * 10, MEGABYTES * 1_000_000]
    tab.context.set_offline(True)
    (count, size, seconds), losses = value(tab, TRAIN)
    assert (count, size) == (written[0], written[1])
    assert losses[1] < losses[0]
    files, same, losses = value(tab, ROWS)
    assert files > 5
    assert same == [True] * 6, "rows in any order, as from memory"
    assert losses[1] < losses[0]
    print(f"{MEGABYTES} MB: written in {written[2]:.1f} s, read in {seconds:.1f} s")
    tab.context.set_offline(False)
    used = tab.evaluate("() => navigator.storage.estimate().then(({ usage }) => usage)")
    devtools = tab.context.new_cdp_session(tab)
    quota = {"origin": page_url, "quotaSize": used + (MEGABYTES << 19)}
    devtools.send("Storage.overrideQuotaForOrigin", quota)
    said, left, count = value(tab, FULL)
    assert "opfs://more could not be written: this browser has no more room" in said
    assert left == []
    assert count == written[0]
