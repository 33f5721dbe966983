"""A small model's files, a server of them, and both as a source of the zoo's."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pywebml import Sequential, layers
from pywebml.zoo import sources
from pywebml.zoo.fetch import content_sha256


def net() -> Sequential:
    return Sequential([layers.Dense(64, input_shape=(64,), name="line")], name="m")


@contextmanager
def served(files: dict[str, bytes], seconds: float = 0.0) -> Iterator[str]:
    """The address of a server of these files, which takes its time."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = files[self.path.strip("/")]
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            time.sleep(seconds)
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def source_of(kind: str, files: dict[str, bytes], url: str = "") -> sources.Source:
    """The model of the files as a source: its folder, or its weights alone."""
    sha256 = hashlib.sha256(files["weights.bin"]).hexdigest()
    if kind == "file":
        return sources.WeightsFile(name="m", file="w.bin", sha256=sha256, url=f"{url}weights.bin")
    topology = content_sha256(files["model.json"])
    return sources.LayersModel(
        name="m", sha256=sha256, url=f"{url}model.json", topology_sha256=topology
    )
