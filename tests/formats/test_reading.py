"""formats/reading: models from a real server, with progress, sums and weights that lie
elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import pywebml as pw
from pywebml import layers
from pywebml.apps import APPS
from pywebml.apps.app import Given
from pywebml.cli.report import Report
from pywebml.formats.layers_models import layers_model_files
from pywebml.host.files import FormatError
from pywebml.host.progress import Step
from pywebml.host.stores import retrying, zip_bytes
from pywebml.vis.screens import Recorder

SERVED: dict[str, bytes] = {}
FAILURES: list[int] = []
"""Statuses of the next answers."""
ASKED: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ASKED.append(self.path)
        data = SERVED.get(self.path.split("?")[0].strip("/"))
        status = FAILURES.pop(0) if FAILURES else 200 if data is not None else 404
        self.send_response(status)
        self.send_header("Content-Length", str(len(data or b"") if status == 200 else 0))
        self.end_headers()
        if status == 200:
            self.wfile.write(data or b"")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def net() -> Any:
    pw.utils.set_random_seed(1)
    return pw.Sequential([layers.Dense(64, input_shape=(48,)), layers.Dense(3)])


@pytest.fixture
def url(net: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setattr(retrying, "FIRST", 0.001)
    pw.save_model(net, tmp_path / "net", shard_bytes=5000)
    SERVED.clear()
    SERVED.update({path.name: path.read_bytes() for path in (tmp_path / "net").iterdir()})
    assert len(SERVED) == 4
    SERVED["net.zip"] = zip_bytes(layers_model_files(net))
    ASKED.clear()
    FAILURES.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def answers(net: Any) -> Any:
    return net(np.linspace(-1, 1, 96, dtype=np.float32).reshape(2, 48)).numpy()


def sum_of(name: str) -> str:
    return hashlib.sha256(SERVED[name]).hexdigest()


SHARDS = [f"group1-shard{i}of3.bin" for i in (1, 2, 3)]


@pytest.mark.parametrize("name", ["model.json", "net.zip"])
def test_progress_goes_to_the_number_of_all_bytes(url: str, net: Any, name: str) -> None:
    heard: list[tuple[int, int | None]] = []
    FAILURES.extend([503, 503])
    model = pw.load_model(url + name, progress=lambda *so_far: heard.append(so_far))
    np.testing.assert_array_equal(answers(model), answers(net))
    sizes = [size for size, _ in heard]
    files = ["model.json", *SHARDS] if name == "model.json" else [name]
    nbytes = sum(len(SERVED[file]) for file in files)
    assert heard[-1] == (nbytes, nbytes) and sizes == sorted(sizes)
    if name == "model.json":
        assert {total for _, total in heard[1:]} == {nbytes}


def test_each_file_comes_once_and_with_what_the_host_wants(url: str, tmp_path: Path) -> None:
    done = pw.convert(f"{url}model.json?tfjs-format=file", tmp_path / "net.keras")
    assert done.difference == 0
    assert [f"/{name}?tfjs-format=file" for name in ("model.json", *SHARDS)] == ASKED


def test_files_at_hand_have_progress_too(net: Any, tmp_path: Path) -> None:
    heard: list[tuple[int, int | None]] = []
    pw.save_model(net, tmp_path / "net", shard_bytes=5000)
    pw.load_model(tmp_path / "net", progress=lambda *so_far: heard.append(so_far))
    assert len(heard) == 4 and heard[-1][0] == heard[-1][1]


def test_what_the_listener_raises_ends_the_loading(url: str) -> None:
    def stop(size: int, total: int | None) -> None:
        if size > 2000:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        pw.load_model(f"{url}model.json", progress=stop)


def test_sums_of_what_comes(url: str, net: Any, tmp_path: Path) -> None:
    right, wrong = sum_of("net.zip"), "0" * 64
    model = pw.load_model(f"{url}net.zip", sha256=right)
    np.testing.assert_array_equal(answers(model), answers(net))
    (tmp_path / "net.zip").write_bytes(SERVED["net.zip"])
    for where in (f"{url}net.zip", tmp_path / "net.zip", SERVED["net.zip"]):
        pw.load_model(where, sha256=right)
        with pytest.raises(FormatError, match=f"sha256 {right}, expected {wrong}"):
            pw.load_model(where, sha256=wrong)


def test_sums_of_several_files(url: str) -> None:
    sums = {name: sum_of(name) for name in ("model.json", *SHARDS)}
    pw.load_model(f"{url}model.json", sha256=sums)
    mixed = {**sums, SHARDS[1]: sums[SHARDS[0]]}
    says = f"'{SHARDS[1]}' in .* sha256 {sums[SHARDS[1]]}, expected {sums[SHARDS[0]]}"
    with pytest.raises(FormatError, match=says):
        pw.load_model(f"{url}model.json", sha256=mixed)
    with pytest.raises(ValueError, match=f"no sha256 is given for '{SHARDS[0]}'"):
        pw.load_model(f"{url}model.json", sha256={"model.json": sums["model.json"]})
    with pytest.raises(ValueError, match=f"cannot vouch for {SHARDS[0]}"):
        pw.load_model(f"{url}model.json", sha256=sums["model.json"])
    with pytest.raises(ValueError, match="64 hexadecimal digits in lower case, got 'abc'"):
        pw.load_model(f"{url}model.json", sha256="abc")


def test_weights_that_lie_elsewhere(url: str, net: Any, tmp_path: Path) -> None:
    for name in SHARDS:
        data = SERVED.pop(name)
        SERVED[f"weights/v2-{name}"] = data
        (tmp_path / f"v2-{name}").write_bytes(data)
    (tmp_path / "model.json").write_bytes(SERVED["model.json"])
    for where in (f"{url}model.json", tmp_path / "model.json"):
        for prefix in (f"{url}weights/v2-", f"{tmp_path}/v2-"):
            heard: dict[int, int | None] = {}
            model = pw.load_model(where, weight_path_prefix=prefix, progress=heard.__setitem__)
            np.testing.assert_array_equal(answers(model), answers(net))
            assert heard[max(heard)] == max(heard)
    with pytest.raises(ConnectionError, match="404"):
        pw.load_model(f"{url}model.json")


def app(name: str) -> Any:
    return next(each for each in APPS if each.name == name)


@pytest.mark.parametrize("name", ["inspect", "convert"])
def test_commands_show_what_comes(url: str, name: str, tmp_path: Path) -> None:
    where = f"{url}model.json"
    inputs = {"file": where, "source": where, "target": str(tmp_path / "net.zip")}
    screen = Recorder()
    app(name).run(Given(inputs, app(name).options(), screen, device="cpu"))
    steps = [step for kind, step in screen.shown if kind == "progress"]
    assert steps[-1].unit == "bytes" and 0 < steps[-1].done == steps[-1].total


def test_a_line_and_a_bar_say_bytes() -> None:
    out = io.StringIO()
    Report(out).progress(Step("fetching", 1_500_000, 1_500_000, unit="bytes"))
    assert out.getvalue() == "fetching 1.50 MB of 1.50 MB\n"
    report = Report(out)
    report.rich = True
    report.progress(Step("fetching", 1_500_000, 0, unit="bytes"))
    (task,) = report.bars.tasks if report.bars else ()
    assert (task.total, task.fields["count"]) == (None, "1.50 MB")
    report.progress(Step("fetching", 1_500_000, 3_000_000, unit="bytes"))
    assert (task.total, task.fields["count"]) == (3_000_000, "1.50 MB of 3.00 MB")
    report.close()


def test_a_picture_at_an_address(url: str, tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(picture, "png")
    SERVED["red.png"] = picture.getvalue()
    screen = Recorder()
    from pywebml.apps.classify.command import _opened
    from pywebml.apps.fetching import progress_of_fetching

    file = pw.run_sync(_opened(f"{url}red.png", lambda at: progress_of_fetching(screen, at)))
    assert file.read() == SERVED["red.png"]
    assert screen.shown[-1][1][:3] == ("fetching", len(SERVED["red.png"]), len(SERVED["red.png"]))
