"""The server of `page serve`, asked by sockets."""

from __future__ import annotations

import socket
import struct
import threading
from pathlib import Path

import pytest

from pywebml.site.serve import Server


def test_a_tab_that_closes_early_is_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sw.js").write_text("// nothing")
    server = Server(tmp_path, 0)
    server.daemon_threads = False  # closing it waits for its threads
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with socket.create_connection(("127.0.0.1", server.server_port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sendall(b"GET /sw.js HTTP/1.1\r\n\r\n")
        while b"// nothing" not in client.recv(1 << 16):
            pass
    server.shutdown()
    server.server_close()
    assert capsys.readouterr().err == ""
