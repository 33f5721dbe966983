"""Files from the net: bounded, checked against a sum, with progress, tried again."""

from __future__ import annotations

import asyncio
import hashlib
import string
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from .. import IN_TAB
from ..files import MAX_FILE, FormatError
from ..json_data import NO_FILE, looks_like_html
from ..shown import shown
from .retrying import Passing, Tries, seconds_of

TIMEOUT = 30.0
"""Seconds without an answer or without a byte."""
SLOWEST = 32.0
"""Bytes per second: what comes more slowly for as long as that never ends."""
CHUNK = 1 << 18
MAX_REDIRECTS = 10

Progress = Callable[[int, int | None], None]
"""Called with (bytes so far, bytes in all where the server says so)."""


class Unreachable(ConnectionError):
    """Of an address, after the last try; the message names both it and the reason."""


def fetch(
    url: str,
    limit: int = MAX_FILE,
    sha256: str | None = None,
    timeout: float = TIMEOUT,
    progress: Progress | None = None,
    wait: Callable[[float], object] = time.sleep,
) -> bytes:
    """What is at an http(s) address, of that sum if one is given. What may go better in
    a moment (no connection, one that breaks off, the answers 429 and 5xx) is tried
    again, see retrying.py; `wait` waits for that.

    ConnectionError that names the address where the net or the server fails,
    FormatError for more than `limit` bytes, before they come where the server says how
    many there are, or other ones than expected. Blocks; `fetch_async` waits, in a
    browser tab as well.
    """
    address = checked_address(url)
    tries = Tries()
    while True:
        try:
            return _checked(url, _fetched(url, address, limit, timeout, progress), limit, sha256)
        except Passing as failure:
            pause = tries.pause(failure)
            if pause is None:
                raise _failed(url, tries.said(failure)) from None
        wait(pause)


def _fetched(
    url: str, address: str, limit: int, timeout: float, progress: Progress | None
) -> bytes:
    """One try of it, by a desktop."""
    chunks: list[bytes] = []
    size = 0
    for chunk, total in _arriving(url, address, limit, timeout):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            break
        if progress:
            progress(size, total)
    return b"".join(chunks)


def post(
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    limit: int,
    timeout: float = TIMEOUT,
    authority: str | None = None,
) -> tuple[int, bytes]:
    """(status, body) that a server answers to a POST, whatever it is: once, and without
    a redirect. OSError that says why where it is not reached, or sends more than
    `limit` bytes. `authority`: a file with who signed the server's certificate, in
    place of those that the system trusts. Blocks.
    """
    import http.client  # heavy, and in a tab the page posts
    from urllib.request import Request

    request = Request(checked_address(address), body, dict(headers), method="POST")
    try:
        with _opener(authority).open(request, timeout=timeout) as answer:
            data = b"".join(_bounded(_pieces(answer, timeout), limit))
            return answer.status, data
    except (http.client.HTTPException, OSError) as e:
        raise OSError(_said(getattr(e, "reason", None) or e)) from None


