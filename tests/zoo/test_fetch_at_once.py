"""Weights that many processes fetch at once, that are damaged in the cache, or whose
fetching was killed.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from served_weights import net, served, source_of

from pywebml import Sequential
from pywebml.formats.layers_models import layers_model_files
from pywebml.formats.loading import load_model, save_model
from pywebml.host.files import STALE, UNDONE, discard
from pywebml.zoo import fetch, mobilenet_v1, registry, sources
from pywebml.zoo.fetch import content_sha256, fetch_layers_model

AT_ONCE = 8
WORKER = """
import sys, time
from pywebml.zoo import sources
url, topology, weights, kind, starts = sys.argv[1:]
if kind == "folder":
    source = sources.LayersModel(name="m", sha256=weights, url=url, topology_sha256=topology)
else:
    source = sources.WeightsFile(name="m", file="w.bin", sha256=weights, url=url)
time.sleep(max(0.0, float(starts) - time.time()))
path = source.get()
source.verify(path)
"""


def at_once(work: Callable[[Any], None], items: Iterable[Any]) -> None:
    """Each item in a thread of its own; what one raises is raised."""
    every = list(items)
    with ThreadPoolExecutor(len(every)) as pool:
        list(pool.map(work, every))


@pytest.fixture
def files() -> dict[str, bytes]:
    return layers_model_files(net())


def worker(url: str, cache: Path, files: dict[str, bytes], kind: str, starts: float) -> Any:
    name = "model.json" if kind == "folder" else "weights.bin"
    sums = content_sha256(files["model.json"]), hashlib.sha256(files["weights.bin"]).hexdigest()
    command = [sys.executable, "-c", WORKER, url + name, *sums, kind, str(starts)]
    env = {**os.environ, "PYWEBML_CACHE": str(cache)}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env)


@pytest.mark.parametrize("kind", ["folder", "file"])
@pytest.mark.parametrize("before", ["nothing", "damaged weights"])
def test_processes_that_fetch_the_same_at_once_all_get_it(
    kind: str,
    before: str,
    files: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYWEBML_CACHE", str(tmp_path))
    if before == "damaged weights":
        place = source_of(kind, files).kept
        place = place / "model.json" if kind == "folder" else place
        place.parent.mkdir()
        place.write_bytes(b"damaged")
    with served(files) as url:
        starts = time.time() + 2.5
        workers = [worker(url, tmp_path, files, kind, starts) for _ in range(AT_ONCE)]
        said = [one.communicate(timeout=60)[1] for one in workers]
    assert [one.returncode for one in workers] == [0] * AT_ONCE, "\n".join(said)
    (place,) = tmp_path.iterdir()
    names = {"folder": {"model.json", "weights.bin"}, "file": {"w.bin"}}[kind]
    assert {path.name for path in place.iterdir()} == names


def test_threads_that_move_a_folder_into_one_place(tmp_path: Path) -> None:
    """As processes do, many times over: what is there in the end is one of them, whole."""
    for round in range(30):
        target, barrier = tmp_path / "m", threading.Barrier(AT_ONCE)
        if round % 2:
            target.mkdir()
            (target / "old").write_bytes(b"old")

        def move(i: int, target: Path = target, barrier: Any = barrier) -> None:
            gathered = tmp_path / f".m.{i}"
            gathered.mkdir()
            (gathered / "new").write_bytes(b"new")
            barrier.wait()
            fetch._move(gathered, target, lambda: (target / "new").is_file())

        at_once(move, range(AT_ONCE))
        assert [path.name for path in target.iterdir()] == ["new"]
        for path in tmp_path.iterdir():
            discard(path)


@pytest.mark.skipif(os.name == "nt", reason="sends SIGKILL")
def test_a_fetch_that_is_killed_leaves_nothing_in_the_way(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    with served(files, seconds=1.0) as url:
        victim = worker(url, tmp_path, files, "folder", 0.0)
        while not list(tmp_path.glob(f"{UNDONE}*")) and victim.poll() is None:
            time.sleep(0.02)
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(UNDONE)
    long_ago = time.time() - 2 * STALE
    os.utime(left, (long_ago, long_ago))
    (tmp_path / f"{UNDONE}young").mkdir()  # somebody may still work there
    with served(files) as url:
        sums = content_sha256(files["model.json"]), hashlib.sha256(files["weights.bin"]).hexdigest()
        fetch_layers_model(f"{url}model.json", tmp_path / "m", *sums)
    assert {path.name for path in tmp_path.iterdir()} == {f"{UNDONE}young", "m"}


def damaged(monkeypatch: pytest.MonkeyPatch, cache: Path, source: sources.Source) -> None:
    """The source is the registry's only one, and what is kept of it is damaged."""
    known = replace(mobilenet_v1.PRETRAINED, source=source)
    monkeypatch.setenv("PYWEBML_CACHE", str(cache))
    monkeypatch.setattr(registry, "KNOWN", {source.name: known})
    monkeypatch.delenv("PYWEBML_MODELS", raising=False)
    place = source.kept if source.kept.suffix else source.kept / source.file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"damaged")


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_damaged_weights_are_fetched_anew(
    kind: str, files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(files) as url:
        source = source_of(kind, files, url)
        damaged(monkeypatch, tmp_path, source)
        assert registry.models_verify("m")[0].status != "verified"
        assert registry.models_fetch("m")[0].status == "ready"
        assert registry.models_verify("m")[0].status == "verified"
        damaged(monkeypatch, tmp_path, source)
        source.verify(source.get())  # and so does whoever loads them
        damaged(monkeypatch, tmp_path, source)
    with pytest.raises(ConnectionError, match=r"so it was to be fetched anew, but could not fetch"):
        source.get()


def test_writers_of_one_folder_do_not_mix(tmp_path: Path) -> None:
    """Models saved to one place at once: all succeed, and one of them is there whole."""
    nets = [net() for _ in range(6)]
    for i, one in enumerate(nets):
        one.set_weights([np.full((64, 64), i, np.float32), np.full(64, i, np.float32)])
    for round in range(5):
        place = tmp_path / str(round)

        def save(one: Sequential, place: Path = place) -> None:
            for _ in range(3):
                save_model(one, place)

        at_once(save, nets)
        assert sorted(path.name for path in place.iterdir()) == ["model.json", "weights.bin"]
        kernel, bias = load_model(place).get_weights()
        assert {float(n) for n in kernel.ravel()} == {float(n) for n in bias}
