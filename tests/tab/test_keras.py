"""Models and training in the tab: Keras programs as a visitor pastes them, pywebml's own
awaited ways, and what is said where the browser cannot wait inside Python.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from browser import known_tab, ready
from hosts import shared_device
from keras_programs import PROGRAMS, assert_prints_agree
from shares import share

from pywebml.apps.check_layers import LAYERS

pytestmark = pytest.mark.browser

RUN = """async (source) => {
  let printed = "";
  try {
    await pywebml.call("run", { source }, [], ({ text }) => (printed += text ?? ""));
  } catch (error) {
    printed += error.traceback ?? error;
  }
  return printed;
}"""


@pytest.fixture(scope="module", params=["gpu", "cpu"])
def python_tab(request: pytest.FixtureRequest, known_profile: Any, page_url: str) -> Iterator[Any]:
    with known_tab(known_profile, page_url) as page:
        page.goto(f"{page_url}python.html?device={request.param}")
        assert ready(page)["webgpu"] is (request.param == "gpu")
        yield page


@cache
def natively(source: str) -> str:
    """What a program prints on the desktop."""
    from pywebml.apps.run import evaluate
    from pywebml.device import run_sync, set_device

    set_device(shared_device("cpu"))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        run_sync(evaluate(source, {"__name__": "__main__"}))
    return out.getvalue()


ON_WEBGPU = share(("callbacks", "data", "recurrent", "saving", "transfer_learning"), 3)
"""In software each kernel takes its time to be compiled: there these will do."""


def test_keras_programs_run_unchanged(python_tab: Any) -> None:
    """They print what they print on the desktop: all of them, without WebGPU."""
    webgpu = python_tab.evaluate("() => pywebml.call('ready')")["webgpu"]
    for program in PROGRAMS:
        if not webgpu or program.stem in ON_WEBGPU:
            source = program.read_text(encoding="utf-8")
            printed = python_tab.evaluate(RUN, source)
            assert_prints_agree(program.stem, printed, natively(source))


WAYS = """
import csv, os, tempfile, numpy as np, pywebml as pw
rng = np.random.default_rng(0)
x = rng.normal(size=(40, 4)).astype("float32")
y = (x[:, :1] > 0).astype("float32")
folder = tempfile.mkdtemp()