def _bounded(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    for piece in pieces:
        limit -= len(piece)
        if limit < 0:
            raise OSError("it sends more than is read")
        yield piece


def _arriving(
    url: str, address: str, limit: int, timeout: float
) -> Iterator[tuple[bytes, int | None]]:
    """(some bytes, how many there are in all)."""
    import http.client  # heavy, and a tab fetches in another way

    size = 0
    try:
        with _answer(address, timeout) as answer:
            _expect_whole(url, answer.status, answer.reason, answer.headers.get("Retry-After"))
            coding = answer.headers.get("Content-Encoding", "").strip().lower()
            total = None if coding else answer.length
            _expect_room(url, total, limit)
            for chunk in _unpacked(_pieces(answer, timeout), coding):
                size += len(chunk)
                yield chunk, total
    except http.client.IncompleteRead:
        raise Passing(f"the answer breaks off after {size} bytes") from None
    except (Passing, Unreachable, FormatError):
        raise
    except (OSError, http.client.HTTPException, ValueError, zlib.error) as e:
        why = getattr(e, "reason", None) or e
        raise (Passing(_said(why)) if _passes(why) else _failed(url, why)) from None


def _passes(why: object) -> bool:
    """Whether a connection that fails so may work in a moment."""
    import socket

    later = isinstance(why, socket.gaierror) and why.errno == socket.EAI_AGAIN
    return later or isinstance(why, (ConnectionError, TimeoutError))


def _answer(address: str, timeout: float) -> Any:
    """The answer of the server that the address leads to in the end, whatever its
    status.
    """
    opener = _opener()
    for _ in range(MAX_REDIRECTS):
        answer: Any = opener.open(address, timeout=timeout)
        if answer.status not in (301, 302, 303, 307, 308):
            return answer
        answer.close()
        address = _redirected(address, answer.headers.get("Location", ""))
    raise OSError(f"it redirects {MAX_REDIRECTS} times, perhaps in a circle")


def _opener(authority: str | None = None) -> Any:
    """urllib's own follows to ftp:, and reads what it passes."""
    from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler

    trust = {} if authority is None else {"context": trusting(authority)}
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler(**trust)):
        opener.add_handler(handler)
    return opener


def trusting(authority: str) -> Any:
    """TLS with servers whose certificate this file's signer has signed. OSError where
    it is no certificate.
    """
    import ssl  # heavy, and Pyodide has none

    try:
        return ssl.create_default_context(cafile=authority)
    except ssl.SSLError:
        raise OSError(f"{authority} is no certificate (PEM)") from None


def _redirected(address: str, location: str) -> str:
    # headers come as Latin-1, whatever they were written in
    target = urljoin(address, quote(location, safe=string.punctuation, encoding="latin-1"))
    schemes = urlsplit(address).scheme, urlsplit(target).scheme
    if not location or schemes[1] not in ("http", "https") or schemes == ("https", "http"):
        raise OSError(f"it redirects to {location!r:.200}, which is not followed")
    return target


def _expect_whole(url: str, status: int, reason: str, after: str | None) -> None:
    """An error for anything but a whole file: errors, parts of one, "later"."""
    said = f"it answers {status} {reason}".strip()
    if status == 429 or status >= 500:
        raise Passing(said, seconds_of(after))
    if status not in (200, 203):
        raise _failed(url, said)


def _expect_room(url: str, total: int | None, limit: int) -> None:
    """FormatError for a file that is said to be larger than is read."""
    if total is not None and total > limit:
        raise FormatError(f"{url} has {total} bytes, more than the {limit} that are read")


def _pieces(answer: Any, timeout: float) -> Iterator[bytes]:
    """The bytes as they come. TimeoutError where hardly any do."""
    total, size = answer.length, 0
    since, before = time.monotonic(), 0
    while size != total:
        chunk = answer.read1(CHUNK if total is None else min(CHUNK, total - size))
        if not chunk:
            break
        size += len(chunk)
        yield chunk
        if (seconds := time.monotonic() - since) >= timeout:
            if size - before < SLOWEST * seconds:
                raise TimeoutError(f"only {size - before} bytes came in {seconds:.0f} seconds")
            since, before = time.monotonic(), size
    if total is not None and size != total:
        raise Passing(f"{size} of {total} bytes came")


