"""`federate`: a real SuperLink, and three clients with a SuperNode and a class each."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hosts import ROOT, shared_device
from shares import ALL
from wire import Wire, wire

from pywebml.apps import app_of
from pywebml.apps.app import Given
from pywebml.data.folders import find_pictures
from pywebml.data.samples import sample_folder
from pywebml.device import run_sync, set_device
from pywebml.distributed.federated.lesson import Agreement
from pywebml.distributed.federated.standing import Plan, Round, Standing
from pywebml.formats.heads import read_archive
from pywebml.vis.screens import Recorder
from pywebml.zoo import load_extractor
from pywebml.zoo.extraction import extract_features

pytest.importorskip("flwr", reason="Flower trains where the pictures are")
from own_keys import own_keys

from pywebml.distributed.federated.flower.processes import (
    Address,
    Keys,
    check_free,
    free_port,
    quiet,
)

CLASSES = ("paper", "rock", "scissors")
APP = app_of("federate")


@pytest.fixture(autouse=True)
def _cpu() -> None:
    set_device(shared_device("cpu"))


def command(*words: Any) -> subprocess.Popen[str]:
    """A client as somebody starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "pywebml", "federate", *map(str, words), "--device", "cpu"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


class Taught(NamedTuple):
    """What came of the lesson: the server's outcome, what it showed, what travelled."""

    data: dict[str, Any]
    screen: Recorder
    wire: Wire
    said: list[str]
    folder: Path
    out: Path


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Taught:
    """Three rounds on the drawn hands, in names that nobody else has."""
    set_device(shared_device("cpu"))
    folder = tmp_path_factory.mktemp("hands")
    drawn = find_pictures(sample_folder("rock_paper_scissors"))
    for i, picture in enumerate(drawn.pictures):
        name = drawn.classes[picture.label]
        place = folder / f"home-of-{name}" / name / f"private-{i:03d}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(picture.path.read_bytes())
    port, out = free_port(), folder / "hands.zip"
    options = APP.options(
        classes=",".join(CLASSES), clients=3, rounds=3, port=port, out=str(out), epochs=20
    )
    screen = Recorder()
    with wire(("127.0.0.1", port)) as line:
        clients: list[subprocess.Popen[str]] = []

        def join() -> None:
            while Address("127.0.0.1", port).answers(None):  # clients wait for no server
                time.sleep(0.3)
            for name in CLASSES:
                where = f"127.0.0.1:{line.port}"
                copy = ["--out", folder / "copy.zip"] if name == "rock" else []
                home = folder / f"home-of-{name}"
                clients.append(command("client", home, "--server", where, *copy))

        threading.Thread(target=join, daemon=True).start()
        try:
            assert APP.run is not None
            given = Given({"action": "server", "folder": None}, options, screen, device="cpu")
            outcome = APP.run(given)
            said = [client.communicate(timeout=120)[0] for client in clients]
        finally:
            for client in clients:
                client.kill()
    assert [client.returncode for client in clients] == [0, 0, 0], said
    return Taught(outcome.data, screen, line, said, folder, out)


def features(folder: Path) -> Any:
    extractor = load_extractor("efficientnet_lite0")
    pictures = [p.path for p in find_pictures(folder, least=1).pictures]
    return extract_features(extractor, pictures, fit="crop", keep=True).values.numpy()


def test_three_clients_with_a_class_each_teach_one_head(taught: Taught) -> None:
    rounds = taught.data["rounds"]
    assert [each["number"] for each in rounds] == [1, 2, 3]
    assert all(each["clients"] == 3 and each["examples"] == 48 for each in rounds)
    assert taught.data["accuracy"] == rounds[-1]["accuracy"] > 0.8
    head, about = read_archive(taught.out)
    assert about["labels"] == list(CLASSES) and about["training"]["rounds"] == 3
    right = 0
    for label, name in enumerate(CLASSES):
        scores = head.predict(features(taught.folder / f"home-of-{name}")).numpy()
        right += int((scores.argmax(-1) == label).sum())
    # 60 pictures; central training gets all of them right, FedAvgM after three rounds
    # most
    assert right >= 54
    assert not list(taught.folder.glob("*.federate.zip"))  # all rounds are over
    assert any(kind == "table" for kind, _ in taught.screen.shown)


