"""What was taught, with the network below it, in forms that others run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .app import method

if TYPE_CHECKING:
    from ..zoo import Extractor
    from .taught_head import TaughtHead


class Exports:
    """A session's part: it has `extractor` and the head that was taught on it."""

    extractor: Extractor
    _head: TaughtHead | None

    @method()
    async def teachable_machine(self, name: str = "") -> bytes | None:
        """`Uint8Array` or null: the whole network, zipped for Teachable Machine."""
        return self._head and await self._head.for_teachable_machine(self.extractor, name)

    @method()
    async def own_page(self, files: Mapping[str, Any], title: str = "") -> bytes | None:
        """`Uint8Array` or null: a page of what was taught, zipped, that needs no
        Python. `files`: those that web/own/files.json lists, and pywebml/xnnpack.bin,
        unpacked.
        """
        return self._head and await self._head.as_page(self.extractor, files, title)
