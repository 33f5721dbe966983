"""The worker's Python side: the methods of docs/page.md, as messages call them. Knows
no JavaScript but what it is handed.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import gc
import inspect
import io
import json
import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from ..apps.session import Picture, TeachSession, progress_of
from ..core import choices
from ..core.tensor import Tensor, tensor
from ..device import get_device, measured, set_device
from ..host.progress import Step
from ..host.version import VERSION
from ..vis.screens import shown_on
from ..zoo.compact import load_compact
from .screen import TabScreen

Progress = Callable[[Any], None]
_NUMPY = re.compile(r"\b(numpy|np)\b")


class Host:
    """`page` offers what only the tab can do: `gpu()` (the adapter or None) and
    `loadNumpy()` (a promise).
    """

    def __init__(self, page: Any):
        self.page = page
        self._session: TeachSession | None = None
        self.names: dict[str, Any] = {"__name__": "__main__"}  # of `run`
        self._bench: Any = None  # the works of bench.html

    async def start(self, files: Mapping[str, bytes]) -> dict[str, Any]:
        """Opens the device and the extractor of `files`; after a lost device, goes on
        with the session. Returns the info.
        """
        start = time.perf_counter()
        if self.page.gpu() is None:
            await self.page.loadNumpy()
        adapter = set_device("auto").adapter
        opened = time.perf_counter()
        extractor, self._bench = load_compact(files), None
        if self._session is None:
            self._session = TeachSession(extractor)
            # What is there by now stays. Otherwise Python's search for garbage walks
            # all of it, some 60 ms in the middle of a frame.
            gc.freeze()
        else:
            self._session.revive(extractor)
        self._warming = asyncio.ensure_future(self._warm_up())
        height, width = extractor.input_size
        return {
            "device": {
                "name": adapter.name,
                "language": adapter.language,
                "backend": adapter.backend,
                "software": adapter.software,
                "float16": "f16" in adapter.features,
            },
            "webgpu": adapter.language == "wgsl",
            "extractor": {
                "name": extractor.name,
                "features": extractor.features,
                "input_size": [height, width],
                "learning_rate": extractor.learning_rate,
            },
            "versions": {"pywebml": VERSION, "python": sys.version.split()[0]},
            "seconds": {"device": opened - start, "extractor": time.perf_counter() - opened},
        }

    @property
    def session(self) -> TeachSession:
        """The one of this tab. RuntimeError before `start`."""
        if self._session is None:
            raise RuntimeError("the extractor is not loaded yet")
        return self._session

    async def _warm_up(self) -> None:
        """One black picture through the network, so that its kernels are compiled, or
        its weights packed, before the first real one. Beside the start: what a broken
        adapter has to say about it is said to the first real picture, too.
        """
        height, width = self.session.extractor.input_size
        black = Picture(memoryview(bytes(4 * height * width)), height, width)
        with contextlib.suppress(RuntimeError):
            await self.session._features(self.session._prepared(black, False)).data()

    async def call(self, method: str, args: dict[str, Any], progress: Progress) -> Any:
        """Runs a method. ValueError for one that is not there; whatever the method
        raises.
        """
        found = getattr(self, f"do_{method}", None)
        if found is None:
            raise ValueError(f"no method {method!r}; see docs/page.md")
        wanted = inspect.signature(found).parameters
        if "progress" in wanted:
            args = {**args, "progress": progress}
        if unknown := [name for name in args if name not in wanted]:
            raise TypeError(f"{method} takes no argument {unknown[0]!r}")
        if missing := [n for n, p in wanted.items() if p.default is p.empty and n not in args]:
            raise TypeError(f"{method} needs the argument {missing[0]!r}")
        result = found(**args)
        return await result if inspect.isawaitable(result) else result

    def _picture(self, image: Any) -> Picture:
        """An ImageBitmap, VideoFrame or ImageData as the session takes it."""
        height = int(getattr(image, "displayHeight", 0) or image.height)
        width = int(getattr(image, "displayWidth", 0) or image.width)
        return Picture(image, height, width)

    # classes, samples, head

    def do_state(self) -> Any:
        return self.session.state()

    def do_classes(self, classes: list[dict[str, str]]) -> Any:
        return self.session.set_classes(classes)

    async def do_add_sample(
        self, key: str, image: Any, id: str | None = None, mirror: bool = False
    ) -> Any:
        return await self.session.add_sample(key, self._picture(image), id, bool(mirror))

    def do_add_features(self, samples: list[dict[str, Any]]) -> Any:
        return self.session.add_features(samples)

    def do_remove_samples(self, ids: list[str]) -> Any:
        return self.session.remove_samples(ids)

    async def do_predict(self, image: Any, mirror: bool = False) -> Any:
        return await self.session.predict(self._picture(image), bool(mirror))

    async def do_train(
        self,
        progress: Progress,
        units: int = 100,
        learning_rate: float | None = None,
        batch_fraction: float = 0.4,
        epochs: int = 20,
        validation: float = 0.2,
        seed: int = 0,
    ) -> Any:
        start = time.perf_counter()
        options = {
            "units": units, "learning_rate": learning_rate, "batch_fraction": batch_fraction,
            "epochs": epochs, "validation": validation, "seed": seed,
        }  # fmt: skip

        def listener(step: Step) -> None:
            progress(progress_of(step) | {"seconds": time.perf_counter() - start})

        return await self.session.train(options, listener)

    def do_stop(self) -> None:
        self.session.stop()

    def do_head(self) -> bytes | None:
        return self.session.head_file()

    def do_load_head(self, bytes: Any, keys: list[str] | None = None) -> Any:
        return self.session.load_head(bytes, keys)

    def do_export(self, extra: dict[str, Any] | None = None) -> bytes:
        return self.session.export(extra)

    def do_import(self, bytes: Any) -> Any:
        return self.session.restore(bytes)

    def do_reset(self) -> Any:
        return self.session.reset()

    # for Python people

    async def do_run(self, source: str, progress: Progress) -> dict[str, Any]:
        """Runs source, top-level await allowed; the value of the last expression."""
        if _NUMPY.search(source):
            with contextlib.suppress(Exception):  # where it cannot be had, `import numpy` says so
                await self.page.loadNumpy()
        start = time.perf_counter()
        with (
            contextlib.redirect_stdout(_Stream("stdout", progress)),
            contextlib.redirect_stderr(_Stream("stderr", progress)),
            shown_on(TabScreen(progress)),
        ):
            value = await evaluate(source, self.names)
            return {
                "value": await plain(value),
                "repr": await shown(value),
                "seconds": time.perf_counter() - start,
            }

    async def do_check(self, progress: Progress, op: str | None = None) -> Any:
        """Every op's sample cases on this device, against float64."""
        await self.page.loadNumpy()
        from ..apps.check import check_here

        rows = []
        async for row, trouble, done, of in check_here(
            "page" if get_device().adapter.language == "wgsl" else "page-cpu", op
        ):
            rows.append({**row, "trouble": trouble})
            progress({"done": done, "of": of, "row": rows[-1]})
            await asyncio.sleep(0)
        return {"adapter": get_device().adapter.name, "rows": rows}

    async def do_bench(self, work: str, times: int = 0, given: dict[str, Any] | None = None) -> Any:
        """Makes a work of bench.html ready (`times` 0), or does it `times` times; see
        apps/bench/tab.py.
        """
        if self._bench is None:
            await self.page.loadNumpy()
            from ..apps.bench.tab import Tab

            self._bench = Tab(self.session.extractor)
        return await (
            self._bench.run(work, times, given or {})
            if times
            else self._bench.make(work, given or {})
        )

    async def do_tune(
        self, progress: Progress, only: list[str] | None = None, quick: bool = True
    ) -> Any:
        """Times the forms of the kernels on this adapter and keeps the fastest for it,
        and what it does at best; see apps/bench/tune.py.
        """
        await self.page.loadNumpy()
        from ..apps.bench.floor import measure
        from ..apps.bench.tune import tune

        device, corner = get_device(), tensor([0.0])
        await corner.data()

        async def wait() -> None:  # a read is answered sooner than `settled`
            await device.download(corner.buffer.id, 4)

        def listener(step: Step) -> None:
            progress({"stage": step.stage, "done": step.done, "of": step.total})

        rows = [row async for row in tune(wait, only or (), quick, listener)]
        floor = await measure(wait)
        return {"adapter": device.adapter.name, "rows": rows, "floor": floor._asdict()}

    def do_forget_tuning(self) -> bool:
        """Drops what `tune` kept for this adapter; whether there was any."""
        there = measured.forget(get_device().adapter)
        choices.reload()
        return there


