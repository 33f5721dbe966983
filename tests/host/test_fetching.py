"""host/stores/http: servers as they are. Each answer is what was asked for, or ends in
one sentence that names the address, soon.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pywebml import load_model
from pywebml.host.files import FormatError
from pywebml.host.stores import retrying
from pywebml.host.stores.http import MAX_REDIRECTS, fetch, fetch_async

GOOD = b"good" * 2000
PACKED = gzip.compress(GOOD)
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


def answer(head: bytes, body: bytes = GOOD) -> bytes:
    return OK + head + b"\r\n" + body


def chunked(size: int, body: bytes = GOOD, end: bytes = b"\r\n0\r\n\r\n") -> bytes:
    return b"%x\r\n" % size + body + end


def moved(location: str) -> bytes:
    return (
        b"HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: " + location.encode() + b"\r\n\r\n"
    )


CHUNKS = b"Transfer-Encoding: chunked\r\n"
ANSWERS = {  # path: (what is sent, what is said of it, "" where it is GOOD)
    "length": (answer(b"Content-Length: %d\r\n" % len(GOOD)), ""),
    "no-length": (answer(b""), ""),
    "odd-length": (answer(b"Content-Length: \xb2\r\n"), ""),
    "endless-length": (answer(b"Content-Length: " + b"9" * 5000 + b"\r\n"), ""),
    "negative-length": (answer(b"Content-Length: -5\r\n"), ""),
    "long-length": (answer(b"Content-Length: 9999\r\n"), "8000 of 9999 bytes came"),
    "chunks": (answer(CHUNKS, chunked(len(GOOD))), ""),
    "chunks-and-length": (answer(CHUNKS + b"Content-Length: 7\r\n", chunked(len(GOOD))), ""),
    "chunks-cut": (answer(CHUNKS, chunked(9000, end=b"")), "breaks off after 8000 bytes"),
    "chunks-odd": (answer(CHUNKS, b"zz\r\n"), "breaks off after 0 bytes"),
    "gzip": (answer(b"Content-Encoding: gzip\r\n", PACKED), ""),
    "gzip-length": (
        answer(b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(PACKED), PACKED),
        "",
    ),
    "deflate": (answer(b"Content-Encoding: deflate\r\n", zlib.compress(GOOD)), ""),
    "gzip-cut": (answer(b"Content-Encoding: gzip\r\n", PACKED[:-10]), "breaks off"),
    "gzip-not": (answer(b"Content-Encoding: gzip\r\n"), "incorrect header check"),
    "brotli": (answer(b"Content-Encoding: br\r\n"), "packed as 'br', which was not asked for"),
    "later": (b"HTTP/1.1 202 Accepted\r\n\r\nsoon", "it answers 202 Accepted"),
    "nothing": (b"HTTP/1.1 204 No Content\r\n\r\n", "it answers 204 No Content"),
    "part": (b"HTTP/1.1 206 Partial Content\r\n\r\ngood", "it answers 206 Partial Content"),
    "unchanged": (b"HTTP/1.1 304 Not Modified\r\n\r\n", "it answers 304 Not Modified"),
    "range": (b"HTTP/1.1 416 Range Not Satisfiable\r\n\r\n", "it answers 416 Range Not"),
    "bare": (b"HTTP/1.1 503\r\n\r\n", "it answers 503"),
    "colours": (b"HTTP/1.1 500 \x1b[31m\x07" + b"x" * 999 + b"\r\n\r\n", r"500 \x1b[31m\x07x"),
    "no-http": (b"SSH-2.0-OpenSSH\x00\r\n", r"SSH-2.0-OpenSSH\x00"),
    "closed": (b"", "closed connection without response"),
    "headers": (answer(b"A: b\r\n" * 300), "more than 100 headers"),
    "circle": (moved("/circle"), f"redirects {MAX_REDIRECTS} times, perhaps in a circle"),
    "to-good": (moved("/length"), ""),
    "to-letters": (moved("/größe ü"), ""),
    "größe ü": (answer(b""), ""),
    "to-ftp": (moved("ftp://127.0.0.1/x"), "to 'ftp://127.0.0.1/x', which is not followed"),
    "to-file": (moved("file:///etc/passwd"), "to 'file:///etc/passwd', which is not followed"),
    "to-nowhere": (moved(""), "to '', which is not followed"),
    "to-bad": (moved("http://[bad/"), "Invalid IPv6 URL"),
    "to-port": (moved("http://127.0.0.1:port/"), "nonnumeric port"),
}


AT_FIRST: dict[str, list[bytes]] = {}
"""{path: what is sent before what ANSWERS has}."""
ASKED: list[str] = []
"""What was asked for, in order."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        from urllib.parse import unquote

        path = unquote(self.path).strip("/")
        ASKED.append(path)
        self.close_connection = True
        if path == "silent":
            time.sleep(1.5)
        elif path == "mute":
            time.sleep(4)
        elif path in ("dripping", "endless-redirect"):
            self._drip(answer(b"", b"") if path == "dripping" else moved("/length"))
        else:
            self.wfile.write(AT_FIRST[path].pop(0) if AT_FIRST.get(path) else ANSWERS[path][0])

    def _drip(self, head: bytes) -> None:
        try:
            self.wfile.write(head)
            for _ in range(60):
                time.sleep(0.1)
                self.wfile.write(b"x")
        except OSError:
            pass  # nobody listens any more

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for the next try."""
    monkeypatch.setattr(retrying, "FIRST", 0.001)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("path", ANSWERS)
def test_what_a_server_answers(url: str, path: str) -> None:
    said = ANSWERS[path][1]
    if not said:
        assert fetch(url + path) == GOOD
        return
    with pytest.raises(ConnectionError) as refused:
        fetch(url + path)
    sentence = str(refused.value)
    assert sentence.startswith(f"could not fetch {url}{path}: ") and said in sentence
    assert sentence.isprintable() and len(sentence) < 400


@pytest.mark.parametrize(
    ("path", "said"), [("silent", "timed out"), ("dripping", r"only \d+ bytes came in 1 seconds")]
)
def test_a_server_that_is_too_slow(
    url: str, path: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "TRIES", 2)
    since = time.monotonic()
    with pytest.raises(ConnectionError, match=said):
        fetch(url + path, timeout=1.0)
    assert time.monotonic() - since < 15


def test_what_comes_with_a_redirect_is_not_waited_for(url: str) -> None:
    since = time.monotonic()
    assert fetch(f"{url}endless-redirect") == GOOD
    assert time.monotonic() - since < 15


def test_a_packed_answer_is_bounded(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = answer(b"Content-Encoding: gzip\r\n", gzip.compress(bytes(50 << 20)))
    monkeypatch.setitem(ANSWERS, "bomb", (bomb, ""))
    taken: list[int] = []
    with pytest.raises(ValueError, match="more than the 1048576 bytes"):
        fetch(f"{url}bomb", 1 << 20, progress=lambda size, total: taken.append(size))
    assert max(taken) <= 1 << 20


@pytest.mark.parametrize(
    "address",
    ["http://", "http:///x", "http://[bad/x", "http://h:port/", "http://h:99999/", "ftp://h/x",
     f"http://{'a' * 300}/x", "http://a..b/x", "model.json"],
)  # fmt: skip
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match=r"expected an http\(s\) URL, got '") as refused:
        fetch(address)
    assert str(refused.value).isprintable()


def test_addresses_as_people_paste_them(url: str) -> None:
    assert fetch(f"{url}größe ü#part".replace("http", "HTTP")) == GOOD


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "is not JSON: it is a web page, as hosts send"),
        (b"\xef\xbb\xbf\n<html>", "is not JSON: it is a web page"),
        (b"", "is not JSON: it is empty"),
    ],
)
def test_another_file_in_a_model_s_place(
    url: str, monkeypatch: pytest.MonkeyPatch, body: bytes, said: str
) -> None:
    monkeypatch.setitem(ANSWERS, "model.json", (answer(b"", body), ""))
    with pytest.raises(ValueError, match=said):
        load_model(f"{url}model.json")
    if body:
        with pytest.raises(ValueError, match="not the file that was expected: it is a web page"):
            fetch(f"{url}model.json", sha256="0" * 64)


def status(line: str, head: str = "") -> bytes:
    return f"HTTP/1.1 {line}\r\n{head}Connection: close\r\n\r\n".encode()


PASSING = {
    "503": status("503 Service Unavailable"),
    "500": status("500 Internal Server Error"),
    "429": status("429 Too Many Requests", "Retry-After: 0\r\n"),
    "a date that is past": status("503 Busy", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n"),
    "a connection that is closed": b"",
    "an answer that breaks off": answer(b"Content-Length: 9999\r\n"),
    "chunks that break off": answer(CHUNKS, chunked(9000, end=b"")),
}


@pytest.mark.parametrize("failure", PASSING)
def test_what_passes_is_tried_again(
    url: str, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(AT_FIRST, "length", [PASSING[failure]] * 2)
    ASKED.clear()
    assert fetch(f"{url}length") == GOOD
    assert ASKED == ["length"] * 3
    monkeypatch.setitem(AT_FIRST, "length", [PASSING[failure]] * 9)
    with pytest.raises(ConnectionError, match=r"\(tried 4 times\)$"):
        fetch(f"{url}length")
    assert len(AT_FIRST["length"]) == 5


@pytest.mark.parametrize("line", ["404 Not Found", "403 Forbidden", "401 Unauthorized", "410 Gone"])
def test_what_stays_as_it_is_is_asked_once(
    url: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(AT_FIRST, "length", [status(line)])
    ASKED.clear()
    with pytest.raises(ConnectionError, match=f"it answers {line}$"):
        fetch(f"{url}length")
    assert ASKED == ["length"]


def test_a_server_is_waited_for_as_long_as_it_asks(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    later = status("429 Too Many Requests", "Retry-After: 7\r\n")
    monkeypatch.setitem(AT_FIRST, "length", [later, PASSING["503"]])
    assert fetch(f"{url}length", wait=waits.append) == GOOD
    assert 7 <= waits[0] < 7.1 and waits[1] < 0.1
    much_later = status("503 Busy", "Retry-After: 3600\r\n")
    monkeypatch.setitem(AT_FIRST, "length", [much_later])
    with pytest.raises(ConnectionError, match="503 Busy, and asks to come back in 3600 seconds"):
        fetch(f"{url}length", wait=waits.append)
    assert len(waits) == 2


def test_pauses_grow_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST", 1.0)
    drawn = []
    for _ in range(20):
        tries = retrying.Tries()
        drawn.append([tries.pause(retrying.Passing("x")) for _ in range(retrying.TRIES)])
    assert all(0.5 <= a <= 1 and 1 <= b <= 2 and 2 <= c <= 4 and d is None for a, b, c, d in drawn)
    assert len({a for a, *_ in drawn}) > 10


def test_nothing_is_tried_again_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = retrying.Tries()
    now = time.monotonic()
    monkeypatch.setattr(retrying.time, "monotonic", lambda: now + 61)
    assert tries.pause(retrying.Passing("timed out")) is None


def test_what_is_too_large_is_refused_before_it_comes(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    head = b"Content-Length: 5000000000\r\n"
    monkeypatch.setitem(ANSWERS, "huge", (answer(head, b"x" * 100), ""))
    with pytest.raises(FormatError, match="huge has 5000000000 bytes, more than the 1073741824"):
        fetch(f"{url}huge", progress=lambda size, total: heard.append(size))
    assert heard == []


def test_progress_has_bytes_and_their_number_where_it_is_said(url: str) -> None:
    heard: list[tuple[int, int | None]] = []
    fetch(f"{url}length", progress=lambda size, total: heard.append((size, total)))
    assert heard[-1] == (len(GOOD), len(GOOD))
    fetch(f"{url}no-length", progress=lambda size, total: heard.append((size, total)))
    assert heard[-1] == (len(GOOD), None)


def test_what_the_listener_raises_ends_it(url: str) -> None:
    def stop(size: int, total: int | None) -> None:
        raise OSError("enough")

    with pytest.raises(OSError, match=r"^enough$"):
        fetch(f"{url}length", progress=stop)
    with pytest.raises(OSError, match=r"^enough$"):
        asyncio.run(fetch_async(f"{url}length", progress=stop))


def test_a_task_that_is_cancelled_is_free_at_once(url: str) -> None:
    async def job() -> float:
        task = asyncio.create_task(fetch_async(f"{url}silent"))
        await asyncio.sleep(0.2)
        task.cancel()
        since = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        return since

    since = asyncio.run(job())
    assert time.monotonic() - since < 0.5


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal for one process")
@pytest.mark.parametrize("path", ["mute", "dripping"])
def test_ctrl_c_ends_a_command_whatever_a_server_does(url: str, path: str) -> None:
    # a shell's job in the background, as these tests may be one, is started deaf to it
    listens = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    begin = f"{listens}; from pywebml.cli import main; raise SystemExit(main())"
    command = [sys.executable, "-c", begin, "inspect", f"{url}{path}"]
    ASKED.clear()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while path not in ASKED:
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(0.2)
        since = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert time.monotonic() - since < 4  # 0.3 s; they answer or end after 6 s and more
    assert process.returncode == 130 and "stopped by Ctrl-C" in said
