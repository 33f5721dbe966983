"""What bench.html times in a browser tab. Runs in the page's worker; `Host.bench` calls
it, the page's script asks for it.

A work is made once, with what it needs, and then done as many times as a message says.
Times are this side's, in milliseconds, so the message to the worker and back is not
among them; where it should be, the page takes the time.
"""

from __future__ import annotations

import tempfile
import time
from array import array
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...core.capture import capture
from ...core.runtime import Buffer
from ...core.spec import Spec
from ...core.tensor import Tensor, tensor
from ...device import get_device
from ...layers import Dense, Flatten
from ...layers.initializers import VarianceScaling
from ...models import Sequential
from ...ops import flip, pixels_to_tensor
from ...train.optimizers import Adam
from ...zoo import Extractor, load_extractor
from .convnet import training_step as convnet_step
from .head import FEATURES, RATE
from .lstm import training_step as lstm_step
from .matmul import products
from .networks import CLASSES, NETWORKS, UNITS
from .ops import OPS, chained, chosen
from .transformer import training_step as transformer_step

PICTURES, BATCH = 100, 40  # of the head's training

Run = Callable[[int, Mapping[str, Any]], Awaitable[tuple[float, Any]]]
"""(times, what the message gave) -> (milliseconds for all of them, what the last one
gave)
"""