async def evaluate(source: str, names: dict[str, Any]) -> Any:
    """The value of the last expression of `source`, or None; `await` is allowed outside
    of functions.
    """
    tree = ast.parse(source, "<page>")
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
    value = None
    for part, mode in ((tree, "exec"), (last, "eval")):
        if part is not None:
            value = eval(compile(part, "<page>", mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
            if inspect.iscoroutine(value):
                value = await value
    return value


async def plain(value: Any) -> Any:
    """`value` as JSON data: tensors and arrays as lists, also inside lists and dicts;
    None where it has no such form.
    """
    try:
        return json.loads(json.dumps(await _lists(value), allow_nan=False))
    except (TypeError, ValueError):
        return None


async def _lists(value: Any) -> Any:
    if isinstance(value, Tensor):
        found = await value.data()
        return found.tolist() if value.shape else found[0]
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [await _lists(item) for item in value]
    if isinstance(value, dict):
        return {key: await _lists(item) for key, item in value.items()}
    return value


async def shown(value: Any) -> str | None:
    """repr(value), or None for None. A tensor is read without blocking, since not every
    browser lets Python wait.
    """
    if value is None:
        return None
    if isinstance(value, Tensor) and value.size <= 1000:
        return f"Tensor({await _lists(value)}, dtype={value.dtype})"
    return repr(value)


class _Stream(io.TextIOBase):
    def __init__(self, name: str, progress: Progress):
        self._name, self._progress = name, progress

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self._progress({"stream": self._name, "text": text})
        return len(text)
