"""What `page serve --federation` passes on, and what it does not."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from pywebml.formats.wire import flower
from pywebml.host.stores.http import post
from pywebml.site.federation import passing_on
from pywebml.site.serve import Server

SIGNED = dict.fromkeys(flower.SIGNED, "x")


class Link(BaseHTTPRequestHandler):
    """Stands for Flower's server: says back what it was asked."""

    asked: ClassVar[list[tuple[str, bytes, dict[str, str]]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.path, body, dict(self.headers)))
        status = 401 if body == b"no" else 200
        self.send_response(status)
        self.send_header("Set-Cookie", "a=b")
        self.end_headers()
        self.wfile.write(b"said " + body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def page(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "sw.js").write_text("// nothing")
    Link.asked.clear()
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Link)) as link:
        handler = passing_on(f"http://127.0.0.1:{link.server_port}")
        with serving(Server(tmp_path, 0, handler)) as server:
            yield server.url.rstrip("/")


def asked(page: str, path: str, body: bytes = b"a", **headers: str) -> tuple[int, bytes]:
    every = {"Content-Type": flower.TYPE, "Origin": page, **SIGNED}
    every |= {name.replace("_", "-"): value for name, value in headers.items()}
    return post(f"{page}{path}", body, every, 1 << 20)


def test_a_federation_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    """Who signed it is said; else, and by another one, nothing is passed on."""
    (tmp_path / "sw.js").write_text("// nothing")
    pytest.importorskip("cryptography", reason="makes keys; Flower brings it")
    from own_keys import own_keys

    keys = own_keys(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys.certificate, keys.key)
    link = ThreadingHTTPServer(("127.0.0.1", 0), Link)
    link.socket = context.wrap_socket(link.socket, server_side=True)
    link.handle_error = lambda *about: None  # type: ignore[method-assign]
    with serving(link):
        address = f"https://127.0.0.1:{link.server_port}"
        outcomes = []
        for authority in (str(keys.authority), None):
            with serving(Server(tmp_path, 0, passing_on(address, authority))) as server:
                outcomes.append(asked(server.url.rstrip("/"), flower.PLACE + flower.CALLS[0]))
    assert outcomes[0] == (200, b"said a")
    assert outcomes[1][0] == 502 and b"certificate" in outcomes[1][1]
    with pytest.raises(OSError, match="is no certificate"):
        passing_on(address, str(keys.key))
    with pytest.raises(OSError, match="No such file"):
        passing_on(address, str(tmp_path / "none"))
    with pytest.raises(ValueError, match="for a federation at https"):
        passing_on("http://127.0.0.1:9092", str(keys.authority))


def test_a_nodes_calls_are_passed_on(page: str) -> None:
    for call in flower.CALLS:
        assert asked(page, flower.PLACE + call, call.encode()) == (200, b"said " + call.encode())
    paths = [path for path, *_ in Link.asked]
    assert paths == [flower.PLACE + call for call in flower.CALLS]
    headers = {name.lower(): value for name, value in Link.asked[0][2].items()}
    assert {name: headers[name] for name in flower.SIGNED} == SIGNED
    assert "cookie" not in headers and "origin" not in headers
    assert asked(page, f"{flower.PLACE}pull-object", b"no") == (401, b"said no")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/control/start-run", {}, 404),
        ("/v1/fleet/get-fab", {}, 404),
        ("/v1/fleet/../control/start-run", {}, 404),
        ("/v1/fleet/pull-object?x=1", {}, 404),
        ("/sw.js", {}, 404),
        ("/v1/fleet/pull-object", {"Origin": "http://evil.example"}, 403),
        ("/v1/fleet/pull-object", {"Origin": "null"}, 403),
        ("/v1/fleet/pull-object", {"Content_Type": "text/plain"}, 415),
        ("/v1/fleet/pull-object", {"Content_Length": "99999999999"}, 413),
        ("/v1/fleet/pull-object", {"Content_Length": "-1"}, 411),
        ("/v1/fleet/pull-object", {"Host": "evil.example"}, 421),
    ],
)
def test_nothing_else_is(page: str, path: str, headers: dict[str, str], status: int) -> None:
    assert asked(page, path, **headers)[0] == status
    assert not Link.asked


def test_a_federation_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "sw.js").write_text("// nothing")
    with serving(Server(tmp_path, 0, passing_on("http://127.0.0.1:9"))) as server:
        page = server.url.rstrip("/")
        status, said = asked(page, f"{flower.PLACE}pull-messages")
    assert status == 502 and b"the federation at http://127.0.0.1:9 is not reached" in said


@pytest.mark.parametrize("address", ["127.0.0.1:9092", "ftp://a", "http://a/b", "http://u@a"])
def test_addresses_of_no_server_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"expected an http|a federation is at an address"):
        passing_on(address)


def test_a_page_without_a_federation_takes_no_calls(tmp_path: Path) -> None:
    (tmp_path / "sw.js").write_text("// nothing")
    with serving(Server(tmp_path, 0)) as server:
        page = server.url.rstrip("/")
        assert asked(page, f"{flower.PLACE}pull-messages")[0] == 501