class Tab:
    """The works of one tab. `extractor` is the page's own."""

    def __init__(self, extractor: Extractor):
        self._extractor = extractor
        self._runs: dict[str, Run] = {}

    async def make(self, work: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Gets `work` ready under the name `given["name"]` (or its own); what the page
        should know of it, as plain data.

        ValueError for a work that is not there.
        """
        makers = {
            "dispatch": _dispatch,
            "frame": self._frame,
            "fit": _fit,
            "matmul": _matmul,
            "convnet": _convnet,
            "lstm": _lstm,
            "transformer": _transformer,
            "ops": _ops,
        }
        if work not in makers:
            raise ValueError(f"no work {work!r} to time; there are {', '.join(makers)}")
        self._runs[str(given.get("name", work))], about = await makers[work](given)
        return about

    async def run(self, name: str, times: int, given: Mapping[str, Any]) -> dict[str, Any]:
        """{"ms", "value"}: does a work that `make` has made ready. ValueError for one
        that is not.
        """
        if name not in self._runs:
            raise ValueError(
                f"{name!r} is not made ready; there are {', '.join(self._runs) or '(none)'}"
            )
        ms, value = await self._runs[name](times, given)
        return {"ms": ms, "value": value}

    async def _frame(self, given: Mapping[str, Any]) -> tuple[Run, dict[str, Any]]:
        """One camera frame, `given["image"]` or that of the message -> probabilities of
        a head of 100 units and 4 classes.

        The network: that of `given["files"]` (a TensorFlow.js layers model by file
        name), else the page's own where `given["own"]` is true, else the one of
        `networks.NETWORKS` titled `given["network"]` (or the first), its own head
        included; in `given["dtype"]`.
        """
        head, dtype = frame_head(), str(given.get("dtype", "float32"))
        if given.get("files") or given.get("own"):
            extractor = (
                self._extractor if given.get("own") else _extractor_of(given["files"])
            ).astype(dtype)
            size = extractor.input_size
            head.build(extractor.model.output_shape)

            def forward(pixels: Tensor) -> Tensor:
                return head(extractor.model(extractor.pixels(pixels)))

        else:
            title = given.get("network", NETWORKS[0].title)
            network = next((n for n in NETWORKS if n.title == title), None)
            if network is None:
                raise ValueError(
                    f"no network {title!r} to time; there are"
                    f" {', '.join(n.title for n in NETWORKS)}"
                )
            size, p, net = (network.side, network.side), network.preprocess, network.build()
            net = net if dtype == "float32" else net.astype(dtype)

            def forward(pixels: Tensor) -> Tensor:
                return net(
                    pixels_to_tensor(pixels, size, p.scale, p.offset, order=p.order, dtype=dtype)
                ).astype("float32")

        device, spec = get_device(), Spec((*size, 4), "uint8")
        pixels = Tensor(Buffer(device, spec.nbytes), spec)
        first_image = given["image"]
        await device.settled()  # weights are there before the first frame is timed

        async def once(image: Any) -> list[float]:
            device.upload_image(pixels.buffer.id, image)
            return _flat(await frame().data())

        async def run(times: int, asked: Mapping[str, Any]) -> tuple[float, Any]:
            image = asked.get("image", first_image)
            start = time.perf_counter()
            for _ in range(times):
                said = await once(image)
            return _since(start), said

        start = time.perf_counter()
        frame = capture(lambda: forward(pixels), copy=False)
        said = await once(first_image)
        first = _since(start)
        weights = [array("f", _flat(await w.data())) for w in head.weights]
        launches = sum(len(plan.rows) for plan in frame.plans())
        return run, {
            "first_ms": first,
            "probabilities": said,
            "head": weights,
            "launches": launches,
            "size": list(size),
        }


def frame_head() -> Sequential:
    """The head on a frame's features, with the same weights on every host."""
    return Sequential(
        [
            Flatten(),
            Dense(UNITS, activation="relu", kernel_initializer=VarianceScaling(seed=1)),
            Dense(CLASSES, activation="softmax", kernel_initializer=VarianceScaling(seed=2)),
        ]
    )


async def _dispatch(given: Mapping[str, Any]) -> tuple[Run, dict[str, Any]]:
    """A replayed plan of `given["launches"]` tiny kernels, each waiting for the one
    before: the time to encode and submit them.
    """
    launches = int(given["launches"])
    x = tensor(np.zeros(64, np.float32))

    def chain() -> Any:
        y = x
        for _ in range(launches):
            y = flip(y, 0)
        return y

    chained = capture(chain, copy=False)
    await chained().data()
    encoded = sum(len(plan.rows) for plan in chained.plans())

    async def run(times: int, asked: Mapping[str, Any]) -> tuple[float, Any]:
        ms = 0.0
        for _ in range(times):
            start = time.perf_counter()
            last = chained()
            ms += _since(start)
            await last.data()  # or work would pile up, and submitting would wait for it
        return ms, None

    return run, {"launches": encoded}


async def _fit(given: Mapping[str, Any]) -> tuple[Run, dict[str, Any]]:
    """`given["epochs"]` epochs of `fit` on features of 100 pictures, batches of 40:
    what the page does when you press Train.
    """
    generator = np.random.default_rng(0)
    x = tensor(generator.random((PICTURES, FEATURES), np.float32))
    y = tensor(np.eye(CLASSES, dtype=np.float32)[np.arange(PICTURES) % CLASSES])
    head = Sequential(
        [
            Dense(
                UNITS,
                activation="relu",
                kernel_initializer=VarianceScaling(seed=1),
                input_shape=(FEATURES,),
            ),
            Dense(CLASSES, activation="softmax", kernel_initializer=VarianceScaling(seed=2)),
        ]
    )
    head.compile(Adam(RATE), loss="categorical_crossentropy")

    async def run(times: int, asked: Mapping[str, Any]) -> tuple[float, Any]:
        start = time.perf_counter()
        for _ in range(times):
            history = await head.fit(
                x, y, batch_size=BATCH, epochs=int(given["epochs"]), verbose=0, seed=0
            )
        return _since(start), history.history["loss"][-1]

    return run, {}


async def _matmul(given: Mapping[str, Any]) -> tuple[Run, dict[str, Any]]:
    """`given["chain"]` products of square matrices of `given["n"]` rows in
    `given["dtype"]` in one replay; the time of one.
    """
    n, chain, dtype = int(given["n"]), int(given["chain"]), str(given.get("dtype", "float32"))
    generator = np.random.default_rng(0)
    left = generator.random((n, n), np.float32)
    right = generator.random((n, n), np.float32) * (2 / n)  # products stay near 1
    return _repeated(products(left, right, chain, dtype), chain), {}


async def _convnet(given: Mapping[str, Any]) -> tuple[Run, dict[str, Any]]:
    """One Adam step of the MNIST conv net on `given["batch"]` pictures."""
    return _repeated(capture(convnet_step(int(given["batch"])))), {}


async def _lstm(given: Mapping[str, Any]) -> tuple[Run, dict[str, Any]]:
    """One Adam step of the character model on `given["batch"]` texts."""
    return _repeated(capture(lstm_step(int(given["batch"])))), {}


async def _transformer(given: Mapping[str, Any]) -> tuple[Run, dict[str, Any]]:
    """One Adam step of a transformer block on `given["batch"]` sequences."""
    return _repeated(capture(transformer_step(int(given["batch"])))), {}


async def _ops(given: Mapping[str, Any]) -> tuple[Run, dict[str, Any]]:
    """The heavy op named `given["op"]`, with what a peer needs for the same; without a
    name what there is to name.
    """
    if "op" not in given:
        return _nothing, {"names": [heavy.name for heavy in OPS]}
    (heavy,) = chosen([str(given["op"])])
    replay, tensors, chain = chained(heavy, heavy.arrays())
    inputs = [one._asdict() for one in heavy.drawn()]
    about = {"title": heavy.title(), "inputs": inputs, "call": heavy.tfjs}
    return _repeated(lambda: replay(*tensors)[0], chain), about


async def _nothing(times: int, asked: Mapping[str, Any]) -> tuple[float, Any]:
    return 0.0, None


def _repeated(once: Callable[[], Any], each: int = 1) -> Run:
    """`once` n times over, then one wait, as training does; the time of a unit, of
    which `once` does `each`.
    """

    async def run(times: int, asked: Mapping[str, Any]) -> tuple[float, Any]:
        start = time.perf_counter()
        for _ in range(times):
            last = once()
        value = _flat(await last.data())[0]
        return _since(start) / each, value

    return run


def _extractor_of(files: Mapping[str, Any]) -> Extractor:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        return load_extractor(folder)


def _flat(values: memoryview) -> list[float]:
    return [float(v) for v in values.cast("B").cast("f").tolist()]


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1e3
