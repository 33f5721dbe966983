"""`page serve`: a built page on this machine, with the headers that it wants from any
host.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from .policy import POLICY

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg",
}  # fmt: skip
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# folders that `build` names after their content
_FOR_GOOD = re.compile(r"^/[\w.]+-(?:[0-9a-f]{10}|\d+\.\d+\.\d+)/")


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of the files in `server.folder`."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        file = self._file(path)
        if file is None:
            self._missing(path, body)
            return
        headers = {
            "Content-Type": TYPES.get(file.suffix, "application/octet-stream"),
            "Cache-Control": (
                "public, max-age=31536000, immutable" if _FOR_GOOD.match(path) else "no-cache"
            ),
            "Vary": "Accept-Encoding",
        }
        accepted = {
            part.split(";")[0].strip()
            for part in self.headers.get("Accept-Encoding", "").split(",")
        }
        for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
            small = file.with_name(file.name + suffix)
            if encoding in accepted and small.is_file():
                headers["Content-Encoding"] = encoding
                file = small
                break
        try:
            data = file.read_bytes()
        except OSError:  # the page is being built anew, or may not be read
            self._missing(path, body)
            return
        self._send(200, headers, data, body)

    def _missing(self, path: str, body: bool) -> None:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        self._send(404, headers, f"no file {path}\n".encode(errors="replace"), body)

    def _file(self, path: str) -> Path | None:
        """The file of a URL path, or None: nothing outside of the folder, no dot files."""
        parts = PurePosixPath("/" + path).parts[1:]
        if "\0" in path or "\\" in path or any(part.startswith(".") for part in parts):
            return None
        file = self.server.folder.joinpath(*parts)
        # False for impossible names, too
        file = file / "index.html" if os.path.isdir(file) else file
        return file if os.path.isfile(file) else None

    def _send(self, status: int, headers: dict[str, str], data: bytes, body: bool) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, **headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            with contextlib.suppress(ConnectionError):  # the browser went away
                self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the address is printed once, by the command."""


class Server(ThreadingHTTPServer):
    """Serves `folder` on 127.0.0.1; port 0 takes a free one. FileNotFoundError where
    the folder holds no built page.
    """

    daemon_threads = True

    def __init__(self, folder: str | Path, port: int = 8000, handler: type[Handler] = Handler):
        self.folder = Path(folder).resolve()
        if not (self.folder / "sw.js").is_file():
            raise FileNotFoundError(
                f"{folder} holds no page; run: python -m pywebml page build --out {folder}"
            )
        super().__init__(("127.0.0.1", port), handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request: Any, client_address: object) -> None:
        """A tab that is closed while it loads is no error of the server's."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
