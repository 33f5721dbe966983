"""The server of `page serve`, asked by sockets: by a tab that goes away, by clients that
say nothing, half of it or too much, and by names that are not this machine's.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pywebml.site.serve import MOST_SHARED, Handler, Server

ASK = b"GET /sw.js HTTP/1.1\r\nHost: localhost\r\n"
LARGE = 30_000_000  # bytes, far beyond what a connection holds by itself


class Hasty(Server):
    """A server whose patience is over within a test."""

    patience = 0.5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "sw.js").write_text("// nothing")
    return tmp_path / "page"


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    with serving(Hasty(folder, 0)) as server:
        yield server


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.server_port), timeout=10)


def answer(server: Server, request: bytes) -> bytes:
    """All that comes back until the server hangs up."""
    with connect(server) as client:
        client.sendall(request)
        parts = []
        while part := client.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def received(client: socket.socket) -> int:
    """How many bytes come until the server hangs up."""
    count = 0
    with contextlib.suppress(ConnectionError):
        while part := client.recv(1 << 20):
            count += len(part)
    return count


def handlers() -> int:
    return sum("process_request_thread" in thread.name for thread in threading.enumerate())


def all_handlers_end() -> bool:
    end = time.monotonic() + 5
    while handlers() and time.monotonic() < end:
        time.sleep(0.02)
    return not handlers()


def test_a_tab_that_closes_early_is_no_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Server(folder, 0)
    server.daemon_threads = False  # closing it waits for its threads
    with serving(server), connect(server) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(ASK + b"\r\n")
        while b"// nothing" not in client.recv(1 << 16):
            pass
    assert capsys.readouterr().err == ""


def test_200_connections_that_say_nothing_lock_nobody_out(server: Server) -> None:
    """Nor do those that begin to ask: a visitor is answered at once, there are never more
    threads than connections allowed, and soon there are none.
    """
    with ExitStack() as clients:
        for i in range(200):
            client = clients.enter_context(connect(server))
            client.sendall((b"", b"GET /sw", ASK)[i % 3])
        began = time.monotonic()
        assert answer(server, ASK + b"Connection: close\r\n\r\n").endswith(b"// nothing")
        assert time.monotonic() - began < 2
        assert handlers() <= server.most + 8  # some may be just ending
        assert all_handlers_end()


def test_a_head_that_comes_byte_by_byte_has_its_end(server: Server) -> None:
    """Each byte is no reason to wait anew."""
    began = time.monotonic()
    with connect(server) as client, contextlib.suppress(OSError):
        while time.monotonic() - began < 5:
            client.sendall(b"G")
            time.sleep(0.02)
    assert time.monotonic() - began < 3


def test_an_answer_that_is_not_taken_has_its_end(folder: Path) -> None:
    """And no more of a file is in memory than a chunk of it."""
    with (folder / "large.bin").open("wb") as file:
        file.truncate(LARGE)
    with serving(Hasty(folder, 0)) as server, ExitStack() as clients:
        slow = [clients.enter_context(connect(server)) for _ in range(20)]
        for client in slow:
            client.sendall(ASK.replace(b"sw.js", b"large.bin") + b"\r\n")
        assert slow[-1].recv(1, socket.MSG_PEEK)
        assert all_handlers_end()
        assert all(received(client) < LARGE for client in slow)
        whole = answer(server, ASK.replace(b"sw.js", b"large.bin") + b"Connection: close\r\n\r\n")
    assert len(whole) > LARGE


def test_one_connection_answers_request_after_request(folder: Path) -> None:
    """Longer than patience: what is answered begins anew."""
    server = Server(folder, 0)
    server.patience = 1.0
    with serving(server), connect(server) as client:
        for _ in range(4):
            client.sendall(ASK + b"\r\n")
            told = b""
            while b"// nothing" not in told:
                told += client.recv(1 << 16)
            time.sleep(0.4)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"Host: 127.0.0.1:8000\r\n", b"200"),
        (b"Host: LOCALHOST\r\n", b"200"),
        (b"Host: [::1]:1\r\n", b"200"),
        (b"Host: evil.example\r\n", b"421"),
        (b"Host: evil.example:8000\r\n", b"421"),
        (b"Host: localhost.evil.example\r\n", b"421"),
        (b"Host: 127.0.0.1.nip.example\r\n", b"421"),
        (b"Host: localhost@evil.example\r\n", b"421"),
        (b"Host: \r\n", b"421"),
        (b"", b"400"),
        (b"Host: localhost\r\nHost: evil.example\r\n", b"400"),
    ],
)
def test_whose_name_it_is_asked_by(server: Server, host: bytes, status: bytes) -> None:
    """A name of another site that leads here makes nothing of this page's readable."""
    got = answer(server, b"GET /sw.js HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")
    assert got.split()[1] == status
    assert (b"// nothing" in got) == (status == b"200")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (ASK + b"X: " + b"a" * 70_000 + b"\r\n\r\n", b"431"),
        (ASK + b"X: a\r\n" * 200 + b"\r\n", b"431"),
        (b"GET /sw.js HTTP/9.9\r\n\r\n", b"505"),
        (b"POST /sw.js HTTP/1.1\r\nHost: localhost\r\n\r\n", b"501"),
        (b"<script>1</script> / HTTP/1.1\r\n\r\n", b"501"),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_request_is_refused(server: Server, request_: bytes, status: bytes) -> None:
    """As plain text, with the headers of all answers, and nothing after it counts."""
    got = answer(server, request_)
    assert got.split()[1] == status
    head = got.split(b"\r\n\r\n")[0]
    assert b"text/plain" in head and b"nosniff" in head and b"Connection: close" in head
    assert got.count(b"HTTP/1.1 ") == 1


