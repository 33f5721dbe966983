"""What the page gives Python in a tab: the graphics card or XNNPACK's kernels, stores,
digits. pywebml's own page hands it over, as the module `pywebml_page`; in a Python that
somebody else has started, `anywhere.py` makes the same.
"""

from __future__ import annotations

from typing import Any


def page(choice: str | None = None) -> Any:
    """What the page gives, with what a device of this choice needs ("auto", "gpu",
    "cpu"). RuntimeError that says what to write where that has to be opened first, and
    this browser cannot wait inside Python.
    """
    try:
        import pywebml_page  # type: ignore[import-not-found]  # registered by web/runtime/worker.js

        return pywebml_page
    except ImportError:
        from .anywhere import page

        return page(choice)


async def opened(choice: str | None = None) -> Any:
    """The same, for who can wait."""
    try:
        import pywebml_page

        return pywebml_page
    except ImportError:
        from .anywhere import opened

        return await opened(choice)


def place() -> str | None:
    """The address that the wheel was installed from; None where that is not known, and
    in pywebml's own page, which has no wheel.
    """
    try:
        import pywebml_page  # noqa: F401

        return None
    except ImportError:
        from .anywhere import place

        return place()
