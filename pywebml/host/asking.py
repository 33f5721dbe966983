"""What a program can ask of the page it runs in: pictures of the camera, and sound.
Elsewhere nobody is there to be asked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any, Protocol


class Page(Protocol):
    """Who is asked."""

    def send(self, message: Any) -> None:
        """Tells something, which has no answer."""

    async def ask(self, question: Mapping[str, Any]) -> Any:
        """The answer. RuntimeError in words where the visitor refuses it."""


_page: ContextVar[Page | None] = ContextVar("page", default=None)


@contextlib.contextmanager
def asking(page: Page) -> Iterator[None]:
    """Who answers what is asked meanwhile, by tasks that begin meanwhile, too."""
    token = _page.set(page)
    try:
        yield
    finally:
        _page.reset(token)


def page() -> Page | None:
    """Who can be asked, or None."""
    return _page.get()
