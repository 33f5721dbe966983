"""All PYWEBML_* environment variables: no other module reads one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Setting(Generic[T]):
    """An environment variable: what it `does`, its value where it is not set, and how a
    text becomes a value. Called, it reads the variable.

    Example:
        >>> steps = Setting("PYWEBML_EXAMPLE_STEPS", "how many steps", 3, int)
        >>> steps()
        3
    """

    name: str
    does: str
    default: T
    parse: Callable[[str], T]

    def __call__(self) -> T:
        return self.parse(self.text()) if self.text() else self.default

    @contextmanager
    def set(self, text: str) -> Iterator[None]:
        """The variable set to a text, within."""
        before = os.environ.get(self.name)
        os.environ[self.name] = text
        try:
            yield
        finally:
            del os.environ[self.name]
            if before is not None:
                os.environ[self.name] = before

    def text(self) -> str:
        """What the variable is set to, "" where it is not set."""
        return os.environ.get(self.name, "")


def _switch(name: str, does: str, default: bool) -> Setting[bool]:
    """A variable of "0" and "1"; any other text is the default."""
    return Setting(name, does, default, lambda text: {"0": False, "1": True}.get(text, default))


def _text(name: str, does: str) -> Setting[str | None]:
    return Setting(name, does, None, str)


TUNED = _switch("PYWEBML_TUNED", "0 ignores what `bench tune` measured on this machine", True)
CHECKS = _switch("PYWEBML_CHECKS", "1 leaves loop and bounds checks in desktop kernels", False)
ONNX_RUNTIME = _switch(
    "PYWEBML_ONNX_RUNTIME", "0 leaves frozen networks on the CPU device to NumPy, too", True
)
DEBUG = _switch("PYWEBML_DEBUG", "1 shows the traceback of a command that fails", False)
MODELS = _text("PYWEBML_MODELS", "a folder of model folders, searched before the cache")
CACHE = _text(
    "PYWEBML_CACHE",
    "a folder for what is fetched and measured, in place of the system's cache folder",
)
FEATURES = _switch("PYWEBML_FEATURES", "0 keeps no features of pictures between runs", True)
CHROMIUM = _text("PYWEBML_CHROMIUM", "the browser that `check` and `bench` drive")

SETTINGS: tuple[Setting[bool] | Setting[str | None], ...] = (
    TUNED, ONNX_RUNTIME, CHECKS, DEBUG, MODELS, CACHE, FEATURES, CHROMIUM,
)  # fmt: skip
