"""`page serve`: a built page on this machine, with the headers that it wants from any
host.

Whoever can reach the port may be slow, or hostile: a page of another site that has its
own name lead to 127.0.0.1 (DNS rebinding), a program that opens connections and says
nothing. So a host's name must be this machine's, every wait has an end, and so has the
number of connections.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, ClassVar
from urllib.parse import unquote, urlsplit

from ..host.integrity import allowing
from .installed import LANDS, SHARED
from .policy import POLICY

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg",
}  # fmt: skip
_POLICY = "Content-Security-Policy"
HEADERS = {
    _POLICY: POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# folders that `build` names after their content
_FOR_GOOD = re.compile(r"^/[\w.]+-(?:[0-9a-f]{10}|\d+\.\d+\.\d+)/")
_THIS_MACHINE = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE)
CHUNK = 1 << 18  # bytes of a file that are in memory at a time
MOST_SHARED = 64 << 20  # bytes that are read, to be dropped


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of the files in `server.folder`; nothing that is sent here is kept."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "pywebml", ""
    default_request_version = "HTTP/1.0"  # so that each answer has its headers
    always: ClassVar = HEADERS
    server: Server
    # an answer's head and body are two packets: the second would wait until the browser
    # has acknowledged the first, 40 ms
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_POST(self) -> None:
        """A picture that was shared with the installed pages, while no service worker
        was there to take it in the browser: it is read to its end, so that the browser
        hears the answer, and dropped.
        """
        self.close_connection = True
        if urlsplit(self.path).path != f"/{SHARED}":
            self.send_error(501)
            return
        if not self._is_asked_for(body=True):
            return
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > MOST_SHARED:
            self._say(
                413, f"at most {MOST_SHARED >> 20} MiB are shared, and their length said", True
            )
            return
        left = int(length)
        with contextlib.suppress(OSError):
            while left and (dropped := self.rfile.read(min(CHUNK, left))):
                left -= len(dropped)
        self._send(303, {"Location": f"/{LANDS}#shared"}, io.BytesIO(), 0, body=False)

    def _answer(self, body: bool) -> None:
        self.server.renew(self.connection)
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # what follows the head would be read as the next one
        if not self._is_asked_for(body):
            return
        path = unquote(urlsplit(self.path).path)
        file = self._file(path)
        if file is None:
            self._say(404, f"no file {path}", body)
            return
        headers = {
            "Content-Type": TYPES.get(file.suffix, "application/octet-stream"),
            "Cache-Control": (
                "public, max-age=31536000, immutable" if _FOR_GOOD.match(path) else "no-cache"
            ),
            "Vary": "Accept-Encoding",
            **self._own_policy(file),
        }
        accepted = {
            part.split(";")[0].strip()
            for part in self.headers.get("Accept-Encoding", "").split(",")
        }
        for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
            small = self._inside(file.with_name(file.name + suffix))
            if encoding in accepted and small is not None:
                headers["Content-Encoding"] = encoding
                file = small
                break
        try:
            data = file.open("rb")
        except OSError:  # the page is being built anew, or may not be read
            self._say(404, f"no file {path}", body)
            return
        with data:
            self._send(200, headers, data, os.fstat(data.fileno()).st_size, body)

    def _own_policy(self, file: Path) -> dict[str, str]:
        """Of a page: it lets in the import map that stands there."""
        if file.suffix != ".html":
            return {}
        with contextlib.suppress(OSError):  # what is not to be read is said by who opens it
            html = file.read_text(encoding="utf-8", errors="replace")
            return {_POLICY: allowing(self.always[_POLICY], html)}
        return {}

    def _is_asked_for(self, body: bool) -> bool:
        """Whether it is this page that a request is for; if not, that is said."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1:
            self._say(400, "a request names one host", body)
            return False
        if not _THIS_MACHINE.fullmatch(hosts[0]):
            self._say(421, f"this page is at {self.server.url}, for this machine alone", body)
            return False
        return True

    def _file(self, path: str) -> Path | None:
        """The file of a URL path, or None: nothing outside of the folder, no dot files."""
        parts = PurePosixPath("/" + path).parts[1:]
        if "\0" in path or "\\" in path or any(part.startswith(".") for part in parts):
            return None
        file = self.server.folder.joinpath(*parts)
        # False for impossible names, too
        return self._inside(file / "index.html" if os.path.isdir(file) else file)

    def _inside(self, file: Path) -> Path | None:
        """A file where its links lead; None where that is outside of the folder, or no
        file.
        """
        if not os.path.isfile(file):
            return None
        real = file.resolve()
        return file if real.is_relative_to(self.server.folder) else None

    def _say(self, status: int, sentence: str, body: bool) -> None:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        words = f"{sentence}\n".encode(errors="replace")
        self._send(status, headers, io.BytesIO(words), len(words), body)

    def _send(
        self, status: int, headers: dict[str, str], data: BinaryIO, size: int, body: bool
    ) -> None:
        self.send_response(status)
        for name, value in {**self.always, **headers, "Content-Length": str(size)}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        try:
            self.end_headers()
            if body:
                self._send_body(data, size)
            self.server.renew(self.connection)
        except OSError:  # the browser went away, or takes nothing more
            self.close_connection = True

    def _send_body(self, data: BinaryIO, size: int) -> None:
        """So much of a file, which another program may be changing."""
        while size and (chunk := data.read(min(CHUNK, size))):
            self.wfile.write(chunk)
            self.server.renew(self.connection)
            size -= len(chunk)
        if size:
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server finds wrong with a request: nothing that follows it counts."""
        self.close_connection = True
        self._say(code, message or self.responses[code][0], self.command != "HEAD")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the address is printed once, by the command."""


class Server(ThreadingHTTPServer):
    """Serves `folder` on 127.0.0.1; port 0 takes a free one. FileNotFoundError where
    the folder holds no built page.

    A request has `patience` seconds to come, and each CHUNK of an answer has as many to
    be taken. Of `most` connections the one that has rested the longest makes room for
    the next.
    """

    daemon_threads = True
    request_queue_size = 128
    patience = 20.0
    most = 128

    def __init__(self, folder: str | Path, port: int = 8000, handler: type[Handler] = Handler):
        self.folder = Path(folder).resolve()
        if not (self.folder / "sw.js").is_file():
            raise FileNotFoundError(
                f"{folder} holds no page; run: python -m pywebml page build --out {folder}"
            )
        self._ends: dict[socket.socket, float] = {}  # who has rested the longest first
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            if len(self._ends) >= self.most:
                self._hang_up(next(iter(self._ends)))
            self._ends[request] = time.monotonic() + self.patience
        super().process_request(request, client_address)

    def renew(self, connection: socket.socket) -> None:
        """Something came of it: its time begins anew."""
        with self._lock:
            if self._ends.pop(connection, None) is not None:
                self._ends[connection] = time.monotonic() + self.patience

    def service_actions(self) -> None:
        """Every half second: hangs up on those whose time is over."""
        now = time.monotonic()
        with self._lock:
            for connection in [one for one, end in self._ends.items() if end < now]:
                self._hang_up(connection)

    def _hang_up(self, connection: socket.socket) -> None:
        """Its thread, which reads or writes, sees the end of it."""
        del self._ends[connection]
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._ends.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: object) -> None:
        """A tab that is closed while it loads is no error of the server's."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