def test_a_body_is_no_further_request(server: Server) -> None:
    inner = ASK + b"\r\n"
    length = f"Content-Length: {len(inner)}\r\n\r\n".encode()
    assert answer(server, ASK + length + inner).count(b"HTTP/1.1 ") == 1


def shared(length: int, path: str = "share", host: str = "localhost") -> bytes:
    head = f"POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n"
    return head.encode()


def test_what_is_shared_with_it_is_dropped(folder: Path, server: Server) -> None:
    """A picture that no service worker has taken in the browser: the page says so."""
    before = sorted(folder.iterdir())
    got = answer(server, shared(1 << 20) + bytes(1 << 20))
    assert got.split()[1] == b"303"
    assert b"\r\nLocation: /classify.html#shared\r\n" in got
    assert b"Connection: close" in got and got.endswith(b"\r\n\r\n")
    assert sorted(folder.iterdir()) == before
    assert answer(server, shared(MOST_SHARED + 1)).split()[1] == b"413"
    assert answer(server, shared(1, path="shared") + b"x").split()[1] == b"501"
    assert answer(server, shared(1, host="evil.example") + b"x").split()[1] == b"421"
    chunked = b"POST /share HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert answer(server, chunked).split()[1] == b"413"


def test_links_lead_nowhere_else(folder: Path, server: Server) -> None:
    """Inside the folder they may; a compressed form is no way out, either."""
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret")
    (folder / "own.txt").symlink_to(folder / "sw.js")
    (folder / "file.txt").symlink_to(outside / "secret.txt")
    (folder / "folder").symlink_to(outside)
    (folder / "sw.js.gz").symlink_to(outside / "secret.txt")
    (folder / "loop").symlink_to(folder / "loop")
    end = b"Connection: close\r\nAccept-Encoding: gzip\r\n\r\n"
    paths = (b"file.txt", b"folder/secret.txt", b"loop", b"folder", b"own.txt", b"sw.js")
    answers = [answer(server, ASK.replace(b"sw.js", path) + end) for path in paths]
    assert [got.split()[1] for got in answers] == [b"404"] * 4 + [b"200"] * 2
    assert not any(b"secret\n" in got or got.endswith(b"secret") for got in answers)


def test_no_part_of_an_answer_waits_for_the_one_before_it(folder: Path) -> None:
    """Head and body are two packets, and 40 ms would lie between them."""
    at_once: list[int] = []

    class Asked(Handler):
        def do_GET(self) -> None:
            at_once.append(self.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            super().do_GET()

    with serving(Server(folder, 0, Asked)) as server:
        assert b"// nothing" in answer(server, ASK + b"Connection: close\r\n\r\n")
    assert at_once == [1]