def _unpacked(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """What hosts send packed though nobody asked for it, such as a file that lies there
    as .gz; some CHUNK bytes at a time, whatever they unpack to.
    """
    if coding in ("", "identity"):
        yield from pieces
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise OSError(f"it comes packed as {coding!r:.40}, which was not asked for")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, as its head says
    for piece in pieces:
        while piece:
            yield unpacking.decompress(piece, CHUNK)
            piece = unpacking.unconsumed_tail
    yield unpacking.flush()
    if not unpacking.eof:
        raise OSError("what is packed in it breaks off")


async def fetch_async(
    url: str, limit: int = MAX_FILE, sha256: str | None = None, progress: Progress | None = None
) -> bytes:
    """`fetch`, waiting for it. Who no longer waits, by Ctrl-C or as a task that is
    cancelled, is free at once, whatever the server does.
    """
    if not IN_TAB:
        return await _in_a_thread(url, limit, sha256, progress)
    address = checked_address(url)
    tries = Tries()
    while True:
        try:
            data = await _fetched_in_tab(url, address, limit, progress)
            return _checked(url, data, limit, sha256)
        except Passing as failure:
            pause = tries.pause(failure)
            if pause is None:
                raise _failed(url, tries.said(failure)) from None
        await asyncio.sleep(pause)


async def _in_a_thread(
    url: str, limit: int, sha256: str | None, progress: Progress | None
) -> bytes:
    """`fetch` in a thread of its own, which nobody joins: one of asyncio's pool would
    hold up the end of the loop until the server has answered.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[bytes] = loop.create_future()
    over = threading.Event()

    def heard(size: int, total: int | None) -> None:
        if over.is_set():
            raise InterruptedError("nobody waits for it any more")
        if progress:
            progress(size, total)

    def settle(data: bytes, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is None:
            outcome.set_result(data)
        else:
            outcome.set_exception(error)

    def work() -> None:
        data, error = b"", None
        try:
            data = fetch(url, limit, sha256, TIMEOUT, heard, over.wait)
        except BaseException as e:  # whatever it is, who waits is to hear of it
            error = e
        with suppress(RuntimeError):  # of a loop that is closed by now
            loop.call_soon_threadsafe(settle, data, error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return await outcome
    finally:
        over.set()


async def _fetched_in_tab(url: str, address: str, limit: int, progress: Progress | None) -> bytes:
    """One try of it, by a browser."""
    from js import AbortController  # type: ignore[import-not-found]  # in a tab only
    from pyodide.http import pyfetch  # type: ignore[import-not-found]

    abort = AbortController.new()
    chunks: list[bytes] = []
    size = 0
    try:
        response = await _in_time(pyfetch(address, signal=abort.signal))
        headers = response.js_response.headers
        reason = response.status_text
        _expect_whole(url, response.status, reason, headers.get("Retry-After"))
        length = headers.get("Content-Length") or ""
        packed = headers.get("Content-Encoding")
        total = int(length) if length.isdigit() and not packed else None
        _expect_room(url, total, limit)
        reader = response.js_response.body.getReader()
        while size <= limit:
            part = await _in_time(reader.read())
            if part.done:
                break
            chunks.append(part.value.to_bytes())
            size += len(chunks[-1])
            if progress:
                progress(size, total)
    finally:
        abort.abort()
    return b"".join(chunks)


async def _in_time(promise: Any) -> Any:
    """What a browser promises, `Passing` where it breaks that or takes too long."""
    from pyodide.ffi import JsException  # type: ignore[import-not-found]

    try:
        return await asyncio.wait_for(promise, TIMEOUT)
    except (OSError, JsException) as e:
        raise Passing(_said(e)) from None


def checked_address(url: str) -> str:
    """The address as it is asked for. ValueError where it is none of http(s)."""
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError
        _ = parts.port, parts.hostname.encode("idna")  # ValueError where it has none
        path, query = (quote(part, safe=string.punctuation) for part in parts[2:4])
        return parts._replace(path=path, query=query, fragment="").geturl()
    except ValueError:
        raise ValueError(f"expected an http(s) URL, got {url!r:.200}") from None


def _failed(url: str, why: object) -> Unreachable:
    return Unreachable(f"could not fetch {shown(url)}: {shown(_said(why)[:200])}")


def _said(why: object) -> str:
    return " ".join(str(why).split()) or type(why).__name__


def _checked(url: str, data: bytes, limit: int, sha256: str | None) -> bytes:
    if len(data) > limit:
        raise FormatError(f"{url} has more than the {limit} bytes that are read")
    if sha256 is not None and (came := hashlib.sha256(data).hexdigest()) != sha256:
        kind = f"{NO_FILE}; " if looks_like_html(data) else ""
        raise FormatError(
            f"{url} is not the file that was expected: {kind}sha256 {came}, expected {sha256}"
        )
    return data
