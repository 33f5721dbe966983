"""Between the worker's JavaScript and methods.py: converts what comes and goes.
Imported in a tab only.
"""

from __future__ import annotations

from typing import Any

from js import Object  # type: ignore[import-not-found]
from pyodide.ffi import to_js  # type: ignore[import-not-found]

from ..host.page import page
from .methods import Host

NETWORK_FILES = ("model.json", "weights.bin")


class Bridge:
    """What the worker calls: `start(files)`, and then `call(method, args, progress)`,
    which answers {result} or {error}.
    """

    def __init__(self, app: str) -> None:
        self._host = Host(page(), app)

    async def start(self, *networks: Any) -> Any:
        """The info. `networks`: the files of the extractor, and of its classes, each
        undefined where the app needs none.
        """
        raw = [
            {name: getattr(files, name).to_bytes() for name in NETWORK_FILES} if files else None
            for files in networks
        ]
        return javascript(await self._host.start(*raw))

    async def call(self, method: str, args: Any, progress: Any) -> Any:
        def report(message: Any) -> None:
            progress(javascript(message))

        try:
            # Numbers, texts, lists and objects are converted; an ImageBitmap stays what
            # it is.
            return javascript({"result": await self._host.call(method, args.to_py(), report)})
        except BaseException as error:  # a program may also raise SystemExit
            said = {"name": type(error).__name__, "message": str(error)}
            return javascript({"error": {**said, "traceback": self._host.traceback(method, error)}})


def open(app: str) -> Bridge:
    """The one of this tab, which serves the app of this name."""
    return Bridge(app)


def javascript(value: Any) -> Any:
    """Python data as plain JavaScript data: dicts as objects, bytes and arrays as typed
    arrays.
    """
    return to_js(value, dict_converter=Object.fromEntries, create_pyproxies=False)
