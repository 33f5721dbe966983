"""All that is written natively, each kind of thing with what writes and reads it.

A kind writes its version 0, 1 or 2 to a place below a folder, which is the cache
folder, too; what cannot go there may go elsewhere, and `write` then returns where.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

import pywebml as pw
from pywebml import layers
from pywebml.apps.project import Project, project_bytes
from pywebml.cli import report
from pywebml.device import get_device, measured
from pywebml.formats.heads import read_archive, write_archive
from pywebml.formats.layers_models import layers_model_files, read_layers_stored
from pywebml.formats.loading import load_model
from pywebml.host.files import write_or_beside
from pywebml.host.keeping import Texts
from pywebml.host.stores import Blocking, open_store
from pywebml.host.stores.folders import Memory, zip_bytes
from pywebml.host.waiting import run_sync
from pywebml.site import build as building
from pywebml.vis.charts import Bars
from pywebml.zoo import fetch
from pywebml.zoo.kept_features import KeptFeatures

Read = Callable[[Path], Any]


class Kind(NamedTuple):
    """read: what is there, alike for the same version; FileNotFoundError for nothing.

    grows    it is written row by row, so that a first part of it counts, too
    once     what is there is not written again
    remade   what is not there is fetched again, so that nothing may be there
    sqlite   SQLite writes it; where it cannot, nothing is kept and the work goes on
    """

    name: str
    write: Callable[[Path, int], Any]
    read: Read
    grows: bool = False
    once: bool = False
    remade: bool = False
    sqlite: bool = False


# --- models


@cache
def net(version: int) -> Any:
    model = pw.Sequential(
        [layers.Dense(6, input_shape=(5,), name="hidden"), layers.Dense(2, name="classes")],
        name="net",
    )
    model.compile("adam", "mse")
    model.set_weights([np.full(w.shape, version + 1.0, np.float32) for w in model.weights])
    return model


def weights(where: Any) -> Any:
    return [w.tolist() for w in load_model(where).get_weights()]


def model(name: str, **options: Any) -> Kind:
    def write(folder: Path, version: int) -> None:
        pw.save_model(net(version), folder / name, **options)

    return Kind(f"a model as {name}", write, lambda folder: weights(there(folder / name)))


def outputs(folder: Path) -> Any:
    x = np.ones((1, 5), np.float32)
    graph = load_model(there(folder / "m.onnx"))
    return [np.asarray(value).tolist() for value in graph.execute({graph.inputs[0].name: x})]


def weights_alone(name: str) -> Kind:
    def read(folder: Path) -> Any:
        there(folder / name)
        fresh = pw.models.clone_model(net(0))
        fresh.load_weights(folder / name)
        return [w.tolist() for w in fresh.get_weights()]

    write = lambda folder, version: net(version).save_weights(folder / name)  # noqa: E731
    return Kind(f"weights as {name}", write, read)


def knn(folder: Path, version: int) -> None:
    model = pw.models.KNNClassifier()
    for row in range(version + 1):
        model.add_example([float(row), float(version)], f"label {version}")
    model.save(folder / "hands")


def known(folder: Path) -> Any:
    there(folder / "hands")
    return sorted(pw.models.KNNClassifier.load(folder / "hands").get_class_example_count().items())


def head(folder: Path, version: int) -> None:
    about = {"labels": ["a", "b"], "extractor": {"name": "x"}, "version of": version}
    write_archive(folder / "head.zip", net(version), about)


def ended(version: int, callback: Any) -> None:
    """The end of an epoch, when callbacks write."""
    callback.set_model(net(version))
    run_sync(callback.on_epoch_end(0, {}))


def checkpoint(folder: Path, version: int) -> None:
    ended(version, pw.callbacks.ModelCheckpoint(f"{folder}/best.keras"))


def backup(folder: Path, version: int) -> None:
    with mock.patch.object(net(version), "order", SimpleNamespace(at=0)):
        ended(version, pw.callbacks.BackupAndRestore(folder / "backup"))


def table(folder: Path, version: int) -> None:
    log = pw.callbacks.CSVLogger(folder / "log.csv", append=True)
    log.set_params({})
    log.on_train_begin()
    try:
        for epoch in range(version + 2):
            log.on_epoch_end(epoch, {"loss": version + 0.5})
    finally:
        log.on_train_end()


def rows_of(folder: Path) -> Any:
    """Whole rows; a last one that has no end yet is none."""
    return there(folder / "log.csv").read_text().rpartition("\n")[0].splitlines()


# --- data


def elements(version: int) -> Any:
    return pw.data.Dataset.range(version + 3).map(lambda n: n * (version + 1))


def rows(folder: Path, version: int) -> None:
    pw.data.Dataset.from_tensor_slices(np.full((9, 4), version, np.float32)).save(
        str(folder / "rows")
    )


def saved_rows(folder: Path) -> Any:
    data = pw.data.Dataset.load(str(folder / "rows"))
    return [np.asarray(row).tolist() for row in data]


def cached(folder: Path, version: int) -> None:
    place = str(folder / "cached")
    if version == 2:
        with contextlib.suppress(FileNotFoundError):
            pw.data.forget(place)
    list(elements(version).cache(place))


def kept_elements(folder: Path) -> Any:
    there(folder / "cached" / "dataset.json")
    return [int(n) for n in pw.data.Dataset.range(0).cache(str(folder / "cached"))]


def features(folder: Path, version: int) -> None:
    store = KeptFeatures(folder / "features.sqlite")
    try:
        maker = store.maker(b"key", "net")
        value = np.full(4000, version, "<f4").tobytes()
        store.keep(maker, [(bytes([n]) * 32, value, value[:40]) for n in range(8)])
    finally:
        store.close()


def kept_features(folder: Path) -> Any:
    store = KeptFeatures(there(folder / "features.sqlite"))
    try:
        rows = store.rows(store.maker(b"key", "net"), [bytes([n]) * 32 for n in range(8)])
    finally:
        store.close()
    if not rows:
        raise FileNotFoundError
    return sorted((sum_[0], np.frombuffer(row[0], "<f4")[0].item()) for sum_, row in rows.items())


def picture(folder: Path, version: int) -> None:
    pw.utils.save_img(folder / "p.png", np.full((9, 9, 3), 50.0 * version), scale=False)


# --- what apps and pages keep


def project(folder: Path, version: int) -> Path:
    data = project_bytes(Project({"name": f"x{version}"}, [], []))
    return write_or_beside(folder / "lesson.zip", data)


def exported(folder: Path, version: int) -> Path:
    return write_or_beside(
        folder / "m-teachable-machine.zip", zip_bytes(layers_model_files(net(version)))
    )


def results(folder: Path, version: int) -> Path:
    return report.write_json(folder / "t.json", {"accuracy": version})


def tuning(folder: Path, version: int) -> None:
    measured.change(get_device().adapter, lambda kept: {**kept, "floor": version})


def tuned(folder: Path) -> Any:
    figures = measured.load(get_device().adapter)
    if not figures:
        raise FileNotFoundError
    return figures


def text(folder: Path, version: int) -> None:
    Texts("notes").keep("a", f"version {version}")


def page(folder: Path, version: int) -> None:
    """The end of a build, which is what others see of it."""
    place = folder / "page"
    with building.scratch(place if place.is_dir() else folder) as work:
        for name in (f"app-{version}/a.js", "samples/i.json", "index.html", "sw.js", ".made-of"):
            file = work / "page" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(str(version))
        building._replace(work / "page", place)


def opened(folder: Path) -> Any:
    """What index.html needs; the stamp comes last, and says that all of it is new."""
    version = there(folder / "page" / "index.html").read_text()
    assert (folder / "page" / f"app-{version}" / "a.js").read_text() == version
    return version


# --- downloads


@cache
def files_of(version: int) -> Mapping[str, bytes]:
    return layers_model_files(net(version))


get_files = import_module("pywebml.utils.get_file")  # where a function hides it


@contextlib.contextmanager
def net_gives(answer: Callable[..., bytes]) -> Iterator[None]:
    async def fetched(url: str, *_: Any, **options: Any) -> bytes:
        return answer(url)

    with (
        mock.patch.object(fetch, "fetch", lambda url, *_, **options: answer(url)),
        mock.patch.object(get_files, "fetch_async", fetched),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        yield


def network(folder: Path, version: int) -> None:
    files = files_of(version)
    topology, sums = sums_of(version)
    with net_gives(lambda url: files[url.rpartition("/")[2]]):
        fetch.fetch_layers_model("https://host/model.json", folder / "net", topology, sums)


@cache
def sums_of(version: int) -> tuple[str, str]:
    files = files_of(version)
    return fetch.content_sha256(files["model.json"]), read_layers_stored(Memory(files)).sha256


def download(folder: Path, version: int) -> None:
    data = bytes([version]) * 5000
    with net_gives(lambda url: data):
        sum_ = hashlib.sha256(data).hexdigest()
        fetch.fetch_file("https://host/a.bin", folder / "a.bin", sum_)


def archive(folder: Path, version: int) -> None:
    data = zip_bytes({"a.txt": b"%d" % version, "b/c.txt": b"%d" % version})
    with net_gives(lambda url: data):
        get_files.get_file(
            origin="https://host/set.zip", file_hash=hashlib.sha256(data).hexdigest(),
            extract=True, cache_dir=folder, force_download=True,
        )  # fmt: skip


# --- stores


def store(scheme: str, address: Callable[[Path], str]) -> Kind:
    def write(folder: Path, version: int) -> None:
        names = ("a.bin", "b/c.bin", "d.bin")
        files = {name: f"{name} {version}".encode() * 50 for name in names}
        Blocking(open_store(address(folder))).write(files)

    def read(folder: Path) -> Any:
        files = Blocking(open_store(address(folder)))
        contents = {name: files.read(name) for name in files.list()}
        if not contents:
            raise FileNotFoundError
        return sorted(contents.items())

    return Kind(f"{scheme} store", write, read)


# --- reading


def there(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(path)
    return path


def bytes_of(name: str) -> Read:
    return lambda folder: there(folder / name).read_bytes()


def tree_of(name: str) -> Read:
    def read(folder: Path) -> Any:
        paths = sorted(there(folder / name).rglob("*"))
        return [(path.name, path.read_bytes()) for path in paths if path.is_file()]

    return read


KINDS = [
    model("m.zip"),
    model("m.keras"),
    model("m.h5"),
    model("m", shard_bytes=40),
    Kind("a model as m.onnx", lambda f, n: net(n).export(f / "m.onnx"), outputs),
    weights_alone("w.weights.h5"),
    weights_alone("w.safetensors"),
    weights_alone("w.npz"),
    Kind("examples of a KNNClassifier", knn, known),
    Kind("a taught head", head, lambda folder: read_archive(there(folder / "head.zip")).metadata),
    Kind("a project", project, bytes_of("lesson.zip")),
    Kind("an export", exported, bytes_of("m-teachable-machine.zip")),
    Kind("results as JSON", results, bytes_of("t.json")),
    Kind("kept features", features, kept_features, sqlite=True),
    Kind("tunings", tuning, tuned),
    Kind("kept texts", text, lambda folder: there(Path(Texts("notes").where("a"))).read_text()),
    Kind("checkpoints", checkpoint, lambda folder: weights(there(folder / "best.keras"))),
    Kind("backups", backup, lambda folder: weights(there(folder / "backup" / "latest.keras"))),
    Kind("saved rows", rows, saved_rows),
    Kind("cached elements", cached, kept_elements, once=True),
    Kind("a table of epochs", table, rows_of, grows=True),
    Kind("a picture", picture, bytes_of("p.png")),
    Kind("a chart", lambda f, n: pw.vis.save(Bars(["a"], [float(n)], "one"), f / "c.svg"),
         bytes_of("c.svg")),
    Kind("a network from the net", network, tree_of("net"), remade=True),
    Kind("a file from the net", download, bytes_of("a.bin")),
    Kind("an archive from the net", archive, tree_of("datasets/set_extracted"),
         remade=True),
    Kind("a built page", page, opened),
    store("folder", lambda folder: str(folder / "store")),
    store("zip", lambda folder: str(folder / "store.zip")),
    store("file", lambda folder: (folder / "store").as_uri()),
    store("cache", lambda folder: "cache://store"),
]  # fmt: skip
