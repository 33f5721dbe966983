"""A page for a Python that somebody else has started in a tab: in JupyterLite, PyScript
or a page of one's own, in a worker or in the page itself.

web/runtime/anywhere.js makes it. That script and those that it imports are read from
the installed package, and each becomes an address of its own (a blob): nothing but the
wheel is needed. What else may be there lies beside the wheel (docs/anywhere.md).
"""

from __future__ import annotations

import hashlib
import re
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any
from urllib.parse import urljoin, urlsplit

from .supplies import supply
from .waiting import can_wait, run_sync
from .warned import warn

ENTRY = PurePosixPath("runtime/anywhere.js")
KERNELS = "tfjs-backend-wasm-simd.wasm"
"""XNNPACK's kernels, where they lie beside the wheel."""
_IMPORT = re.compile(r'(\bfrom |^import )"(\.{1,2}/[^"]+)"', re.MULTILINE)

_page: Any = None


def page(choice: str | None) -> Any:
    """See `opened`. RuntimeError where that has to be waited for, and cannot be."""
    if (choice is not None or _page is None) and can_wait():
        return run_sync(opened(choice))
    if _page is None:
        raise RuntimeError(
            "this browser cannot wait inside Python; write `await pw.ready()` after `import"
            " pywebml as pw`, before the first tensor"
        )
    return _page


async def opened(choice: str | None) -> Any:
    """The page, with a graphics card or what computes without, as the device of this
    choice needs it. A card that was lost is opened anew.
    """
    global _page
    if _page is None:
        import pyodide_js  # type: ignore[import-not-found]
        from pyodide.code import run_js  # type: ignore[import-not-found]

        script = await run_js("(address) => import(address)")(_address(ENTRY, {}))
        _page = script.page(pyodide_js, place())
    if choice in ("auto", "gpu"):
        await _page.openGpu()
    if choice == "cpu" or (choice == "auto" and _page.gpu(choice) is None):
        await _open_processor()
    return _page


async def _open_processor() -> None:
    """NumPy, where it can be had; XNNPACK, where its kernels lie beside the wheel."""
    if find_spec("numpy") is None:
        await _page.loadNumpy()  # or whoever wants it says that it is missing
    if _page.xnnpack() is None and (wasm := await _kernels()) is not None:
        from pyodide.ffi import to_js  # type: ignore[import-not-found]

        await _page.openXnnpack(to_js(wasm))


async def _kernels() -> bytes | None:
    from pyodide.http import pyfetch  # type: ignore[import-not-found]

    wheel = place()
    response = None if wheel is None else await pyfetch(urljoin(wheel, KERNELS))
    if response is None or not response.ok:
        return None
    data: bytes = await response.bytes()
    package = supply("@tensorflow/tfjs-backend-wasm")
    if hashlib.sha256(data).hexdigest() == package.files[f"dist/{KERNELS}"]:
        return data
    warn(f"{response.url} is not the file of {package}, so NumPy computes alone")
    return None


def _address(path: PurePosixPath, known: dict[str, str]) -> str:
    """A script of web/ as a blob, in which those that it imports are blobs, too."""
    import js  # type: ignore[import-not-found]
    from pyodide.ffi import to_js

    if str(path) not in known:

        def beside(match: re.Match[str]) -> str:
            name = PurePosixPath(normpath(path.parent / match[2]))
            return f'{match[1]}"{_address(name, known)}"'

        text = _IMPORT.sub(beside, (scripts() / path).read_text(encoding="utf-8"))
        kind = to_js({"type": "text/javascript"}, dict_converter=js.Object.fromEntries)
        known[str(path)] = str(js.URL.createObjectURL(js.Blob.new(to_js([text]), kind)))
    return known[str(path)]


def scripts() -> Path:
    """The folder web/, of the installed package or the checkout."""
    package = Path(__file__).parents[1]
    installed = package / "web"
    return installed if installed.is_dir() else package.parent / "web"


def place() -> str | None:
    """The address that the wheel was installed from; None where that is not known, or
    is a package index elsewhere, which has no other files.
    """
    import js

    try:
        about = distribution("pywebml")
    except PackageNotFoundError:
        return None
    source = about.read_text("PYODIDE_SOURCE") or ""  # micropip knows more than the other
    address = about.read_text("PYODIDE_URL") or source
    if source == "pyodide":  # named in its lock file, as in JupyterLite: it lies beside Pyodide
        import pyodide_js

        address = str(pyodide_js._api.config.indexURL)
    where = urlsplit(address)
    if where.scheme not in ("http", "https"):
        return None
    at_home = f"{where.scheme}://{where.netloc}" == str(js.location.origin)
    return address if at_home or source == address else None
