"""What a node reads of a federation's server (objects whose sums and sizes stay right),
and a server of its last run.
"""

from __future__ import annotations

import hashlib
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pywebml.distributed.federated.lesson import Agreement
from pywebml.distributed.federated.standing import Plan, Round, Standing
from pywebml.formats.wire import flower, npz
from pywebml.formats.wire.protobuf import Reader as ProtobufReader
from pywebml.formats.wire.protobuf import written
from pywebml.formats.wire.stored import Weight
from pywebml.host.files import refused

from .changes import changed
from .parts import Bytes, Json, Part, Protobuf
from .reader import Reader, unzipped


@dataclass(frozen=True)
class Tree:
    """An object and those below it; "ID0" in a body stands for the first one's id."""

    kind: str
    body: Part
    below: tuple[Tree, ...] = ()

    def whole(self) -> dict[str, bytes]:
        """Objects by id, the highest last."""
        return self._objects({})

    def broken(self, rng: random.Random) -> dict[str, bytes]:
        """With one object's body or head broken."""
        node = rng.choice(list(self._all()))
        if rng.random() < 0.7:
            return self._objects({id(node): (node.kind, node.body.broken(rng), node.below)})
        kind = rng.choice(("Array", "ConfigRecord", "RecordDict", "", "X" * 40))
        below = (*node.below, *node.below) if rng.random() < 0.5 else node.below[1:]
        if rng.random() < 0.2:
            objects = self._objects({})
            name = rng.choice(list(objects))
            objects[name] = changed(objects[name], rng)
            return objects
        return self._objects({id(node): (rng.choice((node.kind, kind)), node.body.whole(), below)})

    def _all(self) -> Any:
        yield self
        for each in self.below:
            yield from each._all()

    def _objects(self, instead: dict[int, Any]) -> dict[str, bytes]:
        kind, body, below = instead.get(id(self), (self.kind, self.body.whole(), self.below))
        objects: dict[str, bytes] = {}
        ids = []
        for each in below:
            lower = each._objects(instead)
            ids.append(list(lower)[-1])
            objects |= lower
        for number, name in enumerate(ids):
            body = body.replace(f'"ID{number}"'.encode(), f'"{name}"'.encode())
        content = f"{kind} {','.join(ids)} {len(body)}\0".encode() + body
        name = hashlib.sha256(content).hexdigest()
        objects.pop(name, None)
        return {**objects, name: content}


def records() -> list[Part]:
    data = npz.array_bytes("0", Weight.of(np.ones((2, 3), np.float32)))
    about = {"dtype": "float32", "shape": [2, 3], "stype": "numpy.ndarray"}
    chunks = Tree("ArrayChunk", Bytes(data[:40])), Tree("ArrayChunk", Bytes(data[40:]))
    array = Tree("Array", Json({**about, "arraychunk_ids": [0, 1]}), chunks)
    items = [
        {"name": "lr", "value": {"double": 0.5}},
        {"name": "round", "value": {"sint64": flower.zigzag(2)}},
        {"name": "names", "value": {"texts": {"values": ["a", "b"]}}},
        {"name": "on", "value": {"bool": 1}},
        {"name": "rates", "value": {"doubles": {"values": bytes(16)}}},
        {"name": "steps", "value": {"sints": {"values": [1, 2]}}},
    ]
    config = Tree("ConfigRecord", Protobuf(written({"items": items}, flower.VALUES)))
    arrays = Tree("ArrayRecord", Json({"0": "ID0"}), (array,))
    return [Tree("RecordDict", Json({"arrays": "ID0", "config": "ID1"}), (arrays, config))]


def read(objects: dict[str, bytes]) -> None:
    flower.read_records(objects, list(objects)[-1])


def pulled() -> list[Part]:
    out = flower.Written()
    metadata = {"run_id": 1, "message_id": "a", "ttl": 3600.0, "message_type": "train"}
    tree = out.message(metadata, {"metrics": {"loss": 1.0}})
    data = written({"messages": [{"metadata": metadata, "content": {}}], "trees": [tree]},
                   flower.PULLED)  # fmt: skip
    return [Protobuf(data)]


def answered(data: bytes) -> None:
    with refused("the server's answer"):
        for tree in ProtobufReader(data).message(flower.PULLED).get("trees", ()):
            flower.tree_ids(tree)


PLAN = Plan(Agreement(("a", "b"), "tiny", "features", "ab", 3, 2), 5, 2, 3, 0.4, 0.01)


def standings() -> list[Part]:
    """Where a server stands between two runs."""
    standing = Standing.start(PLAN)
    standing.velocity = list(standing.weights)
    standing.rounds.append(Round(1, 2, 40, 0.5, None, 1.25, ("client 1 left",)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.zip"
        standing.save(path, PLAN)
        return [unzipped(path.read_bytes())]


def loaded(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.zip"
        path.write_bytes(data)
        Standing.load(path, PLAN)


READERS = [
    Reader("flower", records, read),
    Reader("flower-messages", pulled, answered),
    Reader("federated-standings", standings, loaded),
]
