"""`page serve --federation`: passes a tab's calls on to a Flower server.

Browsers let the page talk to where it comes from, and Flower's server lets no page of
another origin ask. So the tab's calls come here, and go on: the ten calls of a node,
POST alone, of bounded size, and only of this page itself; nothing of them is kept or
looked at. What is signed is signed in the tab.
"""

from __future__ import annotations

import io
from urllib.parse import urlsplit

from ..formats.wire import flower
from ..host.stores.http import checked_address, post, trusting
from .installed import SHARED
from .serve import Handler

WAIT = 15.0
"""Seconds for the answer: fewer than this page's own connections have."""
MAX_REFUSAL = 1 << 16
"""Bytes of an answer that is an error."""


def passing_on(address: str, authority: str | None = None) -> type[Handler]:
    """A handler that passes calls on to the server at an address; `authority`: a file
    with who signed its certificate, where that is nobody whom the system trusts.
    ValueError for what is no address of a server, such as http://127.0.0.1:9092, and
    OSError for what is no certificate.
    """
    parts = urlsplit(checked_address(address))
    if parts.path.strip("/") or parts.query or parts.username is not None:
        raise ValueError(
            f"a federation is at an address such as http://127.0.0.1:9092, got {address!r:.200}"
        )
    if authority is not None:
        if parts.scheme != "https":
            raise ValueError(f"--ca is for a federation at https://..., got {address!r:.200}")
        trusting(authority)  # which says at once what is wrong with it
    place = f"{parts.scheme}://{parts.netloc}{flower.PLACE}"

    class PassingOn(Handler):
        """The page, and the way to a federation."""

        def do_POST(self) -> None:
            self.server.renew(self.connection)
            self.close_connection = True  # until the body is read
            if not self._is_asked_for(True):
                return
            if self.path == f"/{SHARED}":
                super().do_POST()
                return
            call = self.path.removeprefix(flower.PLACE)
            if not self.path.startswith(flower.PLACE) or call not in flower.CALLS:
                self._say(404, "no such call", True)
                return
            origin = self.headers.get("Origin")
            if origin != f"http://{self.headers['Host']}":
                self._say(403, "only this page itself takes part through this address", True)
                return
            length = self.headers.get("Content-Length", "")
            if (
                self.headers.get("Content-Type") != flower.TYPE
                or "Transfer-Encoding" in self.headers
            ):
                self._say(415, f"a call is {flower.TYPE}, its length said", True)
                return
            if not (length.isascii() and length.isdigit() and len(length) < 12):
                self._say(411, "a call says its length", True)
                return
            if int(length) > flower.MAX_CALL:
                self._say(413, f"a call has at most {flower.MAX_CALL >> 20} MiB", True)
                return
            self._pass_on(call, int(length))

        def _pass_on(self, call: str, length: int) -> None:
            body = self._body(length)
            if body is None:
                return
            self.close_connection = False
            headers = {"Content-Type": flower.TYPE, "Accept": flower.TYPE}
            headers |= {name: self.headers.get(name, "") for name in flower.SIGNED}
            try:
                status, data = post(
                    f"{place}{call}", body, headers, flower.MAX_CALL, WAIT, authority
                )
            except OSError as error:
                self._say(502, f"the federation at {address} is not reached: {error}", True)
                return
            data = data if status == 200 else data[:MAX_REFUSAL]
            kind = flower.TYPE if status == 200 else "application/json"
            self._send(
                status,
                {"Content-Type": kind, "Cache-Control": "no-store"},
                io.BytesIO(data),
                len(data),
                True,
            )

        def _body(self, length: int) -> bytes | None:
            """None where it breaks off."""
            parts = []
            while length:
                part = self.rfile.read1(min(length, 1 << 18))  # type: ignore[attr-defined]
                if not part:
                    return None
                self.server.renew(self.connection)
                parts.append(part)
                length -= len(part)
            return b"".join(parts)

    return PassingOn
