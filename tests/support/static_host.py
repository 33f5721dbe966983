"""A plain static host of the built page, as most are: no headers of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pywebml.site.serve import TYPES

HALT = 0.8  # seconds
PART = 1 << 16  # bytes that a slow line takes at once


@dataclass
class Host:
    """A plain static host: no headers but the type, and `max_age` for all files."""

    folder: Path
    max_age: int = 600
    missing: set[str] = field(default_factory=set)
    """Starts of paths that are not there (yet)."""
    other: bool = False
    """Whether another program answers on this port."""
    halting: bytes = b""
    """Before what in a page it halts, as a slow connection does."""
    rate: float = 0
    """Bytes a second of all answers together, as of a slow line; 0 is as fast as it
    goes. (Chromium's own throttling stands still for good in one of a hundred visits.)
    """
    asked: list[str] = field(default_factory=list)
    sent: int = 0
    url: str = ""
    line: Any = field(default_factory=threading.Lock)

    def file(self, path: str) -> Path | None:
        file = self.folder / unquote(urlsplit(path).path).lstrip("/")
        file = file / "index.html" if file.is_dir() else file
        name = file.relative_to(self.folder).as_posix()
        gone = any(name.startswith(start) for start in self.missing)
        return file if file.is_file() and not gone else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer takes 40 ms
    host: Host

    def do_GET(self) -> None:
        host = self.host
        host.asked.append(self.path)
        if host.other:
            status, kind, data = 200, "text/html", b"<!doctype html><title>another</title>another"
        elif file := host.file(self.path):
            kind = TYPES.get(file.suffix, "application/octet-stream")
            status, data = 200, file.read_bytes()
        else:
            status, kind, data = 404, "text/plain", b"not found"
        host.sent += len(data)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", f"max-age={host.max_age}")
        self.end_headers()
        before, mark, after = data.partition(host.halting or data)
        self._send(before)
        if before and mark:
            self.wfile.flush()
            time.sleep(HALT)
        self._send(mark + after)

    def _send(self, data: bytes) -> None:
        step = PART if self.host.rate else len(data) or 1
        for start in range(0, len(data), step):
            part = data[start : start + step]
            if self.host.rate:
                with self.host.line:
                    time.sleep(len(part) / self.host.rate)
            self.wfile.write(part)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def hosted(folder: Path, max_age: int = 600) -> Iterator[Host]:
    host = Host(folder, max_age)
    handler = type("Handler", (_Handler,), {"host": host})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        host.url = f"http://127.0.0.1:{server.server_port}/"
        yield host
        server.shutdown()