def test_a_client_has_the_head_in_the_end(taught: Taught) -> None:
    ours, theirs = (read_archive(taught.folder / name)[0] for name in ("hands.zip", "copy.zip"))
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        assert np.array_equal(one.numpy(), other.numpy())
    assert "the lesson is over, after 3 rounds here" in taught.said[0]


def test_only_weights_and_counts_leave(taught: Taught) -> None:
    """All bytes of all connections: no piece of a picture, a feature or a name among
    them, while the head's own are, so that we would see others.
    """
    left, came = (b"\n".join(map(bytes, each)) for each in (taught.wire.sent, taught.wire.received))
    head, _ = read_archive(taught.folder / "copy.zip")
    assert head.weights[0].numpy().tobytes() in came
    assert b"output/kernel" in left and b"num-examples" in left
    for name in CLASSES:
        home = taught.folder / f"home-of-{name}"
        assert name.encode() not in left and name.encode() in came  # the server says which
        for picture in find_pictures(home, least=1).pictures:
            data = picture.path.read_bytes()
            pieces = [data[i : i + 16] for i in range(64, len(data) - 16, len(data) // 4)]
            assert len(pieces) > 2 and not any(piece in left for piece in pieces)
        for row in features(home):
            pieces = [row[i : i + 3] for i in range(0, 1278, 3)]
            pieces = [piece.tobytes() for piece in pieces if piece.all()][:4]
            assert len(pieces) == 4 and not any(piece in left for piece in pieces)
    for word in (b"private-", b"home-of-", str(taught.folder).encode()):
        assert word not in left + came


def test_a_simulation_comes_to_the_same_head(taught: Taught, tmp_path: Path) -> None:
    """The same pictures and options, without a network; sums in another order."""
    out = tmp_path / "simulated.zip"
    options = APP.options(clients=3, shares="class", rounds=3, out=str(out), epochs=20)
    folder = str(sample_folder("rock_paper_scissors"))
    given = Given({"action": "simulate", "folder": folder}, options, Recorder(), device="cpu")
    assert APP.run is not None and APP.run(given).code == 0
    ours, theirs = (read_archive(path)[0] for path in (out, taught.out))
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-4)


# --- what is refused


def served(**options: Any) -> Any:
    given = Given({"action": "server", "folder": None}, APP.options(**options), Recorder())
    assert APP.run is not None
    return APP.run(given)


def joined(folder: str | None, **options: Any) -> Any:
    given = Given({"action": "client", "folder": folder}, APP.options(**options), Recorder())
    assert APP.run is not None
    return APP.run(given)


@contextmanager
def answering(keys: Keys | None = None) -> Iterator[int]:
    """A port where HTTP is spoken, or HTTPS."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.handle_error = lambda *about: None  # type: ignore[method-assign]
        if keys:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(keys.certificate, keys.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return own_keys(tmp_path_factory.mktemp("keys"))


def test_both_speak_tls_or_neither(keys: Keys) -> None:
    with answering(keys) as port:
        address = Address("127.0.0.1", port)
        assert address.answers(keys.authority) == ""
        assert address.answers(None) == "it answers no plain HTTP (does it want --ca?)"
        assert "has not signed its certificate" in address.answers(keys.certificate)
        assert "is no certificate" in address.answers(keys.key)
    with answering() as port:
        assert Address("127.0.0.1", port).answers(None) == ""
        assert "it speaks no TLS (is --ca meant?)" in Address("127.0.0.1", port).answers(
            keys.authority
        )


@pytest.mark.skipif(not ALL, reason="half a minute; the lesson without TLS runs always")
def test_a_lesson_by_tls(keys: Keys, tmp_path: Path) -> None:
    port, out = free_port(), tmp_path / "m.zip"
    said: list[str] = []

    def join() -> None:
        while Address("127.0.0.1", port).answers(keys.authority):
            time.sleep(0.3)
        words = ("--server", f"127.0.0.1:{port}", "--ca", keys.authority)
        client = command("client", sample_folder("rock_paper_scissors"), *words)
        said.append(client.communicate(timeout=120)[0])

    client = threading.Thread(target=join, daemon=True)
    client.start()
    tls = {"cert": str(keys.certificate), "key": str(keys.key), "ca": str(keys.authority)}
    served(classes=",".join(CLASSES), clients=1, rounds=1, port=port, out=str(out), **tls)
    client.join(60)
    assert "the lesson is over, after 1 rounds here" in said[0]
    assert read_archive(out)[1]["labels"] == list(CLASSES)


def test_refusals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="must know the classes: add --classes rock,paper"):
        served(port=free_port())
    with pytest.raises(ValueError, match="different names, got a, a"):
        served(classes="a,a", port=free_port())
    with pytest.raises(ValueError, match="together; --key is missing"):
        served(classes="a,b", cert="a.pem", ca="b.pem")
    with pytest.raises(FileNotFoundError, match=r"no file a.pem \(--cert\)"):
        served(classes="a,b", cert="a.pem", key="k.pem", ca="b.pem")
    with pytest.raises(ValueError, match="a client needs its pictures"):
        joined(None)
    with pytest.raises(ValueError, match="'nowhere' is no address; expected HOST:PORT"):
        joined("photos", server="nowhere")
    with pytest.raises(ConnectionError, match=r"no server at 127.0.0.1:\d+: .*federate server"):
        joined("photos", server=f"127.0.0.1:{free_port()}")
    with answering() as port:
        with pytest.raises(OSError, match=r"cannot be listened at: .* give another --port"):
            served(classes="a,b", port=port)
        (tmp_path / "empty").mkdir()
        with pytest.raises(ValueError, match="needs at least a class folder"):
            joined("empty", server=f"127.0.0.1:{port}")
        with pytest.raises(FileNotFoundError, match="no folder photos"):
            joined("photos", server=f"127.0.0.1:{port}")
    with pytest.raises(OSError, match=r"203.0.113.1:9092 cannot be listened at"):
        check_free(Address("203.0.113.1", 9092))


def test_without_flower(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flwr", None)
    with pytest.raises(ImportError, match=r"run: pip install 'pywebml\[federate\]'"):
        served(classes="a,b")


def test_it_reports_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FLWR_TELEMETRY_ENABLED", "FLWR_DISABLE_UPDATE_CHECK"):
        monkeypatch.delenv(name, raising=False)
    quiet()
    assert os.environ["FLWR_TELEMETRY_ENABLED"] == "0"
    assert os.environ["FLWR_DISABLE_UPDATE_CHECK"] == "1"


# --- what is kept between two runs of a server


PLAN = Plan(Agreement(CLASSES, "a_network", "pool", "ab", 8, 4), 5, 2, 3, 0.4, 0.01)


def test_a_standing_comes_back(tmp_path: Path) -> None:
    path, standing = tmp_path / "a.zip", Standing.start(PLAN)
    assert Standing.load(standing.save(path, PLAN) or path, PLAN).velocity is None
    standing.velocity = [w + 1 for w in standing.weights]
    standing.rounds.append(Round(1, 2, 40, 0.5, None, 1.25, ("client 1 left",)))
    standing.save(path, PLAN)
    again = Standing.load(path, PLAN)
    assert again.rounds[0]._replace(failed=("client 1 left",)) == standing.rounds[0]
    for ours, theirs in zip(
        [*again.weights, *(again.velocity or [])],
        [*standing.weights, *standing.velocity],
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_standings_of_other_lessons_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    Standing.start(PLAN).save(path, PLAN)
    other = Plan(Agreement(("a", "b"), "a_network", "pool", "ab", 8, 4), 5, 2, 3, 0.4, 0.01)
    with pytest.raises(ValueError, match=r"another lesson: its classes is .*'paper'.* remove it"):
        Standing.load(path, other)
    whole = path.read_bytes()
    for broken in (b"", b"nothing", whole[:200], whole[:-20]):
        path.write_bytes(broken)
        with pytest.raises(ValueError, match="is no standing of `federate server`"):
            Standing.load(path, PLAN)


def test_the_same_start_as_teach(tmp_path: Path) -> None:
    """A head of a seed is `teach`'s of that seed, so that both can be compared."""
    from pywebml.apps.teaching import TeachOptions, teach_head

    class Extractor:
        name, learning_rate = "a_network", 1e-30

    rows = np.random.default_rng(0).normal(size=(12, 8)).astype("float32")
    labels = [0, 1, 2] * 4
    options = TeachOptions(units=4, epochs=1, validation=0.25)
    taught = run_sync(teach_head(rows, labels, CLASSES, Extractor(), options))  # type: ignore[arg-type]
    for ours, theirs in zip(Standing.start(PLAN).weights, taught.head.weights, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-7)
