"""A node on a desktop: its key, and its calls over HTTP."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime

from ...formats.wire import flower
from ...host.optional import need
from ...host.stores.http import checked_address, post
from .node import Answer


class Key:
    """A key of this run: ECDSA on P-384, of which nothing is kept."""

    def __init__(self) -> None:
        need("cryptography", "signs calls to a federation", extra="federate")
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        private = ec.generate_private_key(ec.SECP384R1())
        self.public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._sign: Callable[[bytes], bytes] = lambda text: private.sign(
            text, ec.ECDSA(hashes.SHA256())
        )

    def headers(self) -> dict[str, str]:
        """Of a call that is made now."""
        now = datetime.now(UTC).isoformat()
        signature = self._sign(now.encode())
        values = b64encode(self.public).decode(), now, b64encode(signature).decode()
        return dict(zip(flower.SIGNED, values, strict=True))


class Desk:
    """Posts to the server at an address, such as http://127.0.0.1:9092."""

    def __init__(self, address: str, key: Key):
        self._address, self._key = checked_address(address).rstrip("/"), key

    async def post(self, call: str, body: bytes) -> Answer:
        return await asyncio.to_thread(self._posted, call, body)

    def _posted(self, call: str, body: bytes) -> Answer:
        headers = {"Content-Type": flower.TYPE, "Accept": flower.TYPE, **self._key.headers()}
        try:
            address = f"{self._address}{flower.PLACE}{call}"
            return Answer(*post(address, body, headers, flower.MAX_CALL))
        except OSError as error:
            return Answer(0, f"{self._address} cannot be reached: {error}".encode())
