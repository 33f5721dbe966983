"""The worker's Python side: calls of methods by name, as messages bring them. Knows no
JavaScript but what it is handed.

A tab serves one app. What may be called are the methods of its session
("teach.add_sample", or "add_sample" for short), and those that every tab has.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
import json
import re
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .. import apps
from ..apps.app import Method, method, methods_of
from ..core import choices
from ..core.tensor import memory, tensor
from ..device import get_device, measured, set_device
from ..host.progress import Listener
from ..host.version import VERSION
from ..zoo import Extractor
from ..zoo.compact import load_compact, with_classes
from .programs import Programs
from .screen import TabScreen

Progress = Callable[[Any], None]
_NUMPY = re.compile(r"\b(numpy|np|webcam|microphone)\b")


class Host:
    """`page` offers what only the tab can do: `gpu()` (the adapter or None) and
    `loadNumpy()` (a promise). `app`: which one this tab serves. ValueError for an app
    that is not there.
    """

    def __init__(self, page: Any, app: str = "teach"):
        self.page = page
        self.app = apps.app_of(app)
        self._extractor: Extractor | None = None
        self._session: Any = None
        self._frozen = False
        self.programs = Programs()
        self._bench: Any = None  # the works of bench.html
        self._common = methods_of(Host)

    async def start(
        self,
        files: Mapping[str, bytes] | None = None,
        classes: Mapping[str, bytes] | None = None,
    ) -> dict[str, Any]:
        """Opens the device, the extractor of `files` if the app needs it, with its
        `classes` where it needs those, and the app's session; after a lost device, goes
        on with the session. Returns the info.
        """
        start = time.perf_counter()
        if self.page.gpu() is None:
            await self.page.loadNumpy()
        adapter = set_device("auto").adapter
        opened = time.perf_counter()
        self._bench = None
        if files is not None and "extractor" in self.app.needs:
            self._extractor = load_compact(files)
            if classes is not None:
                self._extractor = with_classes(self._extractor, classes)
        await self._open_session()
        if not self._frozen:
            # What is there by now stays. Otherwise Python's search for garbage walks
            # all of it, some 60 ms in the middle of a frame.
            gc.freeze()
            self._frozen = True
        if hasattr(self._session, "warm_up"):
            self._warming = asyncio.ensure_future(self._warm_up())
        return {
            "app": self.app.name,
            "device": {
                "name": adapter.name,
                "language": adapter.language,
                "backend": adapter.backend,
                "software": adapter.software,
                "float16": "f16" in adapter.features,
            },
            "webgpu": adapter.language == "wgsl",
            "extractor": self._extractor and _about(self._extractor),
            "versions": {"pywebml": VERSION, "python": sys.version.split()[0]},
            "seconds": {"device": opened - start, "extractor": time.perf_counter() - opened},
        }

    async def _open_session(self) -> None:
        """A new one, or the one there is on a new device."""
        needed = (self._extractor,) if "extractor" in self.app.needs else ()
        if None in needed or self.app.session is None:
            return
        if self._session is None:
            self._session = self.app.session(*needed)
        else:
            revived = self._session.revive(*needed)
            if inspect.isawaitable(revived):
                await revived

    @property
    def session(self) -> Any:
        """The one of this tab. RuntimeError before `start`."""
        if self._session is None:
            raise RuntimeError("the extractor is not loaded yet")
        return self._session

    async def _warm_up(self) -> None:
        """Beside the start: what an adapter that is broken or full has to say about it
        is said to the first real picture, too.
        """
        with contextlib.suppress(RuntimeError, MemoryError):
            await self.session.warm_up()

    async def call(self, name: str, args: Mapping[str, Any], progress: Progress) -> Any:
        """Runs a method. ValueError for one that is not there; whatever the method
        raises.
        """
        owner, called = self._method(name)
        if called.numpy:
            await self.page.loadNumpy()
        arguments = called.arguments(args)
        if called.hears:
            hears: Any = progress if called.hears == "progress" else TabScreen(progress).progress
            arguments[called.hears] = hears
        result = called.function(owner, **arguments)
        return await result if inspect.isawaitable(result) else result

    def _method(self, name: str) -> tuple[Any, Method]:
        """(whose it is, the method)."""
        app, _, short = name.rpartition(".")
        if not app and short in self._common:
            return self, self._common[short]
        if app not in ("", self.app.name):
            raise ValueError(f"no method {name!r}: this tab serves {self.app.name!r}")
        if short not in self.app.methods:
            raise ValueError(f"no method {name!r}; see docs/page.md")
        return self.session, self.app.methods[short]

    # what every tab has

    @method()
    async def run(self, source: str, progress: Progress) -> dict[str, Any]:
        """`{value, repr, seconds}`: runs Python; the value of the last expression as
        JSON data (null where it has no JSON form, or a million elements and more).
        Top-level `await` works; tasks that the program starts are waited for. Progress:
        `{stream: "stdout" or "stderr", text, lost?}` (`lost`: lines before it that were
        too many to be sent), `{chart, words, svg, surface?}` for a chart (`surface`:
        its `{name, tab}` in the panel), and two that wait for `answer`: `{ask: true}`
        of `input()`, and `{sense: {name: "camera"}}` or `{sense: {name: "microphone",
        samples, rate}}` (rate null: its own) of `pw.data`, over with `over: true`.
        """
        if _NUMPY.search(source):
            with contextlib.suppress(Exception):  # where it cannot be had, `import numpy` says so
                await self.page.loadNumpy()
        return await self.programs.run(source, progress)

    @method()
    def answer(self, text: str = "", sensed: Any = None, refused: str = "") -> bool:
        """Hands what it asks for to the program that waits; whether one did: a line, a
        picture `{pixels: RGBA bytes, height, width}`, sound `{samples: float32, rate}`,
        or the words in which it was refused.
        """
        return self.programs.answer(text if sensed is None else sensed, refused)

    def traceback(self, method: str, error: BaseException) -> str:
        """Of a visitor's program its own lines, else all there is."""
        if method == "run":
            return self.programs.explained(error)
        return "".join(traceback.format_exception(error))

    @method()
    def memory(self) -> dict[str, int]:
        """`{buffers, bytes, pooled_bytes}` on the device."""
        return dict(memory())

    @method()
    async def check(self, progress: Progress, op: str | None = None) -> Any:
        """`{adapter, rows: [{kernel, case, host, error, tolerance, ok, trouble}]}`:
        every op's sample cases on this device, against float64, and layers in small
        networks, against Keras's numbers; of one op or layer if named ("layers.LSTM"),
        or of all "layers". Progress: `{done, of, row}`.
        """
        await self.page.loadNumpy()
        from ..apps.check import check_here  # NumPy

        rows = []
        host = "page" if get_device().adapter.language == "wgsl" else "page-cpu"
        async for row, trouble, done, of in check_here(host, op):
            rows.append({**row, "trouble": trouble})
            progress({"done": done, "of": of, "row": rows[-1]})
            await asyncio.sleep(0)
        return {"adapter": get_device().adapter.name, "rows": rows}

    @method()
    async def bench(self, work: str, times: int = 0, given: dict[str, Any] | None = None) -> Any:
        """For bench.html, see `pywebml/apps/bench/tab.py`: without `times` makes a work
        ready, with it does it so many times: `{ms, value}`.
        """
        if self._bench is None:
            await self.page.loadNumpy()
            from ..apps.bench.tab import Tab  # NumPy

            if self._extractor is None:
                raise RuntimeError("the extractor is not loaded yet")
            self._bench = Tab(self._extractor)
        return await (
            self._bench.run(work, times, given or {})
            if times
            else self._bench.make(work, given or {})
        )

    @method()
    async def tune(
        self, listener: Listener, only: list[str] | None = None, quick: bool = True
    ) -> Any:
        """`{adapter, rows, floor}`: times the forms of the kernels on this adapter and
        keeps the fastest (`pywebml/apps/bench/tune.py`), and what it does at best.
        Progress: `{stage, done, of}`.
        """
        await self.page.loadNumpy()
        from ..apps.bench.floor import measure  # NumPy
        from ..apps.bench.tune import tune

        device, corner = get_device(), tensor([0.0])
        await corner.data()

        async def wait() -> None:  # a read is answered sooner than `settled`
            await device.download(corner.buffer.id, 4)

        rows = [row async for row in tune(wait, only or (), quick, listener)]
        floor = await measure(wait)
        return {"adapter": device.adapter.name, "rows": rows, "floor": floor._asdict()}

    @method()
    def forget_tuning(self) -> bool:
        """Drops what `tune` kept for this adapter; whether there was any."""
        there = measured.forget(get_device().adapter)
        choices.reload()
        return there


def _about(extractor: Extractor) -> dict[str, Any]:
    return {
        "name": extractor.name,
        "features": extractor.features,
        "input_size": list(extractor.input_size),
        "learning_rate": extractor.learning_rate,
    }


def methods_table() -> str:
    """The methods as docs/page.md lists them: those of every tab, then app by app."""
    lines = ["| method | args | result |", "|---|---|---|"]
    lines += _rows("", methods_of(Host))
    for app in apps.APPS:
        lines += _rows(f"{app.name}.", app.methods)
    return "\n".join(lines)


def _rows(prefix: str, methods: Mapping[str, Method]) -> Iterator[str]:
    for called in methods.values():
        arguments = [_argument(name, p.default) for name, p in called.parameters.items()]
        arguments += [_argument(option.name, option.default) for option in called.options]
        args = f"`{{{', '.join(arguments)}}}`" if arguments else ""
        says = " ".join((called.function.__doc__ or "").split())
        yield f"| `{prefix}{called.name}` | {args} | {says} |"


def _argument(name: str, default: Any) -> str:
    if default is inspect.Parameter.empty:
        return name
    return f"{name}={json.dumps(default)}"