def network(**inputs):
    pw.set_seed(3)
    made = pw.Sequential([pw.layers.Input((4,)), pw.layers.Dense(6, "tanh"),
        pw.layers.BatchNormalization(), pw.layers.Dropout(0.0), pw.layers.Dense(1, "sigmoid")])
    made.compile(pw.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy", "auc"])
    return made

def said(what, history):
    print(what, {key: [round(v, 5) for v in values] for key, values in history.history.items()})

class Batches(pw.data.PyDataset):
    def __len__(self): return 4
    def __getitem__(self, i): return x[10 * i:10 * i + 10], y[10 * i:10 * i + 10]

def forever():
    while True:
        for i in range(4):
            yield x[10 * i:10 * i + 10], y[10 * i:10 * i + 10]

rows = pw.data.Dataset.from_tensor_slices((x, y)).batch(10)
quiet = dict(verbose=0, shuffle=False)
model = network()
said("arrays", await model.fit(x, y, batch_size=10, epochs=2, validation_split=0.25, **quiet))
said("generator", await network().fit(forever(), steps_per_epoch=4, epochs=2,
    validation_data=forever(), validation_steps=2, **quiet))
said("PyDataset", await network().fit(Batches(), epochs=2, validation_data=Batches(), **quiet))
said("Dataset", await network().fit(rows, epochs=2, validation_data=rows, validation_freq=2,
    **quiet))
print("evaluated", [round(v, 5) for v in await model.evaluate(x, y, verbose=0)],
      [round(v, 5) for v in await model.evaluate(rows, verbose=0)],
      [round(v, 5) for v in await model.evaluate(Batches(), verbose=0)])
for what in (x, rows, Batches()):
    print("predicted", (await model.predict(what, verbose=0).sum().data()).tolist())

a, b = pw.Input((4,), name="a"), pw.Input((4,), name="b")
both = pw.layers.concatenate([a, b])
ones = dict(kernel_initializer="ones")
two = pw.Model({"a": a, "b": b}, {"c": pw.layers.Dense(1, name="c", **ones)(both),
    "d": pw.layers.Dense(1, name="d", **ones)(a)})
two.compile("sgd", {"c": "mse", "d": "mae"}, loss_weights={"c": 1.0, "d": 0.5})
said("dicts", await two.fit({"a": x, "b": x}, {"c": y, "d": y}, epochs=2, **quiet))

class Seen(pw.train.callbacks.Callback):
    events = []
    async def on_epoch_end(self, epoch, logs=None): self.events.append((epoch, sorted(logs)))
    def on_train_batch_end(self, batch, logs=None): self.events.append(batch)

best, log = os.path.join(folder, "best.keras"), os.path.join(folder, "log.csv")
calls = pw.train.callbacks
model = network()
await model.fit(x, y, batch_size=20, epochs=4, validation_data=(x, y), callbacks=[Seen(),
    calls.ModelCheckpoint(best, monitor="val_loss", save_best_only=True), calls.CSVLogger(log),
    calls.ReduceLROnPlateau(patience=1), calls.LearningRateScheduler(lambda epoch, rate: rate / 2),
    calls.BackupAndRestore(os.path.join(folder, "backup")), calls.TerminateOnNaN(),
    calls.EarlyStopping(patience=3, restore_best_weights=True)], **quiet)
print(Seen.events, [row[0] for row in csv.reader(open(log))])

again = pw.load_model(best)
gap = (await pw.ops.max(pw.ops.abs(again.predict(x) - model.predict(x))).data())[0]
print("loaded", gap < 1e-6, [w.shape for w in again.weights])
said("goes on", await again.fit(x, y, epochs=1, **quiet))

normal = pw.layers.Normalization()
normal.adapt(x)
print("adapted", (await normal(x).mean().data())[0] < 1e-6)
words = pw.layers.TextVectorization(output_sequence_length=3)
words.adapt(["a small cat", "a dog"])
print(words.get_vocabulary(), (await words(["a cat", "dog"]).data()).tolist())
lookup = pw.layers.StringLookup()
lookup.adapt(["x", "y", "x"])
front = pw.Sequential([pw.Input((1,), dtype="string"), lookup,
    pw.layers.Embedding(4, 2, embeddings_initializer="ones")])
print("front", (await front.predict(np.array([["x"], ["z"]])).data()).tolist())
"""


def test_the_awaited_ways_of_training(python_tab: Any) -> None:
    """fit, evaluate and predict from everything that they take, with callbacks; files;
    what is adapted.
    """
    assert_prints_agree("ways", python_tab.evaluate(RUN, WAYS), natively(WAYS))


BLOCKED = """
import pyodide.ffi, numpy as np
import pywebml.keras as keras
can, pyodide.ffi.can_run_sync = pyodide.ffi.can_run_sync, lambda: False
x = np.ones((4, 2), "float32")
try:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    for ask in (lambda: model.fit(x, x[:, :1], verbose=0).history,
                lambda: float(model.evaluate(x, x[:, :1], verbose=0)),
                lambda: model.predict(x, verbose=0)[0],
                lambda: model.train_on_batch(x, x[:, :1])[0]):
        try:
            print("no error", ask())
        except (AttributeError, TypeError) as error:
            print(error)
    history = await model.fit(x, x[:, :1], verbose=0)
    print(list(history.history), type(await model.predict(x, verbose=0)))
    print(type(await model.evaluate(x, x[:, :1], verbose=0)))
finally:
    pyodide.ffi.can_run_sync = can
"""


def test_where_python_cannot_wait_it_says_what_to_await(python_tab: Any) -> None:
    said = python_tab.evaluate(RUN, BLOCKED)
    for method in ("fit", "evaluate", "predict", "train_on_batch"):
        assert f": write `await model.{method}(...)`\n" in said
    assert "no error" not in said
    assert "site-packages" not in said  # warnings are at the program's lines
    assert said.endswith("['loss'] <class 'numpy.ndarray'>\n<class 'float'>\n")


def test_layers_give_keras_numbers(python_tab: Any) -> None:
    """`check` of all layers, as the page runs it."""
    rows = python_tab.evaluate("() => pywebml.call('check', { op: 'layers' })")["rows"]
    assert {row["kernel"] for row in rows} == set(LAYERS)
    assert [row for row in rows if not row["ok"]] == []
