"""What the apps and their pages keep and take."""

from __future__ import annotations

import json
import tempfile
from array import array
from pathlib import Path
from typing import Any

from pywebml import Sequential
from pywebml import layers as L
from pywebml.apps.cart_pole.files import policy_bytes, read_policy
from pywebml.apps.cart_pole.learner import network as policy
from pywebml.apps.dates import files as dates_files
from pywebml.apps.dates.network import network as date_network
from pywebml.apps.face_points import files as points_files
from pywebml.apps.project import Class, Project, project_bytes, read_project
from pywebml.apps.sample import Sample, thumbnail_bytes
from pywebml.apps.sound import files as sound_files
from pywebml.apps.sound.network import network as sound_network
from pywebml.apps.tables import files as table_files
from pywebml.apps.tables.columns import columns_of
from pywebml.apps.tables.learning import TableOptions, learn
from pywebml.apps.tables.reading import read_table
from pywebml.apps.tables.task import task_of
from pywebml.apps.text import files as text_files
from pywebml.apps.text.network import network as text_network
from pywebml.device import run_sync
from pywebml.formats.layers_models import layers_model_files
from pywebml.formats.teachable_machine import metadata_of
from pywebml.models.knn import KNNClassifier
from pywebml.zoo import compact
from pywebml.zoo.extractor import Extractor, Preprocess
from pywebml.zoo.opened import open_network

from .parts import Files, Part, Zip
from .reader import Reader, parts_of, unzipped


class Narrow:
    """What `read_project` asks of an extractor."""

    name, weights_sha256, features, input_size = "narrow", "0" * 64, 4, (8, 8)

    def describe(self) -> dict[str, Any]:
        return {"name": self.name, "weights_sha256": self.weights_sha256}


def projects() -> list[Part]:
    extractor: Any = Narrow()
    rows, look = array("f", [1, 2, 3, 4]).tobytes(), bytes(thumbnail_bytes(extractor))
    samples = [Sample(f"s{i}", "ab"[i % 2], rows, look) for i in range(3)]
    classes = [Class("a", "left"), Class("b", "right")]
    whole = project_bytes(
        Project(extractor.describe(), classes, samples, b"PK", ["a", "b"], {"page.json": b"{}"})
    )
    return [unzipped(whole)]


def learnt_table() -> Any:
    table = read_table(
        b"a,b,kind\n" + b"".join(b"%d,x%d,k%d\n" % (i, i % 2, i % 2) for i in range(12))
    )
    task = task_of(table, columns_of(table))
    return run_sync(learn(task, TableOptions(epochs=1, units=2))).model


def text_models() -> list[Part]:
    saved = text_files.Saved(text_network(3, 4, 1, 0), tuple("abc"), 7)
    return [unzipped(run_sync(text_files.saved_bytes(saved, kind))) for kind in ("zip", "keras")]


def points_models() -> list[Part]:
    saved = points_files.Saved.new(1, 2, True, 3)
    return [unzipped(run_sync(points_files.saved_bytes(saved, bits))) for bits in (8, 32)]


def date_models() -> list[Part]:
    saved = dates_files.Saved(date_network(2), 7, 3)
    return [unzipped(run_sync(dates_files.saved_bytes(saved)))]


def sound_models() -> list[Part]:
    return [unzipped(run_sync(sound_files.model_bytes(sound_network(2), ["a", "b"], {"x": 1.0})))]


def knn_sets() -> list[Part]:
    knn = KNNClassifier()
    for label, example in (("left", [1.0, 0.1]), ("up", [0.0, 1.0]), (3, [0.5, 0.5])):
        knn.add_example(example, label)
    with tempfile.TemporaryDirectory() as folder:
        knn.save(f"{folder}/k.zip")
        whole = Path(f"{folder}/k.zip").read_bytes()
    zipped = unzipped(whole)
    return [zipped, Files(zipped.parts)]


def extractors() -> list[Part]:
    """A page's network: in eight bits, with what is said of it."""
    model = Sequential(
        [
            L.Conv2D(2, 3, strides=2, input_shape=(8, 8, 3)),
            L.GlobalAveragePooling2D(name="features"),
        ]
    )
    extractor = Extractor(
        "tiny",
        model,
        "features",
        Preprocess.centred(127.5, 127.5),
        1e-3,
        "0" * 64,
        classifies=False,
    )
    return [Files(parts_of(compact.compact_files(extractor)))]


def exported_models() -> list[Part]:
    """As Teachable Machine exports them."""
    model = Sequential(
        [L.Conv2D(2, 3, input_shape=(8, 8, 3)), L.GlobalAveragePooling2D(), L.Dense(2, "softmax")]
    )
    files = layers_model_files(model)
    about = json.dumps(metadata_of(["a", "b"], 8, "pets")).encode()
    return [Zip(parts_of({**files, "metadata.json": about})),
            Zip(parts_of({**files, "labels.txt": b"0 cat\n1 big dog\n"}))]  # fmt: skip


def opened(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.zip"
        path.write_bytes(data)
        network = open_network(path)
        assert network.labels is None or len(tuple(network.labels)) > 0


READERS = [
    Reader("projects", projects, lambda data: read_project(data, Narrow())),  # type: ignore[arg-type]
    Reader("table-models", lambda: [unzipped(run_sync(table_files.saved_bytes(learnt_table())))],
           lambda data: run_sync(table_files.read_saved(data))),
    Reader("text-models", text_models, lambda data: run_sync(text_files.read_saved(data))),
    Reader("date-models", date_models, dates_files.read_saved),
    Reader("face-point-models", points_models, points_files.read_saved),
    Reader("sound-models", sound_models, sound_files.read_model),
    Reader("policies", lambda: [unzipped(run_sync(policy_bytes(policy(3))))],
           lambda data: run_sync(read_policy(data, "the file"))),
    Reader("knn", knn_sets, KNNClassifier.load),
    Reader("extractors", extractors, compact.load_compact),
    Reader("teachable-machine", exported_models, opened),
]  # fmt: skip
