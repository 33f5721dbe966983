"""host/stores/http: servers as they are. Each answer is what was asked for, or ends in
one sentence that names the address, soon.
"""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pywebml import load_model
from pywebml.host.stores.http import MAX_REDIRECTS, fetch

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


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        from urllib.parse import unquote

        path = unquote(self.path).strip("/")
        self.close_connection = True
        if path == "silent":
            time.sleep(1.5)
        elif path in ("dripping", "endless-redirect"):
            self._drip(answer(b"", b"") if path == "dripping" else moved("/length"))
        else:
            self.wfile.write(ANSWERS[path][0])

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
def test_a_server_that_is_too_slow(url: str, path: str, said: str) -> None:
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
